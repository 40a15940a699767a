"""Telling how far a long work is, by what is done and what is left of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

EVERY = 2.0
"""Seconds between two lines."""


@dataclass(slots=True)
class Bar:
    """Tells that the work begins, then at most every EVERY seconds how many of `total` characters are done and how long the rest will
    take at the pace so far."""

    tell: Callable[[str], None]
    total: int
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.total:
            self.tell(f"解析中 0%（0/{self.total:,}文字）")

    def add(self, characters: int) -> None:
        """So many more are done."""
        self.done += characters
        now = time.monotonic()
        if now - self.told >= EVERY and self.done:
            self.told = now
            left = (now - self.began) / self.done * (self.total - self.done)
            self.tell(f"解析中 {100 * self.done // self.total}%（{self.done:,}/{self.total:,}文字）、残り約{_duration(left)}")


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f}分" if seconds >= 90 else f"{max(1, round(seconds))}秒"
