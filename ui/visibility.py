"""Whether somebody may see an entry of the audit log: only where nothing in it comes of a document that is hidden from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from rag.fold import fold
from rag.scope import EVERYTHING, Scope
from rag.snapshot import Snapshot
from ui.audit import Entry

_WORDS = ("question", "searched", "previous", "comment", "answer")
"""The fields in which a hidden document may be named."""
_SOURCES = frozenset(("sources", "snapshot", "model", "verdict", "day"))
"""What is not read of an answer: its sources are judged as documents."""


def visible(entry: Entry, snapshot: Snapshot) -> bool:
    """Whether every document that the entry rests on was and is one that the snapshot's scope admits, and its words name no other.

    An entry that does not say what it rests on is for those alone who may see all documents.
    """
    if snapshot.scope.groups is None:
        return True
    documents, access = entry.fields.get("documents"), entry.fields.get("access")
    if not (isinstance(documents, list) and isinstance(access, list) and len(documents) == len(access)):
        return False
    hidden = _hidden(snapshot)
    return (
        all(_admitted(snapshot, groups) for groups in access)
        and all(hidden.admits(pair) for pair in documents)
        and not hidden.named(entry)
    )


def _admitted(snapshot: Snapshot, groups: Any) -> bool:
    """Whether a document that belonged to these groups then may be seen."""
    own = snapshot.scope.groups
    return isinstance(groups, list) and (own is None or not groups or not own.isdisjoint(map(str, groups)))


class _Hidden:
    """What is in an index and outside a scope: versions of documents, and the titles that nothing within it has too."""

    def __init__(self, snapshot: Snapshot) -> None:
        admitted = snapshot.within(Scope(snapshot.scope.groups)).documents()
        seen = {(row.id, row.version) for row in admitted}
        every = {(row.id, row.version): row for row in snapshot.within(EVERYTHING).documents()}
        self._every = every.keys()
        self._versions = every.keys() - seen
        self._documents = {doc for doc, _ in self._versions}
        known = {fold(row.title) for row in admitted}
        self._titles = {title for pair in self._versions if len(title := fold(every[pair].title)) > 1} - known

    def admits(self, pair: Any) -> bool:
        """Whether a version may be seen now; one that is no more, as all those of its document may be that are."""
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            return False
        key = (pair[0], pair[1])
        return key not in self._versions if key in self._every else pair[0] not in self._documents

    def named(self, entry: Entry) -> bool:
        """Whether the entry's words name a hidden document."""
        if not self._titles:
            return False
        said = fold("\n".join(text for name in _WORDS for text in _texts(entry.fields.get(name))))
        return any(title in said for title in self._titles)


_KNOWN: WeakKeyDictionary[Snapshot, _Hidden] = WeakKeyDictionary()


def _hidden(snapshot: Snapshot) -> _Hidden:
    found = _KNOWN.get(snapshot)
    if found is None:
        found = _KNOWN[snapshot] = _Hidden(snapshot)
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in _SOURCES:
                yield from _texts(part)
