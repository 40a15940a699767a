"""Which documents somebody may see, and which of these a question is put to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents for everybody and those of the given access groups (all documents when None); of these only those that are among
    `ids`, where that is given."""

    groups: frozenset[str] | None = None
    ids: frozenset[str] | None = None

    def admits(self, doc_id: str, groups: Collection[str]) -> bool:
        """Whether a document of these access groups is in the scope; one without groups is for everybody."""
        allowed = self.groups is None or not groups or not self.groups.isdisjoint(groups)
        return allowed and (self.ids is None or doc_id in self.ids)


EVERYTHING = Scope()
