"""The sign of life of a reader at work: whoever watches over it (ingest.isolation) ends it when it gives none for long."""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def alive() -> None:
    """Say that the reading goes on; readers call it after each page or other step that may take seconds."""
    for listener in _listeners:
        listener()


def listen(listener: Callable[[], None]) -> None:
    """Have the function called at every sign of life in this process."""
    _listeners.append(listener)
