"""The verifier and its parts: numbers, dates, forces, premises, quotations, and the places that reasons point at."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.encoder import load_encoder
from rag.fold import fold
from rag.forces import Force, forces
from rag.glossary import BUNDLED_GLOSSARY, merged, read_glossary
from rag.measures import measures
from rag.moments import moments, told
from rag.morphemes import morphemes
from rag.premises import units
from rag.types import Span
from rag.verify import Verifier


@cache
def _verifier() -> Verifier:
    return Verifier(load_encoder(), merged((), read_glossary(BUNDLED_GLOSSARY)))


@pytest.mark.parametrize(
    ("text", "value", "base", "bound"),
    [
        ("30万円以上", 300_000, "円", ">="),
        ("三万五千円", 35_000, "円", ""),
        ("1万２，０００円", 12_000, "円", ""),
        ("八万株", 80_000, "株", ""),
        ("三箇月", 3, "か月", ""),
        ("3カ月以内", 3, "か月", "<="),
        ("1年6か月", 18, "か月", ""),
        ("半年", 6, "か月", ""),
        ("2週間", 14, "日", ""),
        ("1時間30分", 90, "分", ""),
        ("十五分を過ぎて", 15, "分", ">"),
        ("百分の五", 5, "%", ""),
        ("３割", 30, "%", ""),
        ("三分の一", 100 / 3, "%", ""),
        ("1/2以内", 50, "%", "<="),
        ("5割5分", 55, "%", ""),
        ("過半数", 50, "%", ">"),
        ("50万円を超える", 500_000, "円", ">"),
        ("二か月を超えない", 2, "か月", "<="),
        ("20歳未満", 20, "歳", "<"),
        ("上限は5000円", 5_000, "円", "<="),
        ("第五条", 5, "条", ""),
        ("七十平方メートル", 70, "平方メートル", ""),
        ("40センチメートル", 0.4, "m", ""),
    ],
)
def test_numbers_are_read_with_unit_and_bound(text: str, value: float, base: str, bound: str) -> None:
    (found,) = measures(fold(text))
    assert (found.value, found.base, found.bound) == (pytest.approx(value), base, bound)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("3か月", "三箇月", True),
        ("3か月", "90日", False),
        ("1年", "12か月", True),
        ("2週間", "14日", True),
        ("24時間", "1日", False),
        ("3営業日", "3日", False),
        ("3割", "30%", True),
        ("60分", "1時間", True),
        ("5人", "五名", True),
        ("1,000円", "千円", True),
        ("1kg", "1000グラム", True),
        ("第3回", "3回", False),
    ],
)
def test_quantities_are_the_same_only_by_calendar_and_arithmetic(one: str, other: str, same: bool) -> None:
    (a,), (b,) = measures(fold(one)), measures(fold(other))
    assert a.equals(b) is same


def test_a_range_has_two_ends_and_a_deadline_a_direction() -> None:
    assert [(m.value, m.bound) for m in measures(fold("3〜5日"))] == [(3, ">="), (5, "<=")]
    assert [m.direction for m in measures(fold("3日前まで、5日後から"))] == ["前", "後"]
    assert measures(fold("平成27年度、令和6年4月1日")) == ()


@pytest.mark.parametrize(
    ("claim", "evidence", "same"),
    [
        ("2024年4月1日", "令和6年4月1日", True),
        ("2024/4/1", "令和六年四月一日", True),
        ("2024年4月", "令和6年4月1日", True),
        ("4月1日", "令和6年4月1日", True),
        ("2024年5月1日", "令和6年4月1日", False),
        ("令和7年度", "2025年度", True),
        ("令和7年度", "2025年", False),
        ("午後5時30分", "17:30", True),
        ("12時", "正午", True),
        ("5時半", "17:30", True),
        ("午前9時", "21時", False),
        ("当月25日", "翌月25日", False),
    ],
)
def test_dates_and_times_are_told_across_ways_of_writing(claim: str, evidence: str, same: bool) -> None:
    (moment,) = moments(fold(claim))
    assert told(moment, moments(fold(evidence))) is same


def test_a_year_and_a_day_told_apart_tell_the_date_together() -> None:
    (moment,) = moments(fold("2024年4月1日"))
    assert told(moment, moments(fold("2024年の規程は、4月1日に施行する。")))
    assert not told(moment, moments(fold("2023年の規程は、4月1日に施行する。")))


@pytest.mark.parametrize(
    ("sentence", "force"),
    [
        ("入力してはならない。", Force.BAN),
        ("入力は、禁止する。", Force.BAN),
        ("入力しないこと。", Force.BAN),
        ("入力できません。", Force.BAN),
        ("入力を認めない。", Force.BAN),
        ("入力しちゃだめです。", Force.BAN),
        ("入力してもよい。", Force.MAY),
        ("入力してもかまいません。", Force.MAY),
        ("入力することができる。", Force.MAY),
        ("入力することは妨げない。", Force.MAY),
        ("入力を禁止しない。", Force.MAY),
        ("入力しなければならない。", Force.MUST),
        ("入力しなきゃいけません。", Force.MUST),
        ("入力する必要があります。", Force.MUST),
        ("入力が必要です。", Force.MUST),
        ("入力が義務付けられている。", Force.MUST),
        ("入力しないわけにはいかない。", Force.MUST),
        ("入力すること。", Force.MUST),
        ("入力する必要はない。", Force.NEEDLESS),
        ("入力しなくてもよい。", Force.NEEDLESS),
        ("入力は不要です。", Force.NEEDLESS),
        ("入力は義務ではない。", Force.NEEDLESS),
        ("入力するよう努める。", Force.EFFORT),
        ("入力することが望ましい。", Force.EFFORT),
        ("入力に努めなければならない。", Force.EFFORT),
        ("入力しない。", Force.NOT),
        ("入力しないものとする。", Force.NOT),
        ("入力する。", Force.FACT),
        ("入力されます。", Force.FACT),
        ("入力を検討する。", Force.PLAN),
        ("入力することがある。", Force.MAYBE),
    ],
)
def test_the_force_of_a_word_stands_in_what_follows_it(sentence: str, force: Force) -> None:
    folded = fold(sentence)
    assert force in forces(folded, morphemes(folded))[0].forces


def test_a_verb_in_a_row_takes_the_force_of_the_last() -> None:
    folded = fold("複製し、又は持ち出してはならない。")
    said = forces(folded, morphemes(folded))[0]
    assert said.passed_on
    assert Force.BAN in said.forces


@pytest.mark.parametrize(
    "text",
    [
        "役職\t日当\n部長\t3,000円\n課長\t2,000円",
        "| 区分 | 額 |\n|---|---|\n| 甲 | 1円 |",
        "第3条 社員は、申請する。ただし、急病の場合は、この限りでない。\n(1) 氏名\n(2) 住所\n",
        "一行だけ",
        "",
    ],
)
def test_units_lie_where_they_say(text: str) -> None:
    for unit in units(text):
        assert text[unit.start : unit.start + len(unit.text)] == unit.text


def test_rows_know_their_columns_and_provisos_their_kind() -> None:
    _, first, _ = units("役職\t日当\n部長\t3,000円\n課長\t2,000円")
    assert first.header == ("役職", "日当")
    assert [u.proviso for u in units("社員は、申請する。ただし、急病の場合は、この限りでない。")] == [False, True]


BAN = "機密情報は、生成AIに入力してはならない。"


@pytest.mark.parametrize(
    "claim",
    [
        "規程には「入力してもよい」とあります。",
        "「機密情報は、生成AIに入力してもよい」と定められている。",
        "機密情報は“入力してもよい”とされています[1]。",
        "規程は『入力することができる』と明記している。",
    ],
)
def test_a_false_quotation_is_always_reported(claim: str) -> None:
    found = _verifier().verify(claim, [BAN])
    assert found.verdict != "supported"
    assert any(r.kind == "quotation" for r in found.reasons)


@pytest.mark.parametrize(
    "claim",
    [
        "規程には「機密情報は、生成ＡＩに入力してはならない」とあります。",
        "「機密情報」は、生成AIに入力してはいけません。",
        "「入力してはならない」と定められている。",
    ],
)
def test_a_true_quotation_or_a_stressed_word_is_none(claim: str) -> None:
    assert _verifier().verify(claim, [BAN]).verdict == "supported"


@pytest.mark.parametrize("mark", ["[1]", "［１］", "【2】", "[1, 3]", "[典拠1]"])
def test_citation_marks_say_nothing(mark: str) -> None:
    assert _verifier().verify(f"機密情報を生成AIに入力することは禁止です{mark}。", [BAN]).verdict == "supported"


def test_without_evidence_nothing_is_found() -> None:
    assert _verifier().verify("機密情報は入力できない。", []).verdict == "not_found"
    assert _verifier().verify("", [BAN]).verdict == "not_found"


def test_a_claim_of_another_thing_is_not_found() -> None:
    found = _verifier().verify("社員食堂の昼食は無料です。", [BAN])
    assert found.verdict == "not_found"
    assert found.evidence == ()
    assert found.reasons[0].kind == "unstated"


def test_reasons_point_at_the_words() -> None:
    evidence = ["この規程は、全ての社員に適用する。", "申請は、出発日の５営業日前までに行う。"]
    claim = "申請は、出発日の3営業日前までに行います。"
    found = _verifier().verify(claim, evidence)
    (reason,) = found.reasons
    assert found.verdict == "contradicted"
    assert reason.kind == "number"
    assert reason.claim is not None
    assert reason.claim.of(claim) == "3営業日"
    assert reason.evidence == 1
    assert reason.span is not None
    assert reason.span.of(evidence[1]) == "５営業日"
    assert found.evidence == (1,)


@pytest.mark.parametrize(
    ("claim", "evidence", "kind"),
    [
        ("届出は7日以内に行う。", "届出は14日以内に行う。", "number"),
        ("届出は14か月以内に行う。", "届出は14日以内に行う。", "unit"),
        ("この規程は2025年4月1日から施行する。", "この規程は令和6年4月1日から施行する。", "date"),
        ("手当は月額5万円とする。", "手当は月額3万円とする。", "amount"),
        ("割増率は35%とする。", "割増率は2割5分とする。", "percent"),
        ("欠勤者には賞与を支給する。", "欠勤者には賞与を支給しない。", "negation"),
        ("管理者は、記録の保存に努める。", "管理者は、記録を保存しなければならない。", "modality"),
        (
            "担当者は、資料を持ち出すことができる。",
            "担当者は、上長の許可を得た場合に限り、資料を持ち出すことができる。",
            "condition",
        ),
        ("社員は、いかなる場合も制服を着用する。", "社員は、制服を着用する。ただし、夏季は、この限りでない。", "exception"),
        ("会社は社員に住所の変更を届け出る。", "社員は会社に住所の変更を届け出る。", "actor"),
        ("申請書は経理課に提出する。", "申請書は総務課に提出する。", "actor"),
        ("連絡にはChatworkを用いる。", "連絡にはSlackを用いる。", "name"),
        ("手当は、家族手当及び住宅手当の2種類である。", "手当は、家族手当、住宅手当及び資格手当とする。", "list"),
        ("規程には「許可は不要」とある。", "持出しには許可を要する。", "quotation"),
    ],
)
def test_each_fault_is_named_by_its_kind(claim: str, evidence: str, kind: str) -> None:
    found = _verifier().verify(claim, [evidence])
    assert found.verdict == "contradicted"
    assert kind in {r.kind for r in found.reasons}


PROVISO = "印章は、構外へ持ち出してはならない。ただし、部長の許可を得たときは、この限りでない。"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("印章を構外へ持ち出してはいけません。", "contradicted"),
        ("印章を構外へ持ち出すことは、原則として禁止です。", "supported"),
        ("部長の許可を得たときは、印章を構外へ持ち出すことができる。", "supported"),
        ("印章は、構外へ持ち出してはならないが、部長の許可を得たときは、この限りでない。", "supported"),
        ("部長の許可を得たときであっても、印章を構外へ持ち出してはならない。", "contradicted"),
        ("課長の許可を得たときは、印章を構外へ持ち出すことができる。", "contradicted"),
    ],
)
def test_a_proviso_belongs_to_its_rule(claim: str, verdict: str) -> None:
    assert _verifier().verify(claim, [PROVISO]).verdict == verdict
    assert _verifier().verify(claim, PROVISO.replace("。ただし", "。\nただし").split("\n")).verdict == verdict


def test_a_value_in_the_range_of_a_row_is_supported() -> None:
    table = ["契約額\t承認する者", "1万円以上5万円未満\t係長", "5万円以上30万円未満\t課長"]
    assert _verifier().verify("契約額が20万円の場合、課長が承認する。", table).verdict == "supported"
    assert _verifier().verify("契約額が20万円の場合、係長が承認する。", table).verdict != "supported"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*"はがを、。「」[1]ただし\t\n|０１二三十百万円日月年%/:AaアーＡ", "ない", "場合", "及び", "㍻", "\ud800"]
        ),
        max_size=40,
    ).map("".join),
    st.lists(st.text(max_size=30), max_size=3),
)
def test_any_text_gives_a_verdict_with_places_inside(claim: str, evidence: list[str]) -> None:
    found = _verifier().verify(claim, evidence)
    for reason in found.reasons:
        assert reason.claim is None or Span(0, len(claim)).covers(reason.claim)
        if reason.span is not None:
            assert reason.evidence is not None
            assert Span(0, len(evidence[reason.evidence])).covers(reason.span)
    assert found.verdict == "supported" or found.reasons


def test_the_number_of_an_item_is_no_evidence_and_one_with_its_unit_is() -> None:
    item = ["２　園芸係は、巣箱を点検する。"]
    assert _verifier().verify("園芸係は、2年ごとに巣箱を点検する。", item).verdict != "supported"
    assert _verifier().verify("２　園芸係は、巣箱を点検する。", item).verdict == "supported"
    spaced = ["30 日以内に、園芸係は巣箱を点検する。"]
    assert _verifier().verify("園芸係は、30日以内に巣箱を点検します。", spaced).verdict == "supported"
    assert _verifier().verify("園芸係は、20日以内に巣箱を点検します。", spaced).verdict == "contradicted"


def test_titles_and_headings_lend_their_words_and_say_nothing() -> None:
    claim, evidence = "温室手当は月4千円です。", ["区画の世話をする者には、月四千円を支給する。"]
    assert _verifier().verify(claim, evidence).verdict != "supported"
    assert _verifier().verify(claim, evidence, ["園芸規程\n第7条（温室手当）"]).verdict == "supported"
    assert _verifier().verify("温室手当は月5千円です。", evidence, ["園芸規程\n第7条（温室手当）"]).verdict == "contradicted"
    at = "園芸規程第7条により、区画の世話をする人には月4,000円が支給されます。"
    assert _verifier().verify(at, evidence, ["園芸規程\n第7条（温室手当）"]).verdict == "supported"
    assert _verifier().verify(at, evidence, ["園芸規程\n第8条（温室手当）"]).verdict != "supported"
    assert _verifier().verify("第7条のとおりです。", ["区画は二つある。"], ["園芸規程\n第7条（温室手当）"]).verdict != "supported"
