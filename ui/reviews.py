"""What reviewers decide about answers, what is to be looked at, and the approved answer to a question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from rag.errors import InputError, TenkyoError
from rag.snapshot import Snapshot
from ui.audit import Audit, Entry
from ui.cases import ASKED, Case, Decision, Review, Thumb, kept, key, review_of, same
from ui.impact import InForce
from ui.recall import LATEST, recall
from ui.shown import Shown
from ui.visibility import visible

Cause = Literal["stale", "down", "unsure", "new"]
CAUSES: dict[Cause, str] = {"stale": "典拠が変わった", "down": "低い評価", "unsure": "確からしさが低い", "new": "未確認"}
"""Why an answer is in the queue, the most pressing first."""
_ORDER = {cause: order for order, cause in enumerate(CAUSES)}
UNSURE = 0.6
"""Below this confidence an answer is to be looked at."""


class AlreadyDecided(TenkyoError):  # noqa: N818 - as in rag.errors
    """Another reviewer has decided since the answer was opened."""


class Reviews:
    """Reviews and thumbs, as entries of the audit log about answers in it."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._memory = recall(audit)

    def thumb(self, subject: int, user: str, *, up: bool, reason: str = "") -> int:
        """Keep what a user thinks of an answer."""
        about = self._audit.entry(subject)
        return self._audit.append("feedback", {"user": user, "up": up, "comment": reason, **_basis(about)}, subject)

    def decide(
        self,
        case: Case,
        by: str,
        decision: Decision,
        snapshot: Snapshot,
        *,
        comment: str = "",
        corrected: Shown | None = None,
        seen: int | None = None,
    ) -> int:
        """Keep a reviewer's decision. An approved answer, or the corrected one, is given again to the same question.

        `seen` is the number of the latest review that the reviewer saw, 0 for none; the case's own where it is None. Raises
        AlreadyDecided where another has come since, InputError where words are gone that an approved answer rests on.
        """
        basis = InForce(snapshot, date.today()).of(case)
        answer = None
        if decision != "reject":
            answer = basis.moved(replace(corrected or case.current, confirmed=True))
            if answer is None:
                raise InputError("典拠の文言が今の版にないので、回答を修正するか、却下してください。")
        fields = {
            "user": by,
            "decision": decision,
            "comment": comment,
            "answer": {k: v for k, v in answer.to_json().items() if k not in ASKED} if answer else None,
            "serves": "" if case.answer.searched else key(case.answer.question),
            "around": basis.surroundings(answer) if answer else [],
            **_joined(case.entry, answer, snapshot),
        }
        known = seen if seen is not None else case.review.entry.seq if case.review else 0
        with self._memory.deciding:
            latest = next(iter(self._audit.entries(kind="review", subject=case.entry.seq, limit=1)), None)
            if latest and latest.seq > known:
                raise AlreadyDecided("この回答は別の確認者がすでに判断しているので、その判断を確かめてからやり直してください。")
            return self._audit.append("review", fields, case.entry.seq)

    def cases(self, snapshot: Snapshot, limit: int = LATEST) -> list[Case]:
        """The latest answers that may be seen with what has happened to them, newest first."""
        found = self._memory.read(self._audit)
        return [case for each in found.cases(limit) if (case := _seen(each, snapshot))]

    def every(self, snapshot: Snapshot) -> Iterator[Case]:
        """All answers that may be seen with what has happened to them, oldest first."""
        found = self._memory.read(self._audit)
        for entry in self._audit.iterate(kind="answer"):
            if (answer := kept(entry)) and (case := _seen(found.case(entry, answer), snapshot)):
                yield case

    def approved(self, snapshot: Snapshot) -> Iterator[Case]:
        """The approved answers that may be seen, the latest decided first."""
        found = self._memory.read(self._audit)
        for seq in sorted(found.reviews, key=lambda seq: -found.reviews[seq].entry.seq):
            entry = self._audit.entry(seq) if found.reviews[seq].answer else None
            if entry and (answer := kept(entry)) and (case := _seen(found.case(entry, answer), snapshot)):
                yield case

    def decisions(self) -> Mapping[int, Review]:
        """The latest review of each answer that has one, whoever may see it."""
        return self._memory.read(self._audit).reviews

    def case(self, seq: int, snapshot: Snapshot) -> Case | None:
        """One answer with what has happened to it; None where there is none, its words have been purged, or it may not be seen."""
        entry = self._audit.entry(seq)
        answer = kept(entry) if entry and entry.kind == "answer" else None
        if entry is None or answer is None:
            return None
        about = self._audit.entries(subject=seq, limit=LATEST)
        review = next((found for e in about if e.kind == "review" and (found := review_of(e))), None)
        thumbs = tuple(Thumb(e) for e in reversed(about) if e.kind == "feedback")
        return _seen(Case(entry, answer, review, thumbs), snapshot)

    def confirmed(self, question: str, day: date, snapshot: Snapshot) -> Shown | None:
        """The approved answer to the same question, where the latest decision on it that may be seen is an approval and all it rests
        on still stands in the versions in force on the day; None else."""
        for seq in self._memory.about(self._audit, key(question)):
            entry = self._audit.entry(seq)
            review = review_of(entry) if entry and visible(entry, snapshot) else None
            if review is not None:
                found = InForce(snapshot, day).standing(review.answer, review.around) if review.answer else None
                return replace(found, day=day, question=question) if found else None
        return None


