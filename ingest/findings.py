"""What a person should look at in a PDF that was read, in Japanese sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Findings:
    """What a person should look at, as page numbers."""

    unread: dict[int, int] = field(default_factory=dict)
    pictures: list[int] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    askew: list[int] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)


def reasons_of(found: Findings) -> Iterator[str]:
    """What a person should look at, a sentence each."""
    if found.unread:
        yield f"文字の対応表が壊れていて読み取れない文字が{sum(found.unread.values())}字あります（{_listed(found.unread)}）。「�」のある文を元の PDF で確かめてください。"
    if found.pictures:
        yield f"{_listed(found.pictures)}は画像だけで文字の情報がないので読めませんでした。Tesseract と日本語データを入れてもう一度取り込むと読めます。"
    if found.doubtful:
        yield f"{_listed(found.doubtful)}は画像から文字を読み取りましたが、確かさが低いので、元の PDF で確かめてください。"
    if found.damaged:
        yield f"{_listed(found.damaged)}は壊れていて読めませんでした。元の PDF を取り直してください。"
    if found.askew:
        yield f"{_listed(found.askew)}に斜めに置かれた文字（透かしなど）があり、本文に入れませんでした。必要な文言でないか確かめてください。"
    if found.left_out:
        first, last = found.left_out
        yield f"大きすぎるので、{first}ページから{last}ページまでは読みませんでした。PDF を分けて取り込んでください。"


def without_text(found: Findings) -> str:
    if found.pictures:
        return "文字の情報がない（画像だけの）PDF なので、Tesseract と日本語データを入れてもう一度取り込んでください。"
    return "読み取れる文字がない PDF なので、文字の入った PDF を用意してください。"


def _listed(pages: Sequence[int] | dict[int, int]) -> str:
    """Page numbers as people write them: 3、5〜8ページ."""
    runs: list[list[int]] = []
    for page in sorted(pages):
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    words = [str(a) if a == b else f"{a}〜{b}" for a, b in runs]
    return "、".join(words[:10]) + ("ほか" if len(words) > 10 else "") + "ページ"
