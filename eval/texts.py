"""A regulation as plain text, Markdown, HTML, JSON Lines and 法令標準XML."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from eval.specimen import OPENING, Line, Rows, Rules, label, merges, with_notes, written

if TYPE_CHECKING:
    from lxml.etree import _Element

SUPERSCRIPT = "<sup>{}</sup>"


def plain(rules: Rules, mark: str = "（注{}）") -> str:
    """The regulation as it is typed in a plain text file."""
    out: list[str] = []
    for line in with_notes(rules):
        if line.kind in OPENING and out:
            out.append("")
        if line.kind == "table":
            out += ["\t".join(row) for row in line.rows]
        else:
            out.append(f"{mark.format(line.number)}　{line.words}" if line.kind == "note" else written(line, mark))
    return "\n".join(out) + "\n"


def write_txt(rules: Rules, path: Path, encoding: str = "utf-8") -> None:
    """A text file; UTF-16 gets a byte order mark."""
    data = plain(rules).encode(encoding)
    path.write_bytes(b"\xff\xfe" + data if encoding == "utf-16-le" else data)


def write_md(rules: Rules, path: Path) -> None:
    """A Markdown file: chapters and articles are headings, tables are piped."""
    out: list[str] = []
    caption = ""
    for line in with_notes(rules):
        if line.kind == "caption":
            caption = f"（{line.words}）"
        elif line.kind == "article":
            out += ["", f"### 第{line.number}条{caption}", "", line.marked("[^{}]")]
            caption = ""
        elif line.kind == "table":
            body = ["| " + " | ".join(row) + " |" for row in line.rows]
            out += ["", body[0], "|" + " --- |" * len(line.rows[0]), *body[1:]]
        elif line.kind == "note":
            out += ["", f"[^{line.number}]: {line.words}"]
        else:
            hashes = {"title": "# ", "chapter": "## ", "supplement": "## ", "appendix": "## "}.get(line.kind, "")
            out += ["", hashes + written(line, "[^{}]")] if line.kind != "item" else [written(line, "[^{}]")]
    path.write_text("\n".join(out).strip() + "\n", encoding="utf-8")


def write_jsonl(several: Iterable[Rules], path: Path) -> None:
    """One regulation a line; compressed where the name ends with .xz."""
    import lzma

    rows = [json.dumps({"title": r.title, "text": plain(r, SUPERSCRIPT)}, ensure_ascii=False) + "\n" for r in several]
    data = "".join(rows).encode()
    path.write_bytes(lzma.compress(data, preset=6) if path.suffix == ".xz" else data)


_TAGS = {"title": "h1", "chapter": "h2", "supplement": "h2", "appendix": "h2"}


def write_html(rules: Rules, path: Path) -> None:
    """A web page with a navigation that is no part of the text; items are a numbered list, notes stand at the end."""
    out: list[str] = []
    in_list = False
    for line in rules.lines:
        if in_list != (line.kind == "item"):
            in_list = not in_list
            out.append("<ol>" if in_list else "</ol>")
        words = escape(line.words[:-1]) + f"<sup>{line.mark}</sup>" + line.words[-1] if line.mark else escape(line.words)
        if line.kind == "table":
            out.append(_html_table(line.rows))
        elif line.kind == "item":
            out.append(f"<li>{words}</li>")
        elif tag := _TAGS.get(line.kind):
            out.append(f"<{tag}>{escape(written(line, ''))}</{tag}>")
        else:
            out.append(f"<p>{label(line)}{words}</p>")
    notes = "".join(f"<p><sup>{line.mark}</sup> {escape(line.note)}</p>\n" for line in rules.lines if line.mark)
    body = "\n".join(out) + ("\n</ol>" if in_list else "")
    path.write_text(
        f'<!DOCTYPE html>\n<html lang="ja">\n<head><meta charset="utf-8"><title>{escape(rules.title)}</title></head>\n<body>\n'
        f'<nav><a href="/">規程集の目次</a></nav>\n<main>\n{body}\n<section>\n{notes}</section>\n</main>\n</body>\n</html>\n',
        encoding="utf-8",
    )


def _html_table(rows: Rows) -> str:
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in merges(rows)}
    covered = {(r, c) for t, le, b, ri in merges(rows) for r in range(t, b + 1) for c in range(le, ri + 1)} - spans.keys()
    out = ["<table>"]
    for r, row in enumerate(rows):
        cells = []
        for c, words in enumerate(row):
            if (r, c) not in covered:
                down, across = spans.get((r, c), (1, 1))
                attributes = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{across}"' if across > 1 else "")
                cells.append(f"<{'td' if r else 'th'}{attributes}>{escape(words)}</{'td' if r else 'th'}>")
        out.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join([*out, "</table>"])


def write_lawxml(rules: Rules, path: Path, number: str = "") -> None:
    """A file of 法令標準XML, which has no footnotes: notes are left out."""
    from lxml import etree

    law = etree.Element("Law", Era="Reiwa", Year="8", Num="1", LawType="Misc", Lang="ja")
    if number:
        etree.SubElement(law, "LawNum").text = number
    body = etree.SubElement(law, "LawBody")
    _LawTree(body).add(rules.lines)
    path.write_bytes(etree.tostring(law, xml_declaration=True, encoding="UTF-8", pretty_print=True))


class _LawTree:
    """Puts each line below the element of the last line that holds it."""

    def __init__(self, body: _Element) -> None:
        self._body = body
        self._at: dict[str, _Element] = {"body": body}

    def add(self, lines: Iterable[Line]) -> None:
        for line in lines:
            getattr(self, f"_{line.kind}")(line)

    def _put(self, parent: _Element, tag: str, text: str = "", number: int = 0) -> _Element:
        from lxml import etree

        node = etree.SubElement(parent, tag, {"Num": str(number)} if number else {})
        node.text = text or None
        return node

    def _title(self, line: Line) -> None:
        self._put(self._body, "LawTitle", line.words)
        self._at["main"] = self._put(self._body, "MainProvision")

    def _chapter(self, line: Line) -> None:
        self._at["chapter"] = self._put(self._at["main"], "Chapter", number=line.number)
        self._put(self._at["chapter"], "ChapterTitle", written(line, "", kanji=True))

    def _caption(self, line: Line) -> None:
        self._at["caption"] = self._put(self._at.get("chapter", self._at["main"]), "Article")
        self._put(self._at["caption"], "ArticleCaption", f"（{line.words}）")

    def _article(self, line: Line) -> None:
        article = self._at.pop("caption", None)
        if article is None:
            article = self._put(self._at.get("chapter", self._at["main"]), "Article")
        article.set("Num", str(line.number))
        self._at["article"] = article
        self._put(article, "ArticleTitle", label(line, kanji=True).strip())
        self._numbered(article, line, "", 1)

    def _numbered(self, parent: _Element, line: Line, shown: str, number: int) -> None:
        paragraph = self._put(parent, "Paragraph", number=number)
        self._put(paragraph, "ParagraphNum", shown)
        sentence = self._put(paragraph, "ParagraphSentence")
        for n, words in enumerate(line.words.removesuffix("。").split("。"), 1):
            self._put(sentence, "Sentence", words + "。", n)
        self._at["paragraph"] = paragraph

    def _paragraph(self, line: Line) -> None:
        self._numbered(self._at["article"], line, label(line).strip(), line.number)

    def _clause(self, line: Line) -> None:
        self._numbered(self._at["supplement"], line, label(line).strip(), line.number)

    def _item(self, line: Line) -> None:
        item = self._put(self._at["paragraph"], "Item", number=line.number)
        self._put(item, "ItemTitle", label(line, kanji=True).strip())
        self._put(self._put(item, "ItemSentence"), "Sentence", line.words)

    def _supplement(self, line: Line) -> None:
        self._at["supplement"] = self._put(self._body, "SupplProvision")
        self._put(self._at["supplement"], "SupplProvisionLabel", "附　則")

    def _appendix(self, line: Line) -> None:
        related, _, title = line.words.partition("|")
        self._at["paragraph"] = self._put(self._body, "AppdxTable", number=line.number)
        self._put(self._at["paragraph"], "AppdxTableTitle", f"{label(line, kanji=True)}　{title}")
        self._put(self._at["paragraph"], "RelatedArticleNum", f"（{related}）")

    def _table(self, line: Line) -> None:
        table = self._put(self._put(self._at["paragraph"], "TableStruct"), "Table")
        spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in merges(line.rows)}
        covered = {
            (r, c) for t, le, b, ri in merges(line.rows) for r in range(t, b + 1) for c in range(le, ri + 1)
        } - spans.keys()
        for r, row in enumerate(line.rows):
            written_row = self._put(table, "TableRow" if r else "TableHeaderRow")
            for c, words in enumerate(row):
                if (r, c) in covered:
                    continue
                column = self._put(written_row, "TableColumn" if r else "TableHeaderColumn", "" if r else words)
                if r:
                    self._put(column, "Sentence", words)
                for name, size in zip(("rowspan", "colspan"), spans.get((r, c), (1, 1)), strict=True):
                    if size > 1:
                        column.set(name, str(size))
