"""Follow-up questions made whole from the conversation: «では契約社員は？» after a question about 正社員.

Without a language model: what the follow-up names takes the place of what is likest to it in the question before; where it asks
for something else («その期限は？»), the subject of the question before is put in front of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.fold import fold
from rag.likeness import TermVectors
from rag.questions import KINDS
from rag.terms import noun_runs
from rag.types import Span

_OPENING = re.compile(
    r"^(?:えっと|えーと|あの|うーん)?[、,\s]*(?:それでは|それなら|それじゃあ?|では|じゃあ?|なら|だったら|ちなみに|あと|あとは|ほかに|他に|そして|また|でも|で)(?=[、,\s一-龯ァ-ヺa-zA-Zぁ-ん0-9０-９])[、,\s]*"
)
_POINTING = re.compile(
    r"(?:その|それ|そこ|この|これ|ここ|あの|あれ|同じ|上記の|さっきの|先ほどの)(?:ときの|場合の|人|方|もの|件|とき)?(?:は|が|を|に|の|で|って|だと)?[、,\s]*"
)
_TOPIC = re.compile(
    r"(?:の(?:ほう|方|とき|場合|ばあい|人|件))?(?:は|だと|なら|だったら|では|だけのときは|のときは|の場合は|でも|も同じ(?:ですか)?|についてはどう(?:ですか)?)[?？。、\s]*$"
)
_NUMBER = re.compile(r"[0-9０-９一二三四五六七八九十A-ZＡ-Ｚ][0-9０-９.．]*")
_SAID_OF = re.compile(r"(?:は|が|を|って|も|に|で)[^、]*(?:ます|ません|でき|必要|いい|る[の?？])")
_ASKED_OF = re.compile(r"(?:は|が|を|って|も|に|で)[^、。?？\s]")
_OF_SOMETHING = re.compile(
    r"(?:申請|届|届出|手続き?|書類|様式|承認|許可|決裁|審査|確認|報告|連絡|相談|提出|返却|延長|更新|変更|取消し?|保存|保管|精算|支払い?"
    r"|期[限間日]|締切|時期|[額料費数率者先]|上限|下限|条件|対象|例外|理由|目的|方法|窓口|担当|部署|割合|場所|罰則?)$"
)
"""Nouns that are always of something, which the conversation has to name: unsaturated nouns (Nishiyama 2003)."""
_CASE = re.compile(r"^[^、]+の場合、")
_ALIKE = 0.3
"""From this cosine on two words are of one kind, so that one may take the other's place."""
_COUNTER = 2
"""A run of nouns that is no longer may be a mere counter, as か月 is."""
_SHORT = 2
"""A question with fewer nouns than this cannot stand alone."""

_BRIEF = 12
"""A sentence of no more characters than this may be a follow-up though it has nouns enough."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of nouns in a text, with the nouns."""

    text: str
    span: Span
    nouns: tuple[str, ...]


def whole(question: str, previous: Sequence[str], likeness: TermVectors) -> str:
    """The question as one that stands alone, after the earlier questions of the conversation, oldest first; itself where it does."""
    before = ""
    for text in (*previous, question):
        before = _resolved(text, before, likeness) if before else text
    return before


def _resolved(question: str, before: str, likeness: TermVectors) -> str:
    opened = _OPENING.sub("", question.strip())
    said = _POINTING.sub("", opened).strip()
    runs = _runs(said)
    nouns = [n for run in runs for n in run.nouns]
    pointing = said != opened
    if not pointing and (len(nouns) > _SHORT or (opened == question.strip() and _alone(runs, nouns, said, before, likeness))):
        return question
    if (
        runs
        and _TOPIC.search(said)
        and not _asks_itself(_TOPIC.sub("", said))
        and (put := _in_place(runs, said, before, likeness))
    ):
        return put
    return _continued(said, before)


def _alone(runs: Sequence[_Run], nouns: Sequence[str], said: str, before: str, likeness: TermVectors) -> bool:
    """Whether a sentence of few nouns, which neither opens nor points as a follow-up does, is a question of its own."""
    full = len(nouns) == _SHORT and len(said) > _BRIEF and not _TOPIC.search(said)
    return full or _stands(runs, said, before, likeness)


def _stands(runs: Sequence[_Run], said: str, before: str, likeness: TermVectors) -> bool:
    """Whether a short sentence is about a thing of its own: that of another («課長の日当はいくらですか»), or one neither named before nor
    like what was («副業はできますか»), and not asked the very same about."""
    if not runs or runs[0].span.start or _OF_SOMETHING.search(runs[0].text):
        return False
    new, rest = runs[0], said[runs[0].span.end :]
    if len(runs) > 1 and said[new.span.end : runs[1].span.start] == "の":
        return bool(_ASKED_OF.match(said, runs[1].span.end)) and not _OF_SOMETHING.fullmatch(runs[1].text)
    if not _SAID_OF.match(rest) or new.text in before or before.rstrip("。?？").endswith(rest.rstrip("。?？")):
        return False
    return max(_alike(new, _runs(before), likeness), default=0) < _ALIKE


