"""Bytes to text, the encoding found out: every byte that a Japanese file holds is decoded strictly or the file is refused.

A candidate decoding is judged by how many of its non-ASCII characters are everyday Japanese (kana, JIS punctuation, level 1
kanji): the true encoding of a Japanese text scores above 0.9, a wrong one below 0.5.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

from rag.errors import UnreadableFile

_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP（Word、Excel、PowerPoint を含む）"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧形式の Office 文書"),
    (b"{\\rtf", "リッチテキスト（RTF）"),
    (b"\x89PNG\r\n", "PNG 画像"),
    (b"\xff\xd8\xff", "JPEG 画像"),
    (b"GIF8", "GIF 画像"),
    (b"\x1f\x8b", "gzip 圧縮ファイル"),
    (b"\xfd7zXZ\x00", "xz 圧縮ファイル"),
    (b"7z\xbc\xaf\x27\x1c", "7z 圧縮ファイル"),
    (b"Rar!\x1a\x07", "RAR 圧縮ファイル"),
    (b"SQLite format 3\x00", "SQLite データベース"),
)
# The marks are decoded with the text, not cut off: offsets count them. The four-byte marks begin with the two-byte ones.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_UNMARKED = ("cp932", "euc_jp", "euc_jis_2004", "shift_jis_2004", "utf-16-le", "utf-16-be")
_JIS = ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2004")
_ESCAPES = (b"\x1b$", b"\x1b(J", b"\x1b(I")
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_-]+)""", re.I)
_LABELS = {
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms_kanji": "cp932", "windows-31j": "cp932",
    "cp932": "cp932", "euc-jp": "euc_jp", "x-euc-jp": "euc_jp", "eucjp": "euc_jp", "iso-2022-jp": "iso2022_jp", "utf-8": "utf-8",
    "utf8": "utf-8",
}  # fmt: skip
_SAMPLE = 20_000
_ENOUGH = 0.6
_TEXT_CONTROLS = frozenset("\t\n\v\f\r\x1a")  # \x1a is how DOS ended a file


def decode(data: bytes) -> str:
    """The text of a file, unchanged: line ends and a byte order mark (as U+FEFF) stay.

    Raises:
        UnreadableFile: the file is empty, is not text, or is in no encoding that can be told.
    """
    _refuse_binary(data)
    text = _by_mark(data) or _by_escapes(data) or _utf8(data) or _by_score(data)
    if text is None:
        raise UnreadableFile(_why_undecodable(data))
    return _accepted(text)


def decode_html(data: bytes) -> str:
    """The same for a web page, whose own `charset` decides where what it yields is Japanese; no byte order mark is left."""
    _refuse_binary(data)
    declared = _DECLARED.search(data[:4096])
    codec = _LABELS.get(declared[1].decode().lower()) if declared else None
    if codec and not any(data.startswith(mark) for mark, _ in _MARKS):
        text = _try(data, codec)
        if text is not None and _plausible(text) >= _ENOUGH:
            return _accepted(text)
    return decode(data).removeprefix("\ufeff")


def _refuse_binary(data: bytes) -> None:
    kind = next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)
    if kind:
        raise UnreadableFile(f"拡張子と違い中身は{kind}なので、正しい拡張子に直すか、テキストで保存し直してください。")
    if not data.strip():
        raise UnreadableFile("中身が空なので、本文のあるファイルに差し替えてください。")


def _accepted(text: str) -> str:
    if not text.strip("\ufeff\u200b\x1a \t\r\n\v\f\u3000\xa0"):
        raise UnreadableFile("空白だけで本文がないので、本文のあるファイルに差し替えてください。")
    controls = sum(c < " " and c not in _TEXT_CONTROLS for c in text[:_SAMPLE])
    if "\x00" in text or controls > len(text[:_SAMPLE]) * 0.05:
        raise UnreadableFile("テキストではない（バイナリの）ファイルなので、テキストで保存し直してください。")
    return text


def _by_mark(data: bytes) -> str | None:
    texts = (_try(data, codec) for mark, codec in _MARKS if data.startswith(mark))
    return next((text for text in texts if text is not None), None)


def _by_escapes(data: bytes) -> str | None:
    """ISO-2022-JP is seven-bit and switches character sets by escapes. Mail programs put ① and ㈱ into its JIS X 0208, where
    only JIS X 0213 has them, hence the last attempt."""
    if not data.isascii() or not any(escape in data for escape in _ESCAPES):
        return None
    texts = (_try(data, codec) for codec in _JIS)
    found = next((text for text in texts if text is not None), None)
    return found if found is not None else _try(data.replace(b"\x1b$B", b"\x1b$(Q"), "iso2022_jp_2004")


def _utf8(data: bytes) -> str | None:
    return None if b"\x00" in data else _try(data, "utf-8")


def _by_score(data: bytes) -> str | None:
    """The most Japanese of the decodings that hold to the last byte, if it is Japanese enough; NULs speak for UTF-16 and -32."""
    texts = (_try(data, codec) for codec in (_WIDE if b"\x00" in data else _UNMARKED))
    scored = [(_plausible(text), text) for text in texts if text is not None]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, ""))
    return best[1] if best[0] >= _ENOUGH else None


def _try(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _plausible(text: str) -> float:
    """The mean weight of the non-ASCII characters and of the control characters in the text's beginning; 1.0 without any."""
    judged = [c for c in text[:_SAMPLE] if not ("\x20" <= c <= "\x7e" or c in _TEXT_CONTROLS)]
    weights = _weights()
    return sum(weights.get(c, -1.0 if _is_foreign(c) else 0.0) for c in judged) / len(judged) if judged else 1.0


def _is_foreign(char: str) -> bool:
    """Whether no Japanese text holds the character: a control, an unassigned or a private one."""
    return char < "\xa0" or "\ue000" <= char <= "\uf8ff" or not (char.isprintable() or char.isspace())


@cache
def _weights() -> dict[str, float]:
    """How far a character speaks for Japanese: 1 for JIS X 0208 without level 2 kanji, which also turn up in wrong decodings."""

    def block(rows: range, weight: float) -> dict[str, float]:
        codes = (bytes((row, cell)).decode("euc_jis_2004", "ignore") for row in rows for cell in range(0xA1, 0xFF))
        return dict.fromkeys("".join(codes), weight)

    return (
        dict.fromkeys(map(chr, range(0xFF61, 0xFFA0)), 0.5)  # half-width katakana
        | block(range(0xD0, 0xF5), 0.4)
        | block(range(0xA1, 0xAE), 1.0)
        | block(range(0xB0, 0xD0), 1.0)
        | dict.fromkeys("～－∥￠￡￢\ufeff\xa0", 1.0)
    )


def _why_undecodable(data: bytes) -> str:
    if b"\x00" in data:
        return "テキストではない（バイナリの）ファイルなので、テキストで保存し直してください。"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if _plausible(data[: error.start].decode("utf-8")) >= _ENOUGH and not data[: error.start].isascii():
            line = data.count(b"\n", 0, error.start) + 1
            return f"UTF-8 として{line}行目（先頭から{error.start}バイト目）が壊れているので、元の文書から保存し直してください。"
    return "文字コードを判別できないので、UTF-8 で保存し直してください。"
