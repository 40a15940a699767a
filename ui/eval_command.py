"""The commands of evaluation: `eval` in each of its formats, and `questions`, which drafts what is to be asked."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import InputError
from rag.settings import Settings
from ui.terminal import DONE, as_json, end_progress, incomplete, progress, tell

if TYPE_CHECKING:
    from eval.ablation import Ablation
    from eval.evaluation import Evaluation
    from rag.assistant import Assistant

Command = Callable[[str, object, str], argparse.ArgumentParser]
"""Adds a command of a name, what runs it, and its help."""
Index = Callable[[argparse.ArgumentParser], None]
"""Adds the option that names the index."""


def add_commands(command: Command, index: Index) -> None:
    """Add `eval` and `questions` to the command."""
    sub = command("eval", _eval, "正解つきの質問で評価する")
    sub.add_argument(
        "gold", type=Path, metavar="GOLD", help="JSONL、または 質問・正解・出典 の列があるCSVかExcel（--format ごとの形も）"
    )
    sub.add_argument("--report", type=Path, metavar="DIR", help="報告の出力先")
    sub.add_argument("--baseline", type=Path, metavar="DIR", help="比べる前回の報告")
    sub.add_argument(
        "--gates", type=Path, metavar="FILE", help="満たすべき指標のYAML（例: eval/gates.yaml）。満たさなければ終了コード1"
    )
    sub.add_argument(
        "--ablation", action="store_true", help="部分を一つずつ外しても評価し、比べた表だけを示す（--reportには表も書く）"
    )
    sub.add_argument(
        "--judge", action="store_true", help="環境変数TENKYO_MODELのモデルにも回答を判定させる（参考。ほかの指標とは別に示す）"
    )
    sub.add_argument(
        "--format",
        choices=tuple(_RUNS),
        default="tenkyo",
        help="GOLDの形式（squadは段落、beirは文書のすべてから索引を作って測る。choiceは法令の選択式の問題を照合で解く。"
        "claimsは主張と典拠の組で照合を測る）",
    )
    sub.add_argument(
        "--limit", type=int, metavar="N", help="squad、beir、choice: はじめのN問だけを測る。--judge: はじめのN件だけを判定する"
    )
    sub.add_argument("--jobs", type=int, default=0, metavar="N", help="並列数（既定: 質問が多ければコア数、少なければ1）")
    index(sub)

    sub = command("questions", _questions, "登録文書から評価用の質問の下書きを作る")
    sub.add_argument("--out", type=Path, required=True, metavar="DRAFTS.csv|DRAFTS.jsonl")
    sub.add_argument("--count", type=int, default=100, metavar="N", help="下書きの数（既定: 100）")
    index(sub)


def check_jobs(jobs: int) -> None:
    """Raise InputError for a number of processes that there cannot be."""
    if jobs < 0:
        raise InputError(f"並列数「{jobs}」は使えないので、0以上の整数にしてください。")


def _eval(options: argparse.Namespace, settings: Settings) -> int:
    check_jobs(options.jobs)
    if options.limit is not None and options.limit < 1:
        raise InputError(f"問の数「{options.limit}」は使えないので、1以上の整数にしてください。")
    if options.ablation and settings.without:
        raise InputError("--ablation は部分を一つずつ外すので、環境変数TENKYO_WITHOUTの指定を外してください。")
    if options.judge and not settings.model:
        raise InputError("--judge はモデルに判定させるので、環境変数TENKYO_MODELにモデルを設定してください。")
    run, taken = _RUNS[options.format]
    for name in _OPTIONS:
        if getattr(options, name) and name not in taken:
            raise InputError(f"--{name} は --format {options.format} では使えないので、外してください。")
    if options.limit is not None and options.format == "tenkyo" and not options.judge:
        raise InputError("--limit は --format tenkyo では --judge と一緒にだけ使えるので、外してください。")
    return run(options, settings)


def _claims(options: argparse.Namespace, settings: Settings) -> int:
    from eval.claimscore import render, score_file

    table, problems = score_file(options.gold, settings)
    _write(options.report, {"figures.json": as_json(table.as_json()), "claims.md": render(table)})
    print(render(table), end="")
    return incomplete(problems)


def _gold(options: argparse.Namespace, settings: Settings) -> int:
    from eval.report import evaluate, told
    from rag.assistant import Assistant

    assistant = Assistant.open(settings.index, settings)
    result = evaluate(assistant, options.gold, options.report, options.baseline, progress, options.gates, options.jobs)
    end_progress()
    if options.ablation:
        from eval.ablation import over_gold

        _show(over_gold(assistant, options.gold, result, tell), options.report)
    else:
        print("\n".join(told(result)))
    judged = _judged(options, assistant, result) if options.judge else []
    worse = options.gates is None and result.comparison is not None and result.comparison.worse
    return incomplete([*result.problems, *judged, *result.broken, *(["前回より悪くなった質問があります。"] if worse else [])])


def _judged(options: argparse.Namespace, assistant: Assistant, result: Evaluation) -> list[str]:
    """What a model says of the answers, printed and written after all else; what it failed at."""
    from eval.judge import judge

    found = judge(assistant, result.scores, progress, options.limit)
    end_progress()
    print("\n".join(["", *found.told()]))
    _write(options.report, {"judge.json": as_json(found.as_json())})
    return found.problems


def _squad(options: argparse.Namespace, settings: Settings) -> int:
    from eval.squad import measure

    table = None
    if options.ablation:
        from eval.ablation import over_squad

        figures, table = over_squad(options.gold, tell, settings, options.limit, options.jobs)
    else:
        figures = measure(options.gold, progress, settings, options.limit, options.jobs)
        end_progress()
    _write(options.report, {"figures.json": as_json(figures.as_json())})
    if table:
        _show(table, options.report)
    else:
        print(as_json(figures.as_json()))
    return incomplete(figures.problems)


def _beir(options: argparse.Namespace, settings: Settings) -> int:
    from eval.beir import measure

    figures = measure(options.gold, progress, settings, options.limit, options.jobs)
    end_progress()
    _write(options.report, {"figures.json": as_json(figures.as_json())})
    print(as_json(figures.as_json()))
    return incomplete(figures.problems)


def _choice(options: argparse.Namespace, settings: Settings) -> int:
    from eval.choice import measure
    from rag.assistant import Assistant
    from rag.snapshot import current_name

    searched = options.index is not None or current_name(settings.index) is not None
    assistant = Assistant.open(settings.index, settings) if searched else None
    figures = measure(options.gold, progress, assistant, options.limit, options.jobs)
    end_progress()
    _write(options.report, {"figures.json": as_json(figures.as_json()), "choices.jsonl": "".join(figures.lines())})
    print("\n".join(figures.told()))
    return incomplete(figures.problems)


def _questions(options: argparse.Namespace, settings: Settings) -> int:
    from eval.proposalfile import write
    from eval.proposals import proposals
    from rag.snapshot import Snapshot

    if options.count < 1:
        raise InputError(f"下書きの数「{options.count}」は使えないので、1以上の整数にしてください。")
    with Snapshot.open(settings.index) as snapshot:
        drafts = proposals(snapshot, options.count)
    write(options.out, drafts)
    print(
        f"質問の下書き{len(drafts)}件を「{options.out}」に書き出しました。使う質問の「採用」（JSONLではstatus）に○を書いてください。"
    )
    return DONE


_OPTIONS = ("baseline", "gates", "ablation", "judge", "limit")
_RUNS: dict[str, tuple[Callable[[argparse.Namespace, Settings], int], Sequence[str]]] = {
    "tenkyo": (_gold, _OPTIONS),
    "squad": (_squad, ("ablation", "limit")),
    "beir": (_beir, ("limit",)),
    "choice": (_choice, ("limit",)),
    "claims": (_claims, ()),
}
"""What runs each format of a gold set, and the options that it takes."""


def _write(folder: Path | None, files: dict[str, str]) -> None:
    """Write the files into the folder of a report, where there is one, each put in place whole."""
    from eval.files import whole_file

    if folder:
        for name, words in files.items():
            with whole_file(folder / name) as file:
                file.write(words)


def _show(table: Ablation, folder: Path | None) -> None:
    """Print the table of an ablation, and write it into the report where there is one."""
    if folder:
        table.write(folder)
    print(table.markdown(), end="")
