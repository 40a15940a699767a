"""Folding stored text to the one form in which words are compared, with the way back to the stored offsets.

Folding serves search and comparison alone; stored text is never changed. It brings together: width and case (NFKC), old and
new kanji, radicals that PDF fonts put for characters, mark-up inside sentences, spaces and line ends inside Japanese text,
漢数字 and digits (第十一条 = 第11条), amounts (3万 = 30,000), 和暦 and 西暦, and the ways of writing a day (2024/4/1).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rag.radicals import RADICALS
from rag.types import Span

_OLD = (
    "國国學学會会體体變変對対圖図廣広澤沢邊辺濱浜櫻桜龍竜眞真榮栄豐豊藝芸醫医續続辯弁辨弁瓣弁舊旧實実寫写處処證証譯訳讀読賣売轉転鐵鉄關関點点黨党"
    "齊斉齋斎壽寿嚴厳號号據拠擧挙權権檢検廢廃歸帰氣気獨独發発禮礼稅税經経縣県總総聲声萬万與与觀観覽覧價価佛仏假仮傳伝兒児兩両剩剰勞労區区單単團団壓圧"
    "壞壊孃嬢寶宝將将從従德徳應応懷懐戰戦戲戯拂払拜拝攝摂數数斷断晝昼曆暦樂楽樓楼樞枢橫横殘残殼殻毆殴淨浄淺浅濟済灣湾爐炉爭争犧犠狀状畫画當当疊畳盡尽"
    "硏研祕秘禪禅稱称穩穏竊窃粹粋繪絵繩縄縱縦繼継聽聴膽胆臟臓臺台莊荘藏蔵藥薬裝装覺覚觸触謠謡譽誉豫予贊賛踐践輕軽遞逓遲遅醉酔釀醸釋釈錢銭鑄鋳鑛鉱陷陥"
    "險険隨随隱隠雙双雜雑靈霊靜静顯顕餘余驅駆驗験髓髄鬪闘鷄鶏鹽塩麥麦黃黄默黙齒歯齡齢亞亜惡悪爲為圍囲隸隷祿禄錄録綠緑緖緒"
)
_VARIANTS = str.maketrans(dict(zip(_OLD[::2], _OLD[1::2], strict=True))) | RADICALS

_JA = r"ぁ-ヿ㐀-鿿豈-﫿々〆ー、。「」『』（）【】〔〕・！？：；，．"
_DIGIT = {c: i for i, c in enumerate("〇一二三四五六七八九")}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
_KANJI = "〇一二三四五六七八九十百千"
_COUNTER = (
    r"条|項|号|章|節|款|編|年|箇月|か月|カ月|ヶ月|ヵ月|ケ月|ヶ所|か所|箇所|月|日|時間|分間|秒|円|名|人|回|件|歳|才|週|倍|割|営業日|親等|級|泊|期|台|社|版|点|位|"
    r"パーセント|%|時(?![的金期点代々])"
)
_ERA = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "h": 1988, "r": 2018, "s": 1925}


def kanji_number(text: str) -> int:
    """The value of a number in kanji or digits with 万, 億, 兆: 十一 → 11, 二〇二四 → 2024, 3万5千 → 35000.

    Raises ValueError on anything else.
    """
    if text and all(c in _DIGIT for c in text):
        return int("".join(str(_DIGIT[c]) for c in text))
    total = part = 0
    digits = ""
    for char in text:
        if char in _DIGIT:
            digits += str(_DIGIT[char])
        elif char.isascii() and char.isdigit():
            digits += char
        elif char in _SMALL:
            part += int(digits or 1) * _SMALL[char]
            digits = ""
        elif char in _LARGE:
            total += ((part + int(digits or 0)) or 1) * _LARGE[char]
            part, digits = 0, ""
        else:
            raise ValueError(f"not a number: {text}")
    return total + part + int(digits or 0)


def _number(match: re.Match[str]) -> str:
    return str(kanji_number(match[0]))


def _grouped(match: re.Match[str]) -> str:
    """一、二〇〇 → 1200."""
    return str(kanji_number(match[0].replace("、", "")))


def _amount(match: re.Match[str]) -> str:
    """3.5億 → 350000000, 3万5千 → 35000."""
    whole, fraction, scale, rest = match[1], match[2], match[3], match[4]
    if fraction:
        scaled = int(whole + fraction) * (_SMALL | _LARGE)[scale]
        return str(scaled // 10 ** len(fraction)) + rest
    return str(kanji_number(whole + scale + rest))


def _year(match: re.Match[str]) -> str:
    return f"{_ERA[match[1]] + (1 if match[2] == '元' else int(match[2]))}年"


def _short_date(match: re.Match[str]) -> str:
    return f"{_ERA[match[1]] + int(match[2])}年{int(match[3])}月{int(match[4])}日"


def _day(match: re.Match[str]) -> str:
    return f"{match[1]}年{int(match[2])}月{int(match[3])}日"


Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def _drop(match: re.Match[str]) -> str:
    return ""


def _joined(match: re.Match[str]) -> str:
    """Nothing for spaces and line ends inside Japanese text, but the space between the number of an item and one that its text begins
    with: 「三　一年以上」 is no 31年."""
    text, begin, end = match.string, match.start(), match.end()
    if text[end] not in _NUMERALS or text[begin - 1] not in _NUMERALS:
        return ""
    return " " if "\n" not in match[0] and _LABEL.search(text, max(0, begin - 5), begin) else ""


_MARKUP: tuple[Rule, ...] = (
    (re.compile(r"<sup>[^<]{0,12}</sup>|\[\^[^\]]{1,6}\]:?|\^\{(?:[*†]\d{1,2}|\d{1,2}[)）]|[*†]+)\}", re.I), _drop),
    (re.compile(r"<br\s*/?>", re.I), lambda m: "\t"),
    (re.compile(r"</?[a-zA-Z][^<>]{0,200}>"), _drop),
    (re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)"), lambda m: m[1]),
    (re.compile(r"\*\*+|__+|~~+|`+|\$|[{}\\]|^#{1,6} ", re.M), _drop),
)
_MARKED = re.compile(r"[<*\[{}\\#`$_~]")
_NUMERALS = frozenset(f"{_KANJI}0123456789")
_LABEL = re.compile(rf"(?:^|(?<=[\s|]))[{_KANJI}\d]{{1,4}}\Z")
_SPACES = re.compile(r"[ \n\r]")
_DASHES = re.compile("[-‐‑–—―−─]")
_JOINING: tuple[Rule, ...] = (
    (re.compile(rf"(?<=[{_JA}])[ \n\r]+(?=\S)|(?<=\S)[ \n\r]+(?=[{_JA}])"), _joined),
    (re.compile(r"(?<=[ァ-ヺ])[-‐‑–—―−─](?=[ァ-ヺ])"), lambda m: "ー"),
)
_NUMBERS: tuple[Rule, ...] = (
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), _drop),
    (
        re.compile(
            rf"(?<![{_KANJI}、])[一二三四五六七八九][〇一二三四五六七八九]{{0,2}}(?:、[〇一二三四五六七八九]{{3}})+(?={_COUNTER})"
        ),
        _grouped,
    ),
    (re.compile(rf"百分の([{_KANJI}]{{1,12}}|\d{{1,12}})"), lambda m: f"{m[1] if m[1].isascii() else kanji_number(m[1])}%"),
    (
        re.compile(rf"[{_KANJI}](?<=第.)[{_KANJI}]{{0,11}}"),
        _number,
    ),  # what begins with a class is found faster than by looking back
    (
        re.compile(
            rf"[{_KANJI}](?<![\d{_KANJI}分万億兆].)(?<!十(?=分))[{_KANJI}]{{0,11}}(?:[万億兆][{_KANJI}]{{0,12}}){{0,3}}(?={_COUNTER})"
        ),
        _number,
    ),
    (
        re.compile(
            r"(?<!\d)(\d{1,12})(?:\.(\d{1,6}))?([千万億兆])((?:\d{1,4}[十百千]?[万億]|\d{1,4}[十百千]){0,4}(?:\d{1,8}(?=円))?)"
        ),
        _amount,
    ),
    (re.compile(r"[ヶヵケカ箇](?=[月所条年](?!者))"), lambda m: "か"),
    (re.compile(r"(明治|大正|昭和|平成|令和)(元|\d{1,2})年"), _year),
    (re.compile(r"(?<![a-z0-9])([hrs])(\d{1,2})\.(\d{1,2})\.(\d{1,2})(?!\d)"), _short_date),
    (re.compile(r"(?<![\d/.-])(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?![\d/-])"), _day),
    (re.compile("パーセント"), lambda m: "%"),
)
_NEEDED = tuple(
    map(
        re.compile,
        (
            ",",
            "、[〇一二三四五六七八九]{3}",
            "百分の",
            f"第[{_KANJI}]",
            f"[{_KANJI}]",
            r"\d[\d.]*[千万億兆]",
            "[ヶヵケカ箇][月所条年]",
            "[治正和成][元0-9]",
            r"[hrs]\d",
            "[/.-]",
            "パ",
        ),
    )
)
"""Without a match of this, the rule at the same place of _NUMBERS changes nothing; looking is cheaper than trying."""
_NUMERIC = re.compile(rf"[\d{_KANJI}]|[ヶヵケカ箇][月所条年]|パーセント|元年")
_CLUSTER = re.compile(r"[\s\S][\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1160-\u11ff]*")


_UNUSUAL = re.compile("[^\t\n -~ぁ-ゖァ-ヺー一-鿿\u3000-\u3003々〆〇〈-】〔-〛〜・！-～]")
_WIDE = re.compile("[\u3000！-～A-Z]+")
_HAS_VARIANT = re.compile(f"[{''.join(map(chr, _VARIANTS))}]")


class _Narrowed(dict[str, str]):
    """Memo from a run of wide or upper-case characters to the same in NFKC and lower case."""

    def __missing__(self, run: str) -> str:
        narrowed = unicodedata.normalize("NFKC", run).lower()
        if len(self) < 100_000:
            self[run] = narrowed
        return narrowed


_narrowed = _Narrowed()


def narrow_usual(text: str) -> str | None:
    """NFKC and lower case of a text of everyday characters, several times as fast as by `unicodedata`; None where it has others."""
    return None if _UNUSUAL.search(text) else _WIDE.sub(lambda run: _narrowed[run[0]], text)


def _narrow(text: str) -> str:
    narrowed = narrow_usual(text)
    if narrowed is None:
        narrowed = unicodedata.normalize("NFKC", text).lower()
    return narrowed.translate(_VARIANTS) if _HAS_VARIANT.search(narrowed) else narrowed


def fold(text: str) -> str:
    """The folded form of the text."""
    if _MARKED.search(text):
        for pattern, put in _MARKUP:
            text = pattern.sub(put, text)
    text = _narrow(text)
    for needed, (pattern, put) in zip((_SPACES, _DASHES), _JOINING, strict=True):
        if needed.search(text):
            text = pattern.sub(put, text)
    if _NUMERIC.search(text):
        for needed, (pattern, put) in zip(_NEEDED, _NUMBERS, strict=True):
            if needed.search(text):
                text = pattern.sub(put, text)
    return text


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text with the way back: character i of `text` came from the stored code points [starts[i], ends[i])."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def stored(self, start: int, end: int) -> Span:
        """The span of the stored text from which the folded characters [start, end) came; they must not be empty."""
        return Span(min(self.starts[start:end]), max(self.ends[start:end]))


@lru_cache(maxsize=256)
def fold_with_offsets(text: str) -> Folded:
    """The folded form with its offset map; `fold_with_offsets(t).text == fold(t)`. The last ones are kept: a question is read repeatedly."""
    folded = Folded(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)))
    for rule in _MARKUP:
        folded = _apply(folded, *rule)
    if _narrow(folded.text) != folded.text:  # parts of a text that stays as it is stay as they are
        folded = _apply(folded, _CLUSTER, lambda m: _narrow(m[0]))
    for rule in (*_JOINING, *_NUMBERS):
        folded = _apply(folded, *rule)
    return folded


def _apply(folded: Folded, pattern: re.Pattern[str], put: Callable[[re.Match[str]], str]) -> Folded:
    """Replace every match, giving each new character the stored span of the whole match (its own where nothing changes)."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last = 0
    for match in pattern.finditer(folded.text):
        new = put(match)
        begin, end = match.span()
        if new == match[0]:
            continue
        pieces += [folded.text[last:begin], new]
        starts += folded.starts[last:begin]
        ends += folded.ends[last:begin]
        if new:
            source = folded.stored(begin, end)
            starts += [source.start] * len(new)
            ends += [source.end] * len(new)
        last = end
    if not pieces:
        return folded
    return Folded("".join(pieces) + folded.text[last:], (*starts, *folded.starts[last:]), (*ends, *folded.ends[last:]))