def _asks_itself(text: str) -> bool:
    """Whether a text asks for something of its own: いくら, 誰, いつ, or a thing that is always of another, as 期限 and 上限 are."""
    if _OF_SOMETHING.fullmatch(text.rpartition("の")[2]):
        return True
    folded = fold(text)
    return any(kind.cue.search(folded) for kind in KINDS if kind.name not in ("may", "fee"))


def _in_place(runs: Sequence[_Run], said: str, before: str, likeness: TermVectors) -> str | None:
    """The question before with what is likest to the new topic replaced by it."""
    topic = _TOPIC.sub("", said)
    before = _CASE.sub("", before)
    there = _runs(before)
    if not there:
        return None
    scores = _alike(runs[-1], there, likeness)
    best = max(range(len(there)), key=lambda i: scores[i])
    if scores[best] < _ALIKE:
        return f"{topic}の場合、{before}"
    span = there[best].span
    return before[: span.start] + topic + before[span.end :]


def _alike(new: _Run, there: Sequence[_Run], likeness: TermVectors) -> list[float]:
    """How fit each run of the question before is to be replaced by the new one. Its only subject is not replaced by what is merely
    like it in meaning: 契約社員 does not stand for 試用期間."""
    vectors = likeness.of([new.text, *(run.text for run in there)])
    several = sum(len(run.text) > _COUNTER for run in there) > 1
    return [several * float(vectors[0] @ v) + _shared_end(new, run) for v, run in zip(vectors[1:], there, strict=True)]


def _shared_end(new: _Run, old: _Run) -> float:
    """1 where both end in the same word (正社員, 契約社員) or name the same kind of thing with other numbers; half where they end in the
    same character, as 開発者 and 提供者 do; else 0."""
    if new.nouns and old.nouns and new.nouns[-1] == old.nouns[-1]:
        return 1.0
    if _NUMBER.search(new.text) and _NUMBER.sub("#", new.text) == _NUMBER.sub("#", old.text):
        return 1.0
    return 0.5 if len(new.text) > 1 and new.text[-1] == old.text[-1] else 0.0


def _continued(said: str, before: str) -> str:
    """The subject of the question before, its last clause by its nouns alone, and then the new question."""
    head, comma, last = before.replace("について、", "の").rpartition("、")
    subject = "の".join(dict.fromkeys(run.text for run in _runs(last) if run.text not in said and len(run.text) > 1))
    return f"{head}{comma}{subject}について、{said}" if subject else f"{head}{comma}{said}"


def _runs(text: str) -> list[_Run]:
    return [_Run(text[a:b], Span(a, b), nouns) for a, b, nouns in noun_runs(text)]


_ASKING = re.compile(r"[?？]|ですか|ますか|でしょうか|教えて|の[?？。]?$|だっけ|かな|か。?$")
_PLEASE = re.compile(r"(?:教えて|おしえて|わかり|分かり|お願い|おねがい)[ぁ-ん]*[。？?！!]*$")
_ENDS = re.compile(r"[^。？?！!\n]+[。？?！!\n]*")
_ASKS_FOR = r"(?:いくら|何[^\s、。はがを]{0,5}?|誰(?!でも)|だれ(?!でも)|どこ|いつ(?!でも)|どの[^\s、。はがを]{1,5}?|なん[^\s、。はがを]{1,5}?)(?:まで|から|以内)?"
_TWO = re.compile(rf"^(.*?{_ASKS_FOR})(?:で|です(?:か|が)|、)、?(?=[^、。]*(?:{_ASKS_FOR}|どう|どんな))")


def parts(question: str) -> tuple[str, ...]:
    """The questions in a question, each made whole from those before it: «…は誰で、…はいくらですか» is two; one where it asks once."""
    sentences = [m[0].strip() for m in _ENDS.finditer(question) if m[0].strip()] or [question.strip()]
    first = next((i for i, s in enumerate(sentences) if _ASKING.search(s)), 0)
    asking = ["".join(sentences[: first + 1]), *(s for s in sentences[first + 1 :] if _ASKING.search(s) and not _PLEASE.match(s))]
    split = [piece for s in asking for piece in _halves(s)]
    out = split[:1]
    for piece in split[1:]:
        out.append(_continued(_POINTING.sub("", _OPENING.sub("", piece)), out[-1]))
    return tuple(out)


def _halves(sentence: str) -> tuple[str, ...]:
    two = _TWO.match(sentence)
    return (two[1], sentence[two.end() :]) if two else (sentence,)