def queue(cases: Iterable[Case], basis: InForce) -> list[tuple[Cause, Case]]:
    """What is to be looked at, the most pressing first, then the newest: of the answers to one question, newest first, the most
    pressing one since the last decision."""
    questions: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        asked = same(case.answer.question) or str(case.entry.seq)  # what has been purged is like no other
        questions.setdefault((asked, case.answer.searched), []).append(case)
    found = (_pressing(answers, basis) for answers in questions.values())
    return sorted((one for one in found if one), key=lambda pair: (_ORDER[pair[0]], -pair[1].entry.seq))


def _pressing(answers: Sequence[Case], basis: InForce) -> tuple[Cause, Case] | None:
    decided = next((n for n, case in enumerate(answers) if case.review), len(answers))
    rejected = {case.answer.text for case in answers[decided : decided + 1] if case.state == "reject"}
    causes = ((_cause(case, basis), case) for case in answers[: decided + 1])
    found = [(cause, case) for cause, case in causes if cause and (cause == "down" or case.answer.text not in rejected)]
    return min(found, key=lambda pair: _ORDER[pair[0]], default=None)


def _cause(case: Case, basis: InForce) -> Cause | None:
    if case.state != "reject" and basis.changed(case):
        return "stale"
    if case.down:
        return "down"
    if case.review or case.answer.confirmed:
        return None
    return "unsure" if case.answer.confidence < UNSURE and not case.answer.abstained else "new"


def _seen(case: Case, snapshot: Snapshot) -> Case | None:
    """The case as it may be seen; None where it may not, or where its review rests on what may not."""
    if not visible(case.entry, snapshot) or (case.review and not visible(case.review.entry, snapshot)):
        return None
    return replace(case, thumbs=tuple(thumb for thumb in case.thumbs if visible(thumb.entry, snapshot)))


def _basis(about: Entry | None) -> dict[str, Any]:
    """On what an entry rests, for an entry about it."""
    return {name: about.fields[name] for name in ("documents", "access") if about and name in about.fields}


def _joined(entry: Entry, answer: Shown | None, snapshot: Snapshot) -> dict[str, Any]:
    """On what a review rests: on what the answer rested on, and on what the corrected one does."""
    basis = _basis(entry)
    documents, access = list(basis.get("documents", ())), list(basis.get("access", ()))
    for source in answer.sources if answer else ():
        pair = [source.doc_id, source.version]
        if pair not in documents and snapshot.has(source.doc_id, source.version):
            documents.append(pair)
            access.append(sorted(snapshot.row(source.doc_id, source.version).meta.groups))
    return {"documents": documents, "access": access}
