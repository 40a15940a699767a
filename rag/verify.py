"""The verifier: whether a claim follows from its evidence, and the words at which it does not. No model of language is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from rag import (
    actors,
    assertions,
    conditions,
    enumerations,
    opposites,
    quantities,
    quotations,
    rows,
    slots,
    starts,
    substitutions,
    swaps,
)
from rag.encoder import Encoder
from rag.findings import Finding
from rag.fold import fold_with_offsets
from rag.glossary import Glossary
from rag.lexicon import Lexicon
from rag.likeness import term_vectors
from rag.matching import Matching, match
from rag.premises import label, names, units
from rag.statements import reader
from rag.types import Reason, Span, Verdict, Verification
from rag.wording import Premise, cognate

_MARKS = re.compile(r"[\[［【]\s*(?:典拠|出典|根拠)?\s*[\d０-９]{1,3}(?:\s*[,、，‐–-]\s*[\d０-９]{1,3})*\s*[\]］】]")
_COURTESY = re.compile(
    r"(?:(?:の|ん)で|ため)、?(?:ご|お|御)?(?:注意|留意|承知|了承|確認|安心|理解|気を付け|気をつけ)(?:おき|の上|のうえ)?(?:て?(?:ください|下さい)|願います)。?\s*$"
)
_CHECKS = (
    quotations.check,
    quantities.check,
    swaps.check,
    starts.check,
    assertions.check,
    rows.check,
    opposites.check,
    conditions.check,
    actors.check,
    enumerations.check,
    slots.check,
    substitutions.check,
)
_COVERED = 0.75
_COVERED_ROW = 0.6
"""Of a row less has to be said: what is done with its numbers stands nowhere in a table."""
_SPOKEN_OF = 0.45


class Verifier:
    """Checks claims against evidence, sentence by sentence. Threads may share it."""

    def __init__(self, encoder: Encoder, glossary: Glossary | None = None) -> None:
        self._likeness = term_vectors(encoder)
        self._read = reader(Lexicon(glossary))
        self._premises = lru_cache(maxsize=2_000)(self._analyse)

    def verify(self, claim: str, evidence: Sequence[str], about: Sequence[str] = ()) -> Verification:
        """What the evidence says of a claim of one sentence; marks like [1] in it are no part of what it says.

        `about` has for each piece of the evidence the titles and headings that it stands under, whose words a claim may use; none of
        them says anything by itself.
        """
        bare = _COURTESY.sub("", _MARKS.sub(lambda m: " " * len(m[0]), claim))
        begin = label(bare)
        bare = " " * begin + bare[begin:]
        places = [self._read(words) if words else None for words in about] or [None] * len(evidence)
        premises = _under_headers(
            [
                Premise(i, p.unit, p.statement, p.header, place)
                for i, (text, place) in enumerate(zip(evidence, places, strict=True))
                for p in self._premises(text)
            ]
        )
        matching = match(self._read(bare), premises, self._likeness)
        findings = list(_findings(matching))
        verdict = _verdict(matching, findings)
        reasons = tuple(_reason(bare, finding) for finding in findings)
        rests = tuple(dict.fromkeys(p.evidence for p in matching.focus))
        return Verification(verdict, reasons, rests if verdict != "not_found" else (), _score(matching, findings))

    def _analyse(self, text: str) -> tuple[Premise, ...]:
        return tuple(
            Premise(0, u, self._read(u.text), self._read("\t".join(u.header)) if u.header else None) for u in units(text)
        )


def _under_headers(premises: list[Premise]) -> list[Premise]:
    """The premises, rows of a table given the header that another piece of the evidence holds, before them or after."""
    out: list[Premise] = []
    header: Premise | None = None
    for premise in premises:
        cells = len(premise.unit.cells)
        if cells and premise.header is None:
            if header is not None and len(header.unit.cells) == cells:
                out.append(_under(header, premise))
                continue
            header = premise if names(_names(premise)) else None
        out.append(premise)
    headers = {len(p.unit.cells): p for p in reversed(out) if p.unit.cells and p.header is None and names(_names(p))}
    alone = [bool(p.unit.cells) and p.header is None and not names(_names(p)) for p in out]
    return [
        _under(headers[len(p.unit.cells)], p) if a and len(p.unit.cells) in headers else p
        for p, a in zip(out, alone, strict=True)
    ]


def _under(header: Premise, row: Premise) -> Premise:
    return replace(row, unit=replace(row.unit, header=_names(header)), header=header.statement)


def _names(header: Premise) -> tuple[str, ...]:
    return tuple(Span(c.start - header.unit.start, c.end - header.unit.start).of(header.unit.text) for c in header.unit.cells)


def _findings(matching: Matching) -> Iterator[Finding]:
    for check in _CHECKS:
        yield from check(matching)
    row = bool(matching.focus) and matching.focus[0].unit.row
    if matching.coverage < (_COVERED_ROW if row else _COVERED) or _under_titles_alone(matching):
        yield Finding("unstated", "この文の内容は、典拠に書かれていません。", 0, len(matching.claim.folded), absent=True)


def _under_titles_alone(matching: Matching) -> bool:
    """Whether all that the evidence has of the claim stands in titles and headings."""
    claim, focus = matching.claim, [replace(p, about=None) for p in matching.focus if p.about]
    if not focus or len(focus) < len(matching.focus):
        return False
    values = [m for p in focus for s in (p.statement, p.header) if s for m in s.measures]
    return not (
        any(matching.says(t, p) or cognate(t, p.statement) for p in focus for t in claim.terms)
        or any(m.equals(v) for m in claim.measures for v in values)
        or any(p.statement.moments for p in focus if claim.moments)
    )


def _verdict(matching: Matching, findings: Sequence[Finding]) -> Verdict:
    if not findings:
        return "supported"
    spoken_of = matching.coverage >= _SPOKEN_OF and any(not f.absent for f in findings)
    return "contradicted" if spoken_of else "not_found"


def _score(matching: Matching, findings: Sequence[Finding]) -> float:
    return round(matching.coverage * 0.4 ** len(findings), 4)


def _reason(claim: str, finding: Finding) -> Reason:
    span = _stored(claim, finding.start, finding.end)
    if finding.premise is None or finding.place is None:
        return Reason(finding.kind, finding.text, span)
    unit = finding.premise.unit
    there = _stored(unit.text, *finding.place)
    where = Span(there.start + unit.start, there.end + unit.start) if there else None
    return Reason(finding.kind, finding.text, span, finding.premise.evidence, where)


def _stored(text: str, start: int, end: int) -> Span | None:
    """The span of stored text from which folded[start:end] came; None where it is empty."""
    folded = fold_with_offsets(text)
    end = min(end, len(folded.text))
    return folded.stored(start, end) if start < end else None
