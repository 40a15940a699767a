"""The dates that a document states of itself, and those that only look as if it did."""

from __future__ import annotations

import pytest

from ingest.datemark import Dating
from ingest.dating import dated, datings
from rag.types import Document, Meta, Span

HEAD = "旅費規程\n{}\n\n第１章　総則\n\n（目的）\n第１条　この規程は、旅費の支給について定める。\n"
BODY = "旅費規程\n\n第１条　この規程は、旅費の支給について定める。\n\n"


def read(text: str, **meta: str) -> Meta:
    document, _ = dated(Document("d", "", "d.txt", "旅費規程", text, meta=Meta(**meta)))
    return document.meta


def cautions(text: str) -> list[str]:
    return [c.reason for c in dated(Document("d", "", "d.txt", "旅費規程", text))[1]]


@pytest.mark.parametrize(
    ("line", "published", "effective"),
    [
        ("制定　令和３年４月１日", "2021-04-01", ""),
        ("制定　令和３年４月１日\n改定　令和８年７月１日", "2026-07-01", ""),
        ("2011年4月1日制定 / 2026年10月1日改正", "2026-10-01", ""),
        ("制定：２００９年１０月１日　　改定：２０２４年４月１日", "2024-04-01", ""),
        ("初版制定：2017年10月1日　第3版改定：2022年4月1日　第4版改定：2025年7月1日", "2025-07-01", ""),
        ("所管：経理部　　最終改定：令和７年１０月１日", "2025-10-01", ""),
        ("令和7年3月28日　公表", "2025-03-28", ""),
        ("2025年6月　発行", "2025-06", ""),
        ("令和3年3月22日　教育委員会規則第7号\n改正　令和8年2月20日　教育委員会規則第2号", "2026-02-20", ""),
        ("（平成十九年八月二十四日総務省令第九十五号）最終改正：平成二三年七月二二日総務省令第八四号", "2011-07-22", ""),
        ("第６版　２０２４年１０月１日", "2024-10-01", ""),
        ("**2026年9月7日　法務室**", "2026-09-07", ""),
        ("令和８年２月１６日", "2026-02-16", ""),
        ("制定 R3.4.1 改定 R6.10.1", "2024-10-01", ""),
        ("改訂日：2024/10/01", "2024-10-01", ""),
        ("施行日：2025年4月1日", "", "2025-04-01"),
        ("文書番号：BCP-01　第4版（2025年9月1日施行）", "", "2025-09-01"),
        ("- 第2版：2026年2月19日（役員会決定、2026年4月1日施行）", "2026-02-19", "2026-04-01"),
        ("| 版 | 第8版（2025年10月1日改訂） |\n| 施行日 | 2025年11月1日 |", "2025-10-01", "2025-11-01"),
        ("改定日\t2025年10月1日\n施行日\t2025年11月1日", "2025-10-01", "2025-11-01"),
        ("平成20年4月1日施行\n令和6年4月1日改定", "2024-04-01", ""),  # came into force then, but not in these words
        ("令和6年4月1日施行 改正育児・介護休業法対応", "", ""),
        ("次回見直し予定：2027年4月1日", "", ""),
        ("調査の基準日：2025年10月31日", "", ""),
        ("令和7年10月1日現在", "", ""),
        ("計画期間：2026年4月～2031年3月", "", ""),
        ("説明会の日時：2026年5月10日", "", ""),
        ("提出期限　令和8年5月31日", "", ""),
        ("「個人情報保護指針」（令和4年4月1日改定）の解説", "2022-04-01", ""),
        ("令和６年度版", "", ""),
        ("令和6年13月40日制定", "", ""),
    ],
)
def test_the_head(line: str, published: str, effective: str) -> None:
    meta = read(HEAD.format(line))

    assert (meta.published, meta.effective_from) == (published, effective)


