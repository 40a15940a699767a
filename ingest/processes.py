"""Worker processes that can be started from any program, a web app among them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any


class _Process(SpawnProcess):
    """A spawned process that does not run the main module: this may be a page of the app, which only Streamlit can run."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - the one hook that multiprocessing gives
        main, none = sys.modules["__main__"], ModuleType("__main__")
        sys.modules["__main__"] = none
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            if sys.modules["__main__"] is none:  # else a thread of Streamlit has begun to run a page
                sys.modules["__main__"] = main


class Context(SpawnContext):
    """For `ProcessPoolExecutor(mp_context=…)`: what the processes run must be functions of importable modules."""

    Process = _Process


def end_with_parent(parent: int) -> None:
    """Let this process be killed when the one that started it ends, however that ends (Linux; elsewhere nothing is done)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
