"""Where questions are answered: by what a person has confirmed, by the model that is set, or by the extractive reader; each answer is
in the audit log before it is shown as whole."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date

from rag.assistant import Assistant
from rag.types import Answer
from ui.audit import Audit
from ui.cases import ASKED
from ui.reviews import Reviews
from ui.shown import Shown, shown
from ui.signin import User


@dataclass(frozen=True, slots=True)
class Given:
    """An answer so far; `entry` is its number in the audit log once it is whole, 0 before."""

    answer: Shown
    entry: int = 0


class Desk:
    """Answers one user from the documents that this user may see."""

    def __init__(self, assistant: Assistant, audit: Audit, user: User) -> None:
        self.assistant = assistant
        self._audit = audit
        self._user = user

    def answer(self, question: str, day: date, previous: Sequence[str] = ()) -> Generator[Given, None, None]:
        """The answer as it grows; closing the iterator stops the model. Raises InputError as Assistant.ask does."""
        snapshot = self.assistant.snapshot
        confirmed = None if previous else Reviews(self._audit).confirmed(question, day, snapshot)
        last = confirmed
        read: dict[tuple[str, str], None] = {}
        if last is None:
            with closing(self._answers(question, day, previous)) as answers:
                for answer in answers:
                    last = shown(answer, snapshot, day)
                    if answer.trace:  # whatever a model says, also what is taken out of it, may come from all that it was shown
                        read.update(dict.fromkeys((h.passage.doc_id, h.passage.version) for h in answer.hits))
                    yield Given(last)
        if last is not None:
            cited = dict.fromkeys((s.doc_id, s.version) for s in last.sources)
            yield Given(last, self._keep(question, day, previous, last, list(cited | read)))

    def _answers(self, question: str, day: date, previous: Sequence[str]) -> Generator[Answer, None, None]:
        writer = self.assistant.writer
        if writer is None:
            yield self.assistant.ask(question, day, previous)
        else:
            yield from writer.stream(question, day, previous, beating=True)

    def _keep(self, question: str, day: date, previous: Sequence[str], given: Shown, rests: Sequence[tuple[str, str]]) -> int:
        snapshot = self.assistant.snapshot
        told = given.to_json()
        return self._audit.append(
            "answer",
            {
                "user": self._user.id,
                "groups": sorted(self._user.groups),
                "previous": list(previous),
                **{name: told[name] for name in ASKED},
                "answer": {name: value for name, value in told.items() if name not in ASKED},
                "as_of": day.isoformat(),
                "documents": [list(pair) for pair in rests],
                "access": [sorted(snapshot.row(*pair).meta.groups) for pair in rests],
                "index": snapshot.name,
                "encoder": str(snapshot.manifest["encoder"]["name"]),
                "model": given.model,
            },
        )
