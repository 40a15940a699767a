"""Worker processes start from any program: what its main module is does not matter to them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from parallel_work import main_file

from ingest.processes import shared


def test_the_main_module_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.py"
    page.write_text("raise RuntimeError('a page of the app cannot be run on its own')", encoding="utf-8")
    main = ModuleType("__main__")
    main.__file__ = str(page)
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert list(shared(main_file, [1, 2], 1, print)) == [None, None]
    assert sys.modules["__main__"] is main
