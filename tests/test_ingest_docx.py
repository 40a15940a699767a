"""The Word reader on documents made by python-docx, with what only Word itself writes put in as XML."""

from __future__ import annotations

import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document as WordDocument
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph

from ingest.archive import checked_zip
from ingest.archive import parse_xml as parse_part
from ingest.docx import read_doc, read_docx
from ingest.inputs import Caution, SourceFile
from ingest.structure import parse
from rag.errors import UnreadableFile
from rag.types import Document

MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
WPS = 'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
V = 'xmlns:v="urn:schemas-microsoft-com:vml"'
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def read_file(path: Path) -> tuple[Document, list[str]]:
    document, *cautions = list(read_docx(SourceFile(path, path.name, path.stem)))
    assert isinstance(document, Document)
    assert all(isinstance(c, Caution) for c in cautions)
    covered = "".join(page.span.of(document.text) for page in document.pages)
    assert covered == (document.text if document.pages else "")
    return document, [c.reason for c in cautions if isinstance(c, Caution)]


@pytest.fixture
def word() -> WordDocument:
    return docx.Document()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[WordDocument], tuple[Document, list[str]]]:
    def saved(document: WordDocument) -> tuple[Document, list[str]]:
        document.save(str(tmp_path / "rules.docx"))
        return read_file(tmp_path / "rules.docx")

    return saved


Read = Callable[[WordDocument], tuple[Document, list[str]]]


def add(word: WordDocument, inner: str, properties: str = "") -> Paragraph:
    """A paragraph from XML: plain words stand for a run."""
    inner = inner if inner.startswith("<") or not inner else run(inner)
    spaces = f"{nsdecls('w', 'r', 'wp', 'a', 'pic')} {MC} {WPS} {V} {M}"
    element = parse_xml(f"<w:p {spaces}><w:pPr>{properties}</w:pPr>{inner}</w:p>")
    word.element.body.insert_element_before(element, "w:sectPr")
    return Paragraph(element, word._body)


def run(words: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def field(code: str, result: str | None) -> str:
    shown = '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + result if result is not None else ""
    begin = f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{code}</w:instrText></w:r>'
    return f'{begin}{shown}<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def numbered(list_id: int, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'


def define(word: WordDocument, list_id: int, *levels: tuple[str, str, int, str]) -> None:
    """A multi-level list: number format, text, start and further properties of each level."""
    xml = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'
        for at, (form, text, start, more) in enumerate(levels)
    )
    root = word.part.numbering_part.element
    root.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{900 + list_id}">{xml}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{list_id}"><w:abstractNumId w:val="{900 + list_id}"/></w:num>'))


def define_rules(word: WordDocument, list_id: int = 50) -> None:
    """The list of a Japanese template for rules: chapters, articles that run on over them, paragraphs from 2, items."""
    define(
        word,
        list_id,
        ("decimal", "第%1章", 1, ""),
        ("decimal", "第%2条", 1, '<w:lvlRestart w:val="0"/>'),
        ("decimalFullWidth", "%3", 2, ""),
        ("japaneseCounting", "%4", 1, ""),
        ("irohaFullWidth", "%5", 1, ""),
    )


def paths(text: str) -> list[str]:
    """The paths of the sections, without the number of a first paragraph, which is not written."""
    found = (" > ".join(section.path) for section in parse(text).sections)
    return list(dict.fromkeys(path.replace(" > 第1項", "") for path in found))


# Rules numbered by Word


def test_rules_numbered_by_word_read_as_they_are_seen(word: WordDocument, read: Read) -> None:
    define_rules(word)
    add(word, "旅費規程", '<w:jc w:val="center"/>')
    for level, words in (
        (0, "総則"),
        (1, "この規程は、社員の出張に要する旅費の支給について定める。"),
        (2, "前項の社員には、嘱託社員を含む。"),
        (0, "日当"),
        (1, "日当は、別表の額とする。"),
        (1, "出張した者は、次の書類を経理部に提出する。"),
        (3, "精算書"),
        (3, "証憑で、次に掲げるもの"),
        (4, "領収書"),
        (2, "海外への出張は、社長の承認を受けなければならない。"),
        (3, "精算書"),
        (2, "前二項の書類は、五年間保存する。"),
    ):
        add(word, words, numbered(50, level))
    document, cautions = read(word)
    assert document.text == (
        "旅費規程\n\n第1章　総則\n\n第1条　この規程は、社員の出張に要する旅費の支給について定める。\n\n"
        "２　前項の社員には、嘱託社員を含む。\n\n第2章　日当\n\n第2条　日当は、別表の額とする。\n\n"
        "第3条　出張した者は、次の書類を経理部に提出する。\n\n一　精算書\n二　証憑で、次に掲げるもの\nイ　領収書\n"
        "２　海外への出張は、社長の承認を受けなければならない。\n一　精算書\n３　前二項の書類は、五年間保存する。\n"
    )
    assert cautions == []
    assert document.title == "旅費規程"
    assert document.pages == ()
    found = paths(document.text)
    for path in (
        "第1章 総則 > 第1条 > 第2項",
        "第2章 日当 > 第3条 > 第2号 > イ",
        "第2章 日当 > 第3条 > 第2項 > 第1号",
        "第2章 日当 > 第3条 > 第3項",
    ):
        assert path in found


