"""Each format's reader on small real files: what text, what title, what documents come out."""

from __future__ import annotations

import json
import lzma
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.html import extract
from ingest.inputs import Caution, Problem, Skipped, SourceFile, suffix_of, without_suffix
from ingest.jsonl import CAUTIONS, read_jsonl
from ingest.readers import QUICK
from ingest.tables import Cell, expand
from ingest.titles import title_of
from rag.errors import UnreadableFile
from rag.types import Document, Meta


def read(path: Path, **known: object) -> list[Document | Problem]:
    file = SourceFile(path, path.name, without_suffix(path.name), **known)  # type: ignore[arg-type]
    return list(QUICK[suffix_of(path.name)](file))


def read_one(path: Path, content: bytes | str, **known: object) -> Document:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (document,) = read(path, **known)
    assert isinstance(document, Document)
    return document


@pytest.mark.parametrize("name", ["規程.txt", "規程.md", "規程.MARKDOWN"])
def test_text_and_markdown_are_kept_as_they_are(tmp_path: Path, name: str) -> None:
    text = "\ufeff# 旅費規程\r\n\r\n第１条　㌔の&amp;<br>①  \n\t末尾に改行なし"
    document = read_one(tmp_path / name, text)
    assert document.text == text
    assert (document.id, document.version, document.source, document.title) == ("規程", "", name, "旅費規程")


def test_what_the_manifest_says_wins(tmp_path: Path) -> None:
    meta = Meta(publisher="総務部", published="2024-04")
    document = read_one(tmp_path / "a.txt", "# 見出し\n本文", version="2.0", title="文書管理規程", meta=meta)
    assert (document.title, document.version, document.meta) == ("文書管理規程", "2.0", meta)


def test_a_text_without_a_title_is_named_by_its_file(tmp_path: Path) -> None:
    assert read_one(tmp_path / "通達.第3号.txt", "本文だけの文書です。\n").title == "通達.第3号"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# 経費規程\n本文", "経費規程"),
        ("文書番号: KEI-007\n\n## 経費規程 ##\n", "経費規程"),
        ("令和6年4月1日\n- 1 -\n株式会社あおば計測　就業規則\n\n第１章　総則\n", "株式会社あおば計測　就業規則"),
        ("2024年5月21日\n2024年度 事業計画\n", "2024年度 事業計画"),
        ("平成二十九年一月一日施行\n旅費規程\n", "旅費規程"),
        ("**AI 白書 2024**  \n**新しい戦略**\n\n# 目次\n\n## 第 1 章 背景\n", "AI 白書 2024"),
        ("就業規則\n# 第1章 総則\n", "就業規則"),
        ("# 目次\n# 旅費規程\n", "旅費規程"),
        ("第2節 AIの進展に伴う課題\n\n1 課題の概要\n", "第2節 AIの進展に伴う課題"),
        ("---\ntitle: x\n---\n```\n# 注釈\n```\n# [安全](https://example.jp/)の<u>手引</u> {#top}\n", "安全の手引"),
        ("これは本文です。\nこれも本文で、\n", ""),
        ("2024-04-01\nP. 3\n---\n", ""),
        ("長" * 61, ""),
        ("", ""),
    ],
)
def test_the_title_that_a_text_shows(text: str, title: str) -> None:
    assert title_of(text) == title


