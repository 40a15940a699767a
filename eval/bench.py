"""Speed, as ratios measured in one run: terms against bare MeCab, retrieval against the plain recipe, and the whole paths."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from eval.batch import Progress
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.settings import Settings
    from rag.snapshot import Snapshot
    from rag.types import Passage

T = TypeVar("T")
TERM_CHARACTERS = 400_000
QUESTIONS = 100
QUESTION_LENGTH = 30
DEPTH = 10
COLD_RUNS = 5


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `ratio` is how many times as fast ours is as `plain`, the figure of what it is compared with."""

    name: str
    value: float
    unit: str
    plain: float | None = None
    against: str = ""

    @property
    def ratio(self) -> float | None:
        """Above 1 where ours is faster."""
        if self.plain is None:
            return None
        return self.value / self.plain if self.unit == "字/秒" else self.plain / self.value

    def line(self) -> str:
        """The figure as it is printed."""
        compared = (
            f"（{self.against} {self.plain:,.2f} {self.unit} の {self.ratio:.2f} 倍の速さ）" if self.plain is not None else ""
        )
        return f"{self.name}: {self.value:,.2f} {self.unit}{compared}"


def bench(data: Sequence[Path], index: Path | None, settings: Settings, progress: Progress) -> list[Measure]:
    """Ingest the data into a fresh index, then measure on the given index, or on the fresh one where none is given.

    Raises InputError where the data or the command is missing or gives no passage, and what opening an index raises.
    """
    from ingest.build import ingest
    from rag.assistant import Assistant

    with ExitStack() as stack:
        fresh = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "index"
        progress("文書を取り込んでいます")
        seconds, summary = timed(lambda: ingest(data, fresh, settings=settings, progress=_silent))
        measures = [
            Measure(f"取り込み（{summary.documents}文書、{summary.passages}段落）", summary.characters / seconds, "字/秒")
        ]
        place = index or fresh
        assistant = Assistant.open(place, settings)
        stack.enter_context(assistant.snapshot)
        passages = all_passages(assistant.snapshot)
        if not passages:
            raise InputError("測る文書がありません。--data に文書のあるフォルダを指定してください。")
        questions = probes(passages)
        progress("検索語の導出を測っています")
        measures.append(_terms([p.text for p in passages]))
        progress("検索と回答を測っています")
        measures += [_retrieval(assistant, passages, questions), _answers(assistant, questions)]
        progress("コマンドの起動からの時間を測っています")
        return [*measures, _cold(place, questions[0])]


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """The seconds that the work takes, and what it gives."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def median_seconds(work: Callable[[str], object], questions: Iterable[str]) -> float:
    """The median seconds of the work over the questions."""
    return statistics.median(timed(partial(work, question))[0] for question in questions)


def all_passages(snapshot: Snapshot) -> list[Passage]:
    """Every passage of every version."""
    return [p for row in snapshot.documents() for p in snapshot.passages(row.id, row.version)]


def probes(passages: Sequence[Passage], count: int = QUESTIONS) -> list[str]:
    """Questions out of evenly chosen passages: the beginning of the longest unit of each."""
    chosen = passages[:: max(1, len(passages) // count)][:count]
    longest = [max((u.span for u in p.units), key=len, default=p.span) for p in chosen]
    words = [p.text[s.start - p.span.start :][:QUESTION_LENGTH] for p, s in zip(chosen, longest, strict=True)]
    return [f"{' '.join(w.split())}とは何ですか。" for w in words]


def _mecab(options: str = "") -> Callable[[str], str]:
    """MeCab as it comes, with the dictionary that our terms are derived with."""
    import unidic_lite
    from fugashi import GenericTagger

    parse: Callable[[str], str] = GenericTagger(f'{options} -r /dev/null -d "{unidic_lite.DICDIR}"').parse
    return parse


def _terms(texts: Sequence[str]) -> Measure:
    """Term derivation against MeCab alone, with its features as one string, over the texts repeated; the best of three."""
    from rag.terms import terms

    parse = _mecab()
    size = sum(map(len, texts))
    repeated = list(texts) * max(1, TERM_CHARACTERS // size)

    def speed(work: Callable[[str], object]) -> float:
        best = min(timed(lambda: [work(text) for text in repeated])[0] for _ in range(3))
        return sum(map(len, repeated)) / best

    return Measure("検索語の導出", speed(terms), "字/秒", speed(parse), "素のMeCab")


def _retrieval(assistant: Assistant, passages: Sequence[Passage], questions: Sequence[str]) -> Measure:
    """Search against the plain recipe on the same passages with the same encoder; both warm, imports and building left out."""
    from eval.recipe import plain_retriever

    parse = _mecab("-O wakati")
    plain = plain_retriever(
        [p.text for p in passages], lambda text: parse(text).split(), assistant.encoder.encode_passages, DEPTH
    )
    for warm in (plain.invoke, lambda q: assistant.search(q, DEPTH)):
        warm(questions[0])
    ours = median_seconds(lambda q: assistant.search(q, DEPTH), questions)
    theirs = median_seconds(plain.invoke, questions)
    return Measure(f"検索 p50（{len(passages)}段落）", ours * 1000, "ミリ秒", theirs * 1000, "LangChainの素の手順")


def _answers(assistant: Assistant, questions: Sequence[str]) -> Measure:
    assistant.ask(questions[0])
    return Measure("回答 p50（起動後）", median_seconds(assistant.ask, questions) * 1000, "ミリ秒")


def _cold(index: Path, question: str) -> Measure:
    """`tenkyo ask` as a process of its own, from its start to its end: the median of a few."""
    command = Path(sys.executable).with_name("tenkyo")
    if not command.is_file():
        raise InputError(f"コマンド「{command}」がありません。pip install -e . で入れてください。")

    def ask(_: str) -> None:
        done = subprocess.run([command, "ask", "--index", index, "--", question], capture_output=True, check=False)
        if done.returncode:
            raise InputError(f"tenkyo ask が失敗しました: {done.stderr.decode(errors='replace').strip()}")

    return Measure(f"tenkyo ask（起動から終了まで、{COLD_RUNS}回の中央値）", median_seconds(ask, [question] * COLD_RUNS), "秒")


def _silent(_: str) -> None:
    pass
