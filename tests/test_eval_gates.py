"""Gates: what passes, what breaks one and how that is said, and files that are refused."""

from __future__ import annotations

import math
from importlib.resources import files
from pathlib import Path

import pytest

from eval.baseline import Comparison, Shift
from eval.bootstrap import Difference
from eval.gates import Gate, broken, read_gates
from rag.errors import InputError


def compared(name: str, before: float, after: float, p: float) -> Comparison:
    tested = Shift(name, before, after, Difference(after - before, 0, 0, p, p), p)
    return Comparison((), (), (), (), (), (tested,))


def said(gate: Gate, figures: dict[str, float], comparison: Comparison | None = None) -> list[str]:
    return list(broken([gate], figures, comparison))


def test_least_and_most() -> None:
    assert said(Gate("verified", least=0.8), {"verified": 0.8}) == []
    assert said(Gate("verified", least=0.8), {"verified": 0.79}) == [
        "ゲート「検証済みの回答」は0.8以上が必要ですが、0.79でした。"
    ]
    assert said(Gate("seconds_p95", most=1), {"seconds_p95": 1.0}) == []
    assert said(Gate("seconds_p95", most=1), {"seconds_p95": 1.25}) == [
        "ゲート「回答時間の95パーセント点（秒）」は1以下が必要ですが、1.25でした。"
    ]


def test_a_figure_that_nothing_counts_for_passes_no_gate() -> None:
    said_of = "ゲート「検証済みの回答」は、数えられる質問がないので確かめられません。"
    assert said(Gate("verified", least=0), {"verified": math.nan}) == [said_of]
    assert said(Gate("verified", least=0), {}) == [said_of]


@pytest.mark.parametrize(
    ("name", "before", "after", "p", "gate", "breaks"),
    [
        ("verified", 0.8, 0.7, 0.01, Gate("verified", loss=0.05), True),
        ("verified", 0.8, 0.75, 0.01, Gate("verified", loss=0.05), False),
        ("verified", 0.8, 0.7, 0.06, Gate("verified", loss=0, p=0.05), False),
        ("verified", 0.8, 0.7, 0.04, Gate("verified", loss=0, p=0.05), True),
        ("verified", 0.7, 0.8, 0.01, Gate("verified", loss=0), False),
        ("false_abstain", 0.1, 0.2, 0.01, Gate("false_abstain", loss=0.05), True),
        ("false_abstain", 0.2, 0.1, 0.01, Gate("false_abstain", loss=0.05), False),
        ("facts", 0.2, 0.1, 0.01, Gate("verified", loss=0), True),
    ],
)
def test_a_loss_against_the_baseline(name: str, before: float, after: float, p: float, gate: Gate, breaks: bool) -> None:
    assert bool(said(gate, {gate.figure: after}, compared(name, before, after, p))) is breaks


def test_a_loss_is_told_with_both_values() -> None:
    assert said(Gate("verified", loss=0.0, p=0.05), {"verified": 0.5}, compared("verified", 0.75, 0.5, 0.001)) == [
        "ゲート「検証済みの回答」は前回の0.75から0.5になり、許される悪化0を超えました（p=0.001）。"
    ]


def test_the_example_is_read() -> None:
    gates = read_gates(Path(str(files("eval") / "gates.yaml")), compared=True)
    assert gates[0] == Gate("verified", least=0.75)
    assert Gate("verified", loss=0.0, p=0.05) in gates


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "gates:"),
        ("gates: []", "gates:"),
        ("gates: [", "gates:"),
        ("[1]", "gates:"),
        ("gates: [{figure: speed, min: 1}]", "1番目のゲートのfigure"),
        ("gates: [{figure: verified, min: 1}, {figure: verified, min: high}]", "2番目のゲートの「min: high」"),
        ("gates: [{figure: verified, least: 1}]", "「least: 1」"),
        ("gates: [{figure: verified}]", "条件がない"),
        ("gates: [{figure: verified, min: 0.5, p: 0.05}]", "条件がない"),
        ("gates: [{figure: seconds_p50, loss: 1}]", "lossを使えない"),
    ],
)
def test_files_that_make_no_sense_are_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "g.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_gates(tmp_path / "g.yaml", compared=True)


def test_a_loss_needs_a_baseline(tmp_path: Path) -> None:
    (tmp_path / "g.yaml").write_text("gates: [{figure: verified, loss: 0}]", encoding="utf-8")
    assert read_gates(tmp_path / "g.yaml", compared=True) == (Gate("verified", loss=0.0),)
    with pytest.raises(InputError, match="--baseline"):
        read_gates(tmp_path / "g.yaml", compared=False)
