"""Claims as employees, mails and other systems put them, over rules that no document has: what follows is supported, what is altered is not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rag.encoder import load_encoder
from rag.glossary import BUNDLED_GLOSSARY, merged, read_glossary
from rag.types import Verification
from rag.verify import Verifier

CASES = Path(__file__).parent / "data" / "claims_by_hand.txt"
FLAGGED, MISSED, NAMED = 0.07, 0.05, 0.75


def cases() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Each claim with its evidence and the kind of its alteration, empty where it is faithful."""
    evidence: list[str] = []
    ended = False
    for line in CASES.read_text(encoding="utf-8").splitlines():
        if line.startswith("E: "):
            evidence = [] if ended else evidence
            evidence.append(line[3:].replace("\\n", "\n").replace("\\t", "\t"))
        elif line.startswith("+ "):
            yield line[2:], tuple(evidence), ""
        elif line.startswith("- "):
            kind, claim = line[2:].split(" | ")
            yield claim, tuple(evidence), kind
        ended = not line.startswith("E: ")


@cache
def verified() -> tuple[tuple[str, str, Verification], ...]:
    verifier = Verifier(load_encoder(), merged((), read_glossary(BUNDLED_GLOSSARY)))
    return tuple((claim, kind, verifier.verify(claim, evidence)) for claim, evidence, kind in cases())


def test_there_are_many_of_each() -> None:
    kinds = [kind for _, kind, _ in verified()]
    assert kinds.count("") >= 240
    assert len(kinds) - kinds.count("") >= 360
    assert len(set(kinds)) == 15  # the fourteen kinds of reasons, and none


def test_what_follows_is_supported() -> None:
    faithful = [(claim, found.verdict) for claim, kind, found in verified() if not kind]
    flagged = [claim for claim, verdict in faithful if verdict != "supported"]
    assert len(flagged) <= FLAGGED * len(faithful), "\n".join(flagged)


def test_what_is_altered_is_caught_and_named() -> None:
    altered = [(claim, kind, found) for claim, kind, found in verified() if kind]
    missed = [claim for claim, _, found in altered if found.verdict == "supported"]
    assert len(missed) <= MISSED * len(altered), "\n".join(missed)
    named = sum(kind in {r.kind for r in found.reasons} for _, kind, found in altered)
    assert named >= NAMED * len(altered)
