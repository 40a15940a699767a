"""Addresses of places in a document as people write them: 旅費規程第12条第3項, 12条3項, 附則第2項, 別表第1の部長の行."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.fold import fold, kanji_number
from rag.types import Span

Part = tuple[str, str]
"""A step of an address: its kind (編 章 節 款 目 条 項 号 イ （1） 附則 別表 様式 … 本文 ただし書 前段 後段 行) and its number, `12の2`."""

GROUPS = ("編", "章", "節", "款", "目")
APPENDED = ("別表", "別紙", "別記", "別添", "様式", "別記様式", "別紙様式")
WORDS = ("本文", "ただし書", "前段", "後段")
ROW_WORDS = 20
"""How many characters of a row's first cell name it."""

N = r"[0-9０-９〇一二三四五六七八九十百千]+"
_BRANCH = rf"((?:[のノ]{N}(?![0-9０-９〇一二三四五六七八九十百千]*[編章節款条項号行]))*)"
_GAP = r"[ 　\n]?の?[ 　]?"
_GROUP = re.compile(rf"第[ 　]?({N})[ 　]?([編章節款目])(?!的|標|次){_BRANCH}")
_ARTICLE = re.compile(rf"第[ 　]?({N})[ 　]?条{_BRANCH}(?!約|例|件)")
_BARE_ARTICLE = re.compile(rf"([0-9０-９]+)条{_BRANCH}(?!約|例|件)")
_LOWER = (
    ("項", re.compile(rf"第?[ 　]?({N})[ 　]?項()(?!目)")),
    ("号", re.compile(rf"第?[ 　]?({N})[ 　]?号{_BRANCH}(?!様式|書式|被保険|議案|法定受託)")),
    ("イ", re.compile(r"([イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマ])()(?![ァ-ヺー])")),
    ("（1）", re.compile(rf"[（(]({N})[）)]()")),
)
SUPPLEMENT = re.compile(r"[附付][ 　]*則(?:[ 　]?[（(]([^（）()\n]{1,60})[）)])?")
APPENDIX = re.compile(
    rf"(別記様式|別紙様式|別表|別紙|別記|別添|様式(?=[ 　]?第?[ 　]?{N}))(?:[ 　]?第?[ 　]?({N})(?:号)?{_BRANCH})?"
)
_PHRASE = re.compile(r"の?(本文|ただし書|但し?書|前段|後段)き?")
_ROW_OF = re.compile(rf"[ 　]?の?(?:第?({N})行目|[「]?([^ 　、。「」の\n]{{1,{ROW_WORDS}}})[」]?の行)")
START = re.compile(
    rf"第[ 　]?{N}[ 　]?[編章節款目条項号]|(?<![0-9０-９第.．])[0-9０-９]+条|[附付][ 　]*則|別表|別紙|別記|別添|様式"
)

