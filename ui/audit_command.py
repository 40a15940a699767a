"""The commands of the audit log, of backup and of restore."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import InputError
from rag.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.audit import Audit, Entry
    from ui.filters import Filters

Command = Callable[[str, object, str], argparse.ArgumentParser]
"""Adds a command of a name, what runs it, and its help."""
Index = Callable[[argparse.ArgumentParser], None]
"""Adds the option that names the index."""
_KIND = "answer（回答）、review（確認）、feedback（評価）など"


def add_commands(command: Command, index: Index) -> None:
    """Add `audit …`, `backup` and `restore` to the command."""
    actions = command("audit", None, "監査ログを確かめる・見る・書き出す").add_subparsers(
        title="操作", required=True, metavar="操作"
    )
    for name, run, help in (
        ("verify", _verify, "監査ログが書いたときのままかを確かめる"),
        ("list", _list, "監査ログの一覧（新しい順）"),
        ("show", _show, "監査ログの一件をJSONで示す"),
        ("export", _export, "監査ログをCSVかJSON Linesに書き出す"),
        ("purge", _purge, "古い記録の個人に関わる項目を消去する（連鎖の検証はその後もできる）"),
    ):
        sub = actions.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        if name == "verify":
            sub.add_argument("--head", metavar="HASH", help="前に控えた末尾のハッシュ（切り捨てや作り直しもわかる）")
        if name == "show":
            sub.add_argument("seq", type=int, metavar="番号")
        if name == "export":
            sub.add_argument("out", type=Path, metavar="OUT.csv|OUT.jsonl")
        if name == "list":
            sub.add_argument("-n", type=int, default=20, metavar="N", help="件数（既定: 20）")
        if name in ("list", "export"):
            _add_filters(sub)
        if name == "purge":
            sub.add_argument("--older-than", type=int, metavar="DAYS", help="保存する日数（既定: 環境変数TENKYO_RETENTION_DAYS）")
        index(sub)

    sub = command("backup", _backup, "データベースと索引を一つのファイルに書き出す")
    sub.add_argument("out", type=Path, metavar="OUT.tar.gz")
    index(sub)
    sub = command("restore", _restore, "バックアップからデータベースと索引を戻す")
    sub.add_argument("archive", type=Path, metavar="IN.tar.gz")
    sub.add_argument("--force", action="store_true", help="すでにあるデータベースと索引を置き換える")
    index(sub)


def _add_filters(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--since", metavar="DATE", help="この日から")
    sub.add_argument("--until", metavar="DATE", help="この日まで")
    sub.add_argument("--user", metavar="USER", help="この利用者のもの")
    sub.add_argument("--kind", metavar="KIND", help=f"この種類のもの: {_KIND}")
    sub.add_argument("--words", default="", metavar="語句", help="質問、回答、コメントにこの語句のあるもの")


def _filters(options: argparse.Namespace) -> Filters:
    return {
        "since": _midnight(options.since, last=False),
        "until": _midnight(options.until, last=True),
        "user": options.user,
        "kind": options.kind,
        "words": options.words,
    }


def _midnight(given: str | None, *, last: bool) -> datetime | None:
    """The local midnight at which what a partial date names begins, or ends."""
    from rag.dates import first_day, last_day, parse_partial

    if given is None:
        return None
    partial = parse_partial(given)
    try:
        day = last_day(partial) + timedelta(days=1) if last else first_day(partial)
        return datetime.combine(day, time()).astimezone()
    except (OverflowError, ValueError):  # the first or last days of the calendar
        return None


@contextmanager
def _audit(settings: Settings) -> Iterator[Audit]:
    from ui.retention import open_audit

    audit = open_audit(settings, create=False)
    try:
        yield audit
    finally:
        audit.engine.dispose()


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    head = options.head.strip().lower() if options.head else None
    if head is not None and (len(head) != 64 or set(head) - set("0123456789abcdef")):
        raise InputError(f"ハッシュ「{head[:80]}」は使えないので、「tenkyo audit verify」が示した64桁の値を指定してください。")
    with _audit(settings) as audit:
        check = audit.verify(head)
    if not check.whole:
        print(check.reason)
        return 1
    print(f"監査ログの{check.entries}件は、書いたときのままです。")
    print(f"末尾のハッシュ: {check.hash}")
    return 0


def _list(options: argparse.Namespace, settings: Settings) -> int:
    if options.n < 1:
        raise InputError(f"件数「{options.n}」は使えないので、1以上の整数にしてください。")
    with _audit(settings) as audit:
        for entry in audit.entries(limit=options.n, **_filters(options)):
            print(_line(entry))
    return 0


def _line(entry: Entry) -> str:
    from ui.records import KINDS

    said = next((v for name in ("question", "comment", "reason") if isinstance(v := entry.fields.get(name), str) and v), "")
    about = "" if entry.subject is None else f"（{entry.subject}番について）"
    at = entry.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return _printable(
        f"{entry.seq}  {at}  {KINDS.get(entry.kind, entry.kind)}{about}  {entry.fields.get('user', '')}  {said[:60]}".rstrip()
    )


def _printable(text: str) -> str:
    """Text that moves no cursor and fits every terminal's encoding of UTF-8."""
    return "".join(c if c.isprintable() else " " for c in text).encode("utf-8", "replace").decode()


def _show(options: argparse.Namespace, settings: Settings) -> int:
    import json

    from ui.records import to_json

    with _audit(settings) as audit:
        entry = audit.entry(options.seq)
    if entry is None:
        raise InputError(f"監査ログに{options.seq}番の記録はないので、「tenkyo audit list」で番号を確かめてください。")
    print(json.dumps(to_json(entry), ensure_ascii=False, indent=1).encode("utf-8", "replace").decode())
    return 0


def _export(options: argparse.Namespace, settings: Settings) -> int:
    from eval.files import whole_file
    from ui.records import write_csv, write_jsonl

    write = {".csv": write_csv, ".jsonl": write_jsonl}.get(options.out.suffix.lower())
    if write is None:
        raise InputError(f"「{options.out}」の形式がわからないので、名前の終わりを.csvか.jsonlにしてください。")
    with _audit(settings) as audit, whole_file(options.out, bom=write is write_csv) as file:
        write(file, audit.iterate(**_filters(options)))
    print(f"監査ログを「{options.out}」に書き出しました。")
    return 0


def _purge(options: argparse.Namespace, settings: Settings) -> int:
    from ui.retention import apply_retention

    days: Any = settings.retention_days if options.older_than is None else options.older_than
    if not 1 <= days <= 36_500:
        raise InputError(f"保存する日数「{days}」は使えないので、--older-than に1から36500までの整数を指定してください。")
    with _audit(settings) as audit:
        print(f"{days}日より前の記録{apply_retention(audit, days)}件から、個人に関わる項目を消去しました。")
    return 0


def _backup(options: argparse.Namespace, settings: Settings) -> int:
    from ui.backup import backup

    made = backup(settings, options.out)
    index = "索引" if made.snapshot else "（索引はまだないので含まない）"
    print(f"監査ログ{made.entries}件と{index}を「{options.out}」に書き出しました。")
    print(f"末尾のハッシュ: {made.head}")
    return 0


def _restore(options: argparse.Namespace, settings: Settings) -> int:
    from ui.restore import restore

    done = restore(options.archive, settings, force=options.force)
    index = "索引" if done.backup.snapshot else "（索引は含まれていない）"
    print(f"{done.backup.created}のバックアップから、監査ログ{done.backup.entries}件と{index}を戻しました。")
    if not done.check.whole:
        print(done.check.reason)
        return 1
    return 0
