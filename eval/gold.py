"""Gold questions: what an answer has to state, and the words of the documents that it has to cite."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eval.fold import fold
from eval.rows import Row, Table, read_table
from rag.errors import InputError


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a document; `doc` is its source, the path below the ingested folder."""

    doc: str
    quote: str


@dataclass(frozen=True, slots=True)
class Gold:
    """One question. Each fact of `must` is a tuple of accepted wordings.

    Any one piece of evidence is enough, unless `evidence_all`; all of none says that no evidence is asked for. A question that is not
    answerable has neither facts nor evidence. `previous` are the earlier questions of the conversation, oldest first, on which a
    follow-up goes on.
    """

    id: str | int
    kind: str
    question: str
    answerable: bool
    must: tuple[tuple[str, ...], ...]
    evidence: tuple[Evidence, ...]
    evidence_all: bool
    previous: tuple[str, ...] = ()

    @property
    def conversation(self) -> str:
        """The question after the earlier ones, as a reader is shown it."""
        return " → ".join((*self.previous, self.question))


def read_gold(path: Path) -> Table[Gold]:
    """The gold set in its order; malformed rows, and rows whose id stood before, are listed as problems.

    A .csv, .tsv or .xlsx is read as `eval.sheets` has it, anything else as JSON lines. Drafts that nobody has accepted are left out.

    Raises InputError where the file cannot be read or holds no question.
    """
    from eval.sheets import BOOKS, TEXTS, read_sheet

    table = read_sheet(path) if path.suffix.lower() in (*TEXTS, *BOOKS) else _read_lines(path)
    if not table.values:
        reason = table.problems[0] if table.problems else "ファイルが空です。下書きなら、使う質問の「採用」に○を書いてください。"
        raise InputError(f"「{path}」から読める質問が1件もありません。{reason}")
    return table


def _read_lines(path: Path) -> Table[Gold]:
    from eval.sheets import accepted

    seen: set[str | int] = set()

    def parse(row: Row) -> Gold | None:
        if "status" in row.fields and not accepted(row.fields["status"]):
            return None
        gold = _gold(row)
        if gold.id in seen:
            raise row.wrong("id", "ほかの行と重ならない値")
        seen.add(gold.id)
        return gold

    table = read_table(path, parse)
    return Table(tuple(gold for gold in table.values if gold is not None), table.problems)


def _gold(row: Row) -> Gold:
    answerable = row.flag("answerable")
    evidence = tuple(_evidence(e) for e in row.rows("evidence", optional=not answerable))
    if answerable and not evidence:
        raise row.wrong("evidence", "1件以上の根拠の配列")
    return Gold(
        id=row.id(),
        kind=row.words("kind"),
        question=row.words("question"),
        answerable=answerable,
        must=tuple(_fact(row, fact) for fact in row.many("must", optional=not answerable)),
        evidence=evidence,
        evidence_all=row.flag("evidence_all", default=False),
        previous=row.lines("previous"),
    )


def _fact(row: Row, fact: object) -> tuple[str, ...]:
    if not isinstance(fact, list) or not fact or not all(isinstance(w, str) and fold(w) for w in fact):
        raise row.wrong("must", "空でない文字列の配列の配列")
    return tuple(fact)


def _evidence(row: Row) -> Evidence:
    evidence = Evidence(row.words("doc"), row.words("quote"))
    if not fold(evidence.quote):
        raise row.wrong("quote", "記号だけでない文字列")
    return evidence
