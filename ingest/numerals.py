"""Numbers as automatic numbering writes them, by the names that Word files give the formats (ISO/IEC 29500-1, 17.18.59)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_DIGITS = "〇一二三四五六七八九"
_FORMAL = "零壱弐参四伍六七八九"
_CHINESE, _SIMPLIFIED = "零壹貳參肆伍陸柒捌玖", "零壹贰叁肆伍陆柒捌玖"
_UNITS, _FORMAL_UNITS, _CHINESE_UNITS = "十百千万", "拾百阡萬", "拾佰仟萬"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_AIUEO = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_AIUEO_HALF = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝ"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
_IROHA_HALF = "ｲﾛﾊﾆﾎﾍﾄﾁﾘﾇﾙｦﾜｶﾖﾀﾚｿﾂﾈﾅﾗﾑｳヰﾉｵｸﾔﾏｹﾌｺｴﾃｱｻｷﾕﾒﾐｼヱﾋﾓｾｽﾝ"
_LONGEST = 32


def numeral(number: int, form: str) -> str:
    """The number in a format such as `decimal`, `japaneseCounting` or `irohaFullWidth`; in digits where the format has no sign
    for it or is not known."""
    written = _FORMS[form](number) if form in _FORMS and number > 0 else ""
    return written or ("" if form == "none" else str(number))


def _positional(number: int) -> str:
    return "".join(_DIGITS[int(d)] for d in str(number))


def _counted(number: int, digits: str, units: str, spelled: bool) -> str:
    """By place value, as in 百二十三; `spelled` says whether a one before a unit is written, as in 壱百弐拾参."""
    if number >= 10_000:
        if number >= 100_000_000:
            return ""
        rest = number % 10_000
        return (
            _counted(number // 10_000, digits, units, spelled)
            + units[3]
            + (_counted(rest, digits, units, spelled) if rest else "")
        )
    written = ""
    for power, unit in ((1000, units[2]), (100, units[1]), (10, units[0]), (1, "")):
        digit = number // power % 10
        if digit:
            written += ("" if digit == 1 and unit and not spelled else digits[digit]) + unit
    return written


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN if number < 4000 else ():
        written += letters * (number // value)
        number %= value
    return written


def _letters(number: int) -> str:
    """a to z, then aa to zz: a letter repeated, not places of 26."""
    times, letter = divmod(number - 1, 26)
    return chr(ord("a") + letter) * (times + 1) if times < _LONGEST else ""


def _cycled(number: int, signs: str) -> str:
    return signs[(number - 1) % len(signs)]


def _listed(number: int, signs: str) -> str:
    return signs[number - 1] if number <= len(signs) else ""


def _run(first: str, length: int) -> Callable[[int], str]:
    """Signs that follow each other in Unicode."""
    return partial(_listed, signs="".join(chr(ord(first) + i) for i in range(length)))


_kanji = partial(_counted, digits=_DIGITS, units=_UNITS, spelled=False)

_FORMS: dict[str, Callable[[int], str]] = {
    "none": lambda _: "",
    "decimalFullWidth": lambda n: str(n).translate(_FULL_WIDTH),
    "decimalFullWidth2": lambda n: str(n).translate(_FULL_WIDTH),
    "decimalZero": lambda n: f"{n:02}",
    "numberInDash": lambda n: f"- {n} -",
    "decimalEnclosedCircle": _run("①", 20),
    "decimalEnclosedCircleChinese": _run("①", 20),
    "decimalEnclosedParen": _run("⑴", 20),
    "decimalEnclosedFullstop": _run("⒈", 20),
    "upperRoman": lambda n: _roman(n).upper(),
    "lowerRoman": _roman,
    "upperLetter": lambda n: _letters(n).upper(),
    "lowerLetter": _letters,
    "aiueo": partial(_cycled, signs=_AIUEO_HALF),
    "aiueoFullWidth": partial(_cycled, signs=_AIUEO),
    "iroha": partial(_cycled, signs=_IROHA_HALF),
    "irohaFullWidth": partial(_cycled, signs=_IROHA),
    "japaneseCounting": _kanji,
    "chineseCounting": _kanji,
    "taiwaneseCounting": _kanji,
    "chineseCountingThousand": _kanji,
    "taiwaneseCountingThousand": _kanji,
    "ideographDigital": _positional,
    "japaneseDigitalTenThousand": _positional,
    "taiwaneseDigital": _positional,
    "japaneseLegal": partial(_counted, digits=_FORMAL, units=_FORMAL_UNITS, spelled=True),
    "ideographLegalTraditional": partial(_counted, digits=_CHINESE, units=_CHINESE_UNITS, spelled=True),
    "chineseLegalSimplified": partial(_counted, digits=_SIMPLIFIED, units=_CHINESE_UNITS, spelled=True),
    "ideographTraditional": partial(_cycled, signs="甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": partial(_cycled, signs="子丑寅卯辰巳午未申酉戌亥"),
    "ideographEnclosedCircle": _run("㊀", 10),
}
