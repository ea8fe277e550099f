"""The client that the reader of the guide expects, and the reader with it."""

import builtins


class Thing:
    def __init__(self, name, description):
        self.name = name
        self.description = description


class MyAPIClient:
    def __init__(self, base_url, api_key):
        self.base_url = base_url
        self.api_key = api_key

    def ping(self):
        if self.api_key != "test_key":
            raise ConnectionError("no such key")

    def list_objects(self):
        return [Thing("users", "People"), Thing("orders", "What they want")]

    def get_page(self, name, page):
        return [{"object": name, "id": page * 10 + number} for number in range(2)] if page <= 3 else []

    def get_count(self):
        return 12


builtins.MyAPIClient = MyAPIClient

from my_reader import MyCustomReader  # noqa: E402

__all__ = ["MyCustomReader"]
