"""Speed, as ratios measured in one run: terms against bare MeCab, retrieval against the plain recipe, and the whole paths."""

from __future__ import annotations

import json
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
from ingest.inputs import SourceFile
from rag.encoder import BUNDLED
from rag.errors import InputError
from rag.types import Document

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

    from rag.assistant import Assistant
    from rag.settings import Settings
    from rag.snapshot import Snapshot
    from rag.types import Passage

T = TypeVar("T")
TERM_CHARACTERS = 400_000
TERM_PASSAGES = 2_000
LIMIT = 300
QUESTIONS = 100
PLAIN_QUESTIONS = 30
_PLAIN = "LangChainの素の手順"
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


def bench(data: Sequence[Path], index: Path | None, settings: Settings, progress: Progress, limit: int = LIMIT) -> list[Measure]:
    """Measure ingesting and searching the first `limit` documents of the data against the plain recipe over the same, in one run.

    What the recipe is not measured against is measured on the given index, or on the fresh one where none is given. Raises InputError
    where the data, the recipe's packages or the command are missing, and what opening an index raises.
    """
    from ingest.build import ingest
    from rag.assistant import Assistant

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        fresh = folder / "index"
        texts = _sample(data, limit, folder / "documents.jsonl")
        progress("文書を取り込んでいます")
        seconds, summary = timed(lambda: ingest([folder / "documents.jsonl"], fresh, settings=settings, progress=_silent))
        progress("LangChainの素の手順で同じ文書を取り込んでいます")
        theirs, plain = _plain(texts)
        name = f"取り込み（{summary.documents}文書、{summary.passages}段落）"
        measures = [Measure(name, summary.characters / seconds, "字/秒", summary.characters / theirs, _PLAIN)]
        assistant = Assistant.open(fresh, settings)
        stack.enter_context(assistant.snapshot)
        passages = all_passages(assistant.snapshot)
        if not passages:
            raise InputError("測る文書がありません。--data に文書のあるフォルダを指定してください。")
        questions = probes(passages)
        progress("検索語の導出を測っています")
        measures.append(_terms([p.text for p in passages[:TERM_PASSAGES]]))
        progress("検索と回答を測っています")
        measures.append(_retrieval(assistant, plain, len(passages), questions, probes(passages, others=True)))
        if index is not None:
            assistant = Assistant.open(index, settings)
            stack.enter_context(assistant.snapshot)
            measures += _alone(assistant, questions)
        measures.append(_answers(assistant, questions))
        progress("コマンドの起動からの時間を測っています")
        return [*measures, _cold(index or fresh, questions[0])]


def _sample(data: Sequence[Path], limit: int, file: Path) -> list[str]:
    """Write the first documents of the data as JSON Lines; returns their texts."""
    from ingest.sources import discover, load

    found: list[str] = []
    with file.open("w", encoding="utf-8") as out:
        for source in discover(data, lambda caution: None):
            for item in load(source) if isinstance(source, SourceFile) else ():
                if isinstance(item, Document) and len(found) < limit:
                    found.append(item.text)
                    out.write(json.dumps({"title": item.title, "text": item.text}, ensure_ascii=False) + "\n")
            if len(found) >= limit:
                break
    if not found:
        raise InputError("測る文書がありません。--data に文書のあるフォルダを指定してください。")
    return found


def _plain(texts: Sequence[str]) -> tuple[float, BaseRetriever]:
    """The seconds that the plain recipe takes to ingest the texts, imports left out, and its retriever."""
    try:
        from eval.recipe import plain_encoder, plain_retriever, plain_split, plain_words
    except ImportError as error:
        raise InputError(
            f"比べる相手の部品「{error.name}」がないので、「pip install langchain-text-splitters rank-bm25」で入れてください。"
        ) from error
    words, encode = plain_words(), plain_encoder(str(BUNDLED))
    encode(["あ"])
    return timed(lambda: plain_retriever(plain_split(texts), words, encode, DEPTH))


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


def probes(passages: Sequence[Passage], count: int = QUESTIONS, *, others: bool = False) -> list[str]:
    """Questions out of evenly chosen passages, or out of the `others` between them: the beginning of the longest unit of each."""
    step = max(1, len(passages) // count)
    chosen = passages[step // 2 if others else 0 :: step][:count]
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


def _retrieval(
    assistant: Assistant, plain: BaseRetriever, passages: int, questions: Sequence[str], others: Sequence[str]
) -> Measure:
    """Search against the plain recipe; both warmed by other questions, imports and building left out."""
    for question in others:
        assistant.search(question, DEPTH)
    for question in others[: PLAIN_QUESTIONS // 3]:
        plain.invoke(question)
    ours = median_seconds(lambda q: assistant.search(q, DEPTH), questions)
    theirs = median_seconds(plain.invoke, questions[:PLAIN_QUESTIONS])
    return Measure(f"検索 p50（{passages}段落）", ours * 1000, "ミリ秒", theirs * 1000, _PLAIN)


def _alone(assistant: Assistant, questions: Sequence[str]) -> list[Measure]:
    """Search on an index that is too large for the plain recipe, once its parts have been read from the disk."""
    for question in questions:
        assistant.search(question, DEPTH)
    taken = sorted(timed(partial(assistant.search, question, DEPTH))[0] for question in questions)
    size = f"（{assistant.snapshot.size}段落）"
    return [
        Measure(f"検索 p50{size}", 1000 * statistics.median(taken), "ミリ秒"),
        Measure(f"検索 p99{size}", 1000 * taken[min(len(taken) - 1, len(taken) * 99 // 100)], "ミリ秒"),
    ]


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
