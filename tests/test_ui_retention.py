"""Personal data: what is masked before it is stored, and what is purged when its time is over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import KINDS, database

from rag.errors import InputError
from rag.settings import Settings
from ui.audit import Audit
from ui.retention import MASK, Masking, apply_retention, masked_text, masking, open_audit


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("担当は yamada.taro+x@example.co.jp です", "担当は 〔メールアドレス〕 です"),
        ("ｙａｍａｄａ＠ｅｘａｍｐｌｅ．ｊｐへ送る", "〔メールアドレス〕へ送る"),
        ("電話03-1234-5678まで", "電話〔電話番号〕まで"),
        ("電話は０３－１２３４－５６７８", "電話は〔電話番号〕"),
        ("０９０ー１２３４ー５６７８に連絡", "〔電話番号〕に連絡"),
        ("(03)1234-5678 と 03(1234)5678", "〔電話番号〕 と 〔電話番号〕"),
        ("0120-123-456、09012345678、0312345678", "〔電話番号〕、〔電話番号〕、〔電話番号〕"),
        ("+81-90-1234-5678", "〔電話番号〕"),
        ("マイナンバーは1234 5678 9012です", "マイナンバーは〔個人番号〕です"),
        ("個人番号１２３４５６７８９０１２", "個人番号〔個人番号〕"),
        ("1234-5678-9012", "〔個人番号〕"),
        ("第3条の3,000円は2024-04-01から2026年3月31日まで", "第3条の3,000円は2024-04-01から2026年3月31日まで"),
        ("予算は1234567890123円、注文は20240401-0012-345", "予算は1234567890123円、注文は20240401-0012-345"),
        ("サーバーとユーザー＠社内", "サーバーとユーザー＠社内"),
        ("", ""),
    ],
)
def test_masked_text(text: str, masked: str) -> None:
    assert masked_text(text) == masked


def test_employee_numbers_by_a_pattern() -> None:
    assert masked_text("社員E０１２３４５の件", r"E\d{6}") == "社員〔社員番号〕の件"
    assert masked_text("社員E012345の件") == "社員E012345の件"
    assert masked_text("a" * 50_000 + "@") == "a" * 50_000 + "@"  # in no time


def test_masking_acts_on_the_named_fields_at_every_depth() -> None:
    mask = masking(Settings(masked=frozenset({"user", "question"}), employee_number=r"E\d{4}"))
    said = "E1234のa@b.jpです"
    kept = mask(
        {"user": "taro", "question": said, "previous": [said], "answer": {"question": said, "sentences": [{"text": said}]}}
    )
    hidden = "〔社員番号〕の〔メールアドレス〕です"
    assert kept == {
        "user": MASK,
        "question": hidden,
        "previous": [hidden],
        "answer": {"question": hidden, "sentences": [{"text": said}]},
    }
    fields = {"user": None, "n": 1, "list": [{"user": "x"}], "answer": {"text": said, "user": ""}}
    assert mask(fields) == {"user": None, "n": 1, "list": [{"user": MASK}], "answer": {"text": said, "user": ""}}
    assert Masking()(fields) == fields
    assert Masking(frozenset({"answer"}))({"answer": {"a": ["x@y.jp", 1]}}) == {"answer": {"a": ["〔メールアドレス〕", 1]}}


def test_settings() -> None:
    read = Settings.read({"TENKYO_MASK": "user, question", "TENKYO_RETENTION_DAYS": "365", "TENKYO_EMPLOYEE_NUMBER": "E[0-9]+"})
    assert (read.masked, read.retention_days, read.employee_number) == ({"user", "question"}, 365, "E[0-9]+")
    assert Settings.read({}).database == ""
    for bad in ("[", "E*"):
        with pytest.raises(InputError, match="TENKYO_EMPLOYEE_NUMBER"):
            Settings.read({"TENKYO_EMPLOYEE_NUMBER": bad})
    with pytest.raises(InputError, match="TENKYO_RETENTION_DAYS"):
        Settings.read({"TENKYO_RETENTION_DAYS": "-1"})


@pytest.fixture(params=KINDS)
def audit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Audit]:
    opened = open_audit(Settings(index=tmp_path / "index", database=database(request.param), masked=frozenset({"mail"})))
    yield opened
    opened.engine.dispose()


def test_personal_fields_are_purged_when_their_time_is_over(audit: Audit) -> None:
    audit.append("answer", {"user": "taro", "mail": "a@b.jp", "question": "日当は？", "answer": "千円です。", "index": "abc"})
    audit.append("ingest", {"documents": 3})
    audit.append("feedback", {"user": "taro", "comment": "よい", "up": True}, 1)
    now = datetime.now(UTC)
    assert apply_retention(audit, 0, now=now + timedelta(days=900)) == 0
    assert apply_retention(audit, 30, now=now + timedelta(days=29)) == 0
    assert audit.head().seq == 3
    assert apply_retention(audit, 30, now=now + timedelta(days=31)) == 2
    assert apply_retention(audit, 30, now=now + timedelta(days=31)) == 0
    first, third, purge = audit.entry(1), audit.entry(3), audit.entry(4)
    assert first is not None
    assert third is not None
    assert purge is not None
    assert (first.fields, first.purged) == ({"answer": "千円です。", "index": "abc"}, {"user", "mail", "question"})
    assert (third.fields, third.purged) == ({"up": True}, {"user", "comment"})
    assert purge.fields["entries"] == [[1, 1], [3, 3]]
    assert audit.count(words="日当") == audit.count(user="taro") == 0
    assert audit.verify().whole


def test_what_is_masked_is_never_stored(audit: Audit) -> None:
    audit.append("sign-in", {"mail": "a@b.jp"})
    entry = audit.entry(1)
    assert entry is not None
    assert entry.fields == {"mail": MASK}
