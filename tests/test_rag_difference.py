"""What changed between two versions: by article, and inside an article by words."""

from __future__ import annotations

import json
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.structure import parse
from rag.difference import Difference, differences, lines, to_json
from rag.inline import Effort, inline
from rag.pairing import Part, pairs
from rag.types import Document, Span

OLD = """旅費規程

第１章　総則

（目的）
第１条　この規程は、社員の出張に要する旅費の支給について定める。

（日当）
第２条　日当は、別表の額とする。ただし、日帰りの出張には、その半額を支給する。
２　海外への出張は、出発日の２０日前までに社長の承認を受けなければならない。

（精算）
第３条　出張した者は、帰着の日から５営業日以内に、次の書類を経理部に提出する。
（１）精算書
（２）証憑

（雑則）
第４条　この規程の改廃は、取締役会の決議による。

附則
この規程は、令和６年４月１日から施行する。
"""


def compare(old: str, new: str) -> tuple[Difference, ...]:
    return differences(document(old), parse(old).sections, document(new), parse(new).sections)


def document(text: str) -> Document:
    return Document("d", "", "d.txt", "旅費規程", text)


def kinds(old: str, new: str) -> list[tuple[str, str, str]]:
    return [(d.kind, d.old_path[-1] if d.old_path else "", d.new_path[-1] if d.new_path else "") for d in compare(old, new)]


def test_equal_texts_do_not_differ() -> None:
    assert compare(OLD, OLD) == ()
    assert compare("", "") == ()


def test_spaces_width_and_the_way_of_writing_a_number_are_no_difference() -> None:
    new = (
        OLD.replace("第２条　日当は、", "第二条 日当は、\n")
        .replace("２０日前", "二十日前")
        .replace("令和６年４月１日", "2024年4月1日")
    )

    assert new != OLD
    assert compare(OLD, new) == ()


def test_a_changed_paragraph_is_named_and_its_words_marked() -> None:
    new = OLD.replace("２０日前", "３０日前")

    (found,) = compare(OLD, new)

    assert found.kind == "changed"
    assert found.old_path == found.new_path == ("第1章 総則", "第2条（日当）", "第2項")
    assert found.old
    assert found.old.of(OLD).startswith("（日当）\n第２条")
    assert [(p.change, p.old.of(OLD), p.new.of(new)) for p in found.pieces if p.change != "equal"] == [
        ("delete", "２０", ""),
        ("insert", "", "３０"),
    ]
    assert list(lines([found], OLD, new)) == [
        "変更 第2条（日当） 第2項",
        "－ ２　海外への出張は、出発日の[-２０-]日前までに社長の承認を受けなければならない。",
        "＋ ２　海外への出張は、出発日の{+３０+}日前までに社長の承認を受けなければならない。",
    ]


def test_an_article_put_in_moves_those_after_it() -> None:
    extra = "（宿泊）\n第３条　宿泊料は、一夜につき一万二千円を上限として実費を支給する。\n\n"
    new = OLD.replace("（精算）\n第３条", extra + "（精算）\n第４条").replace("第４条　この規程の改廃", "第５条　この規程の改廃")

    assert kinds(OLD, new) == [
        ("added", "", "第3条（宿泊）"),
        ("moved", "第3条（精算）", "第4条（精算）"),
        ("moved", "第4条（雑則）", "第5条（雑則）"),
    ]
    assert list(lines(compare(OLD, new), OLD, new)) == [
        "追加 第3条（宿泊）",
        "＋ （宿泊）",
        "＋ 第３条　宿泊料は、一夜につき一万二千円を上限として実費を支給する。",
        "移動 第3条（精算） → 第4条（精算）",
        "移動 第4条（雑則） → 第5条（雑則）",
    ]
    assert [k for k, *_ in kinds(new, OLD)] == ["removed", "moved", "moved"]


def test_what_moved_and_changed_is_changed() -> None:
    new = OLD.replace("第４条　この規程の改廃は、取締役会の決議による。", "第７条　この規程の改廃は、社長の決裁による。")

    (found,) = compare(OLD, new)

    assert (found.kind, found.old_path[-1], found.new_path[-1]) == ("changed", "第4条（雑則）", "第7条（雑則）")
    assert next(iter(lines([found], OLD, new))) == "変更 第4条（雑則） → 第7条（雑則）"


