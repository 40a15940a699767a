"""The end of a Japanese sentence: what it says (duty, ban, permission …), and the same sentence with another end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import fugashi

Mode = Literal["must", "must_not", "can", "cannot", "effort", "not", "plain", "rule", "may", "is", "past", "noun"]
_ROWS = {
    "う": "わいっ",
    "く": "かきい",
    "ぐ": "がぎい",
    "す": "さしし",
    "つ": "たちっ",
    "ぬ": "なにん",
    "ぶ": "ばびん",
    "む": "まみん",
    "る": "らりっ",
}
_IRREGULAR = {"する": ("し", "し", "し"), "ある": ("", "あり", "あっ")}
_VOICED = frozenset("ぐぬぶむ")


@dataclass(frozen=True, slots=True)
class Predicate:
    """A sentence that says `mode` of `head` + `verb`, where the verb is in its dictionary form (a noun where the mode is noun)."""

    mode: Mode
    head: str
    verb: str
    strong: bool = False
    """Whether the verb is 五段."""

    def to(self, mode: str) -> str:
        """The sentence with another end, one of FORMS, without 。"""
        return self.head + FORMS[mode].format(
            v=self.verb, nai=self.nai, te=self.te, masu=self.masu, ta=self.te[:-1] + ("だ" if self.te.endswith("で") else "た")
        )

    @property
    def nai(self) -> str:
        """The stem before ない."""
        return _stem(self.verb, self.strong, 0)

    @property
    def masu(self) -> str:
        """The stem before ます."""
        return _stem(self.verb, self.strong, 1)

    @property
    def te(self) -> str:
        """The form in て."""
        stem = "行っ" if self.verb == "行く" else _stem(self.verb, self.strong, 2)
        return stem + ("で" if self.strong and self.verb[-1] in _VOICED else "て")


FORMS = {
    "plain": "{v}", "not": "{nai}ない", "must": "{nai}なければならない", "must_not": "{te}はならない", "can": "{v}ことができる",
    "cannot": "{v}ことができない", "effort": "{v}よう努める", "may": "{v}ことがある", "rule": "{v}ものとする", "ok": "{te}もよい",
    "need_not": "{nai}なくてもよい", "no_need": "{v}必要はない", "wish": "{v}ことが望ましい", "not_effort": "{nai}ないよう努める",
    "need": "{v}必要がある", "forbidden": "{v}ことは禁止されている", "possible": "{v}ことが可能である", "supposed": "{v}こととされている",
    "p_plain": "{masu}ます", "p_not": "{masu}ません", "p_must": "{nai}なければなりません", "p_need": "{v}必要があります",
    "p_must_not": "{te}はいけません", "p_can": "{v}ことができます", "p_cannot": "{v}ことはできません", "p_effort": "{v}よう努めます",
    "p_may": "{v}ことがあります", "p_forbidden": "{v}ことは禁止されています", "p_possible": "{v}ことが可能です", "p_ok": "{te}も構いません",
    "p_supposed": "{v}ことになっています", "p_rule": "{v}ものとします", "p_no_must": "{nai}なければいけません",
}  # fmt: skip


def _stem(verb: str, strong: bool, form: int) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb][form]
    if verb.endswith("する"):
        return verb[:-2] + "し"
    if verb.endswith("ずる"):
        return verb[:-2] + "じ"
    return verb[:-1] + (_ROWS[verb[-1]][form] if strong else "")


@lru_cache(maxsize=1)
def _tagger() -> fugashi.Tagger:
    return fugashi.Tagger()


_SUFFIXES: tuple[tuple[str, Mode, bool], ...] = (
    # the end, the mode, and whether the verb before it is in its dictionary form already
    ("なければならない", "must", False),
    ("てはならない", "must_not", False),
    ("ではならない", "must_not", False),
    ("ことができる", "can", True),
    ("ことができない", "cannot", True),
    ("ことはできない", "cannot", True),
    ("よう努める", "effort", True),
    ("ように努める", "effort", True),
    ("ものとする", "rule", True),
    ("ことがある", "may", True),
)


@lru_cache(maxsize=4096)
def predicate(sentence: str) -> Predicate | None:
    """What the sentence (without 。) ends in; None where that is not one of the modes."""
    for suffix, mode, whole in _SUFFIXES:
        if sentence.endswith(suffix):
            return _verb(sentence[: -len(suffix)], mode, whole, suffix)
    if sentence.endswith(("である", "ではない", "でない")):
        return Predicate("is", sentence, "")
    words = _tagger()(sentence)
    if not words:
        return None
    last = words[-1]
    if last.surface == "ない" and last.feature.pos1 == "助動詞":
        return _verb(sentence[:-2], "not", False, "ない")
    if last.feature.pos1 == "動詞" or last.feature.lemma in ("れる", "られる", "せる", "させる"):
        return _verb(sentence, "plain", True, "")
    if last.surface == "た":
        return Predicate("past", sentence, "")
    return Predicate("noun", sentence, "") if last.feature.pos1 in ("名詞", "接尾辞") else None


def _verb(sentence: str, mode: Mode, whole: bool, suffix: str) -> Predicate | None:
    """The verb that ends the sentence, read with the suffix behind it."""
    at, last = 0, None
    for word in _tagger()(sentence + suffix):
        at, last = at + len(word.white_space) + len(word.surface), word
        if at >= len(sentence):
            break
    if last is None or at != len(sentence) or last.feature.pos1 not in ("動詞", "助動詞"):
        return None
    kind, base = last.feature.cType or "", last.feature.orthBase
    if (whole and base != last.surface) or base in ("だ", "た", "ない", "ず") or kind == "*" or base[-1] not in _ROWS:
        return None
    if last.feature.pos1 == "助動詞" and last.feature.lemma not in ("れる", "られる", "せる", "させる"):
        return None
    return Predicate(mode, sentence[: -len(last.surface)], base, kind.startswith("五段"))


def polite(sentence: str, way: int = 0) -> str | None:
    """The sentence (without 。) in です・ます; `way` picks among the ways to say it. None where it has no such end."""
    found = predicate(sentence)
    if found is None:
        return None
    if found.mode in ("is", "past", "noun"):
        return _polite_tail(sentence, found.mode)
    ways = _POLITE[found.mode]
    return found.to(ways[way % len(ways)])


_POLITE: dict[str, tuple[str, ...]] = {
    "must": ("p_need", "p_must", "p_no_must"),
    "must_not": ("p_must_not", "p_forbidden"),
    "can": ("p_can", "p_possible"),
    "cannot": ("p_cannot",),
    "effort": ("p_effort",),
    "not": ("p_not",),
    "plain": ("p_plain", "p_supposed"),
    "rule": ("p_plain", "p_supposed", "p_rule"),
    "may": ("p_may",),
}
_TAILS = (
    ("である", "です"),
    ("ではない", "ではありません"),
    ("でない", "ではありません"),
    ("した", "しました"),
    ("れた", "れました"),
    ("った", None),
    ("た", None),
)


def _polite_tail(sentence: str, mode: Mode) -> str | None:
    if mode == "noun":
        return sentence + "です"
    for tail, other in _TAILS:
        if sentence.endswith(tail):
            return None if other is None else sentence[: -len(tail)] + other
    return None
