"""With what force a sentence says each of its words: as a duty, an effort, a permission, a ban, a fact, a denial.

A word's force stands in what follows it up to the next word of meaning: «入力|してはならない», «入力|を禁止する», «届出|が必要».
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from rag.morphemes import Morpheme
from rag.tables import words


class Force(StrEnum):
    """What a sentence says of something done; the value is what a reader is told."""

    MUST = "義務"
    EFFORT = "努力義務・推奨"
    MAY = "許可・可能"
    BAN = "禁止・不可"
    FACT = "定め・事実"
    NOT = "否定"
    NEEDLESS = "不要・任意"
    MAYBE = "可能性"
    PLAN = "検討・予定"


NEGATIVE = frozenset([Force.BAN, Force.NOT, Force.NEEDLESS])
ALLOWED = {
    Force.MUST: {Force.MUST, Force.FACT},
    Force.FACT: {Force.FACT, Force.MUST},
    Force.EFFORT: {Force.EFFORT},
    Force.MAY: {Force.MAY, Force.MAYBE},
    Force.BAN: {Force.BAN, Force.NOT},
    Force.NOT: {Force.NOT, Force.BAN},
    Force.NEEDLESS: {Force.NEEDLESS},
    Force.MAYBE: {Force.MAYBE, Force.MAY},
    Force.PLAN: {Force.PLAN},
}
"""What may be said of a thing that the text says with a force: a rule stated plainly (「提出する」) is a duty, a duty is no permission."""

_NO = r"(?:ない|なけれ(?=ば)|なく|ず|ぬ|ません|ありません|ございません|なし|無い|無く|なかった)"
_CAN = r"(?:でき|出来)"
_RULES: tuple[tuple[Force, re.Pattern[str]], ...] = tuple(
    (force, re.compile(pattern))
    for force, pattern in (
        (Force.EFFORT, r"努め|努力|望ま|期待(?:さ|し|する)|推奨|奨励|勧め|勧奨|心がけ|心掛け|好まし|べく努|のがよい|ほうがよい|方がよい|のが良い"),
        (Force.MUST, rf"(?:わけ|訳)には?(?:いか|ゆか|行か){_NO}|ざるを得|ないこと[はが](?:{_CAN}{_NO}|{_CAN}ませ|許さ|認めら)|ずには(?:い|済)"),
        (Force.NEEDLESS, rf"(?:ない|ぬ)(?:もの|こと)(?:と(?:する|し)こと)?[がも]?(?:{_CAN}|可能|認め)"),
        (Force.NEEDLESS, r"(?:なくて|なくと|ずと|ないで)も?(?:よ|い|良|構|かま[わい]|差|さしつかえ|済|すむ|大丈夫|可|足り|結構)|なくて済"),
        (Force.NEEDLESS, rf"(?:必要|要|義務|必須|要件|条件|及ば|要し|要さ|要り|いら|いり)(?:性|付け|づけ)?(?:られ)?(?:は|も|が|で|では|と|とは|じゃ)?(?:あり|され|し|なら|なり)?て?(?:い)?{_NO}"),
        (Force.BAN, rf"{_NO}(?:こと|よう)(?:とする|とし|にし|に(?:して)?くだ|に注意|。|$)|{_NO}でください|{_NO}で下さい"),
        (Force.NOT, rf"{_NO}(?:もの|こと)と|(?:もの|こと)とし(?:ない|ませ)"),
        (Force.NEEDLESS, r"不要|不用|任意(?!に)|無用|必要とし(?:ない|ません)|省略|免除"),
        (Force.MUST, r"(?:なけれ|なくて|ねば|なきゃ|なくちゃ|ないと|ねば)ば?は?(?:なら|なり|いけ|いか|だめ|駄目)|(?:なきゃ|なくちゃ|ないと)(?:$|。)(?!、)"),
        (Force.BAN, r"(?:て|で)は(?:なら|なり|いけ|いか|だめ|駄目|困)|(?:ちゃ|じゃ)(?:いけ|だめ|駄目|なら)|べき(?:で|じゃ)は?(?:な|あり)|べからず|てはならず"),
        (Force.MAY, rf"(?:禁止|禁じ|禁ず|制限)(?:し|さ|られ|る)?(?:れ)?(?:もの|こと)?(?:では)?(?:て)?(?:い|おり|は)?{_NO}"),
        (Force.BAN, rf"{_CAN}{_NO}|{_CAN}ませ|(?:認め|許さ|許可|許容|承認)(?:し|さ|られ|れ)?(?:て(?:い|おり))?(?:い|し)?{_NO}|得{_NO}|えない|不可|禁止|禁じ|禁ず|厳禁|だめ|駄目|ng"),
        (Force.BAN, r"(?:お?控え|慎|遠慮)(?:る|て|ま|し|む|ん)"),
        (Force.NOT, r"(?:わけ|訳|もの)では?(?:な|あり)|とは(?:限|言え|いえ)"),
        (Force.MAY, r"(?:て|で)も(?:よ|い|良|構|かま[わい]|差|さしつかえ|可|大丈夫|問題|ok)|(?:て|で)(?:よい|いい|良い|よろしい)"),
        (Force.MAY, r"れば(?:、)?(?:問題|差し?支え|さしつかえ)(?:は|が|も)?(?:な|あり)|れば(?:、)?(?:大丈夫|足り|十分|事足り)"),
        (Force.MAY, r"(?:差し?支え|さしつかえ)(?:は|が|も)?(?:な|ま|あり|ござ)|権限[がをは]|妨げな|妨げられな|妨げませ|問題(?:は|が|も)?(?:な|あり|ござ)|構[わい]|かま[わい]|(?:もら|貰)え(?:る|ます)|いただけ(?:る|ます)"),
        (Force.MAY, rf"(?:こと[がもは]?|が|も|は|で)?{_CAN}(?:る|ます|た|(?=、))(?!限|だけ|よう)|可能(?!性)|[がをはも]可(?:$|。|で|と|、)|しうる|し得る|うる"),
        (Force.MAY, r"(?:こと|の|[はがをも])(?:を|が|は|も)?(?:認め|許可|許容|許さ|許す|許し|許諾)(?!(?:が|は|も)(?:必要|要|い[るり])|を(?:受|得|もら|貰|取|いただ))"),
        (Force.MAYBE, r"(?:こと|場合|とき)[がも](?:ある|あり|有)|恐れ|おそれ|危険[のがは]|可能性|かもしれ|かも知れ"),
        (Force.PLAN, r"検討|予定|見込|見通し|目指|目標|計画|方針|つもり|構想"),
        (Force.MUST, r"べき|(?:の|が|は|も|する|[るうくぐすつぬぶむ])必要(?!な|に応|最|性)|義務|必須|不可欠|欠かせ|を?要(?:する|し|す)|(?:が|は)(?:要|い)(?:る|り)|てください|て下さい|ください|(?:よう|こと)[をが]?求め|を求め|せよ|しろ"),
        (Force.MUST, r"ものと(?:する|し|いた)|こととする|こととし|こと(?:。|$)"),
        (Force.NOT, rf"{_NO}|まい|ざる|対象(?:外|と(?:は)?し(?:ない|ません)|と(?:は)?なら|には?なら|では(?:ない|あり))|除外|(?<!場合を)(?<!ときを)(?<!時を)(?<!ものを)除[くきい]|外(?:す|し)"),
    )
)  # fmt: skip
_MODAL = words("modal")
_LIGHT = words("verbs")
_DEGREES = words("degrees")
"""Words of degree that stand between a thing and what is said of it: 「持出しは、原則として禁止する」."""
_EITHER = ("開ける",)
"""Verbs that are another's potential form as well: 「会議を開けます」."""
_EMPTY = ("物", "事", "様", "為る")
_TAIL = 24
_STOPS = frozenset("、。,.!?\t|)」』")


