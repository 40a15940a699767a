"""Telling how far a run over many questions is, and how long the rest of it will take."""

from __future__ import annotations

import time
from collections.abc import Callable

EVERY = 2.0
"""Seconds between two lines."""


class Pace:
    """Tells at most every EVERY seconds, and at the end, how many of `total` are done; `done` at first are those of an earlier run.

    The rest is reckoned by the pace since the first one of this run was done: what came before is the start, which does not come again.
    """

    def __init__(
        self, tell: Callable[[str], None], total: int, said: str, done: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell, self._total, self._said, self._clock = tell, total, said, clock
        self._done, self._before = done, done
        self._began = self._told = clock()
        self._first = 0.0

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        now = self._clock()
        if self._done == self._before + 1:
            self._first = now
        if self._done == self._total:
            self._tell(f"{self._total:,}/{self._total:,}{self._said}（{duration(now - self._began)}）")
        elif now - self._told >= EVERY:
            self._told = now
            share = f"{self._done:,}/{self._total:,}{self._said}（{100 * self._done // self._total}%）"
            measured = self._done - self._before - 1
            left = (now - self._first) / measured * (self._total - self._done) if measured else 0.0
            self._tell(f"{share}、残り約{duration(left)}" if measured else share)


def duration(seconds: float) -> str:
    """A time as a reader is told it: 8秒, 3分, 1時間5分."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{max(1, round(seconds))}秒"
    return f"{minutes}分" if minutes < 90 else f"{minutes // 60}時間{minutes % 60}分"
