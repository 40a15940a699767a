"""A secret that does not show itself: neither in a repr, nor in a message, a log or a record made of its owner's fields."""

from __future__ import annotations


class Secret:
    """Holds a key; `reveal` alone gives it. Two are equal when their keys are."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, to hand to the client that needs it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(***)" if self._value else "Secret()"
