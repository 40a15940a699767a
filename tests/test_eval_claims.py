"""Claims for judging a verifier: every alteration and rephrasing, the rules that check them, the stored set, the score."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval import alterations, enumerations, rephrasings, swaps, twists
from eval.claimcheck import mood, problem
from eval.claimfold import dates, figures, fold
from eval.claims import CORPUS, DATASET, FAITHFUL, claims_of
from eval.claimscore import render, score_claims
from eval.claimsource import Quote, Source, cells, plain
from eval.drafts import ALTERED
from eval.inflection import polite, predicate
from eval.statements import Statement, statements
from eval.synonyms import VERBS, WORDS, reworded
from eval.writings import amount, era_year, read, write
from eval.writings import figures as written_figures
from ingest.build import ingest
from rag.snapshot import Snapshot
from rag.types import Span, Unit, UnitKind, Verdict, Verification


def source(words: str, lead: str = "", kind: UnitKind = "sentence", siblings: Sequence[str] = ()) -> Source:
    context = (Span(0, len(lead)),) if lead else ()
    span = Span(len(lead), len(lead) + len(words))
    quotes = tuple(Quote(s, w) for s, w in ((*((c, lead) for c in context), (span, words))))
    made = Source("規程.txt", "規程", "1", Unit(span, kind, context), (), plain(words), plain(lead), quotes)
    family = tuple(source(s, lead, kind) if s != words else made for s in siblings)
    return Source("規程.txt", "規程", "1", made.unit, (), made.words, made.lead, quotes, siblings=family)


def statement(words: str, lead: str = "", kind: UnitKind = "sentence") -> Statement:
    return statements(source(words, lead, kind))[0]


def line(claim: str, *evidence: str, altered: bool = False, kind: str = "politeness") -> dict[str, Any]:
    return {"claim": claim, "evidence": [{"quote": e} for e in evidence], "altered": altered, "kind": kind}


def some(made: Iterator[str]) -> set[str]:
    return set(made)


RNG = random.Random(1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("申請書を提出しなければならない", "申請書を提出する必要があります"),
        ("許可を受けなければならない", "許可を受ける必要があります"),
        ("第三者に転貸してはならない", "第三者に転貸してはいけません"),
        ("休業を延ばすことができる", "休業を延ばすことができます"),
        ("届け出ることができない", "届け出ることはできません"),
        ("手当を支給しない", "手当を支給しません"),
        ("一年間保存する", "一年間保存します"),
        ("休職を命ずる", "休職を命じます"),
        ("柱が十個ある", "柱が十個あります"),
        ("社員に引き継ぐ", "社員に引き継ぎます"),
        ("会社の負担である", "会社の負担です"),
        ("七日以内に提出するものとする", "七日以内に提出します"),
        ("日本が議長を務めた", None),
    ],
)
def test_polite(words: str, said: str | None) -> None:
    assert polite(words) == said


@pytest.mark.parametrize(
    ("words", "way", "other"),
    [
        ("書類を引き継ぐ", "must_not", "書類を引き継いではならない"),
        ("書類を出す", "not", "書類を出さない"),
        ("届を書く", "ok", "届を書いてもよい"),
        ("確認を受けなければならない", "effort", "確認を受けるよう努める"),
        ("社外へ行く", "must_not", "社外へ行ってはならない"),
        ("情報を入力してはならない", "can", "情報を入力することができる"),
    ],
)
def test_the_end_of_a_sentence_in_another_mood(words: str, way: str, other: str) -> None:
    found = predicate(words)
    assert found is not None
    assert found.to(way) == other


def test_numbers_are_read_and_written_in_each_style() -> None:
    assert [read(n) for n in ("二十三", "百", "３，３００", "1.5", "二〇")] == [23, 100, 3300, 1.5, 20]
    assert [write(2300, s) for s in ("half", "full", "kanji")] == ["2,300", "２，３００", "二千三百"]
    assert amount(123_000, "kanji") == "十二万三千"
    assert [era_year(y) for y in (2026, 2019, 2003)] == ["令和8", None, "平成15"]
    assert [f.numeral for f in written_figures("第三者が令和8年4月1日に第3条の十日と一部を三分の二")] == ["3", "十"]


def test_rows_and_marks() -> None:
    assert cells("| 課長 | 14,200円 |") == cells("課長\t14,200円") == ("課長", "14,200円")
    assert plain("(2) 会費[^1]。") == "会費。"


def test_what_units_state() -> None:
    row = source("課長\t14,200円", "役職\t宿泊料の限度額", "row", ["課長\t14,200円", "部長\t16,000円"])
    assert [s.words for s in statements(row)] == ["課長の宿泊料の限度額は、14,200円である"]
    ban = statement("社宅を第三者に転貸すること", "入居者は、次の行為をしてはならない。", "item")
    assert ban.words == "入居者は、社宅を第三者に転貸してはならない"
    when = statement("酒気を帯びているとき", "運転者は、次の各号のいずれかに該当するときは、社有車を運転してはならない。", "item")
    assert when.words == "運転者は、酒気を帯びているときは、社有車を運転してはならない"
    part = statement("結婚祝金", "慶弔見舞金の種類は、次のとおりとする。", "item")
    assert part.words == "慶弔見舞金の種類には、結婚祝金が含まれる"
    whole = statement("ただし、部長が認めたときは、この限りでない。", "極秘の文書は、複写してはならない。")
    assert whole.words == "極秘の文書は、複写してはならないが、部長が認めたときは、この限りでない"
    assert not statements(source("次の各号のいずれかに当たるときは、許可しない。"))


def test_values_are_altered_one_at_a_time() -> None:
    words = "会社は、申請の日から三か月以内に、月額5,000円を支給する"
    assert all("三か月" not in w and "5,000円" in w for w in alterations.numbers(words, RNG))
    assert some(alterations.units(words, RNG)) <= {words.replace("か月", u) for u in ("日", "年", "週間")} | {
        words.replace("円", u) for u in ("ドル", "万円")
    }
    assert all("三か月" in w and "月額5,000円" not in w for w in alterations.amounts(words, RNG))
    assert all("40%" not in w for w in alterations.percents("休日の割増率は、40%である", RNG))
    assert all("三分の二" not in w for w in alterations.percents("委員の三分の二以上の出席を要する", RNG))
    dated = "この規程は、令和8年4月1日から施行する"
    made = some(alterations.times(dated, RNG))
    assert made
    assert dated not in made


def test_a_lower_least_and_a_higher_most() -> None:
    """Higher leasts and lower mosts would follow from the source."""
    for _ in range(20):
        assert all(read(w[3]) < 5 for w in alterations.numbers("社員が5名以上の部門に適用する", RNG) if w[3].isdigit())
        assert all(int(w[3 : w.index("名")]) > 5 for w in alterations.numbers("社員が5名未満の部門に適用する", RNG))


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("手当を支給する", {"手当を支給しない"}),
        ("休日は、平日を除く", {"休日は、平日を含む"}),
        ("書面の提出を要しない", {"書面の提出を要する"}),
        ("私物の利用を認めない", {"私物の利用を認める"}),
        ("社外へ持ち出すことができない", {"社外へ持ち出すことができる"}),
        ("別表の定めるところによる", set()),
    ],
)
def test_negation(words: str, made: set[str]) -> None:
    assert some(twists.negated(Statement(source(words + "。"), words, "sentence"), RNG)) == made


def test_modality() -> None:
    words = "所属長に届を提出しなければならない"
    made = some(twists.modal(Statement(source(words + "。"), words, "sentence"), RNG))
    assert len(made) == 3
    assert made <= {
        "所属長に届を提出" + e
        for e in ("することができる", "するよう努める", "してはならない", "してもよい", "することが望ましい")
    }
    assert not some(twists.modal(statement("この規程は、手続について定める。"), RNG))


def test_conditions_are_dropped_or_changed() -> None:
    made = some(twists.conditional(statement("運転者は、事故を起こしたときは、直ちに会社に報告する。"), RNG))
    assert "運転者は、直ちに会社に報告する" in made
    assert "運転者は、事故を起こしたときは、後日会社に報告する" in made


def test_exceptions_are_denied() -> None:
    found = statement("ただし、部長が認めたときは、この限りでない。", "極秘の文書は、複写してはならない。")
    made = some(twists.excepted(found, RNG))
    assert "部長が認めたときであっても、極秘の文書は、複写してはならない" in made
    assert any("極秘の文書は、" in w and "複写してはならない" in w and "部長" not in w for w in made)
    other = statement("ただし、やむを得ないときは、書面で代えることができる。", "産業医は、委員会に出席しなければならない。")
    assert "産業医は、原則として書面で代えることができる" in some(twists.excepted(other, RNG))


def test_actors_names_and_strange_statements() -> None:
    found = statement("経理課長は、監査室長に証明書を提出する。")
    pool = swaps.pools([found, statement("人事部は、社員に勤務証明書を交付する。"), statement("社員は、寒冷地手当を受ける。")])
    made = some(swaps.actors(found, pool, RNG))
    assert "監査室長は、経理課長に証明書を提出する" in made
    assert all(w.endswith("証明書を提出する") for w in made)
    assert not some(swaps.actors(statement("この規程は、会社が守る手続を定める。"), pool, RNG))
    named = statement("会社は、単身赴任手当を支給する。")
    assert some(swaps.names(named, pool, RNG)) == {"会社は、寒冷地手当を支給する"}
    strange = some(swaps.unstated(statement("廃棄の手続は、総務部が行う。"), pool, RNG))
    assert len(strange) == 2
    assert all(w.startswith("廃棄の手続については、") for w in strange)


def test_lists() -> None:
    elements = {"規程.txt": ("派遣社員", "嘱託社員", "商標")}
    made = some(enumerations.lists(statement("この手当は、正社員、契約社員及び嘱託社員に支給する。"), elements, RNG))
    assert any("派遣社員" in w for w in made)
    assert any("二つだけに支給する" in w for w in made)
    assert not any("商標" in w for w in made)
    items = ("結婚祝金", "出産祝金", "弔慰金")
    found = enumerations.family(source("結婚祝金", "見舞金の種類は、次のとおりとする。", "item", items))
    assert found is not None
    assert "見舞金の種類は、結婚祝金及び弔慰金の二つである" in some(enumerations.whole(found, RNG))
    assert all(w.endswith("の三つである") and w.count("金") == 4 for w in enumerations.reordered(found, RNG))


def test_rephrasings() -> None:
    assert some(rephrasings.eras("令和八年四月一日から適用する", RNG)) == {"2026年4月1日から適用する"}
    assert some(rephrasings.eras("2019年4月1日から適用する", RNG)) == set()
    widths = some(rephrasings.widths("三か月以内に30,000円を払う", RNG))
    assert {"3か月以内に30,000円を払う", "三か月以内に三万円を払う", "三か月以内に3万円を払う"} <= widths
    assert some(rephrasings.ordered("社員は、鍵をなくしたときは、すぐに届け出る", RNG)) == {
        "鍵をなくしたときは、社員は、すぐに届け出る"
    }
    assert "備品は、A及びBとする" not in some(rephrasings.ordered("備品は、A及びBとする", RNG))


def test_shortening_keeps_what_limits() -> None:
    short = some(rephrasings.shortened(statement("社員は、七日以内に、届を総務部に提出しなければならない。"), RNG))
    assert "社員は、届を総務部に提出しなければならない" in short
    assert not some(rephrasings.shortened(statement("社員は、業務のときに限り、端末を使うことができる。"), RNG))
    assert not some(rephrasings.shortened(statement("利用できる者は、正社員及び契約社員とする。"), RNG))


def test_synonyms() -> None:
    assert len(WORDS) + len(VERBS) >= 120
    made = some(reworded("社員は、直ちに届を総務部に提出しなければならない"))
    assert "社員は、直ちに届を総務部に出さなければならない" in made
    assert "従業員は、直ちに届を総務部に提出しなければならない" in made
    assert "社員は、すぐに届を総務部に提出しなければならない" in made
    assert not some(reworded("社員食堂の委託業者を選ぶ"))  # part of a longer word


def test_texts_in_one_writing() -> None:
    assert fold("令和八年四月一日から三箇月以内に５％") == "2026年4月1日から3か月以内に5%"
    assert fold("十二万三千円") == fold("123,000円")
    assert dates(fold("令和8年4月1日の午後三時")) == Counter(["年2026", "月4", "日1", "午後3時"])
    assert figures(fold("三か月以内に委員の三分の二")) == Counter([("3", "か月"), ("3分の2", "分の")])
    assert [mood(s) for s in ("提出してはいけません。", "提出する必要がある。", "提出することが可能です。", "提出しません。", "提出する。")] == [
        "ban", "must", "can", "denied", "said",
    ]  # fmt: skip


RULE = "社員は、事故の翌日から三営業日以内に、所属長に報告書を提出しなければならない。"


@pytest.mark.parametrize(
    ("claim", "kind", "wrong"),
    [
        ("社員は、事故の翌日から五営業日以内に、所属長に報告書を提出しなければならない。", "number", None),
        ("社員は、事故の翌日から3営業日以内に、所属長に報告書を提出しなければならない。", "number", "number"),
        ("社員は、事故の翌日から三日以内に、所属長に報告書を提出しなければならない。", "unit", None),
        ("社員は、事故の翌日から三営業日以内に、所属長に報告書を提出してもよい。", "modality", None),
        ("社員は、事故の翌日から三営業日以内に、所属長に報告書を提出しなければなりません。", "modality", "mood"),
        ("社員は、事故の翌日から三営業日以内に、工場長に報告書を提出しなければならない。", "actor", None),
        ("規程には「所属長に報告書を出さなければならない」とある。", "quotation", None),
        ("規程には「所属長に報告書を提出しなければならない」とある。", "quotation", "quotation"),
        ("社員は、社員寮の清掃について、町内会の同意を得る。", "unstated", None),
        ("社員は、事故の翌日から五営業日以内に、工場長に報告書を提出しなければならない。", "actor", "figures"),
    ],
)
def test_rules_for_altered_claims(claim: str, kind: str, wrong: str | None) -> None:
    assert problem(line(claim, RULE, altered=True, kind=kind)) == wrong


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("事故の翌日から3営業日以内に、社員は、所属長に報告書を提出する必要があります。", None),
        (RULE, "same"),
        ("社員は、事故の翌日から4営業日以内に、所属長に報告書を提出する必要があります。", "figures"),
        ("社員は、事故の翌日から三営業日以内に、所属長に報告書を提出することができます。", "mood"),
        ("社員は、2026年に、所属長に報告書を提出する必要があります。", "dates"),
        ("規程には「報告書を所属長に提出しなければならない」と定められている。", "quotation"),
    ],
)
def test_rules_for_faithful_claims(claim: str, wrong: str | None) -> None:
    assert problem(line(claim, RULE)) == wrong


def test_a_faithful_claim_keeps_conditions_and_exceptions() -> None:
    main, aside = "極秘の文書は、複写してはならない。", "ただし、部長が認めたときは、この限りでない。"
    assert problem(line("極秘の文書は、複写してはいけません。", main, aside)) == "limit"
    assert problem(line("極秘の文書は、複写してはならないが、部長が認めたときは、この限りではありません。", main, aside)) is None
    assert problem(line("会社は、直ちに点検を行います。", "会社は、事故があったときは、直ちに点検を行う。")) == "condition"


@pytest.fixture(scope="module")
def stored() -> list[dict[str, Any]]:
    return [json.loads(row) for row in DATASET.read_text(encoding="utf-8").splitlines()]


def test_the_stored_claims_are_enough_of_each_kind(stored: list[dict[str, Any]]) -> None:
    altered = Counter(c["kind"] for c in stored if c["altered"])
    faithful = Counter(c["kind"] for c in stored if not c["altered"])
    assert len(stored) >= 2400
    assert 0.45 <= altered.total() / len(stored) <= 0.55
    assert set(altered) == set(ALTERED)
    assert min(altered.values()) >= 60
    assert set(faithful) == set(FAITHFUL)
    assert {c["document_split"] for c in stored} == {"dev", "test"}
    assert len({c["id"] for c in stored}) == len(stored)
    assert 0.2 <= sum(len(c["evidence"]) > 2 for c in stored) / len(stored) <= 0.5


def test_every_stored_label_passes_the_rules(stored: list[dict[str, Any]]) -> None:
    assert [(c["id"], problem(c)) for c in stored if problem(c)] == []
    labels = {(c["altered"], c["kind"] == "unstated", c["label"]) for c in stored}
    assert labels == {(False, False, "supported"), (True, False, "contradicted"), (True, True, "not_found")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    index = tmp_path_factory.mktemp("claims")
    ingest([CORPUS], index, jobs=1, progress=lambda _: None)
    with Snapshot.open(index) as snapshot:
        yield snapshot


def test_every_quote_is_the_stored_text(stored: list[dict[str, Any]], whole: Snapshot) -> None:
    texts = {row.source: whole.document(row.id, row.version).text for row in whole.documents()}
    assert all(texts[c["doc"]][e["start"] : e["end"]] == e["quote"] for c in stored for e in c["evidence"])


def test_the_stored_claims_are_what_the_script_makes(stored: list[dict[str, Any]], whole: Snapshot) -> None:
    made, dropped = claims_of(whole)
    assert made == stored
    assert dropped.total() < len(made) / 10


def test_claims_of_other_texts(tmp_path: Path) -> None:
    text = "旅費規則\n第１条　社員は、出張の三日前までに、所属長に申請書を提出しなければならない。\n第２条　日当は、2,000円とする。ただし、半日の出張には、支給しない。\n"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(text, encoding="utf-8")
    ingest([tmp_path / "in"], tmp_path / "index", jobs=1, progress=lambda _: None)
    with Snapshot.open(tmp_path / "index") as snapshot:
        one, _ = claims_of(snapshot, seed=1)
        assert one == claims_of(snapshot, seed=1)[0] != claims_of(snapshot, seed=2)[0]
    assert {"number", "amount", "modality", "actor"} <= {c["kind"] for c in one if c["altered"]}
    assert all(text[e["start"] : e["end"]] == e["quote"] for c in one for e in c["evidence"])


def test_the_score_of_a_verifier() -> None:
    lines = [
        line("a", "x", altered=True, kind="number"),
        line("b", "x", altered=True, kind="number"),
        line("c", "x", altered=True, kind="date"),
        line("d", "x"),
        line("e", "x"),
    ]
    verdicts: dict[str, Verdict] = {"a": "contradicted", "b": "supported", "c": "not_found", "d": "supported", "e": "not_found"}
    table = score_claims(lines, lambda claim, evidence: Verification(verdicts[claim] if list(evidence) == ["x"] else "supported"))
    assert [(k.kind, k.altered, k.total, k.unsupported) for k in table.kinds] == [
        ("date", True, 1, 1),
        ("number", True, 2, 1),
        ("politeness", False, 2, 1),
    ]
    assert table.caught == pytest.approx(2 / 3)
    assert table.flagged == 0.5
    assert table.per_second > 0
    shown = render(table)
    assert "| 改変 | number | 2 | 1 | 0.500 |" in shown
    assert "| 忠実 | 計 | 2 | 1 | 0.500 |" in shown
