"""The commands of the README, run as a reader would."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_questions_work_on_the_sample_corpus(tmp_path: Path) -> None:
    tenkyo = Path(sys.executable).with_name("tenkyo")
    subprocess.run([tenkyo, "ingest", ROOT / "corpus", "--index", tmp_path / "i"], check=True, capture_output=True)
    questions = re.findall(r"tenkyo ask \"([^\"]+)\"$", README, re.M)
    assert len(questions) == 3
    found = [
        subprocess.run([tenkyo, "ask", q, "--index", tmp_path / "i"], check=True, capture_output=True, text=True).stdout
        for q in questions
    ]
    assert "29,000円" in found[0]
    assert "支払証明書" in found[1]
    assert found[2].startswith("登録文書に該当する記載が見つかりません")


def test_nothing_is_left_to_be_filled_in() -> None:
    assert "FIGURE" not in README


def test_the_python_example_works(index: Path) -> None:
    code = re.search(r"```python\n(.*?)```", README, re.S)
    assert code is not None
    done = subprocess.run(
        [sys.executable, "-c", code[1].replace("var/index", str(index))], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
