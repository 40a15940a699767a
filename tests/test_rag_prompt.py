"""The prompt holds the passages as numbered data, as many as there is room for."""

import re
from datetime import date
from pathlib import Path

from rag.assistant import Assistant
from rag.prompt import SCHEMA, Prompt, compose, tokens

QUESTION = "課長の日当はいくらですか"


def composed(index: Path, room: int = 8000, *, structured: bool = False) -> Prompt:
    assistant = Assistant.open(index)
    hits = assistant.ask(QUESTION, date(2026, 11, 1)).hits
    return compose(QUESTION, hits, assistant.snapshot, room, 400, structured=structured)


def test_passages_stand_in_order_with_title_and_place(index: Path) -> None:
    prompt = composed(index)
    frames = re.findall(rf"<<文書(\d+) {prompt.mark}>> ([^\n]*)\n(.*?)\n<<文書\1おわり {prompt.mark}>>", prompt.user, re.S)
    assert [int(n) for n, _, _ in frames] == list(range(1, len(prompt.passages) + 1))
    assert frames[0][1] == "旅費規程 別表（第２条関係）"
    assert [text for _, _, text in frames] == [p.text for p in prompt.passages]
    assert prompt.user.endswith(f"<<質問 {prompt.mark}>>\n{QUESTION}\n<<質問おわり {prompt.mark}>>")


def test_the_mark_is_another_each_time(index: Path) -> None:
    assert composed(index).mark != composed(index).mark


def test_the_worst_passages_are_left_out_where_room_is_short(index: Path) -> None:
    whole, short = composed(index), composed(index, 700)
    assert whole.dropped == 0
    assert short.dropped == len(whole.passages) - len(short.passages) > 0
    assert short.passages == whole.passages[: len(short.passages)]
    assert tokens(short.system) + tokens(short.user) <= 700
    assert len(composed(index, 1).passages) == 1


def test_json_is_asked_for_only_where_it_is_wanted(index: Path) -> None:
    assert "JSON" in composed(index, structured=True).system
    assert "JSON" not in composed(index).system
    assert set(SCHEMA["properties"]) == {"answerable", "sentences"}


def test_tokens_are_rather_too_many() -> None:
    assert tokens("日当は別表の額とする。") >= 11
    assert tokens("The quick brown fox jumps over the lazy dog") >= 9
