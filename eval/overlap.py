"""How much an answer overlaps with the expected ones: exact match and character F1 as JSQuAD has them, and ROUGE-L over terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice, product

from eval.gold import Gold
from rag.fold import fold
from rag.terms import analysed

REFERENCES = 32
"""At most so many ways of putting the facts of one question are compared with."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """The best value over the references, each from 0 to 1."""

    exact: float
    f1: float
    rouge: float


def references(gold: Gold) -> tuple[str, ...]:
    """What would be a right answer word for word: the facts in their order, in each combination of the wordings; none without facts."""
    return tuple("、".join(words) for words in islice(product(*gold.must), REFERENCES)) if gold.must else ()


def overlap(answer: str, expected: Sequence[str]) -> Overlap | None:
    """The three measures of an answer, empty where it abstains; None where nothing in particular is expected."""
    if not expected:
        return None
    return Overlap(_best(exact_match, answer, expected), _best(character_f1, answer, expected), _best(rouge_l, answer, expected))


def _best(measure: Callable[[str, str], float], answer: str, expected: Sequence[str]) -> float:
    return max(measure(answer, reference) for reference in expected)


def plain(text: str) -> str:
    """The text as JSQuAD compares it (Kurihara and others, LREC 2022): lower case, no 「。」 at the end, white space to single blanks."""
    return " ".join(text.lower().rstrip("。").split())


def exact_match(answer: str, reference: str) -> float:
    """1 where both are the same, else 0."""
    return float(plain(answer) == plain(reference))


def character_f1(answer: str, reference: str) -> float:
    """The harmonic mean of precision and recall over characters, counted as often as they occur (SQuAD's F1 over characters)."""
    given, wanted = plain(answer), plain(reference)
    if not given or not wanted:
        return float(given == wanted)
    return _f1(sum((Counter(given) & Counter(wanted)).values()), len(given), len(wanted))


def rouge_l(answer: str, reference: str) -> float:
    """The F1 of the longest common subsequence of terms (Lin, ACL 2004); 0 where either has none."""
    given, wanted = (analysed(fold(text))[0] for text in (answer, reference))
    return _f1(common(given, wanted), len(given), len(wanted))


def common(first: Sequence[str], second: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    best = [0] * (len(second) + 1)
    for one in first:
        before = 0
        for at, other in enumerate(second, 1):
            before, best[at] = best[at], before + 1 if one == other else max(best[at], best[at - 1])
    return best[-1]


def _f1(shared: int, given: int, wanted: int) -> float:
    return 2 * shared / (given + wanted) if shared else 0.0
