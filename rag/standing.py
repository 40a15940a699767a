"""How a version of a document stands on a day, and how to say so beside an answer."""

from __future__ import annotations

from datetime import date
from typing import Literal

from rag.dates import first_day, in_force
from rag.types import Meta

Standing = Literal["現行", "旧版", "失効", "未施行"]


def standing(meta: Meta, current: bool, on: date) -> Standing:
    """How a version stands on a day; `current` tells that it is the one that answers."""
    if current:
        return "現行"
    if in_force(meta, on):
        return "旧版"
    return "未施行" if meta.effective_from and first_day(meta.effective_from) > on else "失効"


def note(meta: Meta, version: str, standing: Standing, on: date) -> str:
    """One short clause on the version that an answer rests on: 「2026-04-01施行の版（2.0）による」; empty when nothing is known of it."""
    if standing == "未施行":
        return f"{meta.effective_from}から施行（未施行）"
    if standing == "失効":
        return f"{meta.effective_to}までの版（失効）"
    since = _since(meta)
    name = (f"版（{version}）" if since else f"版「{version}」") if version else "版" if since else ""
    if not name:
        return ""
    if standing == "旧版":
        return f"{since}旧{name}"
    published_later = not meta.effective_from and meta.published and first_day(meta.published) > on
    until = f"、{on}より後の公表" if published_later else f"、{meta.effective_to}まで" if meta.effective_to else ""
    return f"{since}{name}による{until}"


def _since(meta: Meta) -> str:
    if meta.effective_from:
        return f"{meta.effective_from}施行の"
    return f"{meta.published}公表の" if meta.published else ""
