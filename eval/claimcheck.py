"""Rules that check the label of a claim against its evidence by what both say in figures, dates, mood, conditions and names.

They share nothing with what makes the claims: a line that fails one is left out, whoever is right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eval.claimfold import dates, figures, fold

Line = Mapping[str, Any]
_MOODS: tuple[tuple[str, str], ...] = (
    ("needless", r"なくてもよい|必要はない|必要はありません|は必要ない"),
    ("must", r"なければ(?:ならない|なりません|いけません)|必要があ|義務"),
    ("ban", r"[てで]は(?:ならない|なりません|いけない|いけません)|禁止"),
    ("effort", r"努め|望ましい"),
    ("cannot", r"(?:ことが|ことは|は|が|も)でき(?:ない|ません)|認められない"),
    ("can", r"(?:ことが|ことも|も)でき(?:る|ます)|可能(?:である|です)|[てで]もよい|ても構いません|でも構いません"),
    ("maybe", r"ことがあ(?:る|ります)"),
    ("denied", r"(?:ない|ません)(?:こととされている|ことになっています|ものとする)?"),
)


def mood(sentence: str) -> str:
    """What the end of a sentence says of it: a duty, a ban, a permission, a denial …"""
    end = sentence.rstrip("。")[-24:]
    return next((name for name, pattern in _MOODS if re.search(rf"(?:{pattern}).{{0,4}}$", end)), "said")


_NO = re.compile(r"ない(?!し)|なけれ|ません|ず(?=、|に|$)|除|含ま|含め|含む|以外|不要|不可|無給|有給|禁止")
_IF = re.compile(
    r"とき(?!め)|場合|限[りるっ]|のみ|だけ|以上|以下|未満|超え|超え|上回|下回|満たな|以内|まで|前日|翌日|翌月|翌営業日|当日|当月|事前|事後|あらかじめ|前もって|直ちに|すぐに|後日|を得|を受け|同意|承認|許可|開始前|開始後|終了後|満了"
)
_LIMIT = re.compile(r"ただし|除|限|原則|この限り|以外|場合|とき|については|は、")
_SURE = re.compile(r"例外なく|いかなる場合も|どのような場合|必ず|常に|制限なく|誰でも|であっても|についても|原則として")
_RUN = re.compile(r"[一-龥々]{2,}|[ァ-ヶー]{2,}|[A-Za-z]{2,}")
_ROLE = re.compile(r"([一-龥々ァ-ヶーA-Za-z・]{2,})(は、|が|に|へ|の承認|の許可|から|である|です)")
_QUOTED = re.compile(r"「([^「」]{8,})」")


def _bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def aligned(claim: str, evidence: Sequence[str]) -> str:
    """The folded evidence that shares most with the folded claim."""
    own = _bigrams(claim)
    return max(evidence, key=lambda e: len(own & _bigrams(e)))


def _bare(sentence: str) -> str:
    return re.sub(r"[。\s]", "", re.sub(r"^\s*(?:[(（][0-9一-十]{1,2}[)）]|[0-9]{1,2}[.)])\s*", "", sentence))


def problem(line: Line) -> str | None:
    """The name of the rule that a line breaks; None where it keeps all."""
    evidence = [str(e["quote"]) for e in line["evidence"]]
    claim = str(line["claim"])
    folded, others = fold(claim), [fold(e) for e in evidence]
    if not 10 <= len(claim) <= 220 or not claim.endswith("。"):
        return "length"
    if any(_bare(claim) == _bare(e) for e in evidence):
        return "same"
    rules = _ALTERED[str(line["kind"])] if line["altered"] else _FAITHFUL
    return next((name for name, rule in rules if not rule(folded, others, line)), None)


Rule = Callable[[str, list[str], Line], bool]


def _all(evidence: Sequence[str]) -> str:
    return "\n".join(evidence)


def _new_figure(units: str | None) -> Rule:
    def rule(claim: str, evidence: list[str], line: Line) -> bool:
        new, there = figures(claim) - figures(_all(evidence)), figures(_all(evidence))
        fresh = [(v, u) for v, u in new if (v, u) not in there and (units is None or re.fullmatch(units, u or "-"))]
        return bool(fresh)

    return rule


def _new_value(claim: str, evidence: list[str], line: Line) -> bool:
    """The altered number is nowhere in the evidence, with whatever unit."""
    there = {v for v, _ in figures(_all(evidence))}
    return any(v not in there for v, _ in figures(claim))


def _other_unit(claim: str, evidence: list[str], line: Line) -> bool:
    there = figures(_all(evidence))
    new = [(v, u) for v, u in figures(claim) if (v, u) not in there]
    values = {v for v, _ in there}
    return any(v in values or re.sub("[万億]", "", v) in {re.sub("[万億]|0000$", "", w) for w in values} for v, _ in new)


def _new_date(claim: str, evidence: list[str], line: Line) -> bool:
    there = dates(_all(evidence))
    return any(d not in there for d in dates(claim))


def _same_figures(claim: str, evidence: list[str], line: Line) -> bool:
    there = set(figures(_all(evidence)))
    return all(f in there or f[1] == "つ" for f in figures(claim))


def _same_dates(claim: str, evidence: list[str], line: Line) -> bool:
    return set(dates(claim)) <= set(dates(_all(evidence)))


def _other_mood(claim: str, evidence: list[str], line: Line) -> bool:
    best = aligned(claim, evidence)
    return mood(claim) != mood(best) or Counter(_NO.findall(_before_mood(claim))) != Counter(_NO.findall(_before_mood(best)))


def _before_mood(sentence: str) -> str:
    """The sentence without the end that says its mood."""
    found = [m.start() for _, pattern in _MOODS for m in re.finditer(pattern, sentence) if m.end() > len(sentence) - 8]
    return sentence[: min(found, default=len(sentence))]


def _same_mood(claim: str, evidence: list[str], line: Line) -> bool:
    moods = {mood(e) for e in evidence}
    if any(re.search(r"こと。?$", e) for e in evidence):  # an item of what has to be kept, or must not be done
        moods |= {"ban", "must"}
    return (_quoted_mood(claim) if "」と" in claim[-16:] else mood(claim)) in moods


def _quoted_mood(claim: str) -> str:
    inner = re.findall(r"「([^「」]+)」と", claim)
    return mood(inner[-1]) if inner else mood(claim)


def _other_condition(claim: str, evidence: list[str], line: Line) -> bool:
    best = aligned(claim, evidence)
    fresh = [r for r in _RUN.findall(claim) if r not in _all(evidence)]
    return Counter(_IF.findall(claim)) != Counter(_IF.findall(best)) or bool(fresh)


def _kept_condition(claim: str, evidence: list[str], line: Line) -> bool:
    """A duty may be told without its time, but nothing without its 場合, とき, 限り or 除く."""
    return line["kind"] in ("row", "list") or len(_HARD.findall(claim)) >= len(_HARD.findall(_asides(aligned(claim, evidence))))


_HARD = re.compile(r"とき(?!め)|場合|限[りるっ]|除|のみ|あっては")


def _asides(text: str) -> str:
    return re.sub(r"\([^()]*\)", "", text)


def _over_claimed(claim: str, evidence: list[str], line: Line) -> bool:
    return bool(_SURE.search(claim)) and bool(_LIMIT.search(_all(evidence)))


def _no_limit_left_out(claim: str, evidence: list[str], line: Line) -> bool:
    return not any(e.startswith("ただし") for e in evidence) or bool(
        re.search(r"が、|ただし|原則|除|もっとも|限|とき|場合|については", claim)
    )


def _other_role(claim: str, evidence: list[str], line: Line) -> bool:
    there = {(a, p.rstrip("、")) for a, p in _ROLE.findall(_all(evidence))}
    return any((a, p.rstrip("、")) not in there for a, p in _ROLE.findall(claim))


def _new_name(claim: str, evidence: list[str], line: Line) -> bool:
    there = _all(evidence)
    return any(r not in there for r in re.findall(r"[一-龥々ァ-ヶーA-Za-z]{2,}", claim))


def _other_list(claim: str, evidence: list[str], line: Line) -> bool:
    return _new_name(claim, evidence, line) or bool(re.search(r"[0-9二三四五六七八九]つ(?:だけ|である|です)|だけ", claim))


def _false_quotation(claim: str, evidence: list[str], line: Line) -> bool:
    words = _all([str(e["quote"]) for e in line["evidence"]])
    return any(q not in words for q in _QUOTED.findall(str(line["claim"])))


def _true_quotations(claim: str, evidence: list[str], line: Line) -> bool:
    words = _all([str(e["quote"]) for e in line["evidence"]])
    return all(q in words for q in _QUOTED.findall(str(line["claim"])))


def _strange(claim: str, evidence: list[str], line: Line) -> bool:
    """At least a third of the claim's words in kanji or katakana, and three of them, are not in the evidence."""
    runs, there = _RUN.findall(claim), _all(evidence)
    new = [r for r in runs if r not in there]
    return len(new) >= 2 and 3 * len(new) >= len(runs)