def test_the_eleventh_article_of_the_second_chapter(word: WordDocument, read: Read) -> None:
    define(
        word,
        51,
        ("japaneseCounting", "第%1章", 1, ""),
        ("japaneseCounting", "第%2条", 1, '<w:lvlRestart w:val="0"/>'),
        ("decimal", "%3", 2, ""),
        ("decimal", "(%4)", 1, ""),
    )
    add(word, "総則", numbered(51, 0))
    for n in range(9):
        add(word, f"（定め{n}）")
        add(word, "社員は、これを守らなければならない。", numbered(51, 1))
    add(word, "雑則", numbered(51, 0))
    add(word, "社員は、届け出る。", numbered(51, 1))
    add(word, "会社は、次のことを行う。", numbered(51, 1))
    add(word, "会社は、次の場合に限り休業を命ずる。", numbered(51, 2))
    add(word, "天災", numbered(51, 3))
    document, _ = read(word)
    assert "第十一条　会社は、次のことを行う。\n\n2　会社は、次の場合に限り休業を命ずる。\n(1)　天災\n" in document.text
    assert paths(document.text)[-1] == "第2章 雑則 > 第11条 > 第2項 > 第1号"
    assert "（定め0）\n第一条　" in document.text


def test_numbers_that_come_with_styles(word: WordDocument, read: Read) -> None:
    define(
        word, 52, ("decimal", "第%1章", 1, '<w:pStyle w:val="Heading1"/>'), ("decimal", "第%2条", 1, '<w:pStyle w:val="Clause"/>')
    )
    for style_id, name, base in (("Clause", "条", "Normal"), ("SubClause", "条の子", "Clause")):
        word.styles.element.append(
            parse_xml(
                f'<w:style {nsdecls("w")} w:type="paragraph" w:styleId="{style_id}"><w:name w:val="{name}"/><w:basedOn w:val="{base}"/>'
                '<w:pPr><w:numPr><w:numId w:val="52"/></w:numPr></w:pPr></w:style>'
                if style_id == "Clause"
                else f'<w:style {nsdecls("w")} w:type="paragraph" w:styleId="{style_id}"><w:name w:val="{name}"/><w:basedOn w:val="{base}"/></w:style>'
            )
        )
    heading = word.styles.element.find(f"{qn('w:style')}[@{qn('w:styleId')}='Heading1']/{qn('w:pPr')}")
    heading.append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="52"/></w:numPr>'))
    word.add_heading("総則", 1)
    add(word, "甲は、乙に委託する。", '<w:pStyle w:val="Clause"/>')
    add(word, "乙は、これを受託する。", '<w:pStyle w:val="SubClause"/>')
    add(word, "以上", '<w:pStyle w:val="Clause"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    document, _ = read(word)
    assert document.text == "第1章　総則\n\n第1条　甲は、乙に委託する。\n\n第2条　乙は、これを受託する。\n\n以上\n"
    assert paths(document.text) == ["第1章 総則", "第1章 総則 > 第1条", "第1章 総則 > 第2条"]


def test_heading_styles_that_only_number_paragraphs_and_items(word: WordDocument, read: Read) -> None:
    define_rules(word)
    for level, words in (
        (0, "総則"),
        (1, "（目的）"),
        (2, "この限りでない。"),
        (3, "精算書"),
        (3, "証憑"),
        (1, "会社は、定める。"),
        (0, "雑則"),
    ):
        add(word, words, f'<w:pStyle w:val="Heading{level + 1}"/>{numbered(50, level)}')
    document, _ = read(word)
    assert document.text == (
        "第1章　総則\n\n第1条　（目的）\n\n２　この限りでない。\n一　精算書\n二　証憑\n\n第2条　会社は、定める。\n\n第2章　雑則\n"
    )
    assert "第1章 総則 > 第1条（目的） > 第2項 > 第2号" in paths(document.text)


def test_bullets_and_plain_lists(word: WordDocument, read: Read) -> None:
    word.add_paragraph("次の物を持参する。")
    word.add_paragraph("印鑑", style="List Bullet")
    word.add_paragraph("通帳", style="List Bullet")
    define(word, 53, ("bullet", "\uf06c", 1, ""), ("bullet", "－", 1, ""))
    add(word, "書類", numbered(53, 0))
    add(word, run("写しも可") + "<w:r><w:br/></w:r>" + run("郵送も可"), numbered(53, 1))
    word.add_paragraph("届く", style="List Number")
    word.add_paragraph("送る", style="List Number")
    document, _ = read(word)
    assert document.text == "次の物を持参する。\n\n- 印鑑\n- 通帳\n- 書類\n  - 写しも可\n    郵送も可\n1.　届く\n2.　送る\n"


def test_a_number_without_words_shows_where_it_is_an_article(word: WordDocument, read: Read) -> None:
    define_rules(word)
    add(word, "", numbered(50, 1))
    add(word, "会社は、これを定める。")
    add(word, "", numbered(50, 2))
    add(word, "会社は、これを行う。", numbered(50, 2))
    document, _ = read(word)
    assert document.text == "第1条\n\n会社は、これを定める。\n\n３　会社は、これを行う。\n"


# Headings and titles


def test_headings_by_style_level_and_inheritance(word: WordDocument, read: Read) -> None:
    word.add_heading("出張の手引", 0)
    word.add_heading("はじめに", 1)
    word.add_heading("適用範囲", 2)
    word.styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="paragraph" w:styleId="own"><w:name w:val="社内見出し"/><w:basedOn w:val="Heading3"/></w:style>'
        )
    )
    add(word, "手続", '<w:pStyle w:val="own"/>')
    add(word, "段落の水準", '<w:outlineLvl w:val="0"/>')
    add(word, "本文の水準", '<w:pStyle w:val="Heading1"/><w:outlineLvl w:val="9"/>')
    word.add_heading("深い見出し", 9)
    word.add_heading("見出しの形をした本文である。", 2)
    for words in ("附則", "第3章　雑則", "別表（第2条関係）", "第４条（目的）"):
        word.add_heading(words, 1)
    document, _ = read(word)
    assert document.text.split("\n\n") == [
        "# 出張の手引",
        "# はじめに",
        "## 適用範囲",
        "### 手続",
        "# 段落の水準",
        "本文の水準",
        "###### 深い見出し",
        "見出しの形をした本文である。",
        "附則",
        "第3章　雑則",
        "別表（第2条関係）",
        "第４条（目的）\n",
    ]
    assert document.title == "出張の手引"


