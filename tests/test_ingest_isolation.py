"""Readers that hang, crash, eat memory or raise, in real processes: each costs its own file alone."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.inputs import Skipped, SourceFile
from ingest.isolation import Read, read_all
from rag.types import Document

READERS = """
import ctypes, os, subprocess, time
from pathlib import Path
from ingest.inputs import Caution
from ingest.pulse import alive


def hang(file):
    while True:
        pass


def sleep(file):
    subprocess.run(["sleep", "61"])


def hold_the_interpreter(file):
    ctypes.PyDLL(None).sleep(60)


def leave(file):
    os._exit(0)


def segfault(file):
    ctypes.string_at(0)


def eat(file):
    eaten = []
    while True:
        eaten.append(bytes(10_000_000))


def recurse(file):
    return recurse(file)


def key(file):
    yield file.document("前の文書")
    {}["ない"]


def zipped(file):
    from zipfile import ZipFile
    ZipFile(file.path)


def slow(file):
    for _ in range(8):
        time.sleep(0.25)
        alive()
    yield file.document(file.path.read_text())


def large(file):
    yield file.document("あ" * 3_000_000)
    yield Caution(file.source, "大きい。")


def read(file):
    what = file.path.read_text()
    yield from globals()[what](file) or () if what in globals() else [file.document(f"{what} {os.getpid()}")]
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """A reader that does what the file says; a function of a module, so that reader processes can import it."""
    folder = tmp_path_factory.mktemp("readers")
    (folder / "isolation_readers.py").write_text(READERS)
    sys.path.insert(0, str(folder))
    from isolation_readers import read as found  # type: ignore[import-not-found]

    yield found
    sys.path.remove(str(folder))


def files(folder: Path, contents: Sequence[str], suffix: str = ".pdf") -> list[SourceFile]:
    made = []
    for n, content in enumerate(contents):
        path = folder / f"{n:02}{suffix}"
        path.write_text(content)
        made.append(SourceFile(path, path.name, path.stem))
    return made


def children() -> set[str]:
    """The processes below this one that are running, the names of their programs."""
    listed = subprocess.run(
        ["ps", "-ww", "--ppid", str(os.getpid()), "-o", "pid=,args="], capture_output=True, text=True, check=False
    )
    return {line for line in listed.stdout.splitlines() if "readerprocess" in line}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("hang", "1秒たっても"),
        ("hold_the_interpreter", "1秒たっても"),
        ("leave", "異常終了"),
        ("segfault", "異常終了"),
        ("eat", "メモリーの上限（0.3GB）"),
        ("recurse", "入れ子が深すぎる"),
        ("zipped", "圧縮された中身が壊れている"),
    ],
)
def test_a_reader_that_fails_costs_its_own_file_alone(read: Read, tmp_path: Path, what: str, said: str) -> None:
    given = files(tmp_path, ["一", what, "二"])
    results = [(file, list(items)) for file, items in read_all(given, 1, read=read, seconds=1, memory=300 * 2**20)]
    assert [file for file, _ in results] == given
    first, failed, last = (items[0] for _, items in results)
    assert isinstance(first, Document)
    assert first.text.startswith("一 ")
    assert isinstance(failed, Skipped)
    assert failed.source == "01.pdf"
    assert said in failed.reason
    assert isinstance(last, Document)
    assert last.text.startswith("二 ")
    assert not children()


def test_what_was_read_before_an_error_is_kept(read: Read, tmp_path: Path) -> None:
    [(_, items)] = read_all(files(tmp_path, ["key"]), 1, read=read)
    document, skipped = items
    assert isinstance(document, Document)
    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith("中身が書式の決まりに合わないために読めないので、")
    assert "KeyError" in skipped.reason


def test_order_is_kept_and_processes_are_few(read: Read, tmp_path: Path) -> None:
    given = files(tmp_path, ["slow", *"一二三四五六", "large", *"七八"])
    results = [(file, list(items)) for file, items in read_all(given, 2, read=read, seconds=1)]
    assert [file for file, _ in results] == given
    texts = [items[0].text for _, items in results if isinstance(items[0], Document)]
    assert [text[0] for text in texts] == ["s", *"一二三四五六", "あ", *"七八"]  # slow gave signs of life
    assert len(texts[7]) == 3_000_000
    processes = {text.split()[1] for text in texts if " " in text}
    assert 1 <= len(processes) <= 2
    assert str(os.getpid()) not in processes


def test_small_texts_and_json_lines_are_read_here(read: Read, tmp_path: Path) -> None:
    for suffix in (".txt", ".html", ".jsonl", ".zip"):
        [(_, items)] = read_all(files(tmp_path, ["一"], suffix), 2, read=read)
        [document] = items
        assert isinstance(document, Document)
        assert document.text == f"一 {os.getpid()}"


def test_large_texts_are_read_apart(tmp_path: Path) -> None:
    [(_, items)] = read_all(files(tmp_path, ["規程の文。" * 400_000], ".txt"), 2, memory=2**28)
    [document] = items
    assert isinstance(document, Document)
    assert len(document.text) == 2_000_000


def test_nothing_is_left_of_a_run_that_is_given_up(read: Read, tmp_path: Path) -> None:
    results = read_all(files(tmp_path, ["一", "sleep", "hang", "hang"]), 3, read=read)
    next(results)
    assert children()
    begun = time.monotonic()
    results.close()
    assert time.monotonic() - begun < 5
    assert not children()


def test_reader_processes_end_when_this_process_is_killed(read: Read, tmp_path: Path) -> None:
    given = files(tmp_path, ["一", "hang", "slow"])
    program = (
        f"import sys; sys.path[:] = {sys.path!r}; from pathlib import Path; from ingest.inputs import SourceFile\n"
        "from ingest.isolation import read_all; from isolation_readers import read\n"
        f"files = [SourceFile(Path(p), p, p) for p in {[str(file.path) for file in given]!r}]\n"
        "for file, items in read_all(files, 3, read=read, seconds=2): print(file.source, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        listed = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout.split()
        process.kill()
    assert listed
    end = time.monotonic() + 10
    while any(_runs(int(pid)) for pid in listed) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(_runs(int(pid)) for pid in listed)


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
