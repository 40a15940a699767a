"""What keeps documents and questions data, and a model's words plain text: nothing planted in them is obeyed, run or opened.

The measures do not depend on the model keeping to its prompt: instructions planted in documents are found and not handed on, marks
that chat templates give a meaning lose it, and what the model writes is stripped of everything that is more than words.
"""

from __future__ import annotations

import re
import unicodedata

from rag.types import Span

_TURN = r"(?:system|assistant|user|human|developer|システム|アシスタント)"
_AI = r"(?:AI|ＡＩ|人工知能|アシスタント|モデル|LLM|チャットボット|ボット|回答者|assistant|chatbot)"
_SAY = r"(?:答え|(?:回答|返答|応答|出力)[しす])"
_ORDER = r"(?:てください|て下さい|なさい|ろ|よ|ること|てほしい|せよ)"
_RULE = r"(?:指示|命令|プロンプト|ルール|規則|制約|instructions?|prompts?)"
_DROP = r"(?:無視|忘れ|破棄|上書き|取り消)"
_PLANTED = re.compile(
    "|".join(
        (
            rf"(?:以前|上記|これまで|それまで|ここまで|前の|先の|すべて|全て|全部|あらゆる|元の|初期|与えられた)[^。\n]{{0,8}}{_RULE}[^。\n]{{0,8}}{_DROP}(?!した)",
            rf"{_RULE}[をはも]?[^。\n]{{0,6}}{_DROP}(?:し|て){{0,2}}(?:ください|下さい|なさい|ろ|せよ|よ(?:[。！\n]|$))",
            r"(?:ignore|disregard|forget|override)[^.\n]{0,40}(?:instructions?|prompts?|rules|above|previous)",
            r"(?:システム|system)[ 　]?(?:プロンプト|prompt|メッセージ|message)[^。\n]{0,20}(?:を|:|：|reveal|print)",
            rf"(?:^|\n)[ 　#*>\[【]*{_TURN}[ 　\]】*]*[:：]",
            r"<\|[^|\n]{1,40}\|>|<</?SYS>>|\[/?INST\]|<(?:start|end)_of_turn>|</?(?:system|assistant|user|think|tool_call)>",
            r"^###[ ]*(?:System|Instruction|Assistant|User)",
            rf"{_AI}(?:へ|への指示|向け|は|に対する|宛)[^。\n]{{0,60}}(?:と|を|に)[^。\n]{{0,10}}{_SAY}{_ORDER}",
            rf"(?:あなた|お前|You)(?:は| are)[^。\n]{{0,30}}(?:{_AI}(?:です|だ|である|。|$)|として[^。\n]{{0,6}}(?:振る舞|行動|答え|回答)|\ban? )",
            rf"[「『\"”][^」』\"”\n]{{1,80}}[」』\"”]と(?:だけ)?(?:必ず)?{_SAY}{_ORDER}",
            r"<!--",
        )
    ),
    re.I | re.M,
)
"""Words that speak to the model that reads a document, not to the people whom it binds."""
_OPENS = re.compile(r"(?:[:：]|>|\]|】)\s*$")
_INVISIBLE = re.compile(r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]")  # fmt: skip
_CONTROL = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TEMPLATE = re.compile(r"<<|<\||<(?=[A-Za-z_/｜!])|\[(?=/?INST\])")
_IMAGE = re.compile(r"!\[([^\]\n]*)\](?:\([^)\n]*\)?|\[[^\]\n]*\])?")
_LINK = re.compile(r"\[([^\]\n]*)\](?:\([^)\n]*\)?|\[[^\]\d\n][^\]\n]*\])|^\[[^\]\n]+\]:\s*\S+.*$", re.M)
_HTML = re.compile(
    r"<(?:script|style|iframe|svg|object)\b.*?(?:</\w+\s*>|$)|</?[A-Za-z!?][^<>\n]*>|<[A-Za-z/!][^<>]*$", re.I | re.S
)
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://|(?:javascript|data|mailto|vbscript|file|tel):|www\.)[!-;=?-~]*"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w.])(?:[a-z0-9-]+\.)+(?:[a-z]{2,})(?:/[!-;=?-~]*)?",
    re.I | re.A,
)
_MARKS = re.compile(r"\*\*+|__+|~~+|`+|^[ 　]*(?:#{1,6}[ 　]+|>[ 　]?)+|\$\$?(?=\\)|\\[()\[\]]", re.M)
_SPACES = re.compile(r"[ \t\r\n]+")
_GRAM, _LEAK = 12, 0.5
"""A sentence leaks the prompt where at least this share of its character n-grams of this length are the prompt's."""


def planted(text: str) -> bool:
    """Whether words of a document speak to the model («以前の指示を無視して…», a fake turn, a template's mark, a comment that is not shown)."""
    bare = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return bool(_PLANTED.search(bare)) or _hidden(text)


def distrusted(text: str) -> tuple[Span, ...]:
    """The lines of a document's text that speak to the model, whole, since a plain statement beside an order is a part of it; also the
    line after one that only opens a turn."""
    found: list[Span] = []
    opened, start = False, 0
    for line in text.splitlines(keepends=True):
        span = Span(start, start + len(line.rstrip("\r\n")))
        start += len(line)
        bad = planted(line)
        if bad or (opened and line.strip()):
            found.append(span)
        opened = bad and bool(_OPENS.search(line))
    return tuple(found)


def _hidden(text: str) -> bool:
    """Whether words are written in characters that are not shown: tags of Unicode's plane 14."""
    return any("\U000e0020" <= c <= "\U000e007e" for c in text)


def defused(text: str) -> str:
    """Words for a prompt: without what is not shown, images, and what a chat template or our delimiters could take for their own."""
    bare = _IMAGE.sub("", _CONTROL.sub("", _INVISIBLE.sub("", text)))
    return _TEMPLATE.sub(lambda m: "［" if m[0] == "[" else "＜", bare)


def inert(text: str, evidence: str) -> str:
    """A model's words as plain text on one line. Links, images, mark-up and what a terminal would obey are taken out, addresses as well
    unless they stand in the evidence."""
    bare = _CONTROL.sub("", _INVISIBLE.sub("", text.replace("\r\n", "\n")))
    bare = _HTML.sub("", _LINK.sub(lambda m: m[1] or "", _IMAGE.sub("", bare)))
    bare = _ADDRESS.sub(lambda m: m[0] if m[0] in evidence else "", bare)
    return _SPACES.sub(" ", _MARKS.sub("", bare)).strip()


def leaks(sentence: str, prompt: str, evidence: str) -> bool:
    """Whether a sentence tells what the prompt says, in words that the evidence has not."""
    grams = {sentence[i : i + _GRAM] for i in range(max(1, len(sentence) - _GRAM + 1))}
    told = sum(gram in prompt and gram not in evidence for gram in grams)
    return told >= _LEAK * len(grams)
