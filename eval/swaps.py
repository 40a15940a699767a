"""Statements made false in whom or what they name: actors, names, lists, quotations, and statements of something else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from eval.enumerations import ENUMERATION, fresh, parts
from eval.statements import Statement, topic

_W = r"[一-龥々ァ-ヶーA-Za-z・]"
_ROLES = "部長|課長|室長|工場長|支店長|所属長|部門長|社長|委員長|議長|責任者|管理者|担当者|推進担当|統括者|産業医|監査役|取締役"
_BODIES = "人事部|総務部|経理部|技術部|情報システム部|品質保証部|法務・コンプライアンス室|内部監査室|委員会|審査会|部門|保守課"
_PEOPLE = "会社|当社|社員|従業者|役員|利用者|入居者|運転者|申請者|通報者|相談者|参加者|派遣社員|契約社員|パートタイム社員|嘱託社員|正社員"
ACTOR = re.compile(
    rf"(?<!{_W})(?<![A-Za-z] )(?P<actor>(?:{_W}*(?:{_ROLES}))|(?:{_BODIES})|(?:{_PEOPLE}))(?P<particle>は、|が|に(?=[提報申届連相通引知請返交]|[一-龥ァ-ヶーA-Za-z]{{1,10}}を)|へ|の承認|の許可|から|である$)(?![一-龥]*規程)"
)
NAME = re.compile(
    rf"(?<![一-龥ァ-ヶーA-Za-z])(?P<name>{_W}{{1,14}}(?P<head>申請書|報告書|証明書|届|台帳|記録簿|搬出簿|名簿|議事録|一覧|票|規程|システム|手当|休暇|休業|祝金|見舞金|支店|工場|センター))(?![一-龥ァ-ヶー長])"
)
_PROPER = re.compile(
    r"(?<![A-Za-z一-龥ァ-ヶー])(?<![A-Za-z] )(?P<name>[A-Z]{3,6}(?! [A-Z])|「[^「」]{2,14}(?:規程|規則|チャット|翻訳|コード|画像)」|経済産業省|総務省|文部科学省|内閣府|東京|大阪|福岡|長野|千葉|広島)(?![A-Za-z]|支店|市|工場)"
)


@dataclass(frozen=True, slots=True)
class Pools:
    """What the documents name, to put in each other's place: actors by document, names by head word, list elements, statements."""

    actors: dict[str, tuple[str, ...]]
    names: dict[str, tuple[str, ...]]
    proper: tuple[str, ...]
    elements: dict[str, tuple[str, ...]]
    statements: tuple[Statement, ...]


def pools(made: Sequence[Statement]) -> Pools:
    """The pools of all statements, each in the order of its first mention."""
    actors: dict[str, dict[str, None]] = {}
    names: dict[str, dict[str, None]] = {}
    elements: dict[str, dict[str, None]] = {}
    proper: dict[str, None] = {}
    for s in made:
        doc = s.source.doc
        actors.setdefault(doc, {}).update((m["actor"], None) for m in ACTOR.finditer(s.words))
        for m in NAME.finditer(s.words):
            if "・" not in m["name"]:
                names.setdefault(m["head"], {})[m["name"]] = None
        proper.update((m["name"], None) for m in _PROPER.finditer(s.words))
        for m in ENUMERATION.finditer(s.words):
            elements.setdefault(doc, {}).update((e, None) for e in parts(m["list"]))
    every = {k: tuple(v) for k, v in actors.items()}
    return Pools(
        every, {k: tuple(v) for k, v in names.items()}, tuple(proper), {k: tuple(v) for k, v in elements.items()}, tuple(made)
    )


def _kind(actor: str) -> str:
    return next(k for k, p in (("role", _ROLES), ("body", _BODIES), ("people", _PEOPLE)) if re.search(f"(?:{p})$", actor))


_RIVALS = {"role": ("人事部長", "総務部長", "経理部長", "社長", "監査役", "情報システム部長", "産業医"),
           "body": ("人事部", "総務部", "経理部", "情報システム部", "内部監査室", "法務・コンプライアンス室", "技術部"),
           "people": ("会社", "取引先", "株主", "来訪者", "監査法人")}  # fmt: skip
_GENERAL = ("所属長", "部門長")
"""Whom the heads of the departments are some of: they are replaced by those only who are none."""
_NOT_HEADS = ("社長", "産業医", "監査役", "顧問弁護士")


