"""How a verifier does on claims with known labels: altered claims caught and faithful ones flagged, by kind."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.rows import Row, read_table
from rag.errors import InputError
from rag.settings import Settings
from rag.types import Verification

Verify = Callable[[str, Sequence[str]], Verification]
"""A claim and the texts of its evidence."""


@dataclass(frozen=True, slots=True)
class KindScore:
    """Of `total` claims of a kind, how many were not found to be supported: right for altered ones, wrong for faithful ones."""

    kind: str
    altered: bool
    total: int
    unsupported: int

    @property
    def share(self) -> float:
        """The share of the claims that were not found to be supported; 0 where there is none."""
        return self.unsupported / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class ClaimTable:
    """The scores by kind, altered first, and the seconds that all took."""

    kinds: tuple[KindScore, ...]
    seconds: float

    def total(self, altered: bool) -> KindScore:
        """All altered claims, or all faithful ones."""
        of = [k for k in self.kinds if k.altered == altered]
        return KindScore("計", altered, sum(k.total for k in of), sum(k.unsupported for k in of))

    @property
    def caught(self) -> float:
        """The share of the altered claims that were caught."""
        return self.total(True).share

    @property
    def flagged(self) -> float:
        """The share of the faithful claims that were flagged all the same."""
        return self.total(False).share

    def as_json(self) -> dict[str, Any]:
        """The shares and the counts by kind."""
        kinds = [{"kind": k.kind, "altered": k.altered, "total": k.total, "unsupported": k.unsupported} for k in self.kinds]
        return {"caught": self.caught, "flagged": self.flagged, "per_second": self.per_second, "kinds": kinds}

    @property
    def per_second(self) -> float:
        """Claims a second."""
        return sum(k.total for k in self.kinds) / max(self.seconds, 1e-9)


def score_file(path: Path, settings: Settings) -> tuple[ClaimTable, tuple[str, ...]]:
    """Verify the claims of a file with the bundled glossary; returns their scores and one sentence for each line left out.

    Raises InputError where the file cannot be read or has no claim, EncoderError.
    """
    from rag.encoder import load_encoder
    from rag.glossary import BUNDLED_GLOSSARY, merged, read_glossary
    from rag.verify import Verifier

    table = read_table(path, _claim)
    if not table.values:
        raise InputError(f"ファイル「{path}」に確かめる主張がないので、claim、evidence、altered、kindのある行を書いてください。")
    verifier = Verifier(load_encoder(settings.encoder, settings.dimension or None), merged((), read_glossary(BUNDLED_GLOSSARY)))
    return score_claims(table.values, verifier.verify), table.problems


def _claim(row: Row) -> dict[str, Any]:
    evidence = [{"quote": piece.words("quote")} for piece in row.rows("evidence")]
    return {"claim": row.words("claim"), "evidence": evidence, "altered": row.flag("altered"), "kind": row.words("kind")}


def score_claims(lines: Sequence[Mapping[str, Any]], verify: Verify) -> ClaimTable:
    """Verify each claim against the quotes of its evidence."""
    begin = time.perf_counter()
    verdicts = [verify(line["claim"], [e["quote"] for e in line["evidence"]]).verdict for line in lines]
    seconds = time.perf_counter() - begin
    counts: dict[tuple[bool, str], list[bool]] = {}
    for line, verdict in zip(lines, verdicts, strict=True):
        counts.setdefault((not line["altered"], line["kind"]), []).append(verdict != "supported")
    kinds = tuple(KindScore(kind, not faithful, len(of), sum(of)) for (faithful, kind), of in sorted(counts.items()))
    return ClaimTable(kinds, seconds)


def render(table: ClaimTable) -> str:
    """The table as Markdown."""
    out = ["| 主張 | 種類 | 件数 | 支持しないとしたもの | 割合 |", "|---|---|---:|---:|---:|"]
    for altered, name in ((True, "改変"), (False, "忠実")):
        for k in (*(k for k in table.kinds if k.altered == altered), table.total(altered)):
            out.append(f"| {name} | {k.kind} | {k.total} | {k.unsupported} | {k.share:.3f} |")
    out += ["", f"改変の検出率 {table.caught:.3f}、忠実な主張の誤検出率 {table.flagged:.3f}、毎秒 {table.per_second:.0f} 件"]
    return "\n".join(out) + "\n"
