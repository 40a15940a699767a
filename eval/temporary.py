"""An index that is built for one measurement and gone afterwards."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.settings import Settings


def number_id(number: int) -> str:
    """The id of the document that the text with that number, from 0, becomes."""
    return f"p{number:06d}"


@contextmanager
def temporary_index(
    texts: Iterable[tuple[str, str]], progress: Callable[[str], None], settings: Settings | None = None, jobs: int = 0
) -> Iterator[Assistant]:
    """An assistant over the texts, each with its title and a document by itself; `number_id` names them in their order."""
    from ingest.build import ingest
    from rag.assistant import Assistant

    with tempfile.TemporaryDirectory() as name:
        folder, index = Path(name) / "texts", Path(name) / "index"
        folder.mkdir()
        with (folder / "texts.jsonl").open("w", encoding="utf-8") as file:
            for number, (title, text) in enumerate(texts):
                line = {"id": number_id(number), "title": title, "text": text}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        ingest([folder], index, settings=settings, jobs=jobs, progress=progress)
        assistant = Assistant.open(index, settings)
        with assistant.snapshot:
            yield assistant
