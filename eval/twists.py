"""Statements made false in what they say of the matter: negation, modality, conditions, exceptions."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from eval.inflection import Predicate, predicate
from eval.statements import Statement, halves, topic

_FIXED = re.compile(
    r"(?:ところによる|例による|目的とする|とおりとする|を定める|について定める|を図る|努める|とみなす|と称する|限りでない|基づく|施行する|効力を生ずる)$"
)
_STATES = frozenset(
    {
        "いう",
        "よる",
        "ある",
        "いる",
        "なる",
        "みなす",
        "超える",
        "有する",
        "足りる",
        "終わる",
        "生ずる",
        "限る",
        "除く",
        "含む",
        "要する",
        "改める",
        "できる",
    }
)
_PAIRS = (
    ("に限る", "に限らない"), ("を除く", "を含む"), ("を含む", "を含まない"), ("を要しない", "を要する"), ("を要する", "を要しない"), ("を認めない", "を認める"),
    ("必要とする", "必要としない"), ("対象とする", "対象としない"), ("対象としない", "対象とする"), ("を妨げない", "を認めない"), ("問わない", "問う"),
)  # fmt: skip
_INNER = (
    ("を除き、", "を含め、"), ("を除いて、", "を含めて、"), ("を除く）", "を含む）"), ("を除く。）", "を含む。）"), ("を含む。）", "を除く。）"), ("を含む）", "を除く）"),
    ("できない者", "できる者"), ("していない", "している"), ("含めず", "含め"), ("を問わず、", "によっては、"), ("以外の者", "に当たる者"),
    ("不要", "必要"), ("使用禁止", "使用可"), ("不可", "可"), ("対象外", "対象"), ("無給", "有給"), ("まで有給", "まで無給"), ("いかんを問わず", "いかんによっては"),
)  # fmt: skip


def negated(statement: Statement, rng: random.Random) -> Iterator[str]:
    """The statement's end, or a word inside it, turned into its opposite."""
    words = statement.words
    for old, new in _PAIRS:
        if words.endswith(old):
            yield words.removesuffix(old) + new
            return
    for old, new in _INNER:
        if words.count(old) == 1 and old + "である" not in ("不可である",):
            yield words.replace(old, new)
    found = predicate(words)
    if found is not None and not _FIXED.search(words):
        opposite = _OPPOSITES.get(found.mode)
        if opposite and not (found.mode == "plain" and _state(found)):
            yield found.to(rng.choice(opposite))


_OPPOSITES: dict[str, tuple[str, ...]] = {
    "plain": ("not",), "not": ("plain",), "can": ("cannot",), "cannot": ("can",), "must": ("need_not", "no_need"), "rule": ("not",),
}  # fmt: skip


def _state(found: Predicate) -> bool:
    return found.verb in _STATES or (found.verb == "する" and found.head.endswith("と"))


_MODES: dict[str, tuple[str, ...]] = {
    "must": ("can", "effort", "must_not", "ok", "wish"), "must_not": ("ok", "can", "not_effort"), "can": ("must", "must_not", "need"),
    "plain": ("effort", "must_not", "ok", "wish"), "rule": ("can", "effort", "must_not"), "effort": ("must",), "cannot": ("ok", "must"),
}  # fmt: skip
_ACTS = re.compile(
    r"提出|報告|申請|届け出|知らせ|通知|確認|記録|保管|保存|返却|請求|精算|連絡|登録|点検|受け|行う|行わ|決定|添え|廃棄|検討|公表|支給|承認|引き継|記入"
)


def modal(statement: Statement, rng: random.Random) -> Iterator[str]:
    """Duty, ban, permission and effort put in each other's place."""
    found = predicate(statement.words)
    if found is None or found.mode not in _MODES or _FIXED.search(statement.words):
        return
    if found.verb in ("いる", "ある", "なる"):
        return
    if found.mode in ("plain", "rule") and (_state(found) or not _ACTS.search(found.verb + found.head[-6:])):
        return
    ways = _MODES[found.mode]
    for way in rng.sample(ways, min(3, len(ways))):
        yield found.to(way)


_CONDITION = re.compile(r"(?P<cond>[^、。（）「」]{4,45}(?:ときは|場合は|場合には|場合に限り|ときに限り|場合を除き|限り))、")
_CHANGES = tuple((re.compile(old), new) for old, new in (
    (r"(?<=[日月年間時分人名台件回円歳ルg%])以上(?=の|の|となる|欠勤|連続|使用|勤務|継続|、)", "未満"), (r"(?<=[日月年間時分人名台件回円歳ル%])以下の", "を超える"),
    (r"(?<=[日月年間時分人名台件回円歳ル%])未満の", "以上の"), ("に満たない", "を超える"), ("いずれにも", "いずれかに"), ("いずれかに", "すべてに"), ("事前に", "事後に"),
    ("あらかじめ", "事後に"), ("直ちに", "後日"), ("速やかに", "翌年度に"), ("前日", "翌日"), ("翌日", "前日"), ("翌月", "当月"), ("前年", "翌年"),
    ("場合に限り", "場合を除き"), ("ときに限り", "ときを除き"), (r"(?<![合き])に限り、", "に限らず、"), ("開始前", "開始後"), ("満了後", "満了前"),
    ("終了後", "開始前"), ("承認を受けて", "承認を受けずに"), ("承認を得て", "承認を得ずに"), ("許可を得て", "許可を得ずに"), ("許可を受けて", "許可を受けずに"),
    ("同意を得て", "同意を得ずに"), ("同意なしに", "同意があるのに"), (r"(?<=[日時月分末])までに", "以降に"), ("以内に", "を過ぎてから"), (r"(?<!該)当日", "翌日"),
    ("翌営業日", "翌月末"), ("、かつ、", "、又は"), ("事業所外", "事業所内"), (r"社外(?![秘窓])", "社内"), ("業務外", "業務上"), ("勤務時間中", "勤務時間外"), (r"平日(?!は)", "休日"),
    ("連続して", "通算して"), ("通算して", "連続して"), ("を超えるときは", "を超えないときは"), ("を超える場合", "を超えない場合"), (r"月末(?!日)", "月初め"),
    ("全部門", "一部の部門"), ("の都度", "のうち重大なものに限り"), (r"毎年(?!度)", "隔年で"), ("毎月", "隔月で"), (r"(?<=[日月年間])前まで", "後まで"),
    ("は、書面により", "は、口頭により"), ("を問わず", "に応じて"),
))  # fmt: skip
_NO_CONDITION = ("理由を問わず", "事情のいかんにかかわらず", "条件なしに")


