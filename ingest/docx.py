"""Word files (.docx, .docm) to text: what a reader sees, automatic numbers included, as lines that the structure parser knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ingest.inputs import Caution, Problem, SourceFile
from ingest.titles import title_of
from ingest.wordparts import open_word
from ingest.wordstory import Story
from rag.errors import UnreadableFile
from rag.types import Document

_NO_TITLE = re.compile(
    r"microsoft (?:office )?word\b.*|(?:word ?)?(?:文書|文章|document|doc) ?\d*|無題.*|untitled.*|(?:タイトル|表題|title|template|テンプレート)"
    r"|[^ 　]*\.(?:docx?|docm|dotx?|rtf|odt|jtd|xlsx?|pptx?|pdf|txt|html?)|[\W\d_]+|[0-9A-Za-z_-]*[0-9_][0-9A-Za-z_-]*",
    re.I,
)
_CAUTIONS = {
    "comments": "コメントが{}件ありますが、本文ではないので読んでいません。必要な内容は本文に書いてください。",
    "hidden": "隠し文字が{}か所ありますが、表示されないので読んでいません。必要なら隠し文字を解除して保存し直してください。",
    "struck": "取り消し線の付いた文字が{}か所ありますが、読んでいません。有効な文なら取り消し線を外して保存し直してください。",
    "pictures": "図やグラフが{}個ありますが、その中の文字は読んでいません。必要な内容は本文に書いてください。",
    "signs": "読めない記号が{}個あり、〓に置き換えました。元の文書で確かめ、ふつうの文字で入力し直してください。",
    "formulas": "読めない数式フィールドが{}個あるので、元の文書で確かめ、ふつうの文字で入力し直してください。",
    "chunks": "埋め込まれた別の文書が{}個ありますが、読んでいません。Word で開き、保存し直してください。",
}
_PARTS = {"styles": "書式", "numbering": "自動番号", "settings": "設定", "footnotes": "脚注", "endnotes": "文末脚注"}


def read_docx(file: SourceFile) -> Iterator[Document | Problem]:
    """A Word file: its text with revisions as if accepted; headers, footers, comments and hidden text are left out.

    Pages are those that Word last showed or that the author began; notes stand at the end, on the last page.
    """
    parts = open_word(file.path)
    try:
        story = Story.of(parts)
    except RecursionError as error:
        raise UnreadableFile("要素の入れ子が深すぎて読めないので、Word で開いて保存し直してください。") from error
    text, pages = story.lines.written()
    if not text:
        raise UnreadableFile("本文に文字がない（画像だけの）文書なので、文字のある文書に差し替えてください。")
    known = "" if _NO_TITLE.fullmatch(parts.title) else parts.title
    yield file.document(text, known or story.title or title_of(_outside_tables(text)), pages)
    yield from (Caution(file.source, reason) for reason in _cautions(story.runs.seen, parts.broken))


def read_doc(file: SourceFile) -> Iterator[Document | Problem]:
    """The old binary format is refused; a file of the new one that only has the old suffix is read."""
    with file.path.open("rb") as stream:
        is_zip = stream.read(4) == b"PK\x03\x04"
    if not is_zip:
        raise UnreadableFile("旧形式の Word 文書（.doc）なので、Word で開き、.docx 形式で保存し直してください。")
    yield from read_docx(file)


def _outside_tables(text: str) -> str:
    """The lines of the text's beginning that are no rows: forms often begin with a table, whose cells name nothing."""
    return "\n".join(line for line in text[:20_000].split("\n") if "\t" not in line)


def _cautions(seen: Counter[str], broken: tuple[str, ...]) -> Iterator[str]:
    revisions = [
        f"{name}{seen[key]}か所" for key, name in (("inserted", "挿入"), ("deleted", "削除"), ("moved", "移動")) if seen[key]
    ]
    if revisions:
        yield (
            f"承諾されていない変更履歴（{'、'.join(revisions)}）があり、すべて承諾したものとして読みました。"
            "そうでなければ、Word で承諾するか元に戻して保存し直してください。"
        )
    yield from (words.format(seen[key]) for key, words in _CAUTIONS.items() if seen[key])
    if broken:
        names = "、".join(_PARTS[name] for name in broken)
        yield f"{names}の部分が壊れていて読めないので、Word で開いて修復し、保存し直してください。"
