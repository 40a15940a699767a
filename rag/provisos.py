"""Sentences that tell the exception to the one before them: 「申請は不要です。ただし、夜間は除きます。」 is verified as one, and shown as two."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.types import Reason

_GOES_ON = re.compile(
    r"^[\s　]*(?:ただし|但し|もっとも)|^[\s　]*(?:なお|例外|ただ)、?[^。]*(?:除|限り|対象外|例外|場合|不要|とき)"
)
_DROPPED = ("exception", "condition")


def goes_on(text: str) -> bool:
    """Whether a sentence tells an exception to the one before it."""
    return bool(_GOES_ON.match(text))


def only_drops(reasons: Sequence[Reason]) -> bool:
    """Whether all that is wrong with a sentence is a condition or an exception, which the next one may tell."""
    return bool(reasons) and all(r.kind in _DROPPED for r in reasons)
