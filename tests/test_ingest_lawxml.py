"""Tests of 法令標準XML: real element trees of e-Gov's schema, and what the structure parser makes of their text."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree
from lxml.builder import E

from ingest.inputs import Caution, Problem, SourceFile
from ingest.lawxml import read_lawxml
from ingest.structure import parse
from rag.errors import UnreadableFile
from rag.types import Document, Meta

BODY = """
<TOC><TOCLabel>目次</TOCLabel><TOCChapter Num="1"><ChapterTitle>第一章　総則</ChapterTitle></TOCChapter></TOC>
<MainProvision>
  <Chapter Num="1">
    <ChapterTitle>第一章　総則</ChapterTitle>
    <Article Num="1">
      <ArticleCaption>（目的）</ArticleCaption>
      <ArticleTitle>第一条</ArticleTitle>
      <Paragraph Num="1">
        <ParagraphNum/>
        <ParagraphSentence>
          <Sentence Num="1" Function="main">この法律は、<Ruby>個人<Rt>こじん</Rt></Ruby>の権利を守る。</Sentence>
          <Sentence Num="2" Function="proviso">ただし、公益のためにする場合は、この限りでない。</Sentence>
        </ParagraphSentence>
      </Paragraph>
      <Paragraph Num="2">
        <ParagraphNum>２</ParagraphNum>
        <ParagraphSentence><Sentence>次に掲げる者は、届け出る。</Sentence></ParagraphSentence>
        <Item Num="1">
          <ItemTitle>一</ItemTitle>
          <ItemSentence><Column Num="1"><Sentence>事業者</Sentence></Column><Column Num="2"><Sentence>営む者をいう。</Sentence></Column></ItemSentence>
          <Subitem1 Num="1">
            <Subitem1Title>イ</Subitem1Title>
            <Subitem1Sentence><Sentence>法人</Sentence></Subitem1Sentence>
            <Subitem2 Num="1">
              <Subitem2Title>（１）</Subitem2Title>
              <Subitem2Sentence><Sentence>株式会社</Sentence></Subitem2Sentence>
            </Subitem2>
          </Subitem1>
        </Item>
        <Item Num="2">
          <ItemTitle>二</ItemTitle><ItemSentence><Sentence>面積がx<Sup>2</Sup>平方メートルを超えるH<Sub>2</Sub>Oの容器の所有者</Sentence></ItemSentence>
          <List><ListSentence><Sentence>甲類</Sentence></ListSentence><Sublist1><Sublist1Sentence><Sentence>乙類</Sentence></Sublist1Sentence></Sublist1></List>
        </Item>
      </Paragraph>
    </Article>
    <Article Num="2" Delete="true">
      <ArticleTitle>第二条及び第三条</ArticleTitle>
      <Paragraph Num="1"><ParagraphNum/><ParagraphSentence><Sentence>削除</Sentence></ParagraphSentence></Paragraph>
    </Article>
  </Chapter>
</MainProvision>
<SupplProvision>
  <SupplProvisionLabel>附　則</SupplProvisionLabel>
  <Paragraph Num="1">
    <ParagraphCaption>（施行期日）</ParagraphCaption>
    <ParagraphNum>１</ParagraphNum>
    <ParagraphSentence><Sentence>この法律は、公布の日から施行する。</Sentence></ParagraphSentence>
  </Paragraph>
</SupplProvision>
<SupplProvision AmendLawNum="平成二四年八月二二日法律第六七号" Extract="true">
  <SupplProvisionLabel>附　則</SupplProvisionLabel>
  <Article Num="1">
    <ArticleTitle>第一条</ArticleTitle>
    <Paragraph Num="1"><ParagraphNum/><ParagraphSentence><Sentence>この法律は、翌日から施行する。</Sentence></ParagraphSentence></Paragraph>
  </Article>
