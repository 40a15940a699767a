"""The folder of a trained model: written aside in the format of sentence-transformers, described, and put in its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

from ingest.card import model_card
from rag.errors import InputError
from rag.static import TRAINING

if TYPE_CHECKING:
    import torch


def save_model(place: Path, tokenizer: Tokenizer, weights: torch.Tensor) -> None:
    """Write the model in the format of sentence-transformers, weights as 16-bit floats."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    module = StaticEmbedding(tokenizer, embedding_weights=weights.detach().half())
    SentenceTransformer(modules=[module], device="cpu").save(str(place), create_model_card=False)
    (place / TRAINING).write_text('{"count_tokens_once": true}\n', encoding="utf-8")


def describe(place: Path, report: Mapping[str, Any]) -> None:
    """Write training.json and the model card, and let others read all files."""
    (place / TRAINING).write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (place / "README.md").write_text(model_card(report), encoding="utf-8")
    for file in place.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)
    place.chmod(0o755)


def check_place(out: Path) -> None:
    """Refuse to write over anything but a model. Raises InputError."""
    if out.exists() and not (out / "modules.json").exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            f"出力先「{out}」にはモデルでないものがあります。新しいフォルダか、前に学習したモデルのフォルダを指定してください。"
        )


def parent_of(out: Path) -> Path:
    """The folder that the model will stand in, made if it is missing. Raises InputError."""
    parent = out.resolve().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"出力先「{out}」を作れません。書き込めるフォルダを指定してください。") from error
    return parent


def switch(place: Path, out: Path, old: Path) -> None:
    """Put the new folder where the old one was."""
    if out.exists():
        out.rename(old)
    place.rename(out)
