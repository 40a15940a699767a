"""Keeps LangChain from reporting what is asked to a service of its maker: nothing leaves but the calls of the model that is set."""

from __future__ import annotations

import os
from functools import cache

_OBSOLETE = ("LANGCHAIN_TRACING", "LANGCHAIN_HANDLER")
"""Variables at which LangChain stops with an error unless tracing is on."""


@cache
def off() -> None:
    """Turn LangSmith tracing off for this process, whatever LANGSMITH_TRACING and LANGCHAIN_TRACING_V2 say.

    A program that wants it all the same passes its tracer as a callback, or opens a `tracing_context`.
    """
    import langsmith

    for name in _OBSOLETE:
        os.environ.pop(name, None)
    langsmith.configure(enabled=False)
