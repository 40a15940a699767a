"""The codes of Excel's number formats: from `#,##0"円";-0` to tokens (ECMA-376 part 1, 18.8.31)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

BUILTIN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"¥"#,##0;"¥"-#,##0', 6: '"¥"#,##0;"¥"-#,##0',
    7: '"¥"#,##0.00;"¥"-#,##0.00', 8: '"¥"#,##0.00;"¥"-#,##0.00', 9: "0%", 10: "0.00%", 11: "0.00E+00",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy/m/d h:mm", 27: "[$-411]ge.m.d", 28: '[$-411]ggge"年"m"月"d"日"', 29: '[$-411]ggge"年"m"月"d"日"', 30: "m/d/yy",
    31: 'yyyy"年"m"月"d"日"', 32: 'h"時"mm"分"', 33: 'h"時"mm"分"ss"秒"', 34: 'yyyy"年"m"月"', 35: 'm"月"d"日"', 36: "[$-411]ge.m.d",
    37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
    41: '#,##0;-#,##0;"-";@', 42: '"¥"#,##0;"¥"-#,##0;"¥-";@', 43: '#,##0.00;-#,##0.00;"-"??;@', 44: '"¥"#,##0.00;"¥"-#,##0.00;"¥-"??;@',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@", 50: "[$-411]ge.m.d", 51: '[$-411]ggge"年"m"月"d"日"',
    52: 'yyyy"年"m"月"', 53: 'm"月"d"日"', 54: '[$-411]ggge"年"m"月"d"日"', 55: 'yyyy"年"m"月"', 56: 'm"月"d"日"', 57: "[$-411]ge.m.d",
    58: '[$-411]ggge"年"m"月"d"日"',
}  # fmt: skip
"""The formats that a file names by number alone; their meaning depends on the country, here Japan."""

_SYSTEM = {"$-F800": 'yyyy"年"m"月"d"日"', "$-X-SYSDATE": 'yyyy"年"m"月"d"日"', "$-F400": "h:mm:ss", "$-X-SYSTIME": "h:mm:ss"}
_TOKEN = re.compile(
    r"""(?P<quoted>"[^"]*"?)|\\(?P<escaped>.)|(?P<space>[_*].)|\[(?P<bracket>[^\]]*)\]|(?P<end>;)|(?P<general>General|G/標準)
    |(?P<half>AM/PM|A/P)|(?P<exponent>E[+-](?=[0#?]))|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|g+|e+|a{3,4})
    |(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<text>@)|(?P<fraction>/(?=[ ]*[?#0-9]))|(?P<other>.)""",
    re.I | re.X | re.S,
)
_ELAPSED = re.compile(r"(h+|m+|s+)", re.I)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=) *(-?[0-9.]+)")


@dataclass(frozen=True, slots=True)
class Section:
    """One of the up to four parts of a format: its tokens as (kind, written) and the test that chooses it."""

    tokens: tuple[tuple[str, str], ...]
    test: tuple[str, float] | None = None
    wide: bool = False
    first_year: bool = False

    def has(self, kind: str) -> bool:
        return any(k == kind for k, _ in self.tokens)


@lru_cache(maxsize=4096)
def sections(code: str) -> tuple[Section, ...]:
    """The parts of a format; a format of the system stands for what Japanese Windows shows."""
    parts: list[list[tuple[str, str]]] = [[]]
    brackets: list[list[str]] = [[]]
    for match in _TOKEN.finditer(code[:1000]):
        kind, written = match.lastgroup or "other", match[match.lastgroup or 0]
        if kind == "end":
            parts.append([])
            brackets.append([])
        elif kind == "bracket":
            if system := _SYSTEM.get(written.upper()):
                return sections(system)
            brackets[-1].append(written)
            parts[-1] += _from_bracket(written)
        elif kind != "space":
            literal = kind in ("quoted", "escaped", "other")
            parts[-1].append(("literal" if literal else kind, written.strip('"') if kind == "quoted" else written))
    return tuple(_section(tokens, inner) for tokens, inner in zip(parts, brackets, strict=True))


def _from_bracket(written: str) -> Iterator[tuple[str, str]]:
    """What of a bracket is shown: a currency, or time that runs past its unit; colours and languages are not."""
    if written.startswith("$"):
        yield "literal", written[1:].split("-")[0]
    elif _ELAPSED.fullmatch(written):
        yield "elapsed", written.lower()


def _section(tokens: list[tuple[str, str]], brackets: list[str]) -> Section:
    conditions = [match for written in brackets if (match := _CONDITION.fullmatch(written))]
    test = (conditions[0][1], _float(conditions[0][2])) if conditions else None
    if any(kind == "point" for kind, _ in tokens) and not any(kind == "digit" for kind, _ in tokens):
        tokens = [("literal", written) if kind in ("point", "comma") else (kind, written) for kind, written in tokens]
    return Section(
        tuple(tokens),
        test,
        any(w.upper() == "DBNUM3" for w in brackets),
        any("gannen" in written.lower() for written in brackets),
    )


def _float(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 0.0