@pytest.mark.parametrize(
    ("supplement", "published", "effective"),
    [
        ("附則\nこの規程は、令和６年４月１日から施行する。", "", "2024-04-01"),
        ("附　則\n１　この規程は、平成十五年四月一日から、これを施行する。", "", "2003-04-01"),
        ("## 附則\n\n1. 本基準は、2025年7月1日から施行する。", "", "2025-07-01"),
        ("附則\nこの規程は、平成11年4月1日に制定し、同日から施行する。", "", "1999-04-01"),
        ("附則\n１　この規程は、平成20年4月1日から施行する。\n２　平成31年4月1日一部改正", "2019-04-01", "2019-04-01"),
        ("附則\n1. この規程は、2012年10月1日に制定し、同日から施行する。\n2. 2019年4月1日改定、2023年7月1日改定。\n"
         "3. 2025年7月1日改定（第4.2版）。この改定は、2025年8月1日から施行する。", "2025-07-01", "2025-08-01"),
        ("附則\n・この規程は、２００９年１０月１日から施行する。\n・第３版は、２０２４年４月１日から施行する。", "", "2024-04-01"),
        ("附則\n1 この規程は、2009年1月1日から施行する。\n2 令和8年4月1日、カスハラに関する改正を施行した。", "2026-04-01", "2026-04-01"),
        ("附則\n１　この規程は、平成二十年四月一日から施行する。\n附則（令和八年三月二十五日改正）\n１　この改正は、令和八年四月一日から施行する。",
         "2026-03-25", "2026-04-01"),
        ("附則\nこの規程は、令和2年4月1日から施行する。\n附則（令和6年3月1日規程第5号）\nこの規程は、公布の日から施行する。",
         "2024-03-01", "2024-03-01"),
        ("附則\nこの規程は、公布の日から起算して六月を超えない範囲内において政令で定める日から施行する。", "", ""),
        ("附則\nこの規程は、令和2年4月1日から施行する。\n附則（令和6年3月1日規程第5号）\nこの規程は、別に定める日から施行する。", "2024-03-01", ""),
        ("附則\nこの省令は、銀行法の施行の日（昭和五十七年四月一日）から施行する。", "", "1982-04-01"),
        ("附則\nこの政令は、整備法（平成二十一年法律第七十九号。以下「整備法」という。）の施行の日（平成二十四年四月一日。以下「施行日」という。）から施行する。",
         "", "2012-04-01"),
        ("附則\nこの法律（第二条及び第三条を除く。）は、平成十三年一月六日から施行する。", "", "2001-01-06"),
        ("附則\n第3条の規定は、令和7年1月1日から施行する。", "", ""),
        ("附則\nこの規程の第3条の改正は、令和7年1月1日から施行する。", "", ""),
        ("附則\n旧旅費規則（平成12年4月1日施行）は、令和6年3月31日限り廃止する。", "", ""),
        ("附則\n育児・介護休業法は、令和7年10月1日から施行する。", "", ""),
        ("附則\n「この規程は、令和9年4月1日から施行する」とあるのは、読み替える。", "", ""),
        ("（施行期日）\n第２条　この規程は、令和６年４月１日から施行する。", "", "2024-04-01"),
        ("第２条　この制度は、令和９年４月１日から実施する。", "", ""),
    ],
)  # fmt: skip
def test_the_supplementary_provisions(supplement: str, published: str, effective: str) -> None:
    meta = read(BODY + supplement)

    assert (meta.published, meta.effective_from) == (published, effective)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("附則\nこの規程は、令和8年3月31日限り、その効力を失う。", "2026-03-31"),
        ("附則\n1. この規程（第1.0版）は、2024年7月1日から施行し、2026年3月31日まで効力を有する。", "2026-03-31"),
        ("附則\n１　この規程は、令和6年4月1日から施行する。\n２　本規程は、令和９年３月３１日をもって廃止する。", "2027-03-31"),
        ("附則\n第１版は、令和７年６月３０日限り廃止する。", ""),
        ("附則\n配偶者手当は、2024年3月31日をもって廃止した。", ""),
        ("附則\n第３条の規定は、令和8年3月31日限り、その効力を失う。", ""),
        ("附則\n１　この規程は、令和9年4月1日から施行する。\n２　この規程は、令和8年3月31日限り、その効力を失う。", ""),
    ],
)
def test_the_end_of_force(text: str, ends: str) -> None:
    assert read(BODY + text).effective_to == ends
    assert len(cautions(BODY + text)) == bool(ends)


