"""The `tenkyo` command: one function a subcommand. Heavy modules are imported inside them, so that the command starts fast."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import InputError, TenkyoError
from rag.settings import Settings
from ui.audit_command import add_commands as add_audit
from ui.eval_command import add_commands as add_eval
from ui.eval_command import check_jobs
from ui.terminal import DONE, INCOMPLETE, UNUSABLE, as_json, end_progress, incomplete, progress, tell

if TYPE_CHECKING:
    from ingest.build import Summary
    from rag.generate import Writer
    from rag.types import Answer

REPORTED = 2_000_000
"""Characters of new documents up to which an ingest looks for what is to be alarmed of in them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code. Errors become one Japanese sentence on stderr."""
    try:
        options = _parser().parse_args(arguments)
        return int(options.run(options, _settings(options)))
    except TenkyoError as error:
        print(f"エラー: {error}", file=sys.stderr)
        return UNUSABLE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("中断しました。", file=sys.stderr)
        return UNUSABLE


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        for pattern, said in _USAGE:
            message = pattern.sub(said, message)
        raise InputError(f"コマンドの使い方が正しくないので（{message}）、「{self.prog} --help」で使い方を確かめてください。")


_USAGE = (
    (re.compile(r"the following arguments are required: (.+)"), r"\1がありません"),
    (re.compile(r"unrecognized arguments: (.+)"), r"「\1」という指定はありません"),
    (re.compile(r"argument ([^:]+): invalid int value: '(.*)'"), r"\1の「\2」は整数ではありません"),
    (
        re.compile(r"argument ([^:]+): invalid choice: '?(.*?)'? \(choose from (.*)\)"),
        r"\1の「\2」は選べません。選べるのは\3です",
    ),
    (re.compile(r"argument ([^:]+): expected (?:one|at least one) argument"), r"\1の値がありません"),
    (re.compile(r"ambiguous option: (\S+) could match (.+)"), r"「\1」は\2のどれか決まりません"),
)
"""What argparse says in English, in Japanese."""


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="tenkyo", description="典拠: 登録文書だけから、典拠の文言を示して答える。")
    commands = parser.add_subparsers(title="コマンド", required=True, metavar="コマンド")

    def command(name: str, run: object, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        return sub

    def index(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--index", type=Path, metavar="DIR", help="索引のフォルダー（既定: 環境変数TENKYO_INDEX、なければvar/index）"
        )

    def as_of(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--as-of", metavar="DATE", help="この日に施行されている版で答える（既定: 今日）")

    sub = command("ingest", _ingest, "文書を索引に登録する")
    sub.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    sub.add_argument("--jobs", type=int, default=0, metavar="N", help="並列数（既定: コア数）")
    sub.add_argument("--report", type=Path, metavar="FILE", help="結果と、新しい文書ごとの報告をJSONで書き出す")
    sub.add_argument("--sync", action="store_true", help="前にそのフォルダーから登録し、いまはない文書を索引から外す")
    index(sub)

    sub = command("fetch", _fetch, "公開されている文書を取得する")
    sub.add_argument("sources", type=Path, metavar="SOURCES.yaml")
    sub.add_argument(
        "--out", type=Path, default=Path("var/fetched"), metavar="DIR", help="取得先のフォルダー（既定: var/fetched）"
    )

    sub = command("ask", _ask, "質問に答える")
    sub.add_argument("question", metavar="質問")
    sub.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="前の質問",
        help="前にした質問の続きとして答える（古い順に何度でも指定できる）",
    )
    sub.add_argument("--json", action="store_true", help="JSONで出力する")
    as_of(sub)
    index(sub)

    sub = command("search", _search, "語句に近い箇所を探す")
    sub.add_argument("text", metavar="語句")
    sub.add_argument("-k", type=int, default=10, metavar="N", help="件数（既定: 10）")
    sub.add_argument("--json", action="store_true", help="JSONで出力する")
    as_of(sub)
    index(sub)

    sub = command("verify", _verify, "文章を一文ずつ文書と照らし合わせる")
    sub.add_argument("file", metavar="FILE", help="確かめる文章のファイル（Word、PDFなども読める。- は標準入力）")
    sub.add_argument("--json", action="store_true", help="JSONで出力する")
    sub.add_argument("--csv", type=Path, metavar="OUT.csv", help="結果をCSVでも書き出す")
    sub.add_argument("--markdown", type=Path, metavar="OUT.md", help="結果をMarkdownでも書き出す")
    as_of(sub)
    index(sub)

    sub = command("batch", _batch, "質問の一覧にまとめて答える")
    sub.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl")
    sub.add_argument("--out", type=Path, required=True, metavar="ANSWERS.jsonl")
    sub.add_argument("--jobs", type=int, default=0, metavar="N", help="並列数（既定: 質問が多ければコア数、少なければ1）")
    as_of(sub)
    index(sub)

    add_eval(command, index)

    docs = command("docs", None, "登録文書を見る・外す")
    actions = docs.add_subparsers(title="操作", required=True, metavar="操作")
    for name, run, help in (
        ("list", _docs_list, "文書と版の一覧"),
        ("show", _docs_show, "文書の条や見出しと本文"),
        ("page", _docs_page, "PDFや画像から登録した文書のページを、文言にしるしをつけて画像に書き出す"),
        ("diff", _docs_diff, "二つの版（または文書）の違いを条ごとに示す"),
        ("report", _docs_report, "文書がどう読み取られたかの報告"),
        ("remove", _docs_remove, "文書を索引から外す"),
        ("dump", _docs_dump, "索引にある本文をファイルに書き出す"),
    ):
        sub = actions.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        if name in ("show", "page"):
            sub.add_argument("id", metavar="ID")
            sub.add_argument("--version", metavar="VERSION", help="版（既定: 今日施行されている版）")
        if name == "page":
            sub.add_argument("--page", type=int, required=True, metavar="N", help="ページの番号（1から）")
            sub.add_argument("--out", type=Path, required=True, metavar="PAGE.png")
            sub.add_argument("--quote", default="", metavar="文言", help="しるしをつける文言")
        if name == "diff":
            sub.add_argument("old", metavar="A", help="ID、ID@版、またはファイル名。Aだけなら、その文書の前の版と今の版を比べる")
            sub.add_argument("new", nargs="?", metavar="B")
        if name == "report":
            sub.add_argument("ids", nargs="*", metavar="ID", help="文書のID（既定: すべて）")
        if name in ("diff", "report"):
            sub.add_argument("--json", action="store_true", help="JSONで出力する")
        if name == "remove":
            sub.add_argument("ids", nargs="+", metavar="ID")
        if name == "dump":
            sub.add_argument("out", type=Path, metavar="DIR")
        index(sub)

    sub = command("train", _train, "同梱の符号化モデルを学習する")
    sub.add_argument("data", type=Path, metavar="DATA", help="学習データのフォルダー")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="モデルの出力先")
    sub.add_argument(
        "--part",
        choices=("encoder", "ranking"),
        default="encoder",
        help="encoder: 符号化モデル、ranking: 検索の重み・文の順位・確からしさ（既定: encoder）",
    )
    sub.add_argument("--steps", type=int, metavar="N", help="encoder: 学習の回数")

    sub = command("bench", _bench, "速さを測る")
    sub.add_argument("--data", nargs="+", type=Path, default=[Path("corpus")], metavar="PATH", help="測る文書（既定: corpus）")
    sub.add_argument("--limit", type=int, default=300, metavar="N", help="はじめのN文書で測る（既定: 300）")
    index(sub)

    add_audit(command, index)

    sub = command("ui", _ui, "画面を起動する")
    sub.add_argument("--port", type=int, default=8501, metavar="N")
    sub.add_argument(
        "--address", default="127.0.0.1", metavar="ADDRESS", help="待ち受けるアドレス（既定: このコンピューターだけ）"
    )
    index(sub)
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    from dataclasses import replace

    settings = Settings.read(os.environ)
    chosen = getattr(options, "index", None)
    return replace(settings, index=chosen) if chosen else settings


def _as_of(options: argparse.Namespace) -> date | None:
    from rag.dates import last_day, parse_partial

    return last_day(parse_partial(options.as_of)) if options.as_of else None


def _ingest(options: argparse.Namespace, settings: Settings) -> int:
    from ingest.build import ingest
    from ui.printing import summary_lines

    check_jobs(options.jobs)
    summary = ingest(options.paths, settings.index, settings=settings, jobs=options.jobs, sync=options.sync, progress=progress)
    end_progress()
    print("\n".join(summary_lines(summary, settings.index)))
    alarmed = _report_documents(summary, settings.index, options.report)
    return INCOMPLETE if summary.skipped or alarmed else DONE


def _report_documents(summary: Summary, index: Path, file: Path | None) -> bool:
    """Print the alarms of the new and changed documents, and write their reports where a file is named; whether there is an alarm.

    Without a file large inputs are left to `docs report`, since a report takes longer than the ingest.
    """
    from eval.files import whole_file
    from ingest.report import report
    from rag.snapshot import Snapshot
    from ui.printing import alarm_lines

    with Snapshot.open(index) as snapshot:
        rows = [row for row in snapshot.documents() if (row.id, row.version) in summary.brought]
        if file is None and sum(row.characters for row in rows) > REPORTED:
            print("文書ごとの報告は「tenkyo docs report」で見られます。")
            return False
        found = [report(snapshot, row) for row in rows]
    if file is not None:
        with whole_file(file) as out:
            out.write(as_json(_summary_json(summary) | {"reports": [r.as_json() for r in found]}))
    print("".join(f"{line}\n" for line in alarm_lines(found)), end="")
    return any(r.alarms for r in found)


def _summary_json(summary: Summary) -> dict[str, object]:
    counts = ("added", "changed", "unchanged", "removed", "documents", "passages", "characters")
    problems = {
        name: [{"source": p.source, "reason": p.reason} for p in getattr(summary, name)] for name in ("skipped", "cautions")
    }
    return {name: getattr(summary, name) for name in counts} | problems


def _fetch(options: argparse.Namespace, settings: Settings) -> int:
    from ingest.fetch import fetch
    from ui.printing import fetch_lines

    summary = fetch(options.sources, options.out, api=settings.egov, progress=tell)
    print("\n".join(fetch_lines(summary, options.out)))
    return INCOMPLETE if summary.failed else DONE


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from rag.answers import to_json
    from rag.assistant import Assistant
    from ui.printing import answer_lines

    assistant = Assistant.open(settings.index, settings)
    on = _as_of(options) or date.today()
    told = 0
    if assistant.writer is not None:
        answer, told = _streamed(assistant.writer, options, on)
    else:
        answer = assistant.ask(options.question, on, options.after)
    lines = answer_lines(answer, assistant.snapshot, on, told)
    print(as_json(to_json(answer, assistant.snapshot)) if options.json else "\n".join(lines))
    return DONE


def _streamed(writer: Writer, options: argparse.Namespace, on: date) -> tuple[Answer, int]:
    """The model's answer, its sentences printed as each is verified, and how many of them were; none where JSON is asked for."""
    from contextlib import closing

    from ui.printing import sentence_line

    told = 0
    with closing(writer.stream(options.question, on, options.after)) as growing:
        for answer in growing:
            if answer.trace and answer.trace.fallback and told:
                print("（ここまでの回答は取り消し、文書からの抜き出しで答えます）\n")
                told = 0
            elif not options.json and not answer.abstained and answer.trace and not answer.trace.fallback:
                for sentence in answer.sentences[told:]:
                    print(sentence_line(sentence), flush=True)
                told = len(answer.sentences)
    return answer, told


