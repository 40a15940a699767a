"""Many users at once over the app's own WebSocket: a small sample in every run, the long run by `make soak`."""

from __future__ import annotations

import lzma
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from browser import answers, free_port, until
from visitors import Visitor

from ingest.build import ingest

TENKYO = Path(sys.executable).with_name("tenkyo")
LAWS = Path(__file__).parents[2] / "shared" / "data" / "laws_2013.jsonl.xz"
QUESTIONS = (
    "日当はいくらですか",
    "届出の期限はいつまでですか",
    "許可を受けなければならないのは誰ですか",
    "罰金はいくら以下ですか",
    "委員の任期は何年ですか",
)


def memory(process: int) -> float:
    """The GiB that a process and its children have for themselves."""
    ids = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True).stdout.split()
    total = 0
    for pid in (process, *map(int, ids)):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 2**20


def visit(port: int, asked: int, pause: float, seconds: list[float], problems: list[str], first: float) -> None:
    time.sleep(first)
    visitor = Visitor(port)
    try:
        visitor.open()
        for n in range(asked):
            begun = time.perf_counter()
            taken = visitor.ask(QUESTIONS[n % len(QUESTIONS)])
            seconds.append(taken)
            if "tk-measure" not in "".join(visitor.html):
                problems.append(f"no answer: {visitor.html[-1:]}")
            time.sleep(max(0.0, pause - (time.perf_counter() - begun)))
        visitor.close()
        problems += visitor.problems
    except Exception as error:
        problems.append(repr(error))


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("users", "asked", "pause"), [(4, 2, 1.0), pytest.param(30, 30, 10.0, marks=pytest.mark.soak)])
def test_many_users_at_once(regulations: Path, tmp_path: Path, users: int, asked: int, pause: float) -> None:
    docs = [regulations]
    if users > 10 and LAWS.is_file():
        with lzma.open(LAWS, "rt", encoding="utf-8") as file, (tmp_path / "laws.jsonl").open("w", encoding="utf-8") as out:
            out.writelines(line for _, line in zip(range(240), file, strict=False))
        docs.append(tmp_path / "laws.jsonl")
    ingest(docs, tmp_path / "data" / "index", progress=lambda line: None)
    port = free_port()
    app = subprocess.Popen([TENKYO, "ui", "--index", tmp_path / "data" / "index", "--port", str(port)], stdout=subprocess.DEVNULL)
    seconds: list[float] = []
    problems: list[str] = []
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/_stcore/health"))
        visit(port, 1, 0, [], problems, 0)
        threads = [
            threading.Thread(target=visit, args=(port, asked, pause, seconds, problems, pause * n / users)) for n in range(users)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        used = memory(app.pid)
    finally:
        app.terminate()
        app.wait()
        shutil.rmtree(tmp_path / "data", ignore_errors=True)
    assert not problems
    assert len(seconds) == users * asked
    seconds.sort()
    p50, p95 = (seconds[int(share * len(seconds))] for share in (0.5, 0.95))
    print(f"{len(seconds)} answers, p50 {p50:.2f} s, p95 {p95:.2f} s, {used:.2f} GiB")  # noqa: T201 - what was measured
    assert used < 3