def test_a_caption_with_a_heading_style_stays_a_caption(word: WordDocument, read: Read) -> None:
    word.add_heading("（目的）", 2)
    word.add_paragraph("第1条　この規程は、手続を定める。")
    word.add_heading("（参考）", 2)
    word.add_paragraph("関係する資料を示す。")
    document, _ = read(word)
    assert document.text.startswith("（目的）\n第1条　")
    assert "## （参考）\n" in document.text
    assert paths(document.text)[0] == "第1条（目的）"


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("旅費規程 第3版", "旅費規程 第3版"),
        ("Microsoft Word - ryohi.doc", "出張の心得"),
        ("ryohi_v2", "出張の心得"),
        ("旅費規程.docx", "出張の心得"),
        ("文書 1", "出張の心得"),
        ("", "出張の心得"),
    ],
)
def test_the_stored_title_counts_when_it_is_one(word: WordDocument, read: Read, stored: str, expected: str) -> None:
    word.core_properties.title = stored
    word.add_paragraph("社外秘")
    word.add_heading("出張の心得", 0)
    assert read(word)[0].title == expected


def test_a_table_gives_no_title(word: WordDocument, read: Read) -> None:
    table = word.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "起案部署", "総務部"
    word.add_paragraph("文書管理の手引")
    assert read(word)[0].title == "文書管理の手引"


# Words inside a paragraph


def test_signs_breaks_and_wrappers(word: WordDocument, read: Read) -> None:
    add(
        word,
        run("第１条")
        + "<w:r><w:tab/></w:r>"
        + '<w:hyperlink r:id="rId99">'
        + run("社員は、⽤紙")
        + "</w:hyperlink><w:smartTag>"
        + run("を\xad用い")
        + "</w:smartTag><w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>"
        + run("る。")
        + "</w:sdtContent></w:sdt><w:r><w:br/></w:r>"
        + "<w:r><w:ruby><w:rubyPr/><w:rt><w:r><w:t>しょう</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>証</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        + run("憑")
        + '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/><w:noBreakHyphen/><w:softHyphen/></w:r>'
        + run("A&#xA0;B"),
        '<w:ind w:left="210"/>',
    )
    add(word, "<w:r><w:tab/><w:t>字下げ</w:t><w:tab/><w:tab/><w:t>右</w:t></w:r>")
    document, cautions = read(word)
    assert document.text == "第１条　社員は、用紙を用いる。\n証憑✓-A B\n\n字下げ　右\n"
    assert cautions == []


def test_superscript_is_marked_and_what_a_symbol_font_hides_is_named(word: WordDocument, read: Read) -> None:
    raised = '<w:vertAlign w:val="superscript"/>'
    add(word, run("会議室は20m") + run("2", raised) + run("で、委員") + run("注", raised) + run("1", raised) + run("が使う。"))
    add(word, run("記号は") + '<w:r><w:sym w:font="Webdings" w:char="F035"/></w:r>' + run("である。"))
    document, cautions = read(word)
    assert document.text == "会議室は20m<sup>2</sup>で、委員<sup>注1</sup>が使う。\n\n記号は〓である。\n"
    assert len(cautions) == 1
    assert "読めない記号が1個" in cautions[0]


