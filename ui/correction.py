"""An answer as a reviewer has corrected it, each new sentence checked against the documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from rag.assistant import Assistant
from rag.checking import Checked, check
from rag.errors import InputError
from rag.snapshot import Snapshot
from rag.types import Answer, Citation, Reason, Span
from ui.impact import InForce
from ui.labels import bases, page_name, section_name
from ui.shown import Said, Shown, Source

_NOTHING = "文書と照らし合わせる内容がありません。"


def corrected(assistant: Assistant, answer: Shown, text: str, basis: InForce) -> Shown:
    """The answer with the lines of the text in place of its sentences.

    A sentence that is there as it was keeps its sources where their words still stand; the others get those that the check finds.
    Raises InputError where the text is empty or too long.
    """
    if not text.strip():
        raise InputError("回答が空なので、正しい回答を入れるか、却下してください。")
    before = {said.text: said for said in answer.sentences}
    sources: dict[Source, int] = {}
    sentences: list[Said] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        old = before.get(line)
        if old and all(basis.stands(answer.sources[n]) for n in old.sources):
            numbers = tuple(sources.setdefault(answer.sources[n], len(sources)) for n in old.sources)
            sentences.append(replace(old, sources=numbers))
            continue
        for item in _checked(assistant, line, basis.day):
            found = (_source(citation, assistant.snapshot) for citation in item.citations)
            numbers = tuple(dict.fromkeys(sources.setdefault(source, len(sources)) for source in found))
            sentences.append(Said(item.text, numbers, item.verdict, tuple(r.text for r in item.reasons)))
    made = replace(answer, sentences=tuple(sentences), sources=tuple(sources), abstained=False, reason=None, removed=(), notes=())
    return replace(made, versions=_versions(made, assistant.snapshot, basis.day))


def unsupported(answer: Shown) -> tuple[Said, ...]:
    """The sentences that the documents do not support."""
    return tuple(said for said in answer.sentences if said.verdict != "supported")


def _checked(assistant: Assistant, line: str, day: date) -> Iterator[Checked]:
    """What the check says of the line's sentences; a line of which it says nothing is not found."""
    found = list(check(assistant, assistant.verifier.verify, line, day))
    if found:
        yield from found
    else:
        yield Checked(line, Span(0, len(line)), "not_found", (Reason("unstated", _NOTHING),))


def _source(citation: Citation, snapshot: Snapshot) -> Source:
    page = page_name(snapshot.document(citation.doc_id, citation.version), citation.span)
    place = section_name(citation.title, citation.path)
    named = citation.title, place, citation.doc, citation.doc_id, citation.version
    return Source(*named, citation.span, citation.quote, citation.path, page)


def _versions(answer: Shown, snapshot: Snapshot, day: date) -> tuple[str, ...]:
    """By which versions the corrected answer is given, as far as they are still there."""
    cited = tuple(
        Citation(s.doc, s.doc_id, s.version, s.title, s.span, s.quote, s.path)
        for s in answer.sources
        if snapshot.has(s.doc_id, s.version)
    )
    return bases(Answer(answer.question, citations=cited), snapshot, day)