@given(st.text(max_size=300))
def test_a_title_is_one_line_whatever_the_text(text: str) -> None:
    assert len(title_of(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<h1>旅費<br>規程</h1><h3>第１条</h3>本文", "# 旅費 規程\n\n### 第１条\n\n本文\n"),
        ("<p>一つ目。</p>\n<p>二つ目。<br>次の行</p><div>三つ目</div>", "一つ目。\n\n二つ目。\n次の行\n\n三つ目\n"),
        (
            "<p>この規程は、\n   社員の\n旅費を定める。AI\nの利用 and\nuse</p>",
            "この規程は、社員の旅費を定める。AI の利用 and use\n",
        ),
        ("A&amp;B&nbsp;&lt;C&gt; &#x2460; 自治&shy;体", "A&B <C> ① 自治体\n"),
        ("<ruby>証憑<rp>（</rp><rt>しょうひょう</rt><rp>）</rp></ruby>を添える", "証憑を添える\n"),
        ("甲地<sup><a href='#n1'>注1</a></sup>とH<sub>2</sub>O<sup></sup>", "甲地<sup>注1</sup>とH2O\n"),
        ("<p>x</p><script>a()</script><style>p{}</style><nav>移動</nav><template>型</template><!-- 注 -->", "x\n"),
        (
            "<p hidden>a</p><p style='DISPLAY : none'>b</p><div aria-hidden=true>c</div><p>d</p><ul role=navigation><li>e</ul>",
            "d\n",
        ),
        ("期限は<del>10日</del><ins>15日</ins>とする", "期限は15日とする\n"),
        ("<ul><li>甲<ol start=3><li>乙<p>続き</p><li value=10>丙</ol><li>丁</ul>", "- 甲\n  3. 乙\n     続き\n  10. 丙\n- 丁\n"),
        ("前<ul><li>a</ul><ol><li>b<li><p>c</p></ol>後", "前\n\n- a\n\n1. b\n2. c\n\n後\n"),
        ("<dl><dt>証憑<dd>領収書など</dl>", "証憑\n\n領収書など\n"),
        ("<pre>a\n  b  c\n</pre>", "a\n  b  c\n"),
        (
            "<table><caption>別表</caption><thead><tr><th>区分<th>日当</thead><tr><td>役員<td>4,200<br>円<tr><td><td></table>",
            "別表\n\n区分\t日当\n役員\t4,200 円\n",
        ),
        (
            "<table><tr><th rowspan=2>区分<th colspan=2>日当<tr><td>国内<td>海外<tr><td>役員<td><p>1</p><p>2</p><td>3</table>",
            "区分\t日当\t日当\n区分\t国内\t海外\n役員\t1 2\t3\n",
        ),
        ("<table><tr><td><h2>章</h2><p>本文</p><td>横</table>", "## 章\n\n本文\n\n横\n"),
        ("<table><tr><td><p>一</p><p>二</p></table>", "一\n\n二\n"),
        ("<table><tr><td><table><tr><td>a<td>b</table></table>", "a\tb\n"),
        ("<nav>移動だけ</nav>", ""),
        ("<frameset><frame src=a></frameset>", ""),
        ("", ""),
    ],
)
def test_a_web_page_reads_as_its_visitor_reads_it(markup: str, text: str) -> None:
    assert extract(markup).text == text


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<title>旅費規程 &amp;\n 細則</title><h1>別</h1>", "旅費規程 & 細則"),
        ("<title> </title><h1>旅費<ruby>規程<rt>きてい</rt></ruby></h1>", "旅費規程"),
        ("<p>本文</p>", ""),
    ],
)
def test_the_title_of_a_web_page(markup: str, title: str) -> None:
    assert extract(markup).title == title


def test_a_web_page_in_shift_jis_is_read_and_one_without_text_refused(tmp_path: Path) -> None:
    page = "<meta charset=Shift_JIS><h1>旅費規程</h1><p>第1条 ①</p>"
    document = read_one(tmp_path / "a.html", page.encode("cp932"))
    assert (document.title, document.text) == ("旅費規程", "# 旅費規程\n\n第1条 ①\n")
    with pytest.raises(UnreadableFile, match="本文がない"):
        read_one(tmp_path / "b.htm", "<script>render()</script>")


@pytest.mark.parametrize(
    "markup",
    [
        "<ul><li>" * 3000 + "x",
        "<table><tr><td>" * 3000 + "x",
        "<b>" * 15_000 + "x",
        "</div>" * 30_000 + "x",
        "<p>" * 30_000 + "x",
    ],
)
def test_deeply_nested_pages_are_read(markup: str) -> None:
    assert extract(markup).text.strip().lstrip("- ") == "x"


def test_a_page_too_deep_to_parse_in_time_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="入れ子"):
        extract("<div>" * 30_000)


@given(st.text(alphabet='<>/abdhiloprtuv1"= \n一二', max_size=200))
def test_any_markup_gives_text_without_runs_of_blank_lines(markup: str) -> None:
    text = extract(markup).text
    assert "\n\n\n" not in text
    assert not text or (text.strip() and text.endswith("\n"))


def test_cells_are_repeated_in_every_place_they_cover() -> None:
    rows = [[Cell("a", rowspan=0), Cell("b", colspan=2)], [Cell("c"), Cell("d", rowspan=2)], [Cell("e")]]
    assert expand(rows, 100)[0] == [["a", "b", "b"], ["a", "c", "d"], ["a", "e", "d"]]


def test_a_hostile_table_cannot_grow_past_the_limit() -> None:
    rows = [[Cell("あ" * 1000, 65_000, 1000), Cell("b", 65_000)]] + [[Cell("c")]] * 500
    grid, left = expand(rows, 10_000)
    assert 0 <= left < 10_000
    assert sum(len(value) + 1 for row in grid for value in row) < 20_000


