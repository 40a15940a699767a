"""Kills and load: a small sample in every run, the long run by `make soak`."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ingest.build import ingest
from rag.assistant import Assistant
from rag.errors import IndexMissing
from rag.snapshot import Snapshot

TENKYO = Path(sys.executable).with_name("tenkyo")
LONG = pytest.param(100, marks=pytest.mark.soak)


def write_versions(docs: Path, amount: int) -> None:
    docs.mkdir(exist_ok=True)
    for n in range(30):
        text = "".join(f"第{i}条　規程{n}の手当は、{amount}円とする。ただし、第{i + 1}条の場合を除く。\n" for i in range(1, 40))
        (docs / f"rule{n}.txt").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("kills", [3, LONG])
def test_an_ingest_killed_at_any_moment_leaves_a_whole_index(tmp_path: Path, kills: int) -> None:
    docs, index = tmp_path / "docs", tmp_path / "i"
    chance = random.Random(kills)
    amounts = {100}
    write_versions(docs, 100)
    ingest([docs], index, progress=lambda line: None)
    for kill in range(kills):
        amount = 1000 + kill
        amounts.add(amount)
        write_versions(docs, amount)
        running = subprocess.Popen(
            [TENKYO, "ingest", docs, "--index", index], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.2, 2.5))
        running.send_signal(signal.SIGKILL)
        running.wait()
        with Snapshot.open(index) as snapshot:
            texts = {
                snapshot.document(row.id, row.version).text.split("手当は、")[1].split("円")[0] for row in snapshot.documents()
            }
            assert len(snapshot.documents()) == 30
        assert len(texts) == 1
        assert int(texts.pop()) in amounts
    ingest([docs], index, progress=lambda line: None)
    assert not list((index / "snapshots").glob(".building*"))
    assert f"{1000 + kills - 1}円" in Assistant.open(index).ask("規程5の手当はいくらですか").text


@pytest.mark.parametrize("rounds", [2, pytest.param(40, marks=pytest.mark.soak)])
def test_threads_share_an_assistant_while_ingests_switch_the_index(regulations: Path, tmp_path: Path, rounds: int) -> None:
    index = tmp_path / "i"
    ingest([regulations], index, progress=lambda line: None)
    assistant = Assistant.open(index)
    expected = assistant.ask("課長の日当はいくらですか").sentences
    failures: list[str] = []

    def ask() -> None:
        for _ in range(5 * rounds):
            if assistant.ask("課長の日当はいくらですか").sentences != expected:
                failures.append("another answer")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    extra = tmp_path / "extra"
    extra.mkdir()
    for n in range(rounds):
        (extra / "x.txt").write_text(f"第一条　備品{n}を管理する。\n", encoding="utf-8")
        ingest([extra], index, progress=lambda line: None)
    for thread in threads:
        thread.join()
    assert not failures


def test_two_ingests_at_once_and_a_folder_without_an_index(regulations: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        Snapshot.open(tmp_path / "i")
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    both = [
        subprocess.Popen(
            [TENKYO, "ingest", regulations, "--index", tmp_path / "i"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            text=True,
        )
        for _ in range(2)
    ]
    outcomes = [(run.communicate(timeout=120)[1], run.returncode) for run in both]
    assert sorted(code for _, code in outcomes) in ([0, 0], [0, 2])
    assert all("進行中" in error for error, code in outcomes if code == 2)
    done = subprocess.run(
        [TENKYO, "ask", "課長の日当はいくらですか", "--json", "--index", tmp_path / "i"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "２，５００円" in json.loads(done.stdout)["answer"]