</SupplProvision>
<AppdxTable Num="1">
  <AppdxTableTitle>別表第一</AppdxTableTitle>
  <RelatedArticleNum>（第一条関係）</RelatedArticleNum>
  <TableStruct>
    <TableStructTitle>手数料</TableStructTitle>
    <Table>
      <TableHeaderRow><TableHeaderColumn>区分</TableHeaderColumn><TableHeaderColumn>種類</TableHeaderColumn><TableHeaderColumn>金額</TableHeaderColumn></TableHeaderRow>
      <TableRow>
        <TableColumn rowspan="2"><Sentence>甲</Sentence></TableColumn>
        <TableColumn BorderBottom="none"><Sentence>新規</Sentence></TableColumn>
        <TableColumn><Sentence>百円</Sentence></TableColumn>
      </TableRow>
      <TableRow><TableColumn BorderTop="none"/><TableColumn><Sentence>二百円</Sentence></TableColumn></TableRow>
      <TableRow><TableColumn colspan="2"><Sentence>乙</Sentence><Sentence>丙</Sentence></TableColumn><TableColumn/></TableRow>
    </Table>
    <Remarks>
      <RemarksLabel>備考</RemarksLabel>
      <Item Num="1"><ItemTitle>一</ItemTitle><ItemSentence><Sentence>金額は、税込みとする。</Sentence></ItemSentence></Item>
    </Remarks>
  </TableStruct>
</AppdxTable>
<AppdxStyle Num="1">
  <AppdxStyleTitle>様式第一</AppdxStyleTitle><RelatedArticleNum>（第一条関係）</RelatedArticleNum>
  <StyleStruct><Style><Fig src="./pict/001.pdf"/></Style></StyleStruct>
</AppdxStyle>
<Appdx>
  <ArithFormulaNum>付録第一</ArithFormulaNum><RelatedArticleNum>（第一条関係）</RelatedArticleNum>
  <ArithFormula>Ａ×０．五</ArithFormula>
</Appdx>
"""
TEXT = """平成十五年法律第五十七号

個人情報法

第一章　総則

（目的）
第一条　この法律は、個人の権利を守る。ただし、公益のためにする場合は、この限りでない。
２　次に掲げる者は、届け出る。
一　事業者　営む者をいう。
イ　法人
（１）　株式会社
二　面積がx<sup>2</sup>平方メートルを超えるH2Oの容器の所有者

甲類
乙類

第二条及び第三条　削除

附　則

（施行期日）
１　この法律は、公布の日から施行する。

附　則　（平成二四年八月二二日法律第六七号）　抄

第一条　この法律は、翌日から施行する。

別表第一（第一条関係）

手数料

区分	種類	金額
甲	新規	百円
甲	新規	二百円
乙 丙	乙 丙	{blank}

備考
一　金額は、税込みとする。

様式第一（第一条関係）

## 付録第一（第一条関係）

