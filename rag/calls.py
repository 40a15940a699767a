"""One streamed call of a chat model, on an event loop of its own thread: it ends on time, and stops when nobody reads on."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.runnables import Runnable

from rag.failures import ModelFailure, classified

_FINISH = ("finish_reason", "stop_reason", "stopReason", "done_reason")
"""Where the providers say why a reply ended."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a reply: its text, the tokens counted so far (0 where the server does not say), why the reply ended («» while it has
    not), and whether the model refused."""

    text: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish: str = ""
    refused: bool = False


def stream(
    model: Runnable[Any, Any], messages: list[BaseMessage], deadline: float, beat: float
) -> Generator[Chunk | None, None, None]:
    """The chunks of a reply as they come, and None for each `beat` seconds without one.

    `deadline` is a time of time.monotonic. Closing the generator closes the connection. Raises ModelFailure.
    """
    arrived: SimpleQueue[Any] = SimpleQueue()
    call = asyncio.run_coroutine_threadsafe(_pump(model, messages, arrived), _loop())
    call.add_done_callback(arrived.put)
    begun = False
    try:
        while (left := deadline - time.monotonic()) > 0:
            try:
                item = arrived.get(timeout=min(left, beat))
            except Empty:
                yield None
                continue
            if isinstance(item, Future):
                if (error := item.exception()) is None:
                    return
                failure = classified(error, begun)
                if failure.kind != "endless":
                    raise failure from error
                yield Chunk(finish="length")
                return
            begun = True
            yield _chunk(item)
        raise ModelFailure("timeout")
    finally:
        call.cancel()


async def _pump(model: Runnable[Any, Any], messages: list[BaseMessage], arrived: SimpleQueue[Any]) -> None:
    task = asyncio.current_task()
    async with aclosing(model.astream(messages)) as parts:  # type: ignore[type-var]
        async for part in parts:
            if task is not None and task.cancelling():  # Python 3.11's wait_for, which clients use, may swallow a cancellation
                return
            arrived.put(part)
            await asyncio.sleep(0)  # a server that never pauses must not keep the loop from cancelling


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The loop that all calls of the process share, since clients keep connections that belong to one."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="model", daemon=True).start()
    return loop


def _chunk(message: AIMessageChunk) -> Chunk:
    """What a chat model streams; where it is asked for JSON the text may come as a tool's arguments."""
    usage = message.usage_metadata
    told = message.response_metadata
    return Chunk(
        str(message.text) + "".join(call.get("args") or "" for call in message.tool_call_chunks),
        usage["input_tokens"] if usage else 0,
        usage["output_tokens"] if usage else 0,
        next((str(told[key]) for key in _FINISH if told.get(key)), ""),
        bool(message.additional_kwargs.get("refusal")),
    )