def _known_names(claim: str, evidence: list[str], line: Line) -> bool:
    if line["kind"] in ("synonym", "combined"):
        return True
    there = _all(evidence)
    return all(n in there for n in re.findall(r"[ァ-ヶー]{3,}|[A-Za-z]{2,}", claim))


_FAITHFUL: tuple[tuple[str, Rule], ...] = (
    ("figures", _same_figures),
    ("dates", _same_dates),
    ("mood", _same_mood),
    ("condition", _kept_condition),
    ("limit", _no_limit_left_out),
    ("quotation", _true_quotations),
    ("names", _known_names),
)
_ONE_WAY: tuple[tuple[str, Rule], ...] = (("figures", _same_figures), ("dates", _same_dates))
_ALTERED: dict[str, tuple[tuple[str, Rule], ...]] = {
    "number": (("number", _new_value), ("dates", _same_dates)),
    "unit": (("unit", _other_unit), ("dates", _same_dates)),
    "date": (("date", _new_date), ("figures", _same_figures)),
    "amount": (("amount", _new_figure("円")), ("dates", _same_dates)),
    "percent": (("percent", _new_figure("分の|%|割")), ("dates", _same_dates)),
    "negation": (("mood", _other_mood), *_ONE_WAY),
    "modality": (("mood", _other_mood), *_ONE_WAY),
    "condition": (("condition", _other_condition), *_ONE_WAY),
    "exception": (("exception", _over_claimed), *_ONE_WAY),
    "actor": (("actor", _other_role), *_ONE_WAY),
    "name": (("name", _new_name), *_ONE_WAY),
    "list": (("list", _other_list), *_ONE_WAY),
    "quotation": (("quotation", _false_quotation),),
    "unstated": (("unstated", _strange),),
}