def test_a_repealed_article_keeps_its_number() -> None:
    new = OLD.replace("（雑則）\n第４条　この規程の改廃は、取締役会の決議による。", "第４条　削除")

    assert kinds(OLD, new) == [("changed", "第4条（雑則）", "第4条")]


def test_a_chapter_with_another_number_moves_no_article() -> None:
    assert kinds(OLD, OLD.replace("第１章　総則", "第２章　総則")) == [("moved", "第1章 総則", "第2章 総則")]


def test_each_supplement_counts_its_own_articles() -> None:
    tail = "\n附則（令和８年３月１日）\n第１条　この規程は、令和８年４月１日から施行する。\n第２条　従前の例による取扱いは、なお続ける。\n"

    found = compare(OLD, OLD + tail)

    assert {d.kind for d in found} == {"added"}
    assert [d.new_path[-1] for d in found if d.new_path[-1].startswith("第")] == ["第1条", "第2条"]


def test_texts_without_articles_go_by_headings() -> None:
    old = "# 手引（第1版）\n\n## 1. 目的\n\n業務を守る。\n\n## 2. 範囲\n\n全社員に適用する。\n"
    new = "# 手引（第2版）\n\n## 1. 目的\n\n業務を守る。\n\n## 2. 範囲\n\n全社員及び派遣社員に適用する。\n"

    assert [k for k, *_ in kinds(old, new)] == ["changed", "changed"]
    assert compare(old, new)[1].new_path == ("手引（第2版）", "2. 範囲")
    assert kinds("前の文。\n", "後の文。\n") == [("changed", "", "")]


def test_json_holds_the_words_and_their_places() -> None:
    new = OLD.replace("５営業日", "１０営業日")

    (found,) = json.loads(json.dumps(to_json(compare(OLD, new), OLD, new)))

    assert found["kind"] == "changed"
    assert found["old"]["path"] == "第1章 総則 > 第3条（精算）"
    assert OLD[found["old"]["start"] : found["old"]["end"]] == found["old"]["text"]
    changed = [p for p in found["pieces"] if p["change"] != "equal"]
    assert [(p["change"], p["text"]) for p in changed] == [("delete", "５"), ("insert", "１０")]
    assert OLD[slice(*changed[0]["old"])] == "５"
    assert new[slice(*changed[1]["new"])] == "１０"


WORDS = st.text(alphabet="あいうの。、\n　 日二2２（）条第テスト旅費", max_size=60)


@settings(max_examples=150, deadline=None)
@given(WORDS, WORDS, st.integers(0, 200))
def test_the_pieces_cover_both_passages(old: str, new: str, effort: int) -> None:
    pieces = inline(f"前{old}", Span(1, len(old) + 1), new, Span(0, len(new)), Effort(effort))

    assert "".join(p.old.of(f"前{old}") for p in pieces) == old
    assert "".join(p.new.of(new) for p in pieces) == new
    assert all(len(p.old) or len(p.new) for p in pieces)
    assert all(not len(p.new) for p in pieces if p.change == "delete")
    assert all(not len(p.old) for p in pieces if p.change == "insert")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["甲の条", "乙の条", "丙の条文である", "丁"])),
    st.lists(st.sampled_from(["甲の条", "丙の条文である", "戊"])),
)
def test_every_part_is_paired_once(old: list[str], new: list[str]) -> None:
    mine, yours = ([Part(n, "", words) for n, words in enumerate(side)] for side in (old, new))

    found = pairs(mine, yours)

    assert sorted(p.old for p in found if p.old is not None) == list(range(len(old)))
    assert sorted(p.new for p in found if p.new is not None) == list(range(len(new)))


@pytest.mark.parametrize("unlike", [False, True])
def test_long_documents_take_no_longer_than_they_must(unlike: bool) -> None:
    chance = random.Random(3)
    article = "第{}条　{}を受けようとする者は、{}の定めるところにより、申請書を提出しなければならない。\n"
    names = ["".join(chance.choices("許認可登録届出検査承指定免", k=4)) for _ in range(3000)]
    old = "".join(article.format(n, name, chance.choice(names)) for n, name in enumerate(names, 1))
    new = (
        "".join(chance.choices(old, k=len(old))) if unlike else old.replace("書を", "書面を").replace("第5条　", "第5条　新たに")
    )

    begun = time.perf_counter()
    found = compare(old, new)

    assert found
    assert time.perf_counter() - begun < 20
