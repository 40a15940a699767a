"""BEIR folders: what is read, what is told, and figures that can be worked out by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from eval.beir import measure, read_beir
from rag.errors import InputError

CORPUS = [
    {"_id": "d1", "title": "東大寺", "text": "東大寺は奈良県奈良市にある寺院である。大仏の高さは約15メートルである。"},
    {"_id": "d2", "title": "富士山", "text": "富士山は静岡県と山梨県にまたがる火山である。標高は3,776メートルである。"},
    {"_id": "d3", "title": "", "text": "琵琶湖は滋賀県にある日本一大きい湖である。面積は約670平方キロメートルである。"},
    {"_id": 4, "title": "浜名湖", "text": "浜名湖は静岡県にある湖である。うなぎの養殖で知られる。"},
]
QUERIES = [
    {"_id": "q1", "text": "東大寺の大仏の高さは何メートルですか"},
    {"_id": "q2", "text": "うなぎの養殖で知られる湖はどこですか"},
    {"_id": "q3", "text": "正解のない質問"},
    {"_id": "q4", "text": "あ" * 3000},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td3\t2\nq2\t4\t1\nq4\td1\t1\nq3\td1\t0\n"


def write(folder: Path, qrels: str = QRELS, split: str = "test") -> Path:
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus", CORPUS), ("queries", QUERIES)):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "qrels" / f"{split}.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_the_folder_is_read(tmp_path: Path) -> None:
    found = read_beir(write(tmp_path))
    assert [d.id for d in found.documents] == ["d1", "d2", "d3", "4"]
    assert [q.id for q in found.queries] == ["q1", "q2", "q4"]
    assert found.qrels["q2"] == {"d3": 2, "4": 1}
    assert (found.split, found.problems) == ("test", ())


def test_test_comes_before_the_other_splits(tmp_path: Path) -> None:
    write(tmp_path, "q1\td2\t1\n", "dev")
    assert read_beir(tmp_path).qrels == {"q1": {"d2": 1}}
    write(tmp_path)
    assert read_beir(tmp_path).split == "test"


def test_what_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, QRELS + "q9\td1\t1\nq1\td9\t1\nq1 d1 1\n")
    with (tmp_path / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"_id": "d1", "text": "again"}\n{"text": "no id"}\n')
    found = read_beir(tmp_path)
    assert [p.split(":")[0] for p in found.problems] == [
        "corpus.jsonl 5行目",
        "corpus.jsonl 6行目",
        *(f"test.tsv {n}行目" for n in (7, 8, 9)),
    ]


def test_figures(tmp_path: Path) -> None:
    found = measure(write(tmp_path), lambda line: None, jobs=1)
    # q1 finds d1 first; q2 finds the lake of grade 1 before the one of grade 2; q4 is too long to be asked
    ndcg = (1 + (1 / math.log2(2) + 2 / math.log2(3)) / (2 / math.log2(2) + 1 / math.log2(3)) + 0) / 3
    assert found.means == {
        "ndcg@10": pytest.approx(ndcg),
        "recall@10": pytest.approx(2 / 3),
        "recall@100": pytest.approx(2 / 3),
        "mrr@10": pytest.approx(2 / 3),
        "map@100": pytest.approx(2 / 3),
    }
    assert found.as_json() | {"queries": 3, "documents": 4, "split": "test"} == found.as_json()
    assert [p.split(":")[0] for p in found.problems] == ["質問「q4」"]
    assert measure(tmp_path, lambda line: None, limit=1, jobs=1).means["ndcg@10"] == 1.0


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_folder_that_lacks_a_part_is_refused(tmp_path: Path, missing: str) -> None:
    (write(tmp_path) / missing).unlink()
    with pytest.raises(InputError, match=missing.partition("/")[0]):
        read_beir(tmp_path)


def test_nothing_to_ask_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1件もありません"):
        read_beir(write(tmp_path, "q1\td1\t0\n"))
    with pytest.raises(InputError, match="フォルダではありません"):
        read_beir(tmp_path / "none")
