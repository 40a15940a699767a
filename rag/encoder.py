"""Encoders: text to unit vectors, by the bundled static model or by any model of sentence-transformers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import TenkyoError
from rag.static import StaticFormatError, StaticModel

BUNDLED = Path(__file__).parent / "models" / "tenkyo-static-ja"
"""The folder of the model that is shipped with the package, trained by `tenkyo train`."""


class EncoderError(TenkyoError, ValueError):
    """The encoder that is set cannot be loaded, or not with the dimension that is set."""


class Encoder(Protocol):
    """What the index and the retrieval need of a model; vectors are float32, unit length, shape (len(texts), dim)."""

    @property
    def name(self) -> str:
        """What a user calls the model: a hub name, or the name of its folder."""

    @property
    def dim(self) -> int:
        """The length of the vectors."""

    @property
    def fingerprint(self) -> str:
        """Equal for two encoders if and only if they give the same vectors: weights, rules and dimension, not the place."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of questions."""

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of passages, to be compared with those of questions by inner product."""


class StaticEncoder:
    """A `StaticEmbedding` model read without torch or sentence-transformers: its tokenizer, its weights, and numpy.

    A vector is the sum of the rows of a text's tokens, scaled to unit length; a text without tokens is the zero vector.
    The first `dim` columns stand for the whole (Kusupati et al. 2022, Matryoshka Representation Learning).
    """

    def __init__(self, folder: Path, dim: int | None = None) -> None:
        self._folder = folder
        try:
            self._model = StaticModel(folder)
        except StaticFormatError as error:
            raise EncoderError(
                f"符号化モデルのフォルダ「{folder}」を読めません（{error}）。モデルを取り直すか、`tenkyo train` で作り直してください。"
            ) from error
        self.name = folder.name
        self.dim = _checked(dim, self._model.dim, self.name)

    def __reduce__(self) -> tuple[type[StaticEncoder], tuple[Path, int]]:
        """Travel to another process as the folder's path: the weights there are the same mapped pages."""
        return StaticEncoder, (self._folder, self.dim)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the tokenizer, the weights, how often a token counts, and the dimension."""
        return f"static:{self._model.digest()}:{self.dim}"

    def encode(self, texts: Sequence[str], dim: int | None = None, *, once: bool = False) -> NDArray[np.float32]:
        """What `SentenceTransformer.encode(texts, normalize_embeddings=True)` gives, shape (len(texts), dim).

        With `once` a token counts once however often it occurs in a text, which is how the bundled model was trained.
        """
        width = _checked(dim, self._model.dim, self.name) if dim else self.dim
        sums = self._model.sums(texts, width, once=once)
        lengths = np.sqrt(np.square(sums).sum(axis=1, keepdims=True))
        unit: NDArray[np.float32] = sums / np.maximum(lengths, np.float32(1e-12))
        return unit

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of questions, tokens counted as in the model's training."""
        return self.encode(texts, once=self._model.once)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of passages, tokens counted as in the model's training."""
        return self.encode(texts, once=self._model.once)


@dataclass(frozen=True, slots=True)
class Prompts:
    """What is put before questions and before passages, as the model was trained."""

    query: str = ""
    passage: str = ""


_PROMPTS = {
    "ruri-v3": Prompts("検索クエリ: ", "検索文書: "),
    "ruri": Prompts("クエリ: ", "文章: "),
    "e5-": Prompts("query: ", "passage: "),
}
"""By a part of the model's name; the first that fits counts."""


def prompts_for(name: str) -> Prompts:
    """The prompts that a known family of models wants; none for the others."""
    return next((prompts for part, prompts in _PROMPTS.items() if part in name.lower()), Prompts())


class SentenceTransformerEncoder:
    """Any model of sentence-transformers, from a hub or a folder; importing the library takes seconds, so it waits till here."""

    def __init__(self, name_or_path: str, dim: int | None = None, prompts: Prompts | None = None) -> None:
        folder = Path(name_or_path)
        self.name = folder.name if folder.is_dir() else name_or_path
        self._source = name_or_path
        self._prompts = prompts or prompts_for(self.name)
        self._model = _sentence_transformer(name_or_path)
        self.dim = _checked(dim, int(self._model.get_embedding_dimension()), self.name)

    def __reduce__(self) -> tuple[type[SentenceTransformerEncoder], tuple[str, int, Prompts]]:
        """Travel to another process by name, to be loaded there."""
        return SentenceTransformerEncoder, (self._source, self.dim, self._prompts)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the folder's files, or the hub's name; then prompts and dimension."""
        folder = Path(self._source)
        identity = _digest(folder) if folder.is_dir() else self._source
        return f"sentence-transformers:{identity}:{self._prompts.query}|{self._prompts.passage}:{self.dim}"

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of questions, with the query prompt."""
        return self._encode(texts, self._prompts.query)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of passages, with the passage prompt."""
        return self._encode(texts, self._prompts.passage)

    def _encode(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        vectors = self._model.encode(
            [prompt + text for text in texts], truncate_dim=self.dim, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)


def load_encoder(name_or_path: str = "", dim: int | None = None) -> Encoder:
    """The encoder of a folder or hub name, the bundled one for ""; `dim` cuts its vectors to their first columns.

    Raises EncoderError.
    """
    folder = Path(name_or_path).expanduser() if name_or_path else BUNDLED
    if StaticModel.fits(folder):
        return StaticEncoder(folder, dim)
    if not folder.is_dir() and (not name_or_path or name_or_path.startswith(("/", ".", "~"))):
        raise EncoderError(
            f"符号化モデルのフォルダ「{folder}」がありません。正しいフォルダかモデル名を設定するか、`tenkyo train` で作ってください。"
        )
    return SentenceTransformerEncoder(str(folder) if folder.is_dir() else name_or_path, dim)


def _checked(dim: int | None, most: int, name: str) -> int:
    if dim is not None and not 1 <= dim <= most:
        raise EncoderError(f"符号化モデル「{name}」の次元は1から{most}までで、{dim}にはできません。次元の設定を直してください。")
    return dim or most


def _sentence_transformer(name_or_path: str) -> Any:
    try:
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise EncoderError(
            f"符号化モデル「{name_or_path}」にはsentence-transformersが要ります。`pip install sentence-transformers` を実行してください。"
        ) from error
    try:
        return SentenceTransformer(name_or_path)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise EncoderError(
            f"符号化モデル「{name_or_path}」を読み込めません（{type(error).__name__}）。名前とネットワークを確かめるか、"
            "あらかじめ取得したフォルダのパスを設定してください。"
        ) from error


def _digest(folder: Path) -> str:
    """SHA-256 over the names and contents of the folder's files, those that hold no weights or rules left out."""
    whole = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix != ".md":
            with file.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            whole.update(f"{file.relative_to(folder).as_posix()}\0{content}\n".encode())
    return whole.hexdigest()[:32]
