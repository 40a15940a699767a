"""What a unit of a document states, as one sentence that stands for it: an item with its lead, a row with its header, a ただし書 with
the sentence that it limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from eval.claimsource import Source
from eval.inflection import predicate

SENTENCE = range(12, 140)
_UNCLEAR = re.compile(
    r"次の|次に掲げる|以下の|下の表|この場合|^(?:なお|また|どちらも|これ|それ|その|一方|当時|このうち|そこで)|[？?]|…|http"
)
_HEAD = re.compile(r"^[^、。]{2,40}?(?:は|には|が|については|では)、")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence (without 。) that follows from its source's quotes; `form` says how it was made of them."""

    source: Source
    words: str
    form: str


def statements(source: Source) -> tuple[Statement, ...]:
    """The statements that a source makes; none where it cannot be said in one sentence."""
    made = _MAKERS[_form(source)](source)
    return tuple(
        Statement(source, w, _form(source)) for w in made if len(w) in SENTENCE and not _UNCLEAR.search(w) and "　" not in w
    )


def _form(source: Source) -> str:
    if source.unit.kind == "sentence" or not source.lead:
        return "exception" if source.words.startswith("ただし、") and source.lead else "sentence"
    return source.unit.kind


def _sentence(source: Source) -> Iterator[str]:
    bold = "**" in source.quotes[-1].words
    if (
        source.words.endswith("。")
        and source.words.count("。") == 1
        and not bold
        and (found := predicate(source.words[:-1]))
        and found.mode != "noun"
    ):
        yield source.words[:-1]


def halves(source: Source) -> tuple[str, str] | None:
    """The main sentence and what the ただし書 says, both without 。; None where the lead is no whole sentence."""
    if (
        not (source.lead.endswith("。") and source.words.endswith("。"))
        or len(source.quotes) != 2
        or _UNCLEAR.search(source.lead)
    ):
        return None
    return source.lead[:-1], source.words[len("ただし、") : -1]


def _exception(source: Source) -> Iterator[str]:
    found = halves(source)
    if found and predicate(found[0]) is not None:
        yield f"{found[0]}が、{found[1]}"


def topic(words: str) -> str | None:
    """The sentence's subject with its particle, up to the first comma."""
    found = _HEAD.match(words)
    return found[0] if found else None


def _duty(item: str) -> str | None:
    """What an item in こと forbids or commands, as a sentence that ends in the duty."""
    found = predicate(item.removesuffix("こと"))
    if found is None or found.mode not in ("plain", "not"):
        return None
    return found.to("must_not" if found.mode == "not" else "must")


_ITEM_NOUNS = "業務|事項|書類|費用|役員|事業|行為|もの|者|場合|こと"


def _item(source: Source) -> Iterator[str]:
    item, lead = source.words.rstrip("。"), source.lead.rstrip("。")
    if "。" in item or not 3 <= len(item) <= 70 or len(source.quotes) != 2 or ":" in item or "：" in item:
        return
    name, gap, rest = item.partition("　")
    if gap and re.search(r"用語|意味|意義", lead):
        if rest.endswith("いう") or re.search(r"(?:者|もの|こと|とき|日)$", rest):
            yield f"{name}とは、{rest}" + ("" if rest.endswith("いう") else "をいう")
    elif not gap and " " not in item:
        yield from _merged(item, lead)


def _merged(item: str, lead: str) -> Iterator[str]:
    for pattern, make in _LEADS:
        found = pattern.fullmatch(lead)
        made = make(found, item) if found else None
        if made:
            yield made
            return


def _ban(found: re.Match[str], item: str) -> str | None:
    verb = predicate(item.removesuffix("こと")) if item.endswith("こと") else None
    return found["pre"] + verb.to("must_not") if verb and verb.mode == "plain" else None


def _rule(found: re.Match[str], item: str) -> str | None:
    duty = _duty(item) if item.endswith("こと") else None
    return found["pre"] + duty if duty else None


def _when(found: re.Match[str], item: str) -> str | None:
    return f"{found['pre'] or ''}{item}は、{found['rest']}" if item.endswith(("とき", "場合")) else None


def _among(found: re.Match[str], item: str) -> str | None:
    named = predicate(item)
    if item.endswith(("こと", "とき", "場合")) or "用語" in found["pre"] or named is None or named.mode != "noun":
        return None
    return f"{found['pre']}には、{item}が含まれる"


def _inserted(found: re.Match[str], item: str) -> str | None:
    if item.endswith(("こと", "とき", "場合", "する", "る")) or re.search(r"\d$", item):
        return None
    return f"{found['pre'] or ''}{item}{found['rest']}"


_LEADS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], str | None]], ...] = (
    (re.compile(r"(?P<pre>.*)次の行為をしてはならない"), _ban),
    (re.compile(r"(?P<pre>.*)次の事項を守らなければならない"), _rule),
    (re.compile(r"(?P<pre>.*?)次の(?:各号の)?いずれかに(?:該当する|当たる)(?:とき|場合)は、(?P<rest>.+)"), _when),
    (re.compile(r"(?P<pre>.*?)次の(?:とき|場合)は、(?P<rest>.+)"), _when),
    (re.compile(r"(?P<pre>[^、]{2,40})は、次のとおり(?:とする|である)"), _among),
    (re.compile(rf"(?P<pre>.*?)次の(?:{_ITEM_NOUNS})(?P<rest>(?:を|は、|に|が).+)"), _inserted),
)


_EMPTY = re.compile(r"^[-－―—〃同]?$|^同")
_BAD_HEADER = re.compile(r"備考|摘要|番号|^$|例$|内容$|か$|こと$|出来事|主な|言う|^[0-9]+$|^No")
_ATTRIBUTE = re.compile(
    r"(?:額|率|数|期限|期間|日|日時|時期|者|部門|限|長さ|周期|定員|頻度|担当|方法|料|時間|始業|終業|休憩|所管|起算|程度|目安|用途|地域|数量|年数)$"
)


def _row(source: Source) -> Iterator[str]:
    cells, header = source.cells, source.header
    if len(cells) != len(header) or len(cells) < 2 or _BAD_HEADER.search(header[0]):
        return
    keys = 1 if sum(s.cells[0] == cells[0] for s in source.siblings) == 1 else 2
    if keys == 2 and (len(cells) < 3 or sum(s.cells[:2] == cells[:2] for s in source.siblings) > 1):
        return
    subject = cells[0] if keys == 1 else f"{cells[0]}（{cells[1]}）"
    for name, value in zip(header[keys:], cells[keys:], strict=True):
        if (
            not (
                _EMPTY.match(value)
                or _BAD_HEADER.search(name)
                or re.search(r"[うくすむるつぶ]$|[。<]|^・|[をでにと][一-龥]+$", value)
            )
            and len(subject) <= 30
        ):
            yield f"{subject}の{name}は、{value}である" if _ATTRIBUTE.search(name) else f"{subject}の場合、{name}は{value}である"


_MAKERS: dict[str, Callable[[Source], Iterator[str]]] = {
    "sentence": _sentence, "exception": _exception, "item": _item, "row": _row,
}  # fmt: skip
