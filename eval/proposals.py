"""Questions made of the documents themselves, for a person to accept: amounts, deadlines, who decides, cells of tables, definitions,
articles, and neighbours that the documents do not answer."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle

from eval.claimsource import Source, sources
from eval.drafts import seeded
from eval.interrogatives import asked_figure, asked_name, asked_value
from eval.statements import Statement, statements
from rag.answers import address
from rag.scope import Scope
from rag.snapshot import DocumentRow, Snapshot

ARTICLE, UNANSWERABLE = "条文", "unanswerable"
_ENOUGH = 8
"""Documents are read until there are so many times the drafts that are wanted."""
_UNCLEAR = re.compile(
    r"前[項条号各]|同[項条号表]|次[の条項]|当該|(?:^|[、は])(?:その|この|これ|それ|本[条項号])|上記|下記|以下|別に定め|別表|とおり|ところによる|ただし|「|」"
)
_HERE = re.compile(
    r"^(?:この|本)(?:規程|規則|規定|基準|要領|要綱|細則|ガイドライン|指針|法律|法|文書)(?:において|における|では|で)、?"
)
_DEFINED = re.compile(r"^「?(?P<term>[^「」、。（）]{2,24})」?(?:（[^）]*）)?とは、?(?P<what>.{4,80})をいう$")
_CELL = re.compile(r"^(?P<topic>.+?(?:の場合、.+?は|は、))(?P<value>.+)である$")
_CAPTION = re.compile(r"^第[0-9]+条(?:の[0-9]+)*（(?P<caption>[^（）、。]{2,14})）$")
_TABLE = re.compile(r"^別表.*（(?P<caption>[^（）、。関係]{2,20})）$")
_COMMON = frozenset(
    ("目的", "定義", "趣旨", "用語", "用語の定義", "用語の意義", "適用範囲", "適用", "雑則", "改廃", "施行", "施行期日", "適用の除外", "委任", "経過措置")
)  # fmt: skip
_NEIGHBOURS: Mapping[str, str] = {
    "内線": "{}について問い合わせる窓口の内線番号は何番ですか。",
    "昨年度": "{}について、昨年度に寄せられた質問は何件でしたか。",
    "他社": "{}について、他社ではどのように定めていますか。",
    "研修動画": "{}についての研修動画は、どこで見られますか。",
    "見直しの時期": "{}について、次の見直しの時期はいつですか。",
    "英語版": "{}についての規定の英語版は、どこにありますか。",
    "アンケート": "{}について社員に行ったアンケートの結果はどうでしたか。",
}
"""What people ask about the subject of an article that regulations hardly say, by the word that no document has where it is asked."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft of a question. `fact` is what an answer has to state and `quote` the words that say it, both empty where the documents do
    not answer; `doc` is the source and `path` the place, for who looks it up."""

    kind: str
    question: str
    fact: str
    doc: str
    quote: str
    path: str
    title: str


def proposals(snapshot: Snapshot, count: int, on: date | None = None, seed: object = 0) -> list[Proposal]:
    """At most `count` drafts over the versions in force on the day (today when None), each kind and each document in its turn.

    The same index and seed give the same drafts.
    """
    rows = list(snapshot.in_force(on or date.today()))
    rng = seeded(seed, "documents")
    rng.shuffle(rows)
    found: list[Proposal] = []
    captions: list[tuple[DocumentRow, str]] = []
    for row in rows:
        found += _of_document(snapshot, row)
        captions += [(row, caption) for caption in _captions(snapshot, row)]
        if len(found) >= _ENOUGH * count:
            break
    return _chosen([*_distinct(found), *_neighbours(snapshot, rows, captions, seed)], count, seed)


def _of_document(snapshot: Snapshot, row: DocumentRow) -> Iterator[Proposal]:
    opened: set[tuple[str, ...]] = set()
    for source in sources(snapshot.within(Scope(snapshot.scope.groups, frozenset((row.id,))))):
        if source.version != row.version:
            continue
        for statement in statements(source):
            yield from (_made(row, source, *asked) for asked in _asked(statement, _table(row, source)))
        caption, path = _caption(source.path)
        if caption and path not in opened and (article := _article(row, source, caption)):
            yield article
        opened.add(path)


def _made(row: DocumentRow, source: Source, kind: str, question: str, fact: str) -> Proposal:
    return Proposal(kind, question, fact, source.doc, source.quotes[-1].words, address(source.path), row.title)


def _table(row: DocumentRow, source: Source) -> str:
    """What a table is called in a question: its document, and its own caption where it has one."""
    found = _TABLE.search(source.path[-1]) if source.path else None
    return f"{row.title}の{found['caption']}" if found else row.title


def _asked(statement: Statement, table: str) -> Iterator[tuple[str, str, str]]:
    """The kind, the question and the fact of what can be asked of a statement."""
    words = _HERE.sub("", statement.words)
    if statement.form == "row":
        cell = _CELL.match(words)
        if cell and (asked := asked_value(cell["topic"], cell["value"])):
            yield "table", f"{table}では、{asked}", cell["value"]
        return
    if defined := _DEFINED.match(words):
        yield "definition", f"「{defined['term']}」とは何ですか。", defined["what"]
    elif statement.form in ("sentence", "item") and not _UNCLEAR.search(words):
        for kind, ask in (("number", asked_figure), ("entity", asked_name)):
            if found := ask(words):
                yield kind, *found


def _caption(path: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The caption of the article that a path leads through, empty where there is none of interest, and the path to the article."""
    for depth, label in enumerate(path, 1):
        found = _CAPTION.match(label)
        if found:
            return "" if found["caption"] in _COMMON else found["caption"], tuple(path[:depth])
    return "", tuple(path)