def _search(options: argparse.Namespace, settings: Settings) -> int:
    from rag.answers import hit_json
    from rag.assistant import Assistant
    from ui.printing import hit_lines

    if options.k < 1:
        raise InputError(f"件数「{options.k}」は使えないので、1以上の整数にしてください。")
    assistant = Assistant.open(settings.index, settings)
    hits = assistant.search(options.text, options.k, _as_of(options))
    found = [hit_json(h, assistant.snapshot) | {"text": h.passage.text} for h in hits]
    told = hit_lines(hits, assistant.snapshot, date.today())
    print(as_json({"query": options.text, "hits": found}) if options.json else "\n".join(told))
    return DONE


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    from eval.files import whole_file
    from ingest.sources import text_of
    from rag.assistant import Assistant
    from rag.checking import check
    from ui.verdicts import summary, to_json, verdict_lines, write_csv, write_markdown

    text = text_of(sys.stdin.buffer.read()) if options.file == "-" else text_of(Path(options.file))
    assistant = Assistant.open(settings.index, settings)
    checked = list(check(assistant, assistant.verifier.verify, text, _as_of(options)))
    for out, write in ((options.csv, write_csv), (options.markdown, write_markdown)):
        if out is not None:
            with whole_file(out, bom=out.suffix == ".csv") as file:
                write(file, checked)
    print(as_json(to_json(checked)) if options.json else "\n".join((*verdict_lines(checked), summary(checked))))
    return DONE