def write_lines(path: Path, lines: list[object]) -> Path:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_bytes(lzma.compress(text.encode()) if path.suffix == ".xz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["法令.jsonl", "法令.jsonl.xz"])
def test_each_line_is_a_document(tmp_path: Path, name: str) -> None:
    lines: list[object] = [
        {"title": "民法", "text": "第一条　私権は、公共の福祉に適合しなければならない。", "number": "明治二十九年法律第八十九号"},
        "",
        {
            "id": "kei",
            "version": 2,
            "text": "# 刑法\n",
            "published": "明治40年4月24日",
            "groups": ["法務"],
            "url": "https://example.jp",
        },
    ]
    first, second = read(write_lines(tmp_path / name, lines), meta=Meta(publisher="国"))
    assert isinstance(first, Document)
    assert (first.id, first.version, first.source, first.title) == ("法令#1", "", f"{name}#1", "民法")
    assert first.meta == Meta(publisher="国")
    assert isinstance(second, Document)
    assert (second.id, second.version, second.source, second.title) == ("kei", "2", f"{name}#3", "刑法")
    assert second.meta == Meta("国", "1907-04-24", groups=("法務",), url="https://example.jp")


def test_the_manifests_title_names_the_file_not_each_line(tmp_path: Path) -> None:
    first, second = read(
        write_lines(tmp_path / "x.jsonl", [{"title": "甲", "text": "一"}, {"text": "本文です。"}]), title="法令集"
    )
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.title, second.title) == ("甲", "x#2")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "JSON として"),
        ("[" * 100_000, "JSON として"),
        ('{"text": 1' + "0" * 5000 + "}", "JSON として"),
        ("[1]", "オブジェクトではない"),
        ('{"title": "題"}', "text がない"),
        ('{"text": "  "}', "text がない"),
        ('{"text": ["a"]}', "text がない"),
        ('{"text": "\\ud800"}', "サロゲート"),
        ('{"text": "a\\u0000b"}', "NUL"),
    ],
)
def test_a_malformed_line_is_named_and_the_rest_goes_on(tmp_path: Path, line: str, reason: str) -> None:
    before, caution, after = read(write_lines(tmp_path / "a.jsonl", [{"text": "前"}, line, {"text": "後"}]))
    assert isinstance(before, Document)
    assert isinstance(caution, Skipped)
    assert caution.source == "a.jsonl#2"
    assert reason in caution.reason
    assert isinstance(after, Document)
    assert after.source == "a.jsonl#3"


def test_a_line_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('\ufeff{"text": "前"}\n'.encode() + '{"text": "規程"}'.encode("cp932"))
    document, caution = read(path)
    assert isinstance(document, Document)
    assert isinstance(caution, Skipped)
    assert "UTF-8" in caution.reason


def test_a_date_that_is_none_is_left_out_with_a_caution(tmp_path: Path) -> None:
    caution, document = read(write_lines(tmp_path / "a.jsonl", [{"text": "本文", "effective_from": "近日", "published": 2024}]))
    assert isinstance(caution, Caution)
    assert "「近日」" in caution.reason
    assert isinstance(document, Document)
    assert document.meta == Meta(published="2024")


def test_many_malformed_lines_are_counted_not_listed(tmp_path: Path) -> None:
    items = read(write_lines(tmp_path / "a.jsonl", ["x"] * 100))
    assert len(items) == CAUTIONS + 2
    assert "80件" in items[-2].reason  # type: ignore[union-attr]
    assert isinstance(items[-1], Skipped)


def test_an_archive_cut_short_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl.xz", [{"text": f"第{n}号 " + "本文" * 50} for n in range(20_000)])
    path.write_bytes(path.read_bytes()[:-200])
    *documents, last = read(path)
    assert isinstance(last, Skipped)
    assert f"{len(documents)}件" in last.reason


def test_a_line_longer_than_the_limit_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.jsonl.LINE_LIMIT", 64)
    path = write_lines(tmp_path / "a.jsonl", [{"text": "前"}, {"text": "長" * 500}, {"text": "後"}])
    before, caution, after = list(read_jsonl(SourceFile(path, "a.jsonl", "a")))
    assert isinstance(before, Document)
    assert isinstance(caution, Skipped)
    assert caution.source == "a.jsonl#2"
    assert isinstance(after, Document)
    assert after.id == "a#3"


def test_a_large_file_is_read_a_line_at_a_time(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl.xz", [{"text": "本文" * 50_000}] * 100)
    items = QUICK[".jsonl.xz"](SourceFile(path, path.name, "a"))
    tracemalloc.start()
    try:
        assert sum(isinstance(item, Document) for item in items) == 100
        assert tracemalloc.get_traced_memory()[1] < 15_000_000  # xz takes 8 million, the lines hold 30 million together
    finally:
        tracemalloc.stop()
