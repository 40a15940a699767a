"""Numbers with their units and bounds in folded text: 「30万円以上」, 「3営業日前」, 「5割」, 「第5条」.

Units are the same only where the calendar or arithmetic makes them so: 1年 = 12か月, 2週間 = 14日, 1時間 = 60分, 3割 = 30%. A month has no
fixed number of days, a day of business is no day, and 24時間 is no 1日, so these are never the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.fold import kanji_number
from rag.types import ReasonKind

_UNITS: dict[str, tuple[str, float]] = {
    "円": ("円", 1), "ドル": ("ドル", 1), "ユーロ": ("ユーロ", 1), "年間": ("か月", 12), "か年": ("か月", 12), "年": ("か月", 12), "か月間": ("か月", 1),
    "か月": ("か月", 1), "月": ("か月", 1), "週間": ("日", 7), "週": ("日", 7), "日間": ("日", 1), "営業日": ("営業日", 1), "労働日": ("労働日", 1), "日": ("日", 1), "時間": ("分", 60), "分間": ("分", 1),
    "分": ("分", 1), "秒": ("秒", 1), "秒間": ("秒", 1), "人": ("人", 1), "名": ("人", 1), "歳": ("歳", 1), "才": ("歳", 1), "%": ("%", 1), "割": ("%", 10),
    "ポイント": ("ポイント", 1), "倍": ("倍", 1), "回": ("回", 1), "件": ("件", 1), "台": ("台", 1), "枚": ("枚", 1), "級": ("級", 1), "等級": ("級", 1),
    "泊": ("泊", 1), "社": ("社", 1), "部": ("部", 1), "冊": ("冊", 1), "条": ("条", 1), "項": ("項", 1), "号": ("号", 1), "章": ("章", 1), "節": ("節", 1), "編": ("編", 1),
    "階": ("階", 1), "番": ("番", 1), "位": ("位", 1), "期": ("期", 1), "版": ("版", 1), "つ": ("個", 1), "個": ("個", 1), "点": ("個", 1), "種類": ("個", 1), "種": ("個", 1),
    "項目": ("個", 1), "区分": ("個", 1), "類型": ("個", 1), "か所": ("か所", 1), "か国": ("か国", 1), "ページ": ("ページ", 1), "頁": ("ページ", 1), "文字": ("字", 1),
    "字": ("字", 1), "桁": ("桁", 1), "株": ("株", 1), "口": ("口", 1), "親等": ("親等", 1), "世帯": ("世帯", 1), "軒": ("世帯", 1), "戸": ("世帯", 1), "食": ("食", 1), "票": ("票", 1), "年度": ("年度", 1),
    "mm": ("m", 0.001), "cm": ("m", 0.01), "センチ": ("m", 0.01), "センチメートル": ("m", 0.01), "グラム": ("kg", 0.001), "キログラム": ("kg", 1), "m": ("m", 1), "km": ("m", 1000), "キロメートル": ("m", 1000), "メートル": ("m", 1), "キロ": ("m", 1000), "g": ("kg", 0.001),
    "kg": ("kg", 1), "トン": ("kg", 1000), "kb": ("mb", 0.001), "mb": ("mb", 1), "gb": ("mb", 1000), "tb": ("mb", 1e6), "度": ("度", 1), "度目": ("度", 1),
}  # fmt: skip
"""Each unit with the unit that it is compared in and how many of those it is."""
_KANJI = "〇一二三四五六七八九十百千万億"
_KINDS: dict[str, ReasonKind] = {"円": "amount", "ドル": "amount", "ユーロ": "amount", "%": "percent"}
_RATED = frozenset(["円", "%", "回", "枚", "件", "人", "冊", "台", "個"])
"""Units that are said by the year, month, week, day or hour."""
_COUNTS = frozenset(["個", "", "件", "人", "回", "社", "か所"])
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_MEASURE = re.compile(
    rf"(?<![\d.a-z])(?!\d{{4}}年(?!間|以|未))(?P<ordinal>第)?(?P<number>\d{{1,15}}(?:\.\d{{1,6}})*)(?:[~〜](?P<last>\d{{1,15}}(?:\.\d{{1,6}})?))?"
    rf"(?P<unit>{_UNIT}|平方[ァ-ヶー]+|立方[ァ-ヶー]+|[ァ-ヶー]{{2,}}|[組着坪畳列隻頭匹束箱袋本杯脚対曲話巻通])?(?:(?<=年)(?P<months>\d{{1,2}})か月|(?<=時間)(?P<minutes>\d{{1,2}})分(?!の)|(?<=割)(?P<tenth>\d)分)?(?P<half>半)?"
)
_WRITTEN_OUT = re.compile(
    rf"(?<![{_KANJI}\d第数])([{_KANJI}][{_KANJI}\d]{{0,11}})(円|株|冊|枚|着|組|食|票|文字|桁|世帯|か国|ページ|平方メートル|キロ(?:メートル)?|メートル|センチ(?:メートル)?"
    rf"|トン|グラム|キログラム|リットル|坪|畳|台|社|点(?!検)|件|度(?=を|とし|以|$|。|、|に保|未|で)|(?<!十)分(?=以|間|前|後|を|まで|ご|の(?!一|二|三)|、|。|で|と|$)|(?<=十)分(?=以|間|前|後|を過|を超|まで))"
)
"""Numbers in kanji before units that folding leaves alone."""
_TIMES = re.compile("限り|だけ|のみ|まで|ずつ|とす|とな|にす|にな|行|実施|は")
"""After 「一度」: how often, and not how warm."""
_FRACTION = re.compile(r"([\d一二三四五六七八九十百]{1,3})分の([\d一二三四五六七八九十百]{1,3})")
_SLASHED = re.compile(r"(?<![\d/.])([1-9])/([1-9])(?![\d/.])")
_WORDS = re.compile(r"過半数|半年|半期|半額|半分|半数|半日|[一二三四五六七八九]つ|全額|満額|二重|両方|双方")
_WORD = {
    "半年": (6.0, "か月"), "半期": (6.0, "か月"), "半額": (50.0, "%"), "半分": (50.0, "%"), "半数": (50.0, "%"), "過半数": (50.0, "%"), "半日": (0.5, "日"),
} | {f"{k}つ": (float(n), "個") for n, k in enumerate("一二三四五六七八九", start=1)}  # fmt: skip
_BARRED = r"る(?:こと|もの)[はがもを]?(?:でき|なく|な[いし]|あり|認|許|禁)"
"""What goes on after 「超え」 to say that nothing may: 「超えることができない」."""
_AFTER: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (bound, re.compile(pattern))
    for bound, pattern in (
        (
            "<",
            r"^[をが]?(?:経過し(?:てい?)?(?:な|ま)|経(?:た|ってい?)(?:な|ま)|たってい?(?:な|ま)|過ぎ(?:てい?)?(?:な|ま)"
            r"|(?:経過する|経つ|たつ|過ぎる)(?:まで|前))",
        ),
        (
            ">",
            rf"^(?:[をが]?(?:超え(?!な|ず|ぬ|ては|{_BARRED})|超過(?!し?な|しては)|超す|上回(?!ら(?:な|ず)|っては|{_BARRED})|超(?!え)|過ぎ(?!な)|経過|経[ちつっ]|た[ちっ](?=[たて]))|より(?:多|大き|高|長))",
        ),
        (
            "<",
            rf"^(?:未満|に満たな|を?下回(?!ら(?:な|ず)|っては|{_BARRED})|に達しな|[にが]?(?:[一-龯]{{2,6}}が)?届かな|より(?:少な|小さ|低|短)|を?切)",
        ),
        (
            ">=",
            rf"^(?:以上|以降|以後|から上|を下限|が下限|に達|に及[ぶびん]|に上[るっり]|を?下回(?:ら(?:な|ず)|っては|{_BARRED})|以前から)",
        ),
        (
            "<=",
            rf"^(?:を?超え(?:な|ず|ぬ|ては|{_BARRED})|を?超過し(?:な|ては)|を?上回(?:ら(?:な|ず)|っては|{_BARRED})|以下|以内|まで|を?限度|[がを]上限|[がを]限度|[がを]最大|以前|の範囲内|の枠内|内(?=に|で|の))",
        ),
    )
)
_BEFORE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("<=", re.compile(r"(?:最大|最高|最長|上限|限度|限度額|上限額|多くとも|遅くとも)(?:額|で|は|が|を|の|、|:)*$")),
    (">=", re.compile(r"(?:最低|最小|最短|少なくとも|下限|下限額)(?:で|は|が|を|の|も|、|:)*$")),
)
_DIRECTION = re.compile(r"^(?:より|の|以上|以内)?(前|後|先)")
_PER = re.compile(r"(?:(?P<times>\d{1,3}|半)か?)?(?P<unit>[年月週日時期])(?:額|間|率)?(?:に|、|は|で|利率)?(?:最大|上限|約)?$")

_DAYS_PER = re.compile(r"(?<!期)(?:(?P<times>\d{1,3})か?)?(?P<unit>[年月週])(?:間?に)?$")
"""Days are said by the month with nothing between: 「月8日」, 「1か月に8日」."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of folded[start:end]: value in its base unit, which bound it sets («>=», «>», «<=», «<», «» for none), and whether it
    counts back or on from something («前», «後»). `written` is the number as it stands, without its unit."""

    value: float
    base: str
    bound: str
    direction: str
    start: int
    end: int
    written: float
    text: str
    per: str = ""

    @property
    def kind(self) -> ReasonKind:
        """The kind of reason when it is wrong."""
        return _KINDS.get(self.base, "number")

    @property
    def reference(self) -> bool:
        """Whether it is the number of an article, paragraph or item."""
        return self.base in ("条", "項", "号", "章", "節", "編")

    @property
    def counts(self) -> bool:
        """Whether it may count the members of a list."""
        return self.base in _COUNTS

    def equals(self, other: Measure) -> bool:
        """Whether both are the same quantity."""
        return self.base == other.base and abs(self.value - other.value) < 1e-9 * max(1.0, abs(self.value))

    def holds(self, value: float) -> bool:
        """Whether the value lies within the bound that this one sets."""
        return {">=": value >= self.value, ">": value > self.value, "<=": value <= self.value, "<": value < self.value}.get(
            self.bound, False
        )


@lru_cache(maxsize=8_000)
def measures(folded: str) -> tuple[Measure, ...]:
    """The numbers with their units, in reading order; dates and times of day are not among them."""
    from rag.moments import moments

    taken = [(m.start, m.end) for m in moments(folded)]
    out: list[Measure] = []
    for match in _FRACTION.finditer(folded):
        if whole := kanji_number(match[1]):
            out.append(_measure(folded, 100 * kanji_number(match[2]) / whole, "%", match, float(kanji_number(match[2]))))
            taken.append(match.span())
    for match in _SLASHED.finditer(folded):
        if not any(a < match.end() and match.start() < b for a, b in taken):
            out.append(_measure(folded, 100 * int(match[1]) / int(match[2]), "%", match, float(match[1])))
            taken.append(match.span())
    for match in _WRITTEN_OUT.finditer(folded):
        if any(a < match.end() and match.start() < b for a, b in taken):
            continue
        base, factor = _UNITS.get(match[2], (match[2], 1.0))
        value = float(kanji_number(match[1]))
        out.append(_measure(folded, value * factor, base, match, value))
        taken.append(match.span())
    for match in _WORDS.finditer(folded):
        if match[0] in _WORD:
            out.append(_measure(folded, *_WORD[match[0]], match, _WORD[match[0]][0]))
    for match in _MEASURE.finditer(folded):
        if any(a < match.end() and match.start() < b for a, b in taken):
            continue
        out.extend(_read(folded, match))
    return tuple(sorted(out, key=lambda m: m.start))


def _read(folded: str, match: re.Match[str]) -> list[Measure]:
    """The measure of a match, or both ends of a range."""
    unit = match["unit"] or ""
    if match["number"].count(".") > 1 or (
        match["number"].startswith("0") and match["number"].isdigit() and len(match["number"]) > 2
    ):
        return []  # 1.2.3, telephone numbers
    if match["ordinal"] and not unit and folded[match.end() : match.end() + 1] > "一":
        return []  # 第一報, 第二種: a part of a name
    if unit == "度" and match["number"] in "123" and (_TIMES.match(folded, match.end()) or folded[match.start() - 1] == "に"):
        unit = "回"
    base, factor = _UNITS.get(unit, (unit, 1.0))
    if match["ordinal"] and base not in ("条", "項", "号", "章", "節", "編"):
        base = "第" + base
    more = float(match["months"] or match["minutes"] or match["tenth"] or 0) + (
        factor / 2 if match["half"] and unit in ("年", "時間", "か月") else 0.0
    )
    first, last = float(match["number"]), match["last"]
    if last is None:
        return [_measure(folded, first * factor + more, base, match, first)]
    low, high = (
        _measure(folded, first * factor, base, match, first),
        _measure(folded, float(last) * factor + more, base, match, float(last)),
    )
    return [
        Measure(low.value, base, ">=", low.direction, match.start("number"), match.end("number"), first, low.text),
        Measure(high.value, base, "<=", high.direction, match.start("last"), match.end(), float(last), high.text),
    ]


def _measure(folded: str, value: float, base: str, match: re.Match[str], written: float) -> Measure:
    after, before = folded[match.end() : match.end() + 14], folded[max(0, match.start() - 8) : match.start()]
    if base == "人" and after.startswith("分"):
        after = after[1:]  # 百人分に満たない
    direction = _DIRECTION.match(after) if base in ("日", "か月", "分", "営業日", "秒", "労働日") else None
    rest = after[direction.end() :] if direction else after
    bound = (
        (">" if match[0] == "過半数" else "")
        or next((b for b, p in _AFTER if p.match(rest)), "")
        or next((b for b, p in _BEFORE if p.search(before)), "")
    )
    per = (_PER if base in _RATED else _DAYS_PER).search(before) if base in _RATED or base == "日" else None
    at = match.start()
    return Measure(
        value, base, bound, direction[1] if direction else "", at, match.end(), written, match[0], _rate(per) if per else ""
    )


def _rate(per: re.Match[str]) -> str:
    """By what something is counted: 「年」 for 1年に and 毎年, 「2年」, 「6月」 for 半年."""
    times, unit = per["times"] or "1", per["unit"]
    if times == "半" and unit in "年期":
        times, unit = "6", "月"
    return unit if times == "1" else times + unit
