"""Named arrays in one file (the format of safetensors), read by mapping it into memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES: dict[str, str] = {"F16": "<f2", "F32": "<f4", "U8": "|u1", "U16": "<u2", "U32": "<u4", "I64": "<i8"}
_LONGEST = 1_000_000


def save_arrays(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the arrays, each under its name."""
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, file)


def load_arrays(file: Path) -> dict[str, NDArray[Any]]:
    """The arrays of the file, mapped: 8 bytes of header length, the header in JSON, the data.

    Raises OSError, and ValueError where the file is malformed.
    """
    with file.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        if size > _LONGEST:
            raise ValueError(f"{file.name}: malformed header")
        header = json.loads(stream.read(size))
    mapped = np.asarray(np.memmap(file, np.uint8, "r"))  # a plain view: what memmap adds costs more than small slices
    try:
        return {name: _array(mapped[8 + size :], entry) for name, entry in header.items() if name != "__metadata__"}
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file.name}: malformed header") from error


def _array(data: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[Any]:
    start, end = entry["data_offsets"]
    return data[start:end].view(np.dtype(_TYPES[entry["dtype"]])).reshape(entry["shape"])
