"""The audit log on both kinds of database: appending by many at once, kills, tampering, filters, and its commands."""

import csv
import json
import math
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import KINDS, database
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import text

from rag.settings import Settings
from ui.audit import Audit, append
from ui.chain import GENESIS, canonical, entry_hash, field_digest, ranges, verify
from ui.command import main
from ui.database import DatabaseUnusable, open_database, writing

APPENDING = """
import sys, threading
from pathlib import Path
from rag.settings import Settings
from ui.audit import Audit
from ui.database import open_database
audit = Audit(open_database(Settings(index=Path(sys.argv[1]), database=sys.argv[2])))
def run(name):
    for n in range(int(sys.argv[3])):
        words = f"{sys.argv[4]}-{name}-{n}"
        seq = audit.append("answer", {"question": words, "answer": "回答" * 200})
        sys.stdout.write(f"{seq} {words}\\n")
        sys.stdout.flush()
threads = [threading.Thread(target=run, args=(n,)) for n in range(2)]
for t in threads: t.start()
for t in threads: t.join()
"""


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return Settings(index=tmp_path / "var" / "index", database=database(request.param))


@pytest.fixture
def audit(settings: Settings) -> Iterator[Audit]:
    opened = Audit(open_database(settings))
    yield opened
    opened.engine.dispose()


def child(settings: Settings, amount: int, name: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", APPENDING, str(settings.index), settings.database, str(amount), name]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def test_the_chain_is_computed_as_described(audit: Audit) -> None:
    assert audit.append("answer", {"question": "日当は？", "user": "u"}) == 1
    assert audit.append("feedback", {"up": True}, subject=1) == 2
    first, second = audit.entry(1), audit.entry(2)
    assert first is not None
    assert second is not None
    with writing(audit.engine) as connection:
        at = connection.execute(text("SELECT at FROM audit ORDER BY seq")).scalars().all()
        fields = connection.execute(text("SELECT seq, name, salt, digest, value FROM audit_field ORDER BY seq, name")).all()
    digests: dict[int, dict[str, str]] = {1: {}, 2: {}}
    for seq, name, salt, digest, value in fields:
        assert digest == field_digest(salt, value)
        digests[seq][name] = digest
    assert [value for *_, value in fields] == ['"日当は？"', '"u"', "true"]
    assert first.hash == entry_hash(GENESIS, 1, at[0], "answer", None, digests[1])
    assert second.hash == entry_hash(first.hash, 2, at[1], "feedback", 1, digests[2])
    assert audit.head().hash == second.hash
    assert (second.fields, second.subject) == ({"up": True}, 1)
    assert abs(datetime.now(UTC) - second.at) < timedelta(minutes=1)
    assert audit.entry(3) is None


def test_canonical_json_by_hand() -> None:
    assert (
        canonical({"b": [1, None, True], "あ": "\ud800\0\n", "a": 0.5}) == '{"a":0.5,"b":[1,null,true],"あ":"\\ud800\\u0000\\n"}'
    )
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(math.nan)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_json_holds_comes_back_as_it_was(kind: str, tmp_path: Path) -> None:
    audit = Audit(open_database(Settings(index=tmp_path / "index", database=database(kind))))

    @given(JSON)
    @examples(max_examples=60, deadline=None)
    def comes_back(value: Any) -> None:
        entry = audit.entry(audit.append("answer", {"answer": value}))
        assert entry is not None
        assert entry.fields == {"answer": value}

    comes_back()
    assert audit.verify().whole
    audit.engine.dispose()


def test_what_json_cannot_hold_is_refused_and_nothing_kept(audit: Audit) -> None:
    with pytest.raises(TypeError):
        audit.append("answer", {"question": "あ", "answer": object()})
    assert audit.head().seq == 0
    assert audit.verify().entries == 0


def test_processes_and_threads_append_at_once_without_gap_or_fork(settings: Settings, audit: Audit) -> None:
    children = [child(settings, 15, f"p{n}") for n in range(3)]
    own = [audit.append("answer", {"question": f"own-{n}"}) for n in range(15)]
    told = [line.split() for process in children for line in process.communicate(timeout=60)[0].splitlines()]
    assert sorted([*own, *(int(seq) for seq, _ in told)]) == list(range(1, 3 * 2 * 15 + 15 + 1))
    check = audit.verify()
    assert (check.entries, check.whole) == (105, True)
    kept = {str(entry.seq): entry.fields["question"] for entry in audit.iterate()}
    assert all(kept[seq] == words for seq, words in told)


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.soak)])
def test_nothing_acknowledged_is_lost_by_a_kill(settings: Settings, audit: Audit, kills: int) -> None:
    """The child is killed somewhere in its 100 writes: what it has told stands, and at most one write a thread more."""
    chance = random.Random(kills)
    told: dict[int, str] = {}
    for kill in range(kills):
        process = child(settings, 50, f"k{kill}")
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(chance.randrange(1, 60))]
        time.sleep(chance.uniform(0, 0.01))
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines()
        process.stdout.close()
        assert process.wait(30) == -signal.SIGKILL
        told |= {int(seq): words for seq, words in (line.split() for line in lines)}
        check = audit.verify()
        assert (check.whole, check.reason) == (True, "")
        assert len(told) <= check.entries <= len(told) + 2 * (kill + 1)
    kept = {entry.seq: entry.fields["question"] for entry in audit.iterate()}
    assert {seq: kept.get(seq) for seq in told} == told
    assert list(kept) == list(range(1, len(kept) + 1))