def conditional(statement: Statement, rng: random.Random) -> Iterator[str]:
    """A condition dropped or changed."""
    words = statement.words
    changes = [
        (old, new) for old, new in _CHANGES if len(old.findall(words)) == 1 and not ("遅くとも" in words and "過ぎて" in new)
    ]
    if len(re.findall("以上|以下|未満|超え", words)) > 1:
        changes = [c for c in changes if not re.search("以上|未満|超え", c[1])]
    for old, new in rng.sample(changes, min(3, len(changes))):
        yield old.sub(new, words)
    for found in _CONDITION.finditer(words):
        start = found.start("cond")
        head, tail = words[:start], words[found.end() :]
        if (head and not head.endswith(("は、", "が、"))) or head.count("、") > 1 or statement.form == "exception":
            continue
        if head:
            yield head + tail
            yield f"{head}{rng.choice(_NO_CONDITION)}、{tail}"
        elif topic(tail):
            yield tail


_SURE = ("例外なく", "いかなる場合も", "どのような場合でも")
_OPEN = re.compile(r"^(?P<case>.{4,70}?(?:とき|場合|昼食|処理))(?:に)?は、この限りでない$")
_ABOUT = re.compile(r"^(?P<case>[^、]{2,40}?)(?:については|は)、この限りでない$")
_WITHOUT = re.compile(r"^(?P<case>.{3,50})を除く$")
_OTHER = re.compile(r"^(?P<case>[^。]{3,60}?(?:ときは|場合は|場合には|限り))、(?P<rest>.+)$")


def excepted(statement: Statement, rng: random.Random) -> Iterator[str]:
    """An exception denied: the main sentence stated of all cases, or the exception as if it were the rule."""
    found = halves(statement.source) if statement.form == "exception" else None
    if found is None:
        yield from _in_sentence(statement.words, rng)
        return
    main, aside = found
    head = topic(main)
    if head and _denies(main, aside):
        tail = main[len(head) :]
        yield from (f"{head}{sure}、{tail}" for sure in rng.sample(_SURE, 2))
        if len(tail) <= 25 and tail.endswith(("する", "しなければならない")):
            yield f"{head}必ず{tail}"
    if case := _OPEN.match(aside):
        yield f"{case['case']}であっても、{main}"
    elif case := _ABOUT.match(aside) or _WITHOUT.match(aside):
        if head:
            yield f"{case['case']}についても、{main[len(head) :]}"
    elif (case := _OTHER.match(aside)) and head and not topic(case["rest"]):
        yield f"{head}原則として{case['rest']}"
        yield (
            f"{case['case'].removesuffix('は').removesuffix('に')}であっても、{main}"
            if "限り" not in case["case"]
            else f"{head}例外なく{main[len(head) :]}"
        )


def _denies(main: str, aside: str) -> bool:
    """Whether the ただし書 takes a case out of the main sentence, and does not only add to it."""
    if re.search(r"超えない|を限度とする$", aside):
        return False
    if any(p.match(aside) for p in (_OPEN, _ABOUT, _WITHOUT, _OTHER)):
        return True
    ends = predicate(main), predicate(aside)
    same = all(ends) and len({(e.head[-2:], e.verb) for e in ends if e}) == 1
    shared = set(re.findall(r"[一-龥]{3,}", main)) & set(re.findall(r"[一-龥]{3,}", aside.partition("については、")[2]))
    return same or bool(shared)


_INSIDE = (
    (re.compile(r"[^、]{3,40}(?:場合|とき)を除き、"), "例外なく、"),
    (re.compile(r"(?:^|(?<=[、は]))原則として、?"), "例外なく"),
    (re.compile(r"[^、]{2,30}に限り、"), "誰でも、"),
    (re.compile(r"（[^（）]{2,40}を除く。?）"), "（例外なくすべてを含む）"),
    (re.compile(r"(?P<case>[^、は]{4,40}(?:場合|とき))に限り、"), "いかなる場合も、"),
    (re.compile(r"(?P<case>[^、は]{2,40})(?:場合|とき)を除き、"), "常に"),
)


def _in_sentence(words: str, rng: random.Random) -> Iterator[str]:
    for pattern, new in _INSIDE:
        found = pattern.search(words)
        if found:
            if new == "誰でも、" and not re.search(r"者に限り|員に限り", found[0]):
                new = "制限なく、"
            yield words[: found.start()] + new + words[found.end() :]