class Said(NamedTuple):
    """The forces a word may be said with, the place folded[start:end] of the word and what says so; `passed_on` where it comes
    from the verb that follows in the same row (「複製し、又は持ち出してはならない」), `supposed` where it is no statement but a case
    or part of a name (「持ち出す場合は」, 「申請した者」)."""

    forces: frozenset[Force]
    start: int
    end: int
    passed_on: bool = False
    supposed: bool = False

    @property
    def known(self) -> bool:
        """Whether the words say any force."""
        return bool(self.forces)


_DOING = re.compile(
    "[をもはの]?(?:[しすせ]|され|させ|でき|出来|いた|致|行[いうわえっな]|おこな)|と(?:し|す|さ|な)|(?:の)?対象[にと](?:な|し|す)|[がはの]?(?:ある|あり|あっ|有)|を?有[しす]"
)
_UNSAID = Said(frozenset(), 0, 0)
_SUPPOSED = re.compile(
    r"^[ぁ-ん]{0,7}(?:場合|とき|時(?!間)|際|たら|れば(?!な|い)|なら(?!な|い)|者|人(?![事員])|もの(?!と)|日(?!間|以|ま)|の[はに]|[一-龥ァ-ヶ]{2,}[はがをにのと])"
)
_LISTED = re.compile(r"^(?:及び|並びに|又は|若しくは|および|または|もしくは|、|・|や|な|による|での|その他の?|、その他の?)$")


def modal(morpheme: Morpheme) -> bool:
    """Whether a word says with what force, rather than what."""
    return morpheme.lemma in _MODAL


