"""Fixtures for pytest, which finds them by itself when this package is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, List

import pytest

from .shims import install
from .testing import EventRecorder, MockContext, MockHookBus

install()


@pytest.fixture
def mock_context() -> Iterator[MockContext]:
    """An action's surroundings; templates and files can be added to it."""
    with MockContext() as context:
        yield context


@pytest.fixture
def captured_events() -> EventRecorder:
    """Takes events; hooks can be put into `hooks`."""
    return EventRecorder()


@pytest.fixture
def mock_hook_bus() -> MockHookBus:
    """A bus that keeps what is emitted."""
    return MockHookBus()


__all__: List[Any] = ["captured_events", "mock_context", "mock_hook_bus"]
