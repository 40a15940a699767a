"""What somebody may not see appears nowhere: not in answers, lists, counts, the review queue, the audit log or any export."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from ingest.build import ingest
from rag.assistant import Assistant
from rag.scope import Scope
from rag.settings import Settings
from ui.audit import Audit, Entry
from ui.database import open_database
from ui.desk import Desk
from ui.examples import examples
from ui.gold import gold_jsonl
from ui.impact import InForce, affected, impact_csv
from ui.labels import japanese_date
from ui.logbook import Logbook, Wanted, as_csv, as_jsonl
from ui.retention import Masking
from ui.reviews import Reviews, queue
from ui.shelf import volumes
from ui.signin import User
from ui.visibility import visible

GROUPS = ("人事", "役員", "工場", "法務", "営業")
SUBJECTS = ("日当", "宿泊料", "慶弔休暇", "在宅手当", "懇親会費", "貸与端末", "退職金", "車両")
VERBS = ("支給する", "貸与する", "精算する", "申請する")
DAY = date(2026, 6, 1)


@dataclass(frozen=True, slots=True)
class World:
    """An index with documents of several groups, each of which has a title and a word in its text of its own. Questions name titles."""

    assistant: Assistant
    audit: Audit
    groups: dict[str, frozenset[str]]
    titles: dict[str, str]
    words: dict[str, str]
    rng: random.Random

    def user(self, n: int) -> tuple[User, Assistant]:
        groups = frozenset(self.rng.sample(GROUPS, self.rng.randint(0, 3)))
        return User(f"u{n}", "", "", groups, "reviewer"), self.assistant.within(Scope(groups))

    def forbidden(self, groups: frozenset[str]) -> list[str]:
        hidden = [doc for doc, own in self.groups.items() if own and not own & groups]
        return [told[doc] for doc in hidden for told in (self.titles, self.words)]


def word(rng: random.Random) -> str:
    """A name that nothing else holds."""
    return "".join(rng.choice("アカサタナハマヤラワガザダバ") for _ in range(8))


def world(folder: Path, seed: int, documents: int = 12) -> World:
    rng = random.Random(seed)
    (folder / "docs").mkdir(parents=True)
    groups, titles, words, lines = {}, {}, {}, ["documents:"]
    for n in range(documents):
        name, own, subject = f"d{n}", frozenset(rng.sample(GROUPS, rng.choice((0, 1, 1, 2)))), rng.choice(SUBJECTS)
        groups[name], titles[name], words[name] = own, f"{word(rng)}{subject}規程", word(rng)
        articles = "".join(
            f"第{k}条（{rng.choice(SUBJECTS)}）　{subject}は、{words[name]}に{rng.randint(1, 90)}日以内に{rng.choice(VERBS)}。\n"
            for k in (1, 2, 3)
        )
        (folder / "docs" / f"{name}.txt").write_text(f"{titles[name]}\n\n{articles}", encoding="utf-8")
        lines.append(f"  - {{file: {name}.txt, title: {titles[name]}, groups: [{', '.join(sorted(own))}]}}")
    (folder / "docs" / "manifest.yaml").write_text("\n".join(lines), encoding="utf-8")
    ingest([folder / "docs"], folder / "i", jobs=1, progress=lambda line: None)
    audit = Audit(open_database(Settings(index=folder / "i")))
    return World(Assistant.open(folder / "i"), audit, groups, titles, words, rng)


def question(one: World) -> str:
    rng = one.rng
    asked = (
        f"{rng.choice(SUBJECTS)}は何日以内に{rng.choice(VERBS)[:-2]}しますか。",
        f"{rng.choice(list(one.titles.values()))}とは何ですか。",
        f"{rng.choice(list(one.titles.values()))}では{rng.choice(SUBJECTS)}をどう定めていますか。",
    )
    return rng.choice(asked)


def everything(one: World, user: User, view: Assistant) -> str:
    """All that any page or export tells this user."""
    snapshot, reviews = view.snapshot, Reviews(one.audit)
    basis = InForce(snapshot, DAY)
    cases = reviews.cases(snapshot)
    queued = [case for _, case in queue(cases, basis)]
    book = Logbook(one.audit, snapshot, Masking())
    lines, _ = book.page(Wanted(), size=5)
    told: list[object] = [
        examples(snapshot, DAY),
        [v.row for v in volumes(snapshot.documents(), DAY)],
        [(case.current, case.entry.fields, case.thumbs) for case in (*cases, *queued)],
        [(line.entry.fields, line.review) for line in lines],
        as_csv(book.lines(Wanted())).decode("utf-8-sig"),
        as_jsonl(book.lines(Wanted())).decode(),
        impact_csv(affected(reviews.every(snapshot), basis)).decode("utf-8-sig"),
        gold_jsonl(reviews.approved(snapshot)).decode(),
        japanese_date(DAY),
        user.name,
    ]
    return "\n".join(map(str, told))


def run(folder: Path, questions: int, seed: int, every: int) -> None:
    """Ask, review and look around as generated users; nothing forbidden may be told to any of them."""
    one = world(folder, seed)
    looked = 0
    for n in range(questions):
        user, view = one.user(n)
        asked = question(one)
        given = list(Desk(view, one.audit, user).answer(asked, DAY))[-1]
        own = one.forbidden(user.groups)
        answer = json.dumps(given.answer.to_json(), ensure_ascii=False).replace(json.dumps(asked, ensure_ascii=False)[1:-1], "")
        hits = str([h.passage for h in view.search(asked, 10)])
        assert not [w for w in own if w in answer or w in hits], (asked, user)
        if n % 3 == 0 and not given.answer.abstained and (case := Reviews(one.audit).case(given.entry, view.snapshot)):
            decision = one.rng.choice(("approve", "reject"))
            Reviews(one.audit).decide(
                case, user.id, decision, view.snapshot, comment=f"{one.rng.choice(list(one.titles.values()))}を見た"
            )
        if n % 4 == 0:
            Reviews(one.audit).thumb(given.entry, user.id, up=False, reason="違う")
        if n % every == every - 1:
            looker, seen = one.user(n)
            told = everything(one, looker, seen)
            assert not [w for w in one.forbidden(looker.groups) if w in told], looker
            assert all(set(map(str, row.meta.groups)) & looker.groups or not row.meta.groups for row in seen.snapshot.documents())
            looked += len(told)
    assert looked > 1_000


def test_nothing_of_a_forbidden_document_is_told(tmp_path: Path) -> None:
    run(tmp_path, 36, 1, every=6)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_nothing_of_a_forbidden_document_is_told_to_a_thousand(tmp_path: Path, seed: int) -> None:
    run(tmp_path, 100, seed + 100, every=1)


def entry(documents: object, access: object, **fields: object) -> Entry:
    return Entry(1, None, "answer", None, "", {"documents": documents, "access": access, **fields})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("small")
    (folder / "docs").mkdir()
    for name in ("open", "secret"):
        (folder / "docs" / f"{name}.txt").write_text(f"第1条　{name}の日当は、一日につき2,000円とする。\n", encoding="utf-8")
    (folder / "docs" / "manifest.yaml").write_text(
        "documents:\n  - {file: open.txt, title: 公開規程}\n  - {file: secret.txt, title: 極秘規程, groups: [役員]}\n",
        encoding="utf-8",
    )
    ingest([folder / "docs"], folder / "i", jobs=1, progress=lambda line: None)
    return Assistant.open(folder / "i")


@pytest.mark.parametrize(
    ("documents", "access", "seen"),
    [
        ([["open", ""]], [[]], True),
        ([["open", ""]], [["役員"]], False),  # it was secret then
        ([["secret", ""]], [[]], False),  # it is secret now
        ([["open", ""], ["secret", ""]], [[], ["役員"]], False),
        ([["gone", "1"]], [[]], True),
        ([["gone", "1"]], [["役員"]], False),
        ([["secret", "old"]], [[]], False),  # the version is gone, the document is secret
        ([], [], True),
        ([["open", ""]], [], False),
        (None, None, False),
        ([["open"]], [[]], False),
        ([["open", ""]], ["役員"], False),
    ],
)
def test_then_and_now_decide(small: Assistant, documents: object, access: object, seen: bool) -> None:
    nobody = small.within(Scope(frozenset())).snapshot
    assert visible(entry(documents, access), nobody) is seen
    assert visible(entry(documents, access), small.snapshot)
    assert visible(entry([["secret", ""]], [["役員"]]), small.within(Scope(frozenset(("役員",)))).snapshot)


@pytest.mark.parametrize(
    "fields", [{"question": "極秘 規程の日当は？"}, {"previous": ["極秘規程とは"]}, {"answer": {"notes": ["極秘規程による"]}}]
)
def test_a_question_that_names_a_hidden_document_is_hidden(small: Assistant, fields: dict[str, object]) -> None:
    nobody, officer = small.within(Scope(frozenset())).snapshot, small.within(Scope(frozenset(("役員",)))).snapshot
    assert not visible(entry([["open", ""]], [[]], **fields), nobody)
    assert visible(entry([["open", ""]], [[]], **fields), officer)
    assert visible(entry([["open", ""]], [[]], question="公開規程の日当は？"), nobody)


def test_some_documents_chosen_hide_no_entry(small: Assistant) -> None:
    chosen = small.within(Scope(frozenset(), frozenset(("open",)))).snapshot
    assert visible(entry([["open", ""]], [[]]), chosen)
    assert not visible(entry([["secret", ""]], [[]]), chosen)