def _article(row: DocumentRow, source: Source, caption: str) -> Proposal | None:
    """What an article says about its caption, by its first sentence, which the source has to be."""
    words = source.words.rstrip("。")
    if source.unit.kind != "sentence" or source.unit.context or _UNCLEAR.search(words):
        return None
    if not 12 <= len(words) <= 80 or not source.words.endswith("。"):
        return None
    return _made(row, source, ARTICLE, f"{row.title}では、{caption}についてどう定めていますか。", words)


def _captions(snapshot: Snapshot, row: DocumentRow) -> Iterator[str]:
    for section in snapshot.sections(row.id, row.version):
        caption, path = _caption(section.path)
        if caption and path == section.path:
            yield caption


def _neighbours(
    snapshot: Snapshot, rows: Sequence[DocumentRow], captions: Sequence[tuple[DocumentRow, str]], seed: object
) -> Iterator[Proposal]:
    """Questions about the subjects of articles whose key word is in no document in force."""
    held: set[str] = set()
    for row in rows:
        text = snapshot.document(row.id, row.version).text
        held |= {word for word in _NEIGHBOURS if word in text}
    free = [template for word, template in _NEIGHBOURS.items() if word not in held]
    for n, (row, caption) in enumerate(captions):
        if free:
            question = free[(n + seeded(seed, caption).randrange(len(free))) % len(free)].format(f"{row.title}の「{caption}」")
            yield Proposal(UNANSWERABLE, question, "", "", "", "", row.title)


def _distinct(found: Sequence[Proposal]) -> Iterator[Proposal]:
    """Each question once; those that several places would answer are asked of each document by its title, or not at all."""
    times = Counter(p.question for p in found)
    named = [p if times[p.question] == 1 else replace(p, question=f"{p.title}では、{p.question}") for p in found]
    again = Counter(p.question for p in named)
    yield from (p for p in named if again[p.question] == 1)


def _chosen(found: Sequence[Proposal], count: int, seed: object) -> list[Proposal]:
    """So many of them, the kinds in turn and within each the documents in turn."""
    pools: dict[str, list[Proposal]] = defaultdict(list)
    for proposal in found:
        pools[proposal.kind].append(proposal)
    queues = {kind: deque(_by_document(pool, seed)) for kind, pool in sorted(pools.items())}
    out: list[Proposal] = []
    for kind in cycle(list(queues)):
        if len(out) >= count or not any(queues.values()):
            break
        if queues[kind]:
            out.append(queues[kind].popleft())
    return out


def _by_document(pool: Sequence[Proposal], seed: object) -> Iterator[Proposal]:
    """The first of each document, then the second of each, and so on, each document's own in a chance order."""
    by_title: dict[str, list[Proposal]] = defaultdict(list)
    for proposal in sorted(pool, key=lambda p: seeded(seed, p.question).random()):
        by_title[proposal.title].append(proposal)
    for turn in range(max(map(len, by_title.values()), default=0)):
        yield from (own[turn] for own in by_title.values() if turn < len(own))
