"""What plugins of `lhp` are written against, and what runs them.

`lhp`, `phlo` and `dativo_ingest` below `shims` are the names that plugin code imports. Everything behind these names is
in this package, which needs nothing but the standard library.
"""

__all__ = ["PROTOCOL", "__version__"]

__version__ = "1.0.0"

#: Version of the protocol between `lhp` and a plugin (major.minor).
PROTOCOL = "1.0"
