"""Gates: the figures that a run has to reach, as a YAML file tells them, for a build that stops when answers get worse."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from eval.baseline import Comparison
from eval.measures import MEASURES
from eval.names import NAMES, OTHERS
from eval.rows import read_bytes
from rag.errors import InputError

KEYS = ("min", "max", "loss", "p")


@dataclass(frozen=True, slots=True)
class Gate:
    """What a figure has to reach: at least, at most, or not so much worse than in the baseline.

    `loss` is how much worse the figure may be; with `p`, only a loss whose p-value (permutation test) is below it breaks the gate.
    """

    figure: str
    least: float | None = None
    most: float | None = None
    loss: float | None = None
    p: float | None = None


def read_gates(path: Path, compared: bool) -> tuple[Gate, ...]:
    """The gates of a file; `compared` says whether there is a baseline.

    Raises InputError, naming the entry, where the file cannot be read, or a gate on a loss has nothing to compare with.
    """
    try:
        entries = yaml.safe_load(read_bytes(path))["gates"]
    except (yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError):
        entries = None
    if not isinstance(entries, list) or not entries:
        raise InputError(f"ゲートのファイル「{path}」を読めないので、「gates:」の下に「- figure: 指標」の一覧を書いてください。")
    gates = tuple(_gate(f"{path.name}の{number}番目のゲート", entry) for number, entry in enumerate(entries, 1))
    if not compared and (lossy := next((g for g in gates if g.loss is not None), None)):
        raise InputError(
            f"ゲート「{lossy.figure}」のlossは前回と比べるので、--baselineで前回の報告を指定するか、lossを消してください。"
        )
    return gates


def broken(gates: Sequence[Gate], figures: Mapping[str, float], comparison: Comparison | None) -> Iterator[str]:
    """One sentence for each gate that the run does not pass; a figure that nothing counts for passes none."""
    moved = {t.name: t for t in comparison.tested} if comparison else {}
    for gate in gates:
        name, value = NAMES[gate.figure], figures.get(gate.figure, math.nan)
        if math.isnan(value):
            yield f"ゲート「{name}」は、数えられる質問がないので確かめられません。"
            continue
        if gate.least is not None and value < gate.least:
            yield f"ゲート「{name}」は{gate.least:g}以上が必要ですが、{value:.4g}でした。"
        if gate.most is not None and value > gate.most:
            yield f"ゲート「{name}」は{gate.most:g}以下が必要ですが、{value:.4g}でした。"
        if gate.loss is None:
            continue
        if gate.figure not in moved:
            yield f"ゲート「{name}」は、前回の報告に質問ごとの値がないので、前回と比べられません。"
            continue
        found = moved[gate.figure]
        lost = (found.before - found.after) * (1 if MEASURES[gate.figure].more else -1)
        if lost > gate.loss + 1e-12 and (gate.p is None or found.p < gate.p):
            yield f"ゲート「{name}」は前回の{found.before:.4g}から{found.after:.4g}になり、許される悪化{gate.loss:g}を超えました（p={found.p:.2g}）。"


def _gate(place: str, entry: object) -> Gate:
    if not isinstance(entry, dict) or (entry.get("figure") not in MEASURES and entry.get("figure") not in OTHERS):
        raise InputError(f"{place}のfigureは使えないので、{'、'.join((*MEASURES, *OTHERS))}から選んでください。")
    for key, value in entry.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if key != "figure" and (key not in KEYS or not number):
            raise InputError(f"{place}の「{key}: {value}」は使えないので、min、max、loss、pのどれかに数を書いてください。")
    if not entry.keys() & {"min", "max", "loss"} or ("p" in entry and "loss" not in entry):
        raise InputError(f"{place}に条件がないので、min、max、lossのどれかに数を書いてください（pはlossと一緒に書きます）。")
    if "loss" in entry and entry["figure"] in OTHERS:
        raise InputError(f"{place}の{entry['figure']}は質問ごとの値がなくlossを使えないので、minかmaxを書いてください。")
    return Gate(str(entry["figure"]), *(None if entry.get(key) is None else float(entry[key]) for key in KEYS))