def test_fields_show_their_results(word: WordDocument, read: Read) -> None:
    add(
        word,
        run("第")
        + field(" REF x \\h ", run("３"))
        + run("条を見よ。")
        + f'<w:fldSimple w:instr=" PAGE ">{run("7")}</w:fldSimple>',
    )
    add(
        word,
        field(" EQ \\* jc2 \\o\\ad(\\s\\up 9(りょひ),旅費)", None) + run("は") + field(" EQ \\f(1,2)", None) + run("とする。"),
    )
    box = '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/>%s</w:checkBox></w:ffData></w:fldChar></w:r>'
    box += '<w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    add(word, box % "<w:checked/>" + run("同意する") + box % "" + run("しない"))
    add(word, '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + run("閉じないフィールドの後も読む。"))
    document, _ = read(word)
    assert document.text == "第３条を見よ。7\n\n旅費は1/2とする。\n\n☑同意する☐しない\n\n閉じないフィールドの後も読む。\n"


def test_the_table_of_contents_is_left_out(word: WordDocument, read: Read) -> None:
    add(word, "目次", '<w:pStyle w:val="TOC見出し"/>')
    line = run("第1章　総則") + "<w:r><w:tab/></w:r>" + field(" PAGEREF _Toc1 ", run("1"))
    begin = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> TOC \\o "1-3" </w:instrText></w:r>'
    )
    add(word, begin + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + line)
    add(word, line)
    add(word, '<w:r><w:fldChar w:fldCharType="end"/></w:r>')
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    content = f"<w:p>{run('目次')}</w:p><w:p>{line}</w:p>"
    control = parse_xml(f"<w:sdt {nsdecls('w')}>{gallery}<w:sdtContent>{content}</w:sdtContent></w:sdt>")
    word.element.body.insert_element_before(control, "w:sectPr")
    word.styles.element.append(
        parse_xml(f'<w:style {nsdecls("w")} w:type="paragraph" w:styleId="11"><w:name w:val="toc 1"/></w:style>')
    )
    add(word, line, '<w:pStyle w:val="11"/>')
    add(word, "第1章　総則")
    document, _ = read(word)
    assert document.text == "目次\n\n第1章　総則\n"


def test_text_boxes_are_read_once(word: WordDocument, read: Read) -> None:
    inner = f"<w:txbxContent><w:p>{run('枠の中の注意。')}</w:p><w:p>{run('二行目。')}</w:p></w:txbxContent>"
    add(
        word,
        run("本文である。")
        + f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{inner}</wps:txbx></w:drawing></mc:Choice>'
        + f"<mc:Fallback><w:pict><v:textbox>{inner}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        + run("続きである。"),
    )
    add(word, f"<w:r><w:pict><v:textbox>{inner.replace('枠', '古い枠')}</v:textbox></w:pict></w:r>")
    document, _ = read(word)
    assert document.text == "本文である。続きである。\n\n枠の中の注意。\n\n二行目。\n\n古い枠の中の注意。\n\n二行目。\n"


def test_formulas_on_one_line(word: WordDocument, read: Read) -> None:
    def r(words: str) -> str:
        return f"<m:r><m:t>{words}</m:t></m:r>"

    fraction = f"<m:f><m:num>{r('基本給+手当')}</m:num><m:den>{r('160')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{r('x')}</m:e><m:sup>{r('2')}</m:sup></m:sSup>"
    add(word, run("単価は") + f"<m:oMath>{fraction}{r('×')}{power}</m:oMath>" + run("とする。"))
    assert read(word)[0].text == "単価は(基本給+手当)/160×x^2とする。\n"


# Revisions, hidden text and notes


def test_revisions_are_read_as_accepted_and_counted(word: WordDocument, read: Read) -> None:
    by = 'w:id="1" w:author="a" w:date="2024-04-01T00:00:00Z"'
    add(
        word,
        run("日当は")
        + f"<w:del {by}><w:r><w:delText>2,000</w:delText></w:r></w:del><w:ins {by}>{run('3,000')}</w:ins>"
        + run("円とする。"),
    )
    add(word, f"<w:moveFrom {by}>{run('動いた文。')}</w:moveFrom>", f"<w:rPr><w:moveFrom {by}/></w:rPr>")
    add(word, f"<w:moveTo {by}>{run('動いた文。')}</w:moveTo>")
    add(word, "前の段落と", f"<w:rPr><w:del {by}/></w:rPr>")
    add(word, "後の段落である。")
    table = word.add_table(2, 2)
    for n, cell in enumerate(table._cells):
        cell.text = f"欄{n}"
    table.rows[1]._tr.get_or_add_trPr().append(parse_xml(f"<w:del {nsdecls('w')} {by}/>"))
    document, cautions = read(word)
    assert document.text == "日当は3,000円とする。\n\n動いた文。\n\n前の段落と後の段落である。\n\n欄0\t欄1\n"
    assert len(cautions) == 1
    assert "挿入1か所、削除3か所、移動1か所" in cautions[0]
    assert "承諾したものとして" in cautions[0]