Ａ×０．五
""".replace("{blank}", "")


def law(body: str = BODY, **attributes: str) -> str:
    told = {"Era": "Heisei", "Year": "15", "PromulgateMonth": "05", "PromulgateDay": "30", **attributes}
    written = "".join(f' {key}="{value}"' for key, value in told.items() if value)
    return (
        f"<Law{written}><LawNum>平成十五年法律第五十七号</LawNum><LawBody><LawTitle>個人情報法</LawTitle>{body}</LawBody></Law>"
    )


def paragraph(words: str) -> str:
    return (
        '<MainProvision><Paragraph Num="1"><ParagraphNum/><ParagraphSentence>'
        f"<Sentence>{words}</Sentence></ParagraphSentence></Paragraph></MainProvision>"
    )


def read(path: Path, markup: str | bytes, meta: Meta | None = None) -> list[Document | Problem]:
    path.write_bytes(markup if isinstance(markup, bytes) else markup.encode())
    return list(read_lawxml(SourceFile(path, path.name, path.stem, meta=meta or Meta())))


def outcome(path: Path, markup: str) -> str:
    """The text of a file, or why there is none."""
    try:
        return "".join(item.text for item in read(path, markup) if isinstance(item, Document))
    except UnreadableFile as error:
        return str(error)


def read_text(tmp_path: Path, body: str) -> str:
    (document,) = read(tmp_path / "a.xml", law(body))
    assert isinstance(document, Document)
    return document.text.removeprefix("平成十五年法律第五十七号\n\n個人情報法\n\n")


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        '<?xml version="1.0" encoding="UTF-8"?>\n{}',
        "<DataRoot><Result><Code>0</Code></Result><ApplData><LawId>415AC</LawId><LawFullText>{}</LawFullText></ApplData></DataRoot>",
        "<law_data_response><law_info><law_num>x</law_num></law_info><law_full_text>{}</law_full_text></law_data_response>",
    ],
)
def test_a_law_reads_as_it_is_printed(tmp_path: Path, around: str) -> None:
    document, caution = read(tmp_path / "kojin.xml", around.format(law()))
    assert isinstance(document, Document)
    assert document.text == TEXT
    assert (document.id, document.source, document.title) == ("kojin", "kojin.xml", "個人情報法")
    assert document.meta == Meta(published="2003-05-30")
    assert isinstance(caution, Caution)
    assert "1点（./pict/001.pdf）" in caution.reason


def test_the_structure_of_a_law_is_seen(tmp_path: Path) -> None:
    (document, _) = read(tmp_path / "a.xml", law())
    assert isinstance(document, Document)
    structure = parse(document.text)
    paths = [" > ".join(section.path) for section in structure.sections]
    assert "第1章 総則 > 第1条（目的） > 第2項 > 第1号 > イ" in paths
    assert any("平成二四年八月二二日法律第六七号" in path and path.endswith(" > 第1条") for path in paths)
    assert {"別表第一（第一条関係）", "様式第一（第一条関係）", "付録第一（第一条関係）"} <= set(paths)
    rows = [unit.span.of(document.text) for unit in structure.units if unit.kind == "row"]
    assert rows[:2] == ["区分\t種類\t金額", "甲\t新規\t百円"]


def test_levels_that_their_words_do_not_show_are_headings(tmp_path: Path) -> None:
    article = (
        paragraph("文。")
        .replace("MainProvision", "Article")
        .replace("<Paragraph ", "<ArticleTitle>第一条</ArticleTitle><Paragraph ")
    )
    body = f"<MainProvision><Section><SectionTitle>第一節　甲</SectionTitle><Division><DivisionTitle>その一　乙</DivisionTitle>{article}</Division></Section></MainProvision>"
    text = read_text(tmp_path, body)
    assert text == "第一節　甲\n\n##### その一　乙\n\n第一条　文。\n"
    assert parse(text).sections[-1].path == ("第1節 甲", "その一 乙", "第1条")


@pytest.mark.parametrize(
    ("number", "line"),
    [
        ('<Paragraph Num="2" OldNum="true"><ParagraphNum/>', "２　後の項。"),
        ('<Paragraph Num="2"><ParagraphNum>○２</ParagraphNum>', "○２　後の項。"),
        ('<Paragraph Num="2"><ParagraphNum/>', "後の項。"),
    ],
)
def test_paragraphs_of_old_laws(tmp_path: Path, number: str, line: str) -> None:
    sentence = "<ParagraphSentence><Sentence>{}</Sentence></ParagraphSentence></Paragraph>"
    first = '<Paragraph Num="1"><ParagraphNum/>' + sentence.format("前の項。")
    body = f"<MainProvision><Article><ArticleTitle>第一条</ArticleTitle><!-- 注 --><ArticleCaption>（見出し）</ArticleCaption>{first}{number}{sentence.format('後の項。')}</Article></MainProvision>"
    assert read_text(tmp_path, body) == f"（見出し）\n第一条　前の項。\n{line}\n"


def test_a_new_provision_and_a_quoted_table_are_kept(tmp_path: Path) -> None:
    table = "<TableStruct><Table><TableRow><TableColumn><Sentence>甲</Sentence></TableColumn><TableColumn><Sentence>乙</Sentence></TableColumn></TableRow></Table></TableStruct>"
    text = read_text(tmp_path, paragraph(f"次の表「<QuoteStruct>{table}</QuoteStruct>」に改める。"))
    assert text == "次の表「\n\n甲\t乙\n\n」に改める。\n"
    new = "<AmendProvision><AmendProvisionSentence><Sentence>次のように改める。</Sentence></AmendProvisionSentence><NewProvision><TableRow><TableColumn><Sentence>丙</Sentence></TableColumn></TableRow></NewProvision></AmendProvision>"
    body = paragraph("一部を改める。").replace("</Paragraph>", new + "</Paragraph>")
    assert read_text(tmp_path, body) == "一部を改める。\n次のように改める。\n\n丙\n"


def test_an_unknown_element_is_kept_and_named(tmp_path: Path) -> None:
    body = "<MainProvision><Motto>和をもって<b>貴し</b>とする。</Motto></MainProvision>" + paragraph("一の<Emph>強い</Emph>語。")
    document, caution = read(tmp_path / "a.xml", law(body))
    assert isinstance(document, Document)
    assert "和をもって\n貴し\nとする。\n\n一の強い語。\n" in document.text
    assert "Motto（1件）" in caution.reason  # type: ignore[union-attr]
    assert "Emph（1件）" in caution.reason  # type: ignore[union-attr]


def test_what_is_hidden_is_left_out_and_counted(tmp_path: Path) -> None:
    document, caution = read(
        tmp_path / "a.xml", law(paragraph("見える。") + '<SupplProvision Hide="true">隠れる。</SupplProvision>')
    )
    assert isinstance(document, Document)
    assert "隠れる" not in document.text
    assert "1件" in caution.reason  # type: ignore[union-attr]


def test_blank_cells_without_lines_around_stay_blank(tmp_path: Path) -> None:
    column = E.TableColumn
    none = {"BorderTop": "none", "BorderBottom": "none"}
    rows = [
        E.TableRow(*(column(E.Sentence(word), none) if word else column(none) for word in row))
        for row in (("甲", "百円"), ("乙", ""), ("", "二百円"))
    ]
    markup = etree.tostring(E.MainProvision(E.TableStruct(E.Table(*rows))), encoding="unicode")
    assert read_text(tmp_path, markup) == "甲\t百円\n乙\t\n乙\t二百円\n"


@pytest.mark.parametrize(
    ("attributes", "published"),
    [
        ({"PromulgateDay": ""}, "2003-05"),
        ({"PromulgateMonth": "", "PromulgateDay": "30"}, "2003"),
        ({"Era": "Reiwa", "Year": "1"}, "2019-05-30"),
        ({"Era": "Keio"}, ""),
        ({"Year": "x"}, ""),
    ],
)
def test_the_day_of_promulgation(tmp_path: Path, attributes: dict[str, str], published: str) -> None:
    (document,) = read(tmp_path / "a.xml", law(paragraph("文。"), **attributes))
    assert isinstance(document, Document)
    assert document.meta.published == published


def test_what_the_manifest_says_stays(tmp_path: Path) -> None:
    (document,) = read(tmp_path / "a.xml", law(paragraph("文。")), Meta(published="2004", url="https://example.jp"))
    assert isinstance(document, Document)
    assert document.meta == Meta(published="2004", url="https://example.jp")


def test_several_laws_of_one_file_are_documents_of_their_own(tmp_path: Path) -> None:
    first, second = read(tmp_path / "a.xml", f"<Laws>{law(paragraph('甲。'))}{law(paragraph('乙。'))}</Laws>")
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.id, second.id, second.source) == ("a#1", "a#2", "a.xml#2")


def test_another_encoding_is_read(tmp_path: Path) -> None:
    markup = '<?xml version="1.0" encoding="Shift_JIS"?>' + law(paragraph("日本語。"))
    (document,) = read(tmp_path / "a.xml", markup.encode("cp932"))
    assert isinstance(document, Document)
    assert document.text.endswith("日本語。\n")


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<html><body>規程</body></html>", "法令標準XML"),
        ("<Law/>", "本文がない"),
        ("<Law>", "。$"),
        ("", "。$"),
    ],
)
def test_what_is_no_law_is_refused(tmp_path: Path, markup: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read(tmp_path / "a.xml", markup)


LAUGHS = '<!ENTITY a "笑">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))


@pytest.mark.parametrize("entity", [LAUGHS, '<!ENTITY i SYSTEM "file:///etc/passwd">'])
def test_entities_are_not_followed(tmp_path: Path, entity: str) -> None:
    said = outcome(tmp_path / "a.xml", f"<!DOCTYPE Law [{entity}]>" + law(paragraph("前&i;後。")))
    assert said.endswith(("。", "\n"))
    assert len(said) < 200
    assert "root:" not in said
