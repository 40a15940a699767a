"""Statements in other words that say the same: era, width, politeness, order, shortening."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from eval.enumerations import ENUMERATION, parts
from eval.inflection import polite as politely
from eval.inflection import predicate
from eval.statements import Statement
from eval.writings import DATE, ERAS, Style, amount, dates, era_year, figures, read, write


def eras(words: str, rng: random.Random) -> Iterator[str]:
    """Each year of an era as one of our count, and the other way, where the day of an era's change is not concerned."""
    for m in DATE.finditer(words):
        style = _style(m["era_year"] or m["year"])
        if m["year"]:
            new = era_year(int(read(m["year"])))
            if new is None:
                continue
        elif (count := read(m["era_year"].replace("元", "1"))) == 1:
            continue
        else:
            new = str(ERAS[m["era"]] + int(count))
        tail = m[0][m[0].index("年") :]
        yield words[: m.start()] + new + (_digits(tail) if style != "half" else tail) + words[m.end() :]


def _style(numeral: str) -> Style:
    return "half" if numeral[0] in "0123456789" else "full" if numeral[0] in "０１２３４５６７８９" else "kanji"


def _digits(words: str) -> str:
    return re.sub(r"[0-9０-９]+|[〇一二三四五六七八九十百]+", lambda m: str(int(read(m[0]))), words)


_OTHER: dict[Style, tuple[Style, ...]] = {"half": ("full", "kanji"), "full": ("half", "kanji"), "kanji": ("half", "full")}
_MONTHS = ("か月", "ヶ月", "カ月", "箇月")


def widths(words: str, rng: random.Random) -> Iterator[str]:
    """The numbers in another writing, all of them or one: 三箇月, 3か月, ３ヶ月; 30,000円, 3万円; ％."""
    for style in ("half", "full", "kanji"):
        if style == "kanji" and re.search(r"[0-9０-９]{4}|(?<!午[前後])[0-9０-９]{1,2}時", words):
            continue
        new = _rewritten(words, style)
        if new != words:
            yield new
    for m in re.finditer(r"([0-9][0-9,]*)0,000円", words):
        yield words[: m.start()] + m[1].replace(",", "") + "万円" + words[m.end() :]
    if re.search(r"[0-9],[0-9]{3}", words):
        yield re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", words)
    for old in _MONTHS:
        if old in words:
            yield words.replace(old, rng.choice([n for n in _MONTHS if n != old]))
    if "%" in words:
        yield words.replace("%", rng.choice(("％", "パーセント")))
    if re.search(r"[A-Z]{2,}", words):
        yield re.sub(r"[A-Za-z]{2,}", lambda m: m[0].translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)}), words)


def _rewritten(words: str, style: Style) -> str:
    """The words with every number in one style, where kanji do for it."""
    spans = [(f.start + len(f.first), f.numeral, f.counter == "円" and not f.large) for f in figures(words)]
    spans += [
        (m.start(g), m[g], False)
        for m in dates(words)
        for g in m.groupdict()
        if m[g] and g in ("year", "era_year", "month", "day", "hour", "minute")
    ]
    out = words
    for start, numeral, money in sorted(spans, reverse=True):
        value = read(numeral) if numeral != "元" else 0.5
        if value == int(value) and (style != "kanji" or 0 < value < (10_000_000 if money else 1000)):
            text = amount(int(value), style) if money else write(int(value), style, comma=value >= 1000 and "," in numeral)
            out = out[:start] + text + out[start + len(numeral) :]
    return out


_STATIVE = re.compile(r"(?:をいう|含む|による|ところによる|とする|ている|ある|なる|足りる|という|思う|よい)$")


def polite(words: str, rng: random.Random) -> Iterator[str]:
    """The statement in です・ます, as said to a colleague, or in the other plain forms of the same duty or permission."""
    ways = (0,) if _STATIVE.search(words) else (0, 1, 2)
    seen = {words}
    for way in ways:
        new = politely(words, way)
        if new and new not in seen:
            seen.add(new)
            yield new
    found = predicate(words)
    other = found and _PLAIN.get(found.mode)
    if found and other:
        yield found.to(other)


def spoken(words: str, rng: random.Random) -> str | None:
    """The statement in one of the polite ways that suit it; None where there is none."""
    return politely(words, 0 if _STATIVE.search(words) else rng.randrange(3))


_PLAIN = {"must": "need", "must_not": "forbidden", "can": "possible"}
_CLAUSE = r"[^、。（）「」]"
_TOPIC_FIRST = re.compile(
    rf"^(?P<topic>{_CLAUSE}{{2,28}}は、)(?P<cond>{_CLAUSE}{{4,48}}(?:ときは|場合は|場合には|とき|場合に限り|以内に|までに))、(?P<rest>.+)$"
)
_COND_FIRST = re.compile(
    rf"^(?P<cond>{_CLAUSE}{{4,48}}(?:ときは|場合は|場合には))、(?P<topic>{_CLAUSE}{{2,20}}(?:者|員|長|部|会社|室|会|窓口)は、)(?P<rest>.+)$"
)
_TIME_AT_END = re.compile(
    rf"^(?P<topic>{_CLAUSE}{{2,28}}は、)(?P<time>{_CLAUSE}{{3,24}}(?:以内に|までに))(?P<rest>[一-龥ァ-ヶーA-Z]+[をにへ]{_CLAUSE}+)$"
)
_ALONE = re.compile(r"^[A-Za-z一-龥ァ-ヶー]+$")