_KIND = (
    r"規程|規則|規定|規約|基準|要綱|要領|要項|細則|法律|法|令|条例|条約|協定|契約|契約書|指針|方針|ガイドライン|マニュアル|約款|定款|憲章|"
    r"手引|手引き|手順|手順書|内規|通達|通知|告示|計画|規範|ルール|ポリシー|標準"
)
_NUMBERED_LAW = re.compile(r"(?:法律|令|規則|告示|条約|布告|訓|達|規程|条例|発|決議)$")
_TITLE = re.compile(
    rf"(?:「(?P<quoted>[^「」\n]{{1,60}})」|(?P<number>(?:明治|大正|昭和|平成|令和)(?:元|{N})年[^、。「」（）()\s]{{1,20}}?第{N}号)|"
    rf"(?P<words>[^、。，．\s「」『』（）()：:；;?？]{{0,60}}?(?:{_KIND})))"
    r"(?:\n?[（(][^（）()\n]{1,120}[）)])?[ 　]?の?[ 　]?$"
)
_CUT = re.compile(
    r".*(?:[はがをへ]|又は|若しくは|及び|並びに|または|および|もしくは|ならびに|(?<!関)する|した|された|いう|よる|により|として|それぞれ|ほか、|係る|おける|基づく)(?=.)"
)
_NO_TITLE = re.compile(r"[、。?？はをがで]|^.{61}")
_POLITE = re.compile(r"^(?:すみません|教えて|では|それでは|次に|あの)?[、,]?[ 　]*|[ 　]+$")
_ASKED = re.compile(
    r"(?:[（(][^（）()]{1,40}[）)])?の?(?:内容|中身|条文|全文|規定|文言|原文|文章|定め|記載|箇所|場所)?"
    r"(?:を|は|とは|って|には|に|が|では|について|の)?[、 　]?"
    r"(?:(?:何|なん|なに)(?:と|て|って|が)?|どう|どんな(?:内容|こと)が?|どこに?|どのように)?"
    r"(?:(?:書い|書かれ|定め|定められ|規定され|記載され|載っ|なっ)て(?:い?る|い?ます|あります|ある)|(?:見せ|教え|示し|表示し|開い|出し|読ん|引用し|確認し)[てで]"
    r"|(?:見|読み|知り|確認し)たい|開く|表示|ある|あります|読む|見る)?"
    r"(?:ください|下さい|もらえますか|いただけますか|くれますか|ほしい|欲しい|お願いします|です|でしょう|だ|の|ん|か|かな)*[。?？！!]*"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A place: the words of the document's title (empty when none is named) and the way down to it."""

    title: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The address as readers write it: 旅費規程第12条の2第3項."""
        return self.title + "".join(_written(kind, number) for kind, number in self.parts)

    def under(self, kind: str) -> str:
        """The number of the step of this kind, empty where there is none."""
        return next((number for k, number in self.parts if k == kind), "")


@dataclass(frozen=True, slots=True)
class Mention:
    """An address with the span of the text that says it, title included; `at` is where its steps begin."""

    address: Address
    span: Span
    at: int


def find_addresses(text: str) -> tuple[Mention, ...]:
    """The addresses that a text names, in order, none inside another."""
    out: list[Mention] = []
    end = 0
    for start in START.finditer(text):
        if start.start() < end or is_law_number(text, start):
            continue
        parts, stop = parse_parts(text, start.start())
        if parts:
            title, begin = title_before(text, end, start.start())
            out.append(Mention(Address(title, parts), Span(begin, stop), start.start()))
            end = stop
    return tuple(out)


def is_law_number(text: str, start: re.Match[str]) -> bool:
    """Whether the number is a law's own: 平成十五年法律第五十七号."""
    return start[0].endswith("号") and bool(_NUMBERED_LAW.search(text, max(0, start.start() - 4), start.start()))


def asked_address(text: str) -> Address | None:
    """The address that a question asks to open: it says nothing else but a title, politeness, «を見せて», «に何と書いてある»; else None."""
    found = find_addresses(text)
    if len(found) != 1 or not _ASKED.fullmatch(text[found[0].span.end :].strip()):
        return None
    title = _POLITE.sub("", text[: found[0].at]).removesuffix("の").strip("「」『』 　")
    return None if _NO_TITLE.search(title) else Address(title, found[0].address.parts)


def parse_parts(text: str, at: int) -> tuple[tuple[Part, ...], int]:
    """The steps of the address that begins at an offset, and where it ends; no steps where none begins."""
    steps = list(_steps(text, at))
    return tuple(part for part, _ in steps), steps[-1][1] if steps else at


def parse_lower(text: str, at: int) -> tuple[tuple[Part, ...], int]:
    """The steps below an article that go on at an offset, as after 前条, and where they end."""
    steps = list(_lower(text, at, started=True))
    return tuple(part for part, _ in steps), steps[-1][1] if steps else at


def _steps(text: str, at: int) -> Iterator[tuple[Part, int]]:
    """Each step with the offset behind it: what is appended, groups, an article, then 項 号 イ, then words or a row."""
    started = False
    if found := SUPPLEMENT.match(text, at):
        yield ("附則", found[1] or ""), (at := found.end())
        started = True
    elif found := APPENDIX.match(text, at):
        yield (found[1], number_of(found[2] or "", found[3] or "")), (at := found.end())
        if row := _ROW_OF.match(text, at):
            yield ("行", str(_value(row[1])) if row[1] else row[2]), row.end()
        return
    while found := _GROUP.match(text, _after_gap(text, at) if started else at):
        yield (found[2], number_of(found[1], found[3])), (at := found.end())
        started = True
    here = _after_gap(text, at) if started else at
    if found := _ARTICLE.match(text, here) or _BARE_ARTICLE.match(text, here):
        yield ("条", number_of(found[1], found[2])), (at := found.end())
        started = True
    yield from _lower(text, at, started)


def _lower(text: str, at: int, started: bool) -> Iterator[tuple[Part, int]]:
    """The steps below an article: 項, 号, イ, （1）, then ただし書."""
    for kind, pattern in _LOWER:
        here = _after_gap(text, at) if started and kind in "項号" else at
        found = pattern.match(text, here) if started or text.startswith("第", here) else None
        if found and (kind in "項号" or started):
            yield (kind, found[1] if kind == "イ" else number_of(found[1], found[2])), (at := found.end())
            started = True
    if started and (found := _PHRASE.match(text, at)):
        yield ("ただし書" if found[1][0] in "た但" else found[1], ""), found.end()


_GAP_PATTERN = re.compile(_GAP)


def _after_gap(text: str, at: int) -> int:
    found = _GAP_PATTERN.match(text, at)
    return found.end() if found else at


def number_of(number: str, branch: str = "") -> str:
    """A number with its branches in digits: 十二, の二 → 12の2; empty for none."""
    if not number:
        return ""
    return "の".join(str(_value(n)) for n in (number, *re.split("[のノ]", branch)[1:]))


@lru_cache(maxsize=4096)
def _value(number: str) -> int:
    return kanji_number(fold(number))


def _written(kind: str, number: str) -> str:
    if kind in GROUPS or kind in ("条", "項", "号"):
        first, *branches = number.split("の")
        return f"第{first}{kind}" + "".join(f"の{b}" for b in branches)
    if kind in APPENDED:
        return kind + (f"第{number}" if number else "")
    return {"イ": number, "（1）": f"（{number}）", "行": f"の{number}の行"}.get(kind, kind + (f"（{number}）" if number else ""))


def title_before(text: str, floor: int, start: int) -> tuple[str, int]:
    """The title that stands right before an address, and where it begins; without one the address's own beginning."""
    low = max(floor, start - 200)
    found = _TITLE.search(text, low, start)
    if not found:
        return "", start
    if whole := found["quoted"] or found["number"]:
        return whole, found.start()
    cut = _CUT.match(found["words"])
    words = (found["words"][cut.end() :] if cut else found["words"]).removeprefix("の")
    return (words, found.end("words") - len(words)) if not re.search(r"[のに]規定$", words) else ("", start)
