"""What the commands have in common on a terminal: exit codes, progress on stderr, JSON on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

DONE, INCOMPLETE, UNUSABLE = 0, 1, 2
"""Exit codes: done; done with items skipped or below a gate; usage or configuration error."""


def tell(line: str) -> None:
    """Tell something beside the result."""
    print(line, file=sys.stderr)


def progress(line: str) -> None:
    """Tell how far the work is: on a terminal in the place of the line before."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
    else:
        tell(line)


def end_progress() -> None:
    """Leave the line of the progress."""
    if sys.stderr.isatty():
        print(file=sys.stderr)


def as_json(value: object) -> str:
    """The value as JSON for a reader, with Japanese as it is."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def incomplete(problems: Sequence[str]) -> int:
    """Name each problem; the exit code that goes with them."""
    for problem in problems:
        tell(problem)
    return INCOMPLETE if problems else DONE
