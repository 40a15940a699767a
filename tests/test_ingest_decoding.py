"""Encodings of Japanese files: told apart, decoded strictly, or refused with a reason."""

from __future__ import annotations

import codecs
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding import decode, decode_html
from rag.errors import UnreadableFile

RULES = "就業規則\r\n\r\n第一条　この規則は、社員の労働条件を定める。\n第２条　ｶﾀｶﾅと①・㈱・Ⅲを含む。\n"
PLAIN = "旅費規程\n（目的）\n第１条　出張の旅費は、この規程による。\n"

# Sentences of everyday Japanese: hypothesis strings them together, so that short and long files of each encoding are tried.
_SENTENCES = st.lists(
    st.sampled_from(
        [
            "第一条　この規程は、文書の保存について定める。\n",
            "２　前項の期間は、十年とする。\n",
            "ただし、部長が認めたときは、この限りでない。\n",
            "AIシステムの利用者は、次の各号を守らなければならない。\n",
            "・領収書（原本）を添付すること\n",
            "別表１　日当（単位：円）\t4,200\t2,100\n",
            "お問い合わせは総務部へ。\n",
        ]
    ),
    min_size=1,
    max_size=20,
).map("".join)


@given(
    _SENTENCES,
    st.sampled_from(["utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be", "utf-16", "utf-32", "utf-8-sig"]),
)
def test_japanese_text_survives_every_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).removeprefix("\ufeff") == text


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))).filter(
        lambda t: t.strip("\ufeff\u200b \xa0\u3000")
    )
)
def test_utf8_is_kept_to_the_last_character(text: str) -> None:
    data = (text + "。").encode()
    assert decode(data) == data.decode("utf-8")


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_unreadable(data: bytes) -> None:
    with contextlib.suppress(UnreadableFile):
        assert decode(data).strip()


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jis_2004", "utf-16-le", "utf-16-be"])
def test_dependent_characters_and_line_ends_stay(encoding: str) -> None:
    assert decode(RULES.encode(encoding)) == RULES


def test_circled_numbers_in_iso_2022_jp_as_mail_programs_write_them() -> None:
    data = PLAIN.encode("iso2022_jp") + b"\x1b$B-!-j\x1b(B\n"
    assert decode(data) == PLAIN + "①㈱\n"


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_stays_in_the_text(mark: bytes, codec: str) -> None:
    assert decode(mark + "短い".encode(codec)) == "\ufeff短い"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "空"),
        (b" \r\n\t", "空"),
        ("\ufeff　\n".encode(), "空白だけ"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        (b"abc\x00\x01\x02def" * 9, "バイナリ"),
        (b"\x01\x02\x03abc\x04", "バイナリ"),
        (b"caf\xe9 au lait", "文字コード"),
        (PLAIN.encode() + b"\xff\xfe" + PLAIN.encode(), "4行目"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        decode(data)


def test_ascii_alone_and_a_dos_end_of_file_are_text() -> None:
    assert decode(b"Policy v1.0\r\n\x1a") == "Policy v1.0\r\n\x1a"


@pytest.mark.parametrize(
    ("label", "encoding"),
    [("Shift_JIS", "cp932"), ("x-sjis", "cp932"), ("EUC-JP", "euc_jp"), ("ISO-2022-JP", "iso2022_jp"), ("utf-8", "utf-8")],
)
def test_a_web_page_is_read_in_the_encoding_it_declares(label: str, encoding: str) -> None:
    page = f'<html><head><meta charset="{label}"></head><p>前払</p></html>'
    assert decode_html(page.encode(encoding)) == page


@pytest.mark.parametrize(
    ("label", "encoding"), [("Shift_JIS", "utf-8"), ("utf-8", "cp932"), ("utf-8", "euc_jp"), ("nonsense", "cp932")]
)
def test_a_web_page_that_declares_the_wrong_encoding_is_still_read(label: str, encoding: str) -> None:
    page = f'<meta http-equiv="Content-Type" content="text/html; charset={label}"><p>{PLAIN}</p>'
    assert decode_html(page.encode(encoding)) == page


def test_no_byte_order_mark_is_left_in_a_web_page() -> None:
    assert decode_html("\ufeff<p>規程</p>".encode()) == "<p>規程</p>"
