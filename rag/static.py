"""The files of a `StaticEmbedding` model: one row of weights a token, mapped into memory, and the tokenizer beside them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.fold import narrow_usual

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TRAINING = "training.json"
"""What `tenkyo train` writes about the model; its `count_tokens_once` says how texts were encoded in training."""
_WEIGHTS = "embedding.weight"
_TYPES: dict[str, np.dtype[Any]] = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4")}
_TEXTS = 256
_WHOLE_FROM = 4_000
"""From this many tokens in a call on, the whole table is converted to 32-bit floats and kept."""


class StaticFormatError(ValueError):
    """A file of the model is missing or malformed; the message, in Japanese, is the reason alone."""


class StaticModel:
    """The tokenizer and weights of a model folder in the format of sentence-transformers.

    `dim` is the width of the weights, and `once` whether a token counts once a text.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        place = _place(folder)
        if place is None:
            raise StaticFormatError("StaticEmbedding一つのモデルではありません")
        self._tokenizer_file, self._weights_file = place / "tokenizer.json", place / "model.safetensors"
        try:
            self._tokenizer: Tokenizer = Tokenizer.from_file(str(self._tokenizer_file))
        except Exception as error:  # the library raises bare Exception for a missing and for a malformed file
            raise StaticFormatError("tokenizer.jsonを読めません") from error
        self._tokenizer.no_padding()
        self._rows = _weights(self._weights_file)
        if len(self._rows) < self._tokenizer.get_vocab_size():
            raise StaticFormatError("重みの行が語彙より少ない")
        self.dim = int(self._rows.shape[1])
        self.once = bool(_json(folder / TRAINING, {}).get("count_tokens_once", False))
        self._whole: NDArray[np.float32] | None = None
        self._pieces = _Pieces(self._tokenizer) if _is_ours(self._tokenizer) else None

    @staticmethod
    def fits(folder: Path) -> bool:
        """Whether the folder holds one StaticEmbedding module and weights that are read here."""
        place = _place(folder)
        try:
            return place is not None and len(_weights(place / "model.safetensors")) > 0
        except StaticFormatError:
            return False

    def sums(self, texts: Sequence[str], width: int, *, once: bool) -> NDArray[np.float32]:
        """The sums of the rows of each text's tokens, shape (len(texts), width), the same whatever texts stand beside it."""
        out = np.zeros((len(texts), width), np.float32)
        for start in range(0, len(texts), _TEXTS):
            ids = self._ids(texts[start : start + _TEXTS], once)
            rows = self._table(sum(map(len, ids)))
            # A gather and a sum a text: 5 times as fast as np.add.reduceat over the texts together.
            for n, found in enumerate(ids, start):
                if found:
                    out[n] = rows[found, :width].astype(np.float32, copy=False).sum(axis=0)
        return out

    def _ids(self, texts: Sequence[str], once: bool) -> list[list[int]]:
        """The token numbers of each text, each once where that is asked for."""
        if self._pieces is not None:
            return self._pieces.ids(texts, once)
        found = [e.ids for e in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]
        return [list(dict.fromkeys(ids)) for ids in found] if once else found

    def digest(self) -> str:
        """SHA-256 over the tokenizer, the weights and how tokens count, in 32 hexadecimal digits."""
        whole = hashlib.sha256(b"once" if self.once else b"each")
        for file in (self._tokenizer_file, self._weights_file):
            whole.update(hashlib.sha256(file.read_bytes()).digest())
        return whole.hexdigest()[:32]

    def _table(self, tokens: int) -> NDArray[Any]:
        """The weights: mapped as they are for a few tokens, converted once and kept for many."""
        if self._whole is None and tokens >= _WHOLE_FROM:
            self._whole = self._rows.astype(np.float32)
        return self._rows if self._whole is None else self._whole


_JA = "一-龥々〆ヶぁ-んァ-ヴー"
_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_RUNS = "[0-9]+|[a-zà-ÿ]+|[一-龥々〆ヶ]+|[ぁ-ん]+|[ァ-ヴー]+"
_JOINED = f"(?<=[{_JA}])[ \\n]+(?=[{_JA}])"
_KNOWN = {
    "normalizer": {
        "type": "Sequence",
        "normalizers": [
            {"type": "NFKC"},
            {"type": "Lowercase"},
            {"type": "Replace", "pattern": {"Regex": _JOINED}, "content": ""},
        ],
    },
    "pre_tokenizer": {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "WhitespaceSplit"},
            {"type": "Split", "pattern": {"Regex": _RUNS}, "behavior": "Isolated", "invert": False},
        ],
    },
}
"""How the tokenizer of `tenkyo train` cuts a text into runs of one script, which are tokenized each for itself."""


def _is_ours(tokenizer: Tokenizer) -> bool:
    rules = json.loads(tokenizer.to_str())
    return all(rules[key] == known for key, known in _KNOWN.items())


class _Pieces:
    """The tokens of a text by those of its runs of one script, each run tokenized once: several times as fast, the same tokens."""

    _MOST = 400_000

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._normalizer, self._model = tokenizer.normalizer, tokenizer.model
        self._known: dict[str, list[int]] = {}
        self._join = re.compile(_JOINED)
        self._runs = re.compile(f"{_RUNS}|[^0-9a-zà-ÿ{_JA}{_SPACE}]+")

    def ids(self, texts: Sequence[str], once: bool = False) -> list[list[int]]:
        """The token numbers of each text; with `once` each number once, in the order of their first places."""
        cut: list[Iterable[str]] = [self._runs.findall(self._normalized(text)) for text in texts]
        if once:
            cut = [dict.fromkeys(runs) for runs in cut]
        if len(self._known) > self._MOST:
            self._known = {}
        known = self._known
        for run in {run for runs in cut for run in runs if run not in known}:
            known[run] = [token.id for token in self._model.tokenize(run)]
        numbers = (chain.from_iterable(map(known.__getitem__, runs)) for runs in cut)
        return [list(dict.fromkeys(ids)) if once else list(ids) for ids in numbers]

    def _normalized(self, text: str) -> str:
        narrowed = narrow_usual(text)
        return str(self._normalizer.normalize_str(text)) if narrowed is None else self._join.sub("", narrowed)


def _place(folder: Path) -> Path | None:
    """The folder of the one StaticEmbedding module; None where the model is another one."""
    modules = _json(folder / "modules.json", [])
    if len(modules) != 1 or not str(modules[0].get("type", "")).endswith(".StaticEmbedding"):
        return None
    return folder / str(modules[0].get("path", ""))


def _json(file: Path, default: Any) -> Any:
    """The file's content where it is of the default's type; else the default."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return default
    return content if isinstance(content, type(default)) else default


def _weights(file: Path) -> NDArray[Any]:
    """The matrix of a safetensors file, shape (tokens, dim), mapped: 8 bytes of header length, the header in JSON, the data."""
    try:
        with file.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            if size > 1_000_000:
                raise StaticFormatError("model.safetensorsの見出しが壊れています")
            entry = json.loads(stream.read(size))[_WEIGHTS]
        rows, columns = entry["shape"]
        matrix: NDArray[Any] = np.memmap(
            file, _TYPES[entry["dtype"]], "r", 8 + size + int(entry["data_offsets"][0]), (int(rows), int(columns))
        )
        return matrix
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StaticFormatError("model.safetensorsに読める重みがありません") from error