def forces(folded: str, morphemes: Sequence[Morpheme]) -> tuple[Said, ...]:
    """The force of each morpheme, in order; without forces where nothing says one."""
    out: list[Said] = []
    later: frozenset[Force] = frozenset()
    after: tuple[int, frozenset[Force]] | None = None
    for i in range(len(morphemes) - 1, -1, -1):
        m = morphemes[i]
        if (not m.content and not _main_verb(morphemes, i)) or m.part == "名詞-数詞":
            out.append(_UNSAID)
            continue
        end = _tail_end(folded, morphemes, i)
        tail = folded[m.end : end]
        if tail.endswith("ないと") and folded[end : end + 1] not in ("", "。"):
            tail += "、"
        verb = m.part.startswith("動詞")
        verbal = verb or m.part.startswith(("形容詞", "形状詞")) or bool(_DOING.match(tail))
        row = m.form == "下一段-ラ行" and not m.lemma.endswith("れる")  # 作れる of 作る, unlike 流れる
        potential = verb and m.form.startswith("下一段") and (row or not m.lemma.endswith("る"))
        found = _force(tail, verbal, potential)
        if m.lemma in _EITHER and found == {Force.FACT}:
            found = frozenset([Force.FACT, Force.MAY])
        if not found and not verbal and after and _LISTED.match(folded[m.end : after[0]]):
            found = after[1]  # 「解雇その他の不利益な取扱い」「甲又は乙を入力してはならない」
        if m.lemma != "他" and m.content:
            after = None if verb else (m.start, found)
        supposed = verbal and bool(_SUPPOSED.match(folded[m.end : m.end + 14]))
        if verbal and found == {Force.FACT} and _continues(m, tail, folded[end : end + 1]):
            out.append(Said(found | later, m.start, end, True))
        else:
            out.append(Said(found, m.start, end, supposed=supposed))
            if verbal and found and not modal(m):
                later = found
    return tuple(reversed(out))


def _modal_next(morpheme: Morpheme) -> bool:
    return modal(morpheme) or morpheme.lemma in _DEGREES


def _main_verb(morphemes: Sequence[Morpheme], at: int) -> bool:
    """Whether a verb of little meaning is the verb of its clause: 「毎年10月に行ってもよい」."""
    if not morphemes[at].part.startswith("動詞") or at == 0:
        return False
    before = morphemes[at - 1].surface
    return before in ("に", "を", "が", "は", "で", "も") or (before == "と" and morphemes[at - 2].lemma not in _EMPTY)


def _tail_end(folded: str, morphemes: Sequence[Morpheme], at: int) -> int:
    """Where the words end that say of morphemes[at] how it is said."""
    first = morphemes[at]
    end = first.end
    for i, m in enumerate(morphemes[at + 1 : at + 16], start=at + 1):
        if (
            m.surface in "、,"
            and morphemes[i - 1].surface in ("は", "も")
            and i + 1 < len(morphemes)
            and _modal_next(morphemes[i + 1])
        ):
            end = m.end  # 「入力は、禁止する」
            continue
        if m.start > end or m.surface in _STOPS or m.end - first.end > _TAIL:
            break
        bound = morphemes[i - 1].lemma == "義務" and m.lemma == "付ける"
        if m.content and m.lemma not in _MODAL and m.lemma not in _LIGHT and m.lemma not in _DEGREES and not bound:
            break
        if m.content and end == first.end and m.lemma not in _MODAL:
            break
        closing = m.lemma == "物" and folded.startswith(("と", "では"), m.end)  # 「定めるものとする」「罰するものではない」
        if (m.lemma in ("者", "物", "額", "日", "方法") and not closing) or m.part == "接続詞":
            break
        end = m.end
    return end


@lru_cache(maxsize=50_000)
def _force(tail: str, verbal: bool, potential: bool) -> frozenset[Force]:
    """The force that a tail says; that of a verb that stands in its potential form (使える, 使えない) is told by its form."""
    if potential:
        return frozenset([Force.BAN if re.search(_NO, tail) else Force.MAY])
    for force, pattern in _RULES:
        if pattern.search(tail):
            found = {force}
            if force is Force.MAY and re.search("受け|貰|もら", tail):
                found.add(Force.FACT)
            if force is Force.NOT and "られ" in tail:
                found.add(Force.BAN)
            return frozenset(found)
    if not verbal:
        return frozenset()
    return frozenset([Force.FACT, Force.MAY] if "られ" in tail or tail.endswith(("でき", "出来")) else [Force.FACT])


_ON = re.compile(r"^(?:し|いたし|致し)?(?:て|た上で|たうえで|つつ|ながら|たり)?$")


def _continues(m: Morpheme, tail: str, following: str) -> bool:
    """Whether a verb is said in the same breath as the next: 「申請し、」「申請して」."""
    return bool(_ON.match(tail)) and (following in ("、", ",") or tail.endswith(("て", "たり")))


def fits(evidence: frozenset[Force], claim: frozenset[Force]) -> bool:
    """Whether what a text says with one force may be said again with the other; nothing is wrong where one of them is not said."""
    return not evidence or not claim or any(c in ALLOWED[e] for e in evidence for c in claim)


def negative(said: frozenset[Force]) -> bool:
    """Whether the words deny, forbid or do not require."""
    return bool(said) and said <= NEGATIVE
