"""Work shared by processes: the results are those of one process, in order, and what a process meets is told."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest
from parallel_work import DEADLY, answered, ended, listed

from eval.parallel import CHUNK, ordered
from rag.assistant import Assistant
from rag.errors import InputError
from rag.scope import Scope

QUESTIONS = ["課長の日当はいくらですか", "有休は何日前までに届け出ますか", "カレーの値段はいくらですか", "結婚の休暇は何日ですか"]


def without_process(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    return [{k: v for k, v in row.items() if k != "process"} for row in rows]


def test_several_processes_give_what_one_gives_in_order(assistant: Assistant) -> None:
    questions = [f"{QUESTIONS[n % 4]}{'？' * (n % 3)}" for n in range(5 * CHUNK + 3)]
    alone = list(ordered(assistant, answered, questions, 1))
    shared = list(ordered(assistant, answered, questions, 2))
    assert {row["process"] for row in alone} == {os.getpid()}
    assert len({row["process"] for row in shared} - {os.getpid()}) == 2
    assert without_process(shared) == without_process(alone)


def test_a_process_sees_what_the_assistant_sees(assistant: Assistant) -> None:
    narrowed = assistant.within(Scope(ids=frozenset({"travel"})))
    assert list(ordered(narrowed, listed, QUESTIONS * CHUNK, 2)) == [["travel"]] * (4 * CHUNK)


def test_few_tasks_start_no_process(assistant: Assistant) -> None:
    assert [row["process"] for row in ordered(assistant, answered, QUESTIONS, 0)] == [os.getpid()] * 4
    assert list(ordered(assistant, answered, [], 2)) == []


def test_a_process_that_is_killed_is_told(assistant: Assistant) -> None:
    with pytest.raises(InputError, match="--jobs の数を減らして"):
        list(ordered(assistant, ended, [*QUESTIONS * CHUNK, DEADLY], 2))