def ordered(words: str, rng: random.Random) -> Iterator[str]:
    """The condition before the subject or after it, a time first, the elements of a list in another order."""
    for pattern in (_TOPIC_FIRST, _COND_FIRST):
        m = pattern.match(words)
        if m and not (
            m["topic"].startswith(("前項", "第"))
            or m["topic"].endswith(("ときは、", "場合は、", "あっては、"))
            or re.search(r"を.*に$", m["cond"])
        ):
            first, second = (m["cond"] + "、", m["topic"]) if pattern is _TOPIC_FIRST else (m["topic"], m["cond"] + "、")
            yield first + second + m["rest"]
    if (m := _TIME_AT_END.match(words)) and not m["topic"].endswith(("ときは、", "場合は、", "あっては、")):
        yield f"{m['time']}、{m['topic']}{m['rest']}"
    for m in ENUMERATION.finditer(words):
        found = parts(m["list"])
        order = rng.sample(found, len(found))
        if (
            order != found
            and all(_ALONE.match(e) for e in found)
            and not re.search(r"^(?:同|その|前)|(?:的|等)$", found[0] + found[-1])
        ):
            yield words[: m.start()] + "、".join(order[:-1]) + m["joint"] + order[-1] + words[m.end() :]


_ASIDE = re.compile(r"（[^（）]*）")
_KEPT_ASIDE = re.compile(r"とき|場合|除|限|以外|[0-9０-９一二三四五六七八九十]|のみ|ない")
_TIMELY = re.compile(
    rf"(?<=は、|が、|に、|て、)(?:直ちに|速やかに|あらかじめ|事前に|遅滞なく|{_CLAUSE}{{2,24}}(?:以内に|までに|の都度))、?"
)
_GOAL = re.compile(
    rf"(?<=は、){_CLAUSE}{{4,60}}(?:を防ぐため|するため|を図るため|に基づき|に基づいて|の規定により|に応じて|に応じ)、?"
)
_HEDGE = re.compile(
    r"とき|場合|限|除|超|うち|両|それぞれ|以外|のみ|互い|構成|合計|まで|だけ|ない|とする$|をいう$|による$|ではない|分ける|たび|全て|すべて|三分|過半"
)
_MEANS = re.compile(
    r"(?<=は、)(?:書面により|書面で|電話で|電子メールで|勤怠システムにより|予約システムから|文書により|口頭又は書面により)、?"
)


def shortened(statement: Statement, rng: random.Random) -> Iterator[str]:
    """Asides, times and means of a duty, or all but one element of a list left out where the rest still follows."""
    words = statement.words
    aside = _ASIDE.search(words)
    if aside and not _KEPT_ASIDE.search(aside[0]) and statement.form != "row":
        yield words.replace(aside[0], "")
    found = predicate(words)
    if found is None or found.mode not in ("must", "plain", "rule") or "ただし" in words or statement.form == "exception":
        return
    for pattern in (_TIMELY, _GOAL, _MEANS):
        m = pattern.search(words)
        if (
            m
            and "を" not in m[0].removesuffix("の都度")
            and not _HEDGE.search(m[0].replace("までに", ""))
            and not re.search(r"とする$|による$|である$|承認|許可", words[m.end() :])
        ):
            rest = words[: m.start()] + words[m.end() :]
            if re.search(r"は、.*[をにへが]", rest):
                yield rest
    for m in ENUMERATION.finditer(words):
        rest = words[: m.start()] + words[m.end() :]
        if (
            m["joint"] == "及び"
            and re.search(r"(?:^|は、|が、)$", words[: m.start()])
            and not _HEDGE.search(rest)
            and words[m.end()] in "はをにへが（"[:5]
            and not re.match(r"に(?:分け|区分)", words[m.end() :])
        ):
            for element in rng.sample(parts(m["list"]), 2):
                if _ALONE.match(element):
                    yield words[: m.start()] + element + words[m.end() :]
    conjunct = re.match(
        rf"^(?P<topic>{_CLAUSE}{{2,28}}は、)(?P<first>{_CLAUSE}{{4,40}}[し得け]、)(?P<rest>{_CLAUSE}+[をに]{_CLAUSE}+)$", words
    )
    if (
        conjunct
        and not _HEDGE.search(conjunct["first"] + conjunct["rest"])
        and not re.search(r"その|それ|受けて|^又は|^かつ", conjunct["rest"])
        and not re.search(r"承認|許可|同意", conjunct["first"])
    ):
        yield conjunct["topic"] + conjunct["rest"]
