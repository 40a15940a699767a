"""How a version stands on a day, in a word and in a clause."""

from __future__ import annotations

from datetime import date

import pytest

from rag.standing import Standing, note, standing
from rag.types import Meta

TODAY = date(2026, 11, 1)
OLD = Meta(published="2024-06-20", effective_from="2024-07-01", effective_to="2026-03-31")
NEW = Meta(effective_from="2026-04-01")


@pytest.mark.parametrize(
    ("meta", "current", "on", "expected"),
    [
        (NEW, True, TODAY, "現行"),
        (NEW, False, TODAY, "旧版"),
        (NEW, False, date(2026, 3, 31), "未施行"),
        (OLD, False, TODAY, "失効"),
        (OLD, False, date(2026, 3, 31), "旧版"),
        (OLD, True, date(2026, 3, 31), "現行"),
        (Meta(), False, TODAY, "旧版"),
        (Meta(effective_to="2026-10"), False, TODAY, "失効"),
        (Meta(effective_to="2026-11"), False, TODAY, "旧版"),
        (Meta(effective_from="2026-11"), False, date(2026, 11, 1), "旧版"),
        (Meta(effective_from="2026-12"), False, date(2026, 11, 30), "未施行"),
    ],
)
def test_how_a_version_stands(meta: Meta, current: bool, on: date, expected: Standing) -> None:
    assert standing(meta, current, on) == expected


@pytest.mark.parametrize(
    ("meta", "version", "stands", "clause"),
    [
        (NEW, "2.0", "現行", "2026-04-01施行の版（2.0）による"),
        (NEW, "", "現行", "2026-04-01施行の版による"),
        (Meta(published="2026-04"), "2.0", "現行", "2026-04公表の版（2.0）による"),
        (Meta(published="2027-01-15"), "", "現行", "2027-01-15公表の版による、2026-11-01より後の公表"),
        (Meta(effective_from="2026-04-01", effective_to="2027-03-31"), "", "現行", "2026-04-01施行の版による、2027-03-31まで"),
        (Meta(), "2.0", "現行", "版「2.0」による"),
        (Meta(), "", "現行", ""),
        (Meta(), "", "旧版", ""),
        (Meta(effective_from="2027-04-01"), "3.0", "未施行", "2027-04-01から施行（未施行）"),
        (OLD, "1.0", "失効", "2026-03-31までの版（失効）"),
        (OLD, "1.0", "旧版", "2024-07-01施行の旧版（1.0）"),
    ],
)
def test_the_clause(meta: Meta, version: str, stands: Standing, clause: str) -> None:
    assert note(meta, version, stands, TODAY) == clause