def test_a_deleted_paragraph_takes_no_number(word: WordDocument, read: Read) -> None:
    define_rules(word)
    by = 'w:id="1" w:author="a"'
    add(word, "社員は、従う。", numbered(50, 1))
    gone = f"<w:del {by}><w:r><w:delText>古い条。</w:delText></w:r></w:del>"
    add(word, gone, f"{numbered(50, 1)}<w:rPr><w:del {by}/></w:rPr>")
    add(word, "会社は、定める。", numbered(50, 1))
    assert read(word)[0].text == "第1条　社員は、従う。\n\n第2条　会社は、定める。\n"


def test_hidden_and_struck_words_and_comments_are_left_out_and_named(word: WordDocument, read: Read) -> None:
    define_rules(word)
    add(word, run("見える。") + run("見えない。", "<w:vanish/>") + run("また見える。", '<w:vanish w:val="0"/>'))
    add(word, run("隠し段落。", "<w:vanish/>"), f"{numbered(50, 1)}<w:rPr><w:vanish/></w:rPr>")
    add(word, run("効く。") + run("効かない。", "<w:strike/>") + run("一応効く。", '<w:strike w:val="false"/>'), numbered(50, 1))
    word.styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="character" w:styleId="memo"><w:name w:val="覚え"/><w:rPr><w:vanish/></w:rPr></w:style>'
        )
    )
    commented = add(word, run("公開。") + run("覚え書き。", '<w:rStyle w:val="memo"/>'))
    word.add_comment(commented.runs, text="要確認", author="a")
    document, cautions = read(word)
    assert document.text == "見える。また見える。\n\n第1条　効く。一応効く。\n\n公開。\n"
    assert [re.search(r"^(.*?)が?(\d+)", c)[0] for c in cautions] == [  # type: ignore[index]
        "コメントが1",
        "隠し文字が3",
        "取り消し線の付いた文字が1",
    ]


def note_part(path: Path, kind: str, notes: dict[int, str]) -> None:
    """Put a footnotes or endnotes part into a saved file, which python-docx does not write."""
    tag = kind.removesuffix("s")
    xml = f'<w:{kind} {nsdecls("w")}><w:{tag} w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:{tag}>'
    for number, words in notes.items():
        own = words if words.startswith("<") else f"<w:p><w:r><w:{tag}Ref/></w:r>{run(' ' + words)}</w:p>"
        xml += f'<w:{tag} w:id="{number}">{own}</w:{tag}>'
    relation = f'<Relationship Id="rId{kind}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{kind}.xml"/>'
    rewrite(
        path,
        "word/_rels/document.xml.rels",
        lambda data: data.replace(b"</Relationships>", relation.encode() + b"</Relationships>"),
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"word/{kind}.xml", f"{xml}</w:{kind}>")