def test_an_end_in_the_head() -> None:
    assert read(HEAD.format("有効期限：2026年3月31日")).effective_to == "2026-03-31"


def test_a_table_of_versions_gives_the_latest() -> None:
    rows = "| 第1版 | 2014年4月1日 | 新規制定 |\n| 第4版 | 2025年9月1日 | 手当の見直し |\n"
    dates = "## 改訂履歴\n\n| 版 | {} | 主な改訂内容 |\n|---|---|---|\n" + rows + "\n## 1. 目的\n本書は2030年1月1日に見直す。\n"

    assert read("# 手引\n\n" + dates.format("施行日")).effective_from == "2025-09-01"
    assert read("# 手引\n\n" + dates.format("改訂日")).published == "2025-09-01"
    assert read("# 手引\n\n" + dates.format("改訂日")).effective_from == ""


def test_the_history_of_another_document_is_not_its_own() -> None:
    text = "# 解説\n\n## 1 版の移り変わり\n\n| 版 | 時期 | 性格 |\n|---|---|---|\n| 第1.1版 | 2025年3月28日 | 国内外の動き |\n"

    assert datings(text) == ()


def test_a_rule_that_comes_into_force_later_is_named() -> None:
    text = BODY + "附則\nこの規程は、令和６年４月１日から施行する。ただし、第三条の規定は、令和七年一月一日から施行する。\n"

    assert read(text).effective_from == "2024-04-01"
    (reason,) = cautions(text)
    assert "第三条の規定は、令和七年一月一日から施行" in reason


def test_several_sets_of_rules_in_one_text_have_no_date_together() -> None:
    one = "第１条　この規程は、休暇を定める。\n附則\nこの規程は、令和{}年４月１日から施行する。\n"

    assert read("規程集\n" + one.format("３") + "旅費規程\n" + one.format("９")).effective_from == ""


def test_what_the_manifest_says_stays() -> None:
    text = BODY + "附則\nこの規程は、令和６年４月１日から施行し、令和８年３月３１日まで効力を有する。"

    assert read(text, effective_from="2020").effective_from == "2020"
    assert read(text, effective_to="2023-03-31") == Meta(effective_to="2023-03-31")
    assert read(text, publisher="人事部").publisher == "人事部"


def test_an_amendment_not_yet_in_the_text_gives_no_date_of_force() -> None:
    text = "外送金規則\n（平成九年十二月二十五日大蔵省令第九十六号）最終改正：平成二五年五月三一日財務省令第三五号（最終改正までの未施行法令）平成三十年一月一日財務省令第三号（未施行）\n"

    meta = read(text + "附則（平成二五年五月三一日財務省令第三五号）\nこの省令は、平成二十八年一月一日から施行する。")

    assert (meta.published, meta.effective_from) == ("2013-05-31", "")


def test_each_date_has_its_place() -> None:
    text = HEAD.format("改定　令和８年７月１日") + "附則\nこの規程は、２０２６年 ８月 １日から施行する。"

    found = datings(text)

    assert [(d.kind, d.date, d.span.of(text)) for d in found] == [
        ("published", "2026-07-01", "令和８年７月１日"),
        ("effective_from", "2026-08-01", "２０２６年 ８月 １日"),
    ]
    assert found[0] == Dating("published", "2026-07-01", Span(text.index("令和"), text.index("令和") + 8))


@pytest.mark.parametrize(
    "text", ["", "\n", "附則", "附則\n", "この規程は、" * 5000, "「" * 5000 + "この規程は、(" * 2000, "履歴" * 20000]
)
def test_odd_texts_have_no_dates(text: str) -> None:
    assert datings(text) == ()