def fill(audit: Audit, amount: int = 6) -> None:
    for n in range(1, amount + 1):
        audit.append(
            "answer", {"user": f"u{n % 2}", "question": f"質問{n}は何ですか", "answer": {"sentences": [{"text": f"{n}です。"}]}}
        )


TAMPERED = [
    (
        ["UPDATE audit_field SET value = '\"ほか\"' WHERE seq = 3 AND name = 'question'"],
        3,
        "「question」の値が、書いたときのものと違う",
    ),
    (["UPDATE audit_field SET value = 'x' WHERE seq = 3 AND name = 'question'"], 3, "「question」の値"),
    (["UPDATE audit_field SET value = NULL, salt = NULL WHERE seq = 3 AND name = 'user'"], 3, "消去の記録なしに"),
    (["UPDATE audit_field SET value = NULL WHERE seq = 2 AND name = 'user'"], 2, "「user」の値"),
    (["UPDATE audit_field SET salt = 'zz' WHERE seq = 2 AND name = 'user'"], 2, "「user」の値"),
    (["UPDATE audit_field SET digest = '0' WHERE seq = 5 AND name = 'user'"], 5, "ハッシュと合わず"),
    (["DELETE FROM audit_field WHERE seq = 4 AND name = 'user'"], 4, "ハッシュと合わず"),
    (["INSERT INTO audit_field VALUES (4, 'more', '00', '00', '1')"], 4, "ハッシュと合わず"),
    (["UPDATE audit_field SET name = 'used' WHERE seq = 4 AND name = 'user'"], 4, "ハッシュと合わず"),
    (["UPDATE audit SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 1"], 1, "ハッシュと合わず"),
    (["UPDATE audit SET kind = 'review' WHERE seq = 6"], 6, "ハッシュと合わず"),
    (["UPDATE audit SET subject = 1 WHERE seq = 6"], 6, "ハッシュと合わず"),
    (["UPDATE audit SET hash = 'a' WHERE seq = 2"], 2, "ハッシュと合わず"),
    (["DELETE FROM audit_field WHERE seq = 3", "DELETE FROM audit WHERE seq = 3"], 3, "3番の記録がなく（次は4番）"),
    (["DELETE FROM audit_field WHERE seq = 1", "DELETE FROM audit WHERE seq = 1"], 1, "1番の記録がなく"),
    (["DELETE FROM audit_field WHERE seq = 6", "DELETE FROM audit WHERE seq = 6"], 6, "末尾が控えと合わず、6番"),
    (["INSERT INTO audit SELECT 7, at, kind, subject, hash FROM audit WHERE seq = 6"], 7, "7番の記録が"),
    (["INSERT INTO audit SELECT 0, at, kind, subject, hash FROM audit WHERE seq = 6"], 1, "0番という"),
    (["UPDATE audit_head SET seq = 5"], 7, "末尾"),
    (["UPDATE audit_head SET hash = 'a'"], 7, "末尾"),
    (["DELETE FROM audit_head"], 7, "末尾"),
    (  # two entries change places
        [
            f"INSERT INTO audit SELECT {b}, x.at, x.kind, x.subject, x.hash FROM audit x WHERE seq = {a}; "
            f"UPDATE audit_field SET seq = {b} WHERE seq = {a}; DELETE FROM audit WHERE seq = {a}"
            for a, b in ((2, 99), (3, 2), (99, 3))
        ],
        2,
        "ハッシュと合わず",
    ),
]


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_shows_at_the_entry(kind: str, tmp_path: Path) -> None:
    audit = Audit(open_database(Settings(index=tmp_path / "index", database=database(kind))))
    fill(audit)
    for statements, broken, reason in TAMPERED:
        with audit.engine.execution_options(writes=True).connect() as connection:  # which rolls back
            for statement in statements:
                for part in statement.split("; "):
                    connection.execute(text(part))
            check = verify(connection)
        assert not check.whole, statements
        assert (check.broken, check.entries) == (broken, broken - 1), statements
        assert reason in check.reason, statements
        assert check.reason.endswith("。")
    assert audit.verify().whole
    audit.engine.dispose()