def _batch(options: argparse.Namespace, settings: Settings) -> int:
    from eval.batch import answer_file
    from rag.assistant import Assistant

    check_jobs(options.jobs)
    assistant = Assistant.open(settings.index, settings)
    outcome = answer_file(assistant, options.questions, options.out, progress, _as_of(options), options.jobs)
    end_progress()
    print(f"{outcome.answered}問に答え、うち{outcome.abstained}問は該当なしでした（{outcome.seconds:.1f}秒）: {options.out}")
    return incomplete(outcome.problems)


def _docs_list(options: argparse.Namespace, settings: Settings) -> int:
    from rag.snapshot import Snapshot
    from ui.printing import document_lines

    with Snapshot.open(settings.index) as snapshot:
        print("\n".join(document_lines(snapshot.documents(), date.today())))
    return DONE


def _docs_show(options: argparse.Namespace, settings: Settings) -> int:
    from rag.dates import current_version
    from rag.snapshot import Snapshot
    from ui.printing import document_lines, passage_lines

    with Snapshot.open(settings.index) as snapshot:
        versions = [row for row in snapshot.documents() if row.id == options.id and options.version in (None, row.version)]
        if not versions:
            raise InputError(
                f"文書「{options.id}」（版: {options.version or '指定なし'}）は索引にないので、「tenkyo docs list」で確かめてください。"
            )
        row = current_version(versions, date.today()) or versions[-1]
        print("\n".join((*document_lines([row], date.today()), *passage_lines(snapshot.passages(row.id, row.version)))))
    return DONE


