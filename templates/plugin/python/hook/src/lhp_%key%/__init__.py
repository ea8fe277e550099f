"""%title%."""