def rewrite(path: Path, name: str, change: Callable[[bytes], bytes | None]) -> None:
    """Change a part of a saved file, or drop it where the change gives None."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    assert name in parts
    changed = change(parts.pop(name))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in (parts | ({name: changed} if changed is not None else {})).items():
            archive.writestr(part, data)


def test_notes_stand_at_the_end_under_their_marks(word: WordDocument, tmp_path: Path) -> None:
    by = 'w:id="9" w:author="a"'
    add(
        word,
        run("利用者")
        + '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="5"/></w:r>'
        + run("は、届け出る")
        + f'<w:del {by}><w:r><w:footnoteReference w:id="2"/></w:r></w:del>'
        + '<w:r><w:footnoteReference w:id="4"/></w:r><w:r><w:endnoteReference w:id="1"/></w:r>'
        + run("。")
        + '<w:r><w:footnoteReference w:customMarkFollows="1" w:id="7"/><w:t>＊</w:t></w:r>',
    )
    table = word.add_table(1, 2)
    table.cell(0, 0).text = "上限"
    table.cell(0, 1).paragraphs[0]._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:footnoteReference w:id="6"/></w:r>'))
    path = tmp_path / "notes.docx"
    word.save(str(path))
    two = f"<w:p><w:r><w:footnoteRef/></w:r>{run(' 嘱託を含む。')}</w:p><w:p>{run('役員は除く。')}</w:p>"
    starred = f"<w:p>{run('＊')}{run(' 別に定める。')}</w:p>"
    note_part(path, "footnotes", {2: "消えた注。", 4: "書面による。", 5: two, 6: "税込み。", 7: starred, 8: "指されない注。"})
    note_part(path, "endnotes", {1: "告示を見よ。"})
    document, _ = read_file(path)
    assert document.text == (
        "利用者<sup>1</sup>は、届け出る<sup>2</sup><sup>i</sup>。<sup>＊</sup>\n\n上限\t<sup>3</sup>\n\n"
        "<sup>1</sup> 嘱託を含む。 役員は除く。\n<sup>2</sup> 書面による。\n<sup>＊</sup> 別に定める。\n<sup>3</sup> 税込み。\n"
        "<sup>i</sup> 告示を見よ。\n"
    )
    notes = [unit for unit in parse(document.text).units if unit.kind == "note"]
    assert len(notes) == 6  # the first one has two sentences
    assert notes[0].context[0].of(document.text).startswith("利用者")


def test_notes_are_numbered_as_the_settings_say(word: WordDocument, tmp_path: Path) -> None:
    rules = '<w:numFmt w:val="decimalFullWidth"/><w:numStart w:val="3"/><w:numRestart w:val="eachPage"/>'
    word.settings.element.append(parse_xml(f"<w:footnotePr {nsdecls('w')}>{rules}</w:footnotePr>"))
    reference = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    add(word, run("前") + reference.format(1) + run("後") + reference.format(2))
    add(word, SHOWN + run("次") + reference.format(3))
    path = tmp_path / "notes.docx"
    word.save(str(path))
    note_part(path, "footnotes", {1: "甲。", 2: "乙。", 3: "丙。"})
    text = read_file(path)[0].text
    assert text.startswith("前<sup>３</sup>後<sup>４</sup>\n\n次<sup>３</sup>\n\n<sup>３</sup> 甲。\n<sup>４</sup> 乙。\n")


def test_headers_and_footers_are_left_out(word: WordDocument, read: Read) -> None:
    word.sections[0].header.paragraphs[0].text = "社外秘"
    word.sections[0].footer.paragraphs[0].text = "- 1 -"
    word.add_paragraph("本文である。")
    assert read(word)[0].text == "本文である。\n"


def test_pictures_are_named(word: WordDocument, read: Read, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (4, 4)).save(tmp_path / "seal.png")
    word.add_paragraph("印影は次のとおりとする。")
    word.add_picture(str(tmp_path / "seal.png"))
    document, cautions = read(word)
    assert document.text == "印影は次のとおりとする。\n"
    assert len(cautions) == 1
    assert "図やグラフが1個" in cautions[0]


def test_word_art_is_read_and_embedded_documents_are_named(word: WordDocument, read: Read) -> None:
    add(word, '<w:r><w:pict><v:shape><v:textpath string="重要なお知らせ"/></v:shape></w:pict></w:r>')
    word.element.body.insert_element_before(parse_xml(f'<w:altChunk {nsdecls("w", "r")} r:id="rId90"/>'), "w:sectPr")
    document, cautions = read(word)
    assert document.text == "重要なお知らせ\n"
    assert len(cautions) == 1
    assert "埋め込まれた別の文書が1個" in cautions[0]


# Tables


def test_merged_cells_are_written_in_every_place_they_cover(word: WordDocument, read: Read) -> None:
    table = word.add_table(4, 3)
    for n, words in enumerate(
        ("役職", "日当", "", "", "国内", "海外", "部長", "3,000円", "8,000円", "課長", "2,500円", "6,000円")
    ):
        table._cells[n].text = words
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    word.add_paragraph("以上のとおりとする。")
    document, _ = read(word)
    assert document.text == (
        "役職\t日当\t日当\n役職\t国内\t海外\n部長\t3,000円\t8,000円\n課長\t2,500円\t6,000円\n\n以上のとおりとする。\n"
    )


def test_cells_hold_one_line_and_keep_their_numbers(word: WordDocument, read: Read) -> None:
    define(word, 54, ("decimal", "%1", 1, ""), ("bullet", "・", 1, ""))
    table = word.add_table(2, 2)
    for row in table.rows:
        row.cells[0].paragraphs[0]._p.get_or_add_pPr().append(parse_xml(f"<w:numPr {nsdecls('w')}>{numbered(54)[9:]}"))
    first = table.cell(0, 1)
    first.text = "申請書\tを\n出す"
    first.add_paragraph("写しも")._p.get_or_add_pPr().append(parse_xml(f"<w:numPr {nsdecls('w')}>{numbered(54, 1)[9:]}"))
    inner = table.cell(1, 1).add_table(2, 2)
    for n, cell in enumerate(inner._cells):
        cell.text = f"内{n}"
    assert read(word)[0].text == "1\t申請書 を 出す ・写しも\n2\t内0 内1 内2 内3\n"


def test_a_table_of_one_column_is_a_frame_around_paragraphs(word: WordDocument, read: Read) -> None:
    frame = word.add_table(1, 1).cell(0, 0)
    frame.text = "第1条　囲みの中の条文である。"
    frame.add_paragraph("２　その第２項である。")
    inner = frame.add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "左", "右"
    document, _ = read(word)
    assert document.text == "第1条　囲みの中の条文である。\n\n２　その第２項である。\n\n左\t右\n"
    assert paths(document.text) == ["第1条", "第1条 > 第2項"]


def test_rows_and_cells_in_content_controls_are_read(word: WordDocument, read: Read) -> None:
    table = word.add_table(1, 1)._tbl
    row = f"<w:tr><w:tc><w:p>{run('甲')}</w:p></w:tc><w:sdt><w:sdtContent><w:tc><w:p>{run('乙')}</w:p></w:tc></w:sdtContent></w:sdt></w:tr>"
    table.append(parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtContent>{row}</w:sdtContent></w:sdt>"))
    block = f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p>{run('統制された段落。')}</w:p></w:sdtContent></w:sdt>"
    word.element.body.insert_element_before(parse_xml(block), "w:sectPr")
    assert read(word)[0].text == "甲\t乙\n\n統制された段落。\n"


# Pages

SHOWN = "<w:r><w:lastRenderedPageBreak/></w:r>"


def pages_of(document: Document) -> list[tuple[int, str]]:
    return [(page.number, page.span.of(document.text).strip()) for page in document.pages]


def test_pages_as_word_last_showed_them(word: WordDocument, read: Read) -> None:
    add(word, "一ページ目。")
    add(word, run("またぐ段落の前半と") + SHOWN + run("後半。"))
    add(word, "二ページ目。")
    add(word, '<w:r><w:br w:type="page"/></w:r>')
    add(word, SHOWN + run("三ページ目。"))
    add(word, SHOWN)
    add(word, SHOWN + run("五ページ目。"))
    document, _ = read(word)
    assert pages_of(document) == [
        (1, "一ページ目。\n\nまたぐ段落の前半と後半。"),
        (2, "二ページ目。"),
        (3, "三ページ目。"),
        (5, "五ページ目。"),
    ]


def test_pages_that_the_author_begins(word: WordDocument, read: Read) -> None:
    word.add_paragraph("表紙")
    word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    word.add_heading("本編", 1).paragraph_format.page_break_before = False
    paragraph = word.add_paragraph("前。")
    paragraph.add_run().add_break(WD_BREAK.PAGE)
    paragraph.add_run("後。")
    word.add_heading("附則", 1).paragraph_format.page_break_before = True
    word.add_section()
    word.add_paragraph("次の節。").paragraph_format.page_break_before = True
    document, _ = read(word)
    assert pages_of(document) == [(1, "表紙"), (2, "# 本編\n\n前。"), (3, "後。"), (4, "附則"), (5, "次の節。")]


def test_a_row_belongs_to_the_page_where_it_starts(word: WordDocument, read: Read) -> None:
    table = word.add_table(3, 2)
    for n, cell in enumerate(table._cells):
        cell.text = f"欄{n}"
    for cell in table.rows[1].cells:
        cell.paragraphs[0]._p.append(parse_xml(f"<w:r {nsdecls('w')}><w:lastRenderedPageBreak/><w:t>続き</w:t></w:r>"))
    document, _ = read(word)
    assert pages_of(document) == [(1, "欄0\t欄1\n欄2続き\t欄3続き"), (2, "欄4\t欄5")]


# Files that are not as they should be


def sample(path: Path) -> Path:
    word = docx.Document()
    word.add_heading("旅費規程", 1)
    word.add_paragraph("日当を支給する。", style="List Bullet")
    word.save(str(path))
    return path


@pytest.mark.parametrize("part", ["styles", "numbering", "settings"])
def test_missing_and_broken_parts_do_not_matter(tmp_path: Path, part: str) -> None:
    path = sample(tmp_path / "a.docx")
    whole = read_file(path)[0].text
    rewrite(path, f"word/{part}.xml", lambda data: data[:200])
    document, cautions = read_file(path)
    assert "日当を支給する。" in document.text
    assert "壊れていて" in cautions[-1]
    path = sample(tmp_path / "b.docx")
    rewrite(path, f"word/{part}.xml", lambda data: None)
    document, cautions = read_file(path)
    assert cautions == []
    assert document.text == whole if part == "settings" else "日当を支給する。" in document.text
    if part == "styles":
        assert document.text.startswith("# 旅費規程\n")


def test_macro_files_and_the_strict_variant_are_read(tmp_path: Path) -> None:
    path = sample(tmp_path / "macro.docm")
    whole = read_file(path)[0].text
    main = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    rewrite(
        path, "[Content_Types].xml", lambda data: data.replace(main, b"application/vnd.ms-word.document.macroEnabled.main+xml")
    )
    assert read_file(path)[0].text == whole
    for name in ("word/document.xml", "word/styles.xml", "word/numbering.xml"):
        usual, strict = b"schemas.openxmlformats.org/wordprocessingml/2006/main", b"purl.oclc.org/ooxml/wordprocessingml/main"
        rewrite(path, name, lambda data, usual=usual, strict=strict: data.replace(usual, strict))  # type: ignore[misc]
    assert read_file(path)[0].text == whole


def reason(path: Path, data: bytes, reader: Callable[..., object] = read_docx) -> str:
    path.write_bytes(data)
    with pytest.raises(UnreadableFile) as caught:
        list(reader(SourceFile(path, path.name, path.stem)))  # type: ignore[call-overload]
    return str(caught.value)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def test_what_is_no_readable_word_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    good = sample(path).read_bytes()
    assert "パスワード" in reason(path, OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le"))
    assert "旧形式" in reason(path, OLE + bytes(600))
    assert "空" in reason(path, b"")
    assert "中身が違う" in reason(path, b"<html></html>")
    assert "壊れて" in reason(path, good[: len(good) // 2])
    assert ".docx 形式で保存" in reason(tmp_path / "a.doc", OLE + bytes(600), read_doc)
    path.write_bytes(good)
    assert isinstance(next(iter(read_doc(SourceFile(path, "a.doc", "a")))), Document)


def test_a_file_without_words_or_without_a_body_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    docx.Document().save(str(path))
    assert "文字がない" in reason(path, path.read_bytes())
    rewrite(path, "word/document.xml", lambda data: None)
    assert "本文がない" in reason(path, path.read_bytes())


def archived(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path.read_bytes()


def test_archives_that_would_swell_or_escape_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    big = bytes(40 * 2**20)
    bomb = bytearray(archived(path, {"word/document.xml": big}))
    assert "大きすぎる" in reason(path, bytes(bomb))
    start = bomb.rfind(b"PK\x01\x02")
    for at in (14, start + 16):  # declare ten bytes with a sum that fits them
        struct.pack_into("<I", bomb, at, zlib.crc32(big[:10]))
        struct.pack_into("<I", bomb, at + 8, 10)
    assert "壊れて" in reason(path, bytes(bomb))
    assert "壊れて" in reason(path, archived(path, {"../../etc/passwd": b"x"}))
    assert "壊れて" in reason(path, archived(path, {"word/document.xml": b"x" * 99}, zipfile.ZIP_BZIP2))


def test_xml_with_entities_or_too_deep_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    (tmp_path / "secret").write_text("秘密")
    external = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'.encode()
    laughs = b'<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY x "&a;&a;">]>'
    for declared in (external, laughs):
        sample(path)
        rewrite(path, "word/document.xml", lambda data, d=declared: d + b"<w>&x;</w>")  # type: ignore[misc]
        assert "壊れて" in reason(path, path.read_bytes())
    with pytest.raises(UnreadableFile, match="大きすぎる"):
        parse_part(b"<a>" + b"<b/>" * 10_000_000 + b"</a>")
    for depth in (80, 82, 400):
        opened, closed = "<w:r>" * depth * 3, "</w:r>" * depth * 3
        body = f"<w:document {nsdecls('w')}><w:body><w:p>{opened}<w:t>深い</w:t>{closed}</w:p></w:body></w:document>"
        sample(path)
        rewrite(path, "word/document.xml", lambda data, b=body: b.encode())  # type: ignore[misc]
        if depth > 100:
            assert "壊れて" in reason(path, path.read_bytes())
        else:
            assert read_file(path)[0].text == "深い\n"


def test_damaged_bytes_end_in_a_reason_or_a_document(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    good = sample(path).read_bytes()
    chance = random.Random(7)
    refused = 0
    for _ in range(150):
        data = bytearray(good)
        for _ in range(chance.choice((1, 4, 30))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            read_file(path)
        except UnreadableFile:
            refused += 1
    assert 0 < refused <= 150


@pytest.mark.parametrize("circle", ["basedOn", "notes"])
def test_circles_end(word: WordDocument, tmp_path: Path, circle: str) -> None:
    path = tmp_path / "a.docx"
    for own, base in (("A", "B"), ("B", "A")):
        word.styles.element.append(
            parse_xml(
                f'<w:style {nsdecls("w")} w:type="paragraph" w:styleId="{own}"><w:name w:val="{own}"/><w:basedOn w:val="{base}"/></w:style>'
            )
        )
    add(word, run("本文") + '<w:r><w:footnoteReference w:id="1"/></w:r>', '<w:pStyle w:val="A"/>')
    word.save(str(path))
    if circle == "notes":
        note_part(path, "footnotes", {1: f'<w:p>{run("注")}<w:r><w:footnoteReference w:id="1"/></w:r></w:p>'})
    text = read_file(path)[0].text
    assert text.startswith("本文<sup>1</sup>\n")
    assert text.count("注") == (circle == "notes")


def test_checked_zip_passes_sound_files(tmp_path: Path) -> None:
    path = sample(tmp_path / "a.docx")
    before = path.read_bytes()
    checked_zip(path)
    assert path.read_bytes() == before