def _docs_page(options: argparse.Namespace, settings: Settings) -> int:
    from eval.files import whole_file
    from rag.snapshot import Snapshot
    from ui.pageview import quoted_page
    from ui.versions import chosen

    with Snapshot.open(settings.index) as snapshot:
        row = chosen(snapshot, f"{options.id}@{options.version}" if options.version else options.id, date.today())
        image = quoted_page(snapshot, row, options.page, options.quote)
        with whole_file(options.out) as file:
            file.buffer.write(image)
    print(f"「{row.title}」の{options.page}ページを「{options.out}」に書き出しました。")
    return DONE


def _docs_diff(options: argparse.Namespace, settings: Settings) -> int:
    from rag.difference import differences, lines, to_json
    from rag.snapshot import Snapshot
    from ui.printing import version_line
    from ui.versions import pair

    with Snapshot.open(settings.index) as snapshot:
        old, new = pair(snapshot, options.old, options.new, date.today())
        texts = [snapshot.document(row.id, row.version) for row in (old, new)]
        sections = [snapshot.sections(row.id, row.version) for row in (old, new)]
        found = differences(texts[0], sections[0], texts[1], sections[1])
        if options.json:
            print(as_json(to_json(found, texts[0].text, texts[1].text)))
        else:
            print("\n".join((f"－ {version_line(old)}", f"＋ {version_line(new)}", "")))
            print("\n".join(lines(found, texts[0].text, texts[1].text)) or "違いはありません。")
    return DONE


def _docs_report(options: argparse.Namespace, settings: Settings) -> int:
    from ingest.report import report
    from rag.snapshot import Snapshot
    from ui.printing import report_lines

    with Snapshot.open(settings.index) as snapshot:
        rows = snapshot.documents()
        missing = sorted(set(options.ids) - {row.id for row in rows})
        if missing:
            raise InputError(f"文書「{missing[0]}」は索引にないので、「tenkyo docs list」でIDを確かめてください。")
        found = [report(snapshot, row) for row in rows if not options.ids or row.id in options.ids]
        print(
            as_json([r.as_json() for r in found]) if options.json else "\n".join(line for r in found for line in report_lines(r))
        )
    return INCOMPLETE if any(r.alarms for r in found) else DONE


def _docs_remove(options: argparse.Namespace, settings: Settings) -> int:
    from ingest.build import remove
    from ui.printing import summary_lines

    summary = remove(options.ids, settings.index, settings=settings, progress=tell)
    print("\n".join(summary_lines(summary, settings.index)))
    return INCOMPLETE if summary.skipped else DONE


def _docs_dump(options: argparse.Namespace, settings: Settings) -> int:
    from ingest.dump import dump
    from rag.snapshot import Snapshot

    with Snapshot.open(settings.index) as snapshot:
        print(f"{dump(snapshot, options.out)}件の本文を「{options.out}」に書き出しました。")
    return DONE


def _train(options: argparse.Namespace, settings: Settings) -> int:
    if options.part == "ranking":
        from ingest.fitting import FitSettings, fit

        record = fit(options.data, options.out, settings=FitSettings(), progress=tell)
        print(as_json(record))
    else:
        from ingest.train import TrainSettings, train

        chosen = TrainSettings() if options.steps is None else TrainSettings(steps=options.steps)
        report = train(options.data, options.out, settings=chosen, progress=tell)
        print(as_json(report.as_json()))
    print(f"学習したモデルを「{options.out}」に書き込みました。", file=sys.stderr)
    return DONE


def _bench(options: argparse.Namespace, settings: Settings) -> int:
    from eval.bench import bench

    if options.limit < 1:
        raise InputError(f"文書の数「{options.limit}」は使えないので、1以上の整数にしてください。")
    for measure in bench(options.data, options.index, settings, tell, options.limit):
        print(measure.line())
    return DONE


def _ui(options: argparse.Namespace, settings: Settings) -> int:
    from ui.server import serve

    return serve(settings.index, options.port, options.address)