def test_a_chain_computed_anew_or_cut_off_lacks_the_noted_head(audit: Audit) -> None:
    fill(audit)
    noted = audit.head()
    assert audit.verify(noted.hash).whole
    audit.append("answer", {})
    assert audit.verify(noted.hash).whole
    assert audit.verify(GENESIS).whole
    with writing(audit.engine) as connection:  # who can write everything cuts the end off and sets the head
        connection.execute(text("DELETE FROM audit_field WHERE seq > 4"))
        connection.execute(text("DELETE FROM audit WHERE seq > 4"))
        connection.execute(text("UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)"))
    assert audit.verify().whole
    check = audit.verify(noted.hash)
    assert not check.whole
    assert noted.hash in check.reason


def test_a_tampered_value_is_not_shown(audit: Audit) -> None:
    fill(audit)
    with writing(audit.engine) as connection:
        connection.execute(text("UPDATE audit_field SET value = 'x' WHERE seq = 3 AND name = 'question'"))
    with pytest.raises(DatabaseUnusable, match="3番の記録は書き換えられていて"):
        audit.entry(3)


def test_purged_values_are_gone_and_the_chain_still_verifies(audit: Audit) -> None:
    fill(audit)
    head = audit.head().hash
    assert audit.purge([2, 3, 5, 77], ["question", "user", "absent"], "申し出") == 7
    entry, purge = audit.entry(3), audit.entry(7)
    assert entry is not None
    assert purge is not None
    assert entry.purged == {"question", "user"}
    assert set(entry.fields) == {"answer"}
    assert purge.fields == {"names": ["absent", "question", "user"], "entries": [[2, 3], [5, 5]], "reason": "申し出"}
    assert audit.verify(head).whole
    assert audit.purge([2, 3], ["question"], "もう一度") is None
    assert audit.purge([7], ["entries", "reason"], "消去の記録は残る") is None
    assert audit.purge([], ["question"], "なし") is None
    with writing(audit.engine) as connection:
        connection.execute(text("UPDATE audit_field SET value = NULL, salt = NULL WHERE seq = 4 AND name = 'question'"))
    assert audit.verify().broken == 4


def test_no_byte_of_a_purged_value_stays_in_the_files(tmp_path: Path) -> None:
    audit = Audit(open_database(Settings(index=tmp_path / "index")))
    for n in range(300):
        audit.append("answer", {"question": f"secret-{n} " + "長い質問" * 50})
    assert any(b"secret-7 " in file.read_bytes() for file in tmp_path.iterdir())
    audit.purge(range(1, 301), ["question"], "期限")
    assert not any(b"secret-" in file.read_bytes() for file in tmp_path.iterdir())
    assert audit.verify().entries == 301
    audit.engine.dispose()


def test_filters_and_pages(audit: Audit) -> None:
    start = datetime.now(UTC)
    fill(audit, 5)
    middle = datetime.now(UTC)
    audit.append("review", {"user": "u0", "comment": 'よい 100%_"引用"\n改行'}, subject=2)
    audit.append("feedback", {"user": "u1", "comment": "ＡＩの 説明"}, subject=2)

    def found(**filters: Any) -> list[int]:
        seqs = [entry.seq for entry in audit.entries(**filters)]
        assert audit.count(**filters) == len(seqs)
        assert [entry.seq for entry in audit.iterate(**filters)] == seqs[::-1]
        return seqs

    assert found() == [7, 6, 5, 4, 3, 2, 1]
    assert found(kind="answer") == [5, 4, 3, 2, 1]
    assert found(kind="answer", user="u1") == [5, 3, 1]
    assert found(subject=2) == [7, 6]
    assert found(since=middle) == [7, 6]
    assert found(since=start, until=middle, user="u0") == [4, 2]
    assert found(until=start) == []
    assert found(words="質問3") == [3]
    assert found(words="3です") == [3]
    assert found(words="質問 4") == [4]
    assert found(words="sentences") == []  # the name of a key is no word
    assert found(words="100%_") == [6]
    assert found(words="1%") == []
    assert found(words='"引用"') == [6]
    assert found(words="ai") == [7]
    assert found(words="ＡＩ 説明") == [7]
    assert found(words="  ", user="", kind="") == [7, 6, 5, 4, 3, 2, 1]
    assert [e.seq for e in audit.entries(limit=2)] == [7, 6]
    assert [e.seq for e in audit.entries(limit=2, before=6)] == [5, 4]
    assert [e.seq for e in audit.entries(limit=1, words="質問2")] == [2]
    assert audit.entries(limit=0) == []


