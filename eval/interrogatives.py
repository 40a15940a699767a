"""A statement turned into the question that it answers: a figure, a cell or a name replaced by its interrogative."""

from __future__ import annotations

import re

from eval.inflection import polite, predicate

_NUMBER = r"(?:[0-9０-９][0-9０-９,，.．]*[万億]?|[一二三四五六七八九十百千]+万?)"
_ERA = r"(?:明治|大正|昭和|平成|令和)"
_DAY = re.compile(
    rf"(?:{_ERA}(?:元|{_NUMBER})|[0-9０-９]{{4}})年(?:{_NUMBER}月(?:{_NUMBER}日|末日)?|度)?|(?<!か)(?<!ヶ)(?:毎年|翌年)?{_NUMBER}月(?:{_NUMBER}日|末日)|(?:毎月|翌月|当月){_NUMBER}日(?!以)"
)
_CLOCK = re.compile(rf"(?:(?:午前|午後){_NUMBER}|(?<!一)(?!一時){_NUMBER})時(?:{_NUMBER}分|半)?(?![間金的期点])")
_UNITS = {
    "円": "いくら", "営業日": "何営業日", "開庁日": "何開庁日", "日間": "何日間", "日": "何日", "か月": "何か月", "ヶ月": "何か月", "カ月": "何か月",
    "箇月": "何か月", "ヵ月": "何か月", "週間": "何週間", "年間": "何年間", "年": "何年", "時間": "何時間", "分間": "何分間", "分": "何分", "人": "何人",
    "名": "何名", "回": "何回", "歳": "何歳", "%": "何パーセント", "％": "何パーセント", "パーセント": "何パーセント", "割": "何割", "文字": "何文字",
    "件": "何件", "冊": "何冊", "台": "何台", "キロメートル": "何キロメートル", "メートル": "何メートル", "点": "何点", "部": "何部", "通": "何通",
}  # fmt: skip
_FIGURE = re.compile(
    rf"(?<![第の0-9０-９一二三四五六七八九十])(?P<number>{_NUMBER})(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})(?!の|ごと|につき|当たり|あたり|単位|以上の|前後|目|を超え|間)"
)
_OFFICE = r"(?P<who>[一-龥ァ-ヶーA-Z]{2,14})"
_CONSENT = re.compile(rf"(?<=[、はがに]){_OFFICE}の(?P<what>承認|許可|同意|決裁|確認|許諾)を(?:受け|得)")
_RECEIVER = re.compile(rf"(?<=[、をはに]){_OFFICE}に(?:提出|届け出|申請|報告|申し出|連絡|返却|通知|届出)")
_DECIDES = re.compile(
    r"^(?P<what>[^、。]{3,40})は、(?P<who>[一-龥ァ-ヶーA-Z]{2,14})が(?P<does>定める|決定する|行う|管理する|保管する|任命する|指名する|判断する)$"
)
_EVERYBODY = frozenset(("社員", "従業員", "職員", "全社員", "本人"))
_PEOPLE = re.compile(r"(?:長|者|役|員|人|監査人|医師?|取締役|責任者|社長|上司|担当)$")
_PLACES = re.compile(r"(?:部|課|室|局|係|会|窓口|庁|省|署|センター|所)$")
_IS = re.compile(r"(?P<kept>(?:まで|以内|以上|以下|前|分|から)?)(?:とする|である)$")
_GOES_ON = re.compile(r"(?<!とき)(?<!ときは)(?<!場合)(?<!場合は)(?<!場合に限り)(?<!場合には)、")
"""A comma after what is asked for, behind which another matter begins."""
_TIME = re.compile(r"[日月年時期].*(?:以内|まで|前)|前日|当日|翌日")
_STATE = re.compile(r"^(?:対象外|対象|不要|必要|必須|任意|可|不可|可能|有|無|あり|なし|[○×◯△〇])$")
_MONEY = re.compile(rf"^{_NUMBER}円")


def asked_figure(words: str) -> tuple[str, str] | None:
    """The question for the last figure, day or time of a statement (without 。), and that; None where there is none to ask for."""
    for pattern in (_DAY, _CLOCK, _FIGURE):
        found = list(pattern.finditer(words))
        if not found:
            continue
        last = found[-1]
        asked = "いつ" if pattern is _DAY else "何時" if pattern is _CLOCK else _UNITS[last["unit"]]
        return _with(words, last.start(), last.end(), asked)
    return None


def asked_name(words: str) -> tuple[str, str] | None:
    """The question for who consents, decides or gets something, and the name; None where the statement does not say."""
    if (decided := _DECIDES.match(words)) and (asked := _who(decided["who"])):
        return _with(words, decided.start("who"), decided.end("who"), asked)
    for pattern in (_CONSENT, _RECEIVER):
        for found in pattern.finditer(words):
            if asked := _who(found["who"]):
                return _with(words, found.start("who"), found.end("who"), asked)
    return None


def asked_value(topic: str, value: str) -> str | None:
    """The question for a cell of a table, whose topic ends in は or 「は、」; None where the value is no short answer."""
    if len(value) > 40:
        return None
    topic = topic.removesuffix("、")
    if _STATE.match(value):
        return f"{topic}どうなっていますか。"
    bare = re.sub(r"（[^）]*）$", "", value)
    if _MONEY.match(value):
        asked = "いくら"
    elif figure := _FIGURE.fullmatch(bare):
        asked = _UNITS[figure["unit"]]
    elif _DAY.fullmatch(value) or _TIME.search(value):
        asked = "いつまで" if value.endswith(("まで", "以内", "前")) else "いつ"
    elif _PLACES.search(value):
        asked = "誰" if topic.endswith("者は") else "どこ"
    elif _PEOPLE.search(value) or (topic.endswith("者は") and not value.endswith("まで")):
        asked = "誰"
    elif topic.endswith(("頻度は", "回数は", "程度は", "期間は", "長さは")):
        asked = "どのくらい"
    else:
        asked = "何"
    return f"{topic}{asked}ですか。"


def _who(name: str) -> str | None:
    if name in _EVERYBODY:
        return None
    return "誰" if _PEOPLE.search(name) else "どこ" if _PLACES.search(name) else None


def _with(words: str, start: int, end: int, asked: str) -> tuple[str, str] | None:
    """The statement with its part [start, end) asked for, in です・ます, and that part."""
    before, part, after = words[:start], words[start:end], words[end:]
    if said := _IS.fullmatch(after):
        return f"{before}{asked}{said['kept']}ですか。", part
    found = predicate(words)
    if _GOES_ON.search(after) or found is None or found.mode == "must_not" or (told := polite(words)) is None:
        return None
    shared = len(before) + len(part)
    if told[:shared] != words[:shared] or not told.endswith(("ます", "です", "ません")):
        return None
    return f"{before}{asked}{told[shared:]}か。", part
