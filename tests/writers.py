"""A writer whose model is the scripted server, for the tests: the real client, the real verifier, a real index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from llm_server import LLMServer, Script, Step

from rag.assistant import Assistant
from rag.generate import Writer
from rag.secret import Secret
from rag.settings import Settings
from rag.support import Verify
from rag.verify import Verifier

KEY = "sk-never-to-be-seen"


@contextmanager
def writer_on(index: Path, script: Script | Step | list[Step], **chosen: Any) -> Iterator[tuple[Writer, LLMServer]]:
    """A writer over the index and the server that answers it; `chosen` are settings."""
    assistant, verify = _opened(index)
    with LLMServer(script) as server:
        settings = Settings(index=index, model="openai:test", model_key=Secret(KEY), model_timeout=10, model_url=server.url)
        yield Writer(Assistant(assistant.snapshot, assistant.encoder, replace(settings, **chosen)), verify), server


@cache
def _opened(index: Path) -> tuple[Assistant, Verify]:
    assistant = Assistant.open(index)
    return assistant, Verifier(assistant.encoder, assistant.snapshot.glossary).verify