def test_an_export_of_many_streams_while_others_append(audit: Audit) -> None:
    with writing(audit.engine) as connection:
        for n in range(1201):
            append(connection, "answer", {"question": str(n)})
    entries = audit.iterate()
    first = next(entries)
    audit.append("answer", {"question": "later"})
    seqs = [first.seq, *(entry.seq for entry in entries)]
    assert seqs == list(range(1, 1203))
    assert len(audit.entries(limit=1000)) == 1000
    assert audit.verify().whole


def test_ranges() -> None:
    assert ranges([5, 1, 2, 3, 9, 8]) == [(1, 3), (5, 5), (8, 9)]
    assert ranges([]) == []


@pytest.fixture
def command(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("TENKYO_INDEX", str(settings.index))
    monkeypatch.setenv("TENKYO_DATABASE", settings.database)
    monkeypatch.chdir(tmp_path)
    return settings


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_commands(command: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "audit", "verify")[0] == 2
    audit = Audit(open_database(command))
    fill(audit, 2)
    audit.append("review", {"user": "u0", "comment": "=1+1\x1b[31m", "answer": None}, subject=1)
    head = audit.head().hash
    code, out, _ = run(capsys, "audit", "verify", "--head", head)
    assert (code, f"末尾のハッシュ: {head}" in out, "3件" in out) == (0, True, True)
    assert run(capsys, "audit", "verify", "--head", "1" * 64)[0] == 1
    assert run(capsys, "audit", "verify", "--head", "abc")[0] == 2
    out = run(capsys, "audit", "list", "--user", "u0")[1]
    assert [line.split()[0] for line in out.splitlines()] == ["3", "2"]
    assert "\x1b" not in out
    assert run(capsys, "audit", "list", "--since", "令和50年")[1] == run(capsys, "audit", "list", "--until", "2020")[1] == ""
    assert len(run(capsys, "audit", "list", "--since", "0001", "--until", "9999", "-n", "1")[1].splitlines()) == 1
    assert run(capsys, "audit", "list", "-n", "0")[0] == 2
    assert json.loads(run(capsys, "audit", "show", "1")[1])["fields"]["question"] == "質問1は何ですか"
    assert run(capsys, "audit", "show", "9")[0] == 2
    assert run(capsys, "audit", "export", "log.csv")[0] == 0
    with (tmp_path / "log.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["種類"] for row in rows] == ["回答", "回答", "確認"]
    assert rows[2]["コメント"].startswith("'=1+1")
    assert (rows[0]["回答"], rows[2]["対象"], rows[2]["ハッシュ"]) == ("1です。", "1", head)
    assert run(capsys, "audit", "export", "log.jsonl", "--kind", "review")[0] == 0
    assert [json.loads(line)["seq"] for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()] == [3]
    assert run(capsys, "audit", "export", "log.txt")[0] == 2
    assert run(capsys, "audit", "purge")[0] == run(capsys, "audit", "purge", "--older-than", "0")[0] == 2
    assert "0件" in run(capsys, "audit", "purge", "--older-than", "1")[1]
    with writing(audit.engine) as connection:
        connection.execute(text("UPDATE audit SET kind = 'x' WHERE seq = 2"))
    code, out, _ = run(capsys, "audit", "verify")
    assert code == 1
    assert "2番の記録" in out
    audit.engine.dispose()


def test_the_command_starts_without_sqlalchemy() -> None:
    code = "import sys, ui.command; ui.command._parser(); sys.exit(any(m.startswith(('sqlalchemy', 'alembic')) for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_threads_share_one_log(audit: Audit) -> None:
    threads = [threading.Thread(target=fill, args=(audit, 10)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.verify().entries == 80