def actors(statement: Statement, pool: Pools, rng: random.Random) -> Iterator[str]:
    """Who does it replaced by another, or the one who does and the one to whom put in each other's place."""
    words = statement.words
    if re.search(r"とは、|^(?:この|本)(?:規程|規則)|^「", words) or re.search(r"には、.+が含まれる$", words):
        return
    found = [
        m
        for m in ACTOR.finditer(words)
        if words[m.start() - 1 : m.start()] != "の" and (statement.form != "row" or m["particle"] == "である")
    ]
    for m in found:
        kind = _kind(m["actor"])
        own = [
            a for a in pool.actors.get(statement.source.doc, ()) if kind == _kind(a) and kind != "people" and a not in _GENERAL
        ]
        other = fresh(_NOT_HEADS if m["actor"] in _GENERAL else [*own, *_RIVALS[kind]], statement.source, m["actor"], rng)
        if other:
            yield words[: m.start("actor")] + other + words[m.end("actor") :]
    for a, b in pairwise(found):
        if a["particle"] == "は、" and b["particle"] in ("に", "へ", "の承認", "の許可") and a["actor"] != b["actor"]:
            between = words[a.end("actor") : b.start("actor")]
            yield words[: a.start("actor")] + b["actor"] + between + a["actor"] + words[b.end("actor") :]


def names(statement: Statement, pool: Pools, rng: random.Random) -> Iterator[str]:
    """A document, system, office, allowance or place called by the name of another."""
    if statement.form == "item":
        return
    for m in NAME.finditer(statement.words):
        other = fresh(pool.names[m["head"]], statement.source, m["name"], rng) if m["head"] in pool.names else None
        if other:
            yield statement.words[: m.start("name")] + other + statement.words[m.end("name") :]
    for m in _PROPER.finditer(statement.words):
        other = fresh([n for n in pool.proper if _class(n) == _class(m["name"])], statement.source, m["name"], rng)
        if other:
            yield statement.words[: m.start("name")] + other + statement.words[m.end("name") :]


def _class(name: str) -> str:
    return next(c for c, p in _CLASSES if re.match(p, name))


_CLASSES = (
    ("ascii", "[A-Z]"),
    ("document", ".*(?:規程|規則)」"),
    ("service", "「"),
    ("office", ".*(?:省|府|大臣)"),
    ("place", "."),
)
_PRESUMED = (
    "手数料は、申請した者が負担する", "委託先が不正をしたときは、契約を解除する", "手続は、外部の専門業者に委託することができる", "監査法人の確認を受けなければならない",
    "費用は、翌年度の予算から支出する", "取締役会の決議を経なければならない", "労働組合と事前に協議する", "英語版の様式も用意する", "違反した者には、罰金を科する",
    "所轄の官庁に毎年届け出る", "顧客の求めに応じて公開する", "親会社の承認を得なければならない", "口頭による申出は、受け付けない", "電子署名を付けなければならない",
    "専用の携帯電話を貸与する", "弁護士の立会いを必要とする", "家族の同意書を添付する", "海外の子会社にも適用する", "五年ごとに外部の評価を受ける",
    "結果を株主に報告する", "損害保険に加入しなければならない", "休日に行うことはできない", "写真を撮影して保存する", "抽選によって決める",
)  # fmt: skip
_ABOUT = re.compile(r"^(?P<about>[^、（）「」]{3,24}?)(?:は|には|が|については|では)、")


def unstated(statement: Statement, pool: Pools, rng: random.Random) -> Iterator[str]:
    """A statement of the same matter that the source does not make: a presumed one, or what is said of another matter elsewhere."""
    about = _ABOUT.match(statement.words)
    if (
        about is None
        or statement.form != "sentence"
        or re.search(r"規程$|規則$|^前|^この|^その|とき$|場合$|と$|上$|後$|中$", about["about"])
    ):
        return
    person = re.search(r"[者員長部社会室]$", about["about"])
    if not person:
        yield from (f"{about['about']}については、{presumed}" for presumed in rng.sample(_PRESUMED, 2))
        return
    for _ in range(4):
        other = rng.choice(pool.statements)
        head = topic(other.words)
        strange = other.source.doc != statement.source.doc and other.form == "sentence" and head is not None
        if strange and head and re.search(r"[者員長部社会室]は、$", head) and len(other.words) < 70:
            yield f"{about['about']}は、{other.words[len(head) :]}"


def elsewhere(statement: Statement, pool: Pools, rng: random.Random) -> Iterator[str]:
    """A statement of another article of the same document, which the source does not make."""
    others = [
        s for s in pool.statements
        if s.source.doc == statement.source.doc and s.source.path != statement.source.path and s.form == "sentence" and "前項" not in s.words
    ]  # fmt: skip
    for other in rng.sample(others, min(2, len(others))):
        yield other.words
