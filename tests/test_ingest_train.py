"""The training of the encoder on tiny data in the shared formats: pairs, tokenizer, batches, a whole run, the card."""

import json
import lzma
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from ingest.batches import Batches, Encoded, flat
from ingest.pairs import EVERYDAY, FILES, Source, held_out, read_sources
from ingest.recall import evaluate_retrieval
from ingest.tokenizer import train_tokenizer
from ingest.train import TrainReport, TrainSettings, train
from rag.encoder import Encoder, load_encoder
from rag.errors import InputError

LAW = """旅費法
（平成元年法律第一号）
（目的）
第一条

　この法律は、国家公務員の旅費に関し必要な事項を定めることを目的とする。
（旅費の支給（外国旅行を含む。）
の手続）
第二条

　職員が出張した場合には、当該職員に対し、旅費法
（平成元年法律第一号）による旅費を支給する。
２

　旅費の額は、別に政令で定める額とする。
（雑則）
第三条

　略
"""
PAGE = """# 経費の精算

!include [banner]

**経費精算書**は、出張から戻った日から数えて30日以内に、証憑とともに経理の担当者へ提出してください。期限を過ぎたものは、翌月の処理になります。

## 短い

短い。

## 承認の手順

提出された経費精算書は、はじめに直属の上司が、つぎに経理の担当者が確認し、すべての確認が終わってから、翌月の給与とともに振り込まれます。
"""
SETTINGS = TrainSettings(vocabulary=300, dimensions=(48, 24), steps=60, batch=64, rate=0.02, holdout=0.3, confused=3, threads=1)


def _write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    with lzma.open(folder / name, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def handmade(tmp_path: Path) -> Path:
    """Every shared file with the smallest content that shows its form."""
    asked = [{"question": "旅費を支払うのは誰ですか?"}, {"question": "いつですか?"}]
    _write(tmp_path, FILES[0], [{"title": "旅費", "context": "旅費は国が支払う。", "qas": asked}])
    _write(tmp_path, FILES[1], [{"title": "旅費法", "text": LAW}, {"title": "空の法", "text": "本文のみ"}])
    _write(tmp_path, FILES[2], [{"title": "経費の精算", "description": "経費を精算します。", "text": PAGE}])
    pair = {"sentence1": "犬が走る。", "sentence2": "犬が駆ける。"}
    _write(
        tmp_path,
        FILES[3],
        [
            {**pair, "split": "train", "score": 4.2},
            {**pair, "split": "valid", "score": 5},
            {**pair, "split": "train", "score": 1},
        ],
    )
    _write(tmp_path, FILES[4], [{"group": "1", "words": ["旅費", "交通費"]}, {"group": "2", "words": ["一語"]}])
    return tmp_path


def _by_name(sources: tuple[Source, ...]) -> dict[str, list[tuple[str, str]]]:
    return {s.name: [(q, s.passages[p]) for q, p in zip(s.queries, s.positives, strict=True)] for s in sources}


def test_reads_pairs(handmade: Path) -> None:
    found = _by_name(read_sources(handmade, 0, 0))
    assert found["questions"] == [
        ("旅費を支払うのは誰ですか?", "旅費は国が支払う。"),
        ("交通費を支払うのは誰ですか?", "旅費は国が支払う。"),
        ("いつですか?", "旅費は国が支払う。"),
    ]
    assert found["sentences"] == [("犬が走る。", "犬が駆ける。")]
    assert found["words"] == [("旅費", "交通費"), ("交通費", "旅費")]


def test_reads_captioned_articles(handmade: Path) -> None:
    found = _by_name(read_sources(handmade, 0, 0))["articles"]
    assert [caption for caption, _ in found] == [
        "目的",
        "旅費の支給（外国旅行を含む。）の手続",
        "交通費の支給（外国旅行を含む。）の手続",
    ]
    assert found[0][1] == "この法律は、国家公務員の旅費に関し必要な事項を定めることを目的とする。"
    assert "旅費法（平成元年法律第一号）による旅費を支給する。\n２\n旅費の額" in found[1][1]


def test_reads_headings_with_enough_text(handmade: Path) -> None:
    found = _by_name(read_sources(handmade, 0, 0))["headings"]
    assert [heading for heading, _ in found] == ["経費の精算", "経費を精算します。", "承認の手順"]
    assert found[0][1].startswith("経費精算書は、出張から戻った日から")


def test_holds_articles_out(handmade: Path) -> None:
    assert "questions" not in _by_name(read_sources(handmade, 1, 0))
    titles = [str(n) for n in range(2_000)]
    kept = {share: {t for t in titles if held_out(t, share)} for share in (0.0, 0.25, 0.5, 1.0)}
    assert kept[0.0] == set()
    assert kept[0.25] < kept[0.5] < kept[1.0] == set(titles)
    assert 0.22 < len(kept[0.25]) / len(titles) < 0.28
    assert [held_out(t, 0.25) for t in ("手塚治虫", "魚道", "酵素")] == [held_out(t, 0.25) for t in ("手塚治虫", "魚道", "酵素")]


def test_missing_and_broken_data(handmade: Path) -> None:
    (handmade / FILES[2]).write_bytes(b"not xz")
    with pytest.raises(InputError, match="壊れています"):
        read_sources(handmade, 0, 0)
    (handmade / FILES[2]).unlink()
    with pytest.raises(InputError, match=r"business_docs\.jsonl\.xz」を開けません"):
        read_sources(handmade, 0, 0)


def test_tokenizer_folds_and_cuts_at_scripts() -> None:
    tokenizer = train_tokenizer(["個人情報の保護に関するガイドライン", "個人情報の保護とAI", "個人情報"] * 5, 200)
    assert tokenizer.encode("個人情報の保護").tokens == ["個人情報", "の", "保護"]
    assert tokenizer.encode("ＡＩの\n保 護").tokens == tokenizer.encode("aiの保護").tokens
    assert tokenizer.encode("個人\n情報").tokens == ["個人情報"]
    assert tokenizer.encode(" \n").tokens == []


def test_distinct_ids() -> None:
    ids, starts = flat([np.array(t, np.int32) for t in ([5, 3, 5], [], [7])])
    assert ids.tolist() == [3, 5, 7]
    assert starts.tolist() == [0, 2, 2]


def _encoded() -> dict[str, Encoded]:
    texts = [f"第{n}の規程は事項{n}を定める" for n in range(20)]
    queries = tuple(f"事項{n // 2}" for n in range(40))
    source = Source("questions", queries, tuple(n // 2 for n in range(40)), tuple(texts), tuple(range(20)))
    return {"questions": Encoded.of(source, train_tokenizer(texts, 150))}


def test_batches_have_no_query_twice_and_confused_ones_side_by_side() -> None:
    sources = _encoded()
    tokenizer = train_tokenizer(["事項"], 100)
    batches = Batches(sources, {"questions": 1}, 10, tokenizer, np.random.default_rng(0))
    drawn = [batches.draw()[1] for _ in range(4)]
    assert sorted(np.concatenate([b.keys for b in drawn]).tolist()) == sorted([*range(20), *range(20)])
    batches.confuse({"questions": np.full((40, 1), 7)})
    assert batches.draw()[1].keys.tolist()[-5:] == [7] * 5


def test_cut_queries_come_from_their_passages() -> None:
    sources = _encoded()
    batches = Batches(sources, {"cut": 1}, 10, train_tokenizer(["事項"], 100), np.random.default_rng(0))
    name, batch = batches.draw()
    assert name == "cut"
    assert len(batch.queries) == len(batch.passages) == len(set(batch.keys.tolist())) == 10


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Questions that share no word with their paragraphs: only training can tell which belongs to which."""
    folder = tmp_path_factory.mktemp("data")
    chance = random.Random(0)
    pairs = [
        (f"{a}{b}", f"{c}{d}")
        for a, c in zip("春夏秋冬朝昼", "花海月雪霧光", strict=True)
        for b, d in zip("空山川野", "鳥魚虫獣", strict=True)
    ]
    rows = []
    for n in range(120):
        first, second = chance.sample(pairs, 2)
        qas = [{"question": f"{first[0]}と{second[0]}はどうか?"}, {"question": f"{second[0]}や{first[0]}とは?"}]
        rows.append({"title": f"記事{n}", "context": f"{first[1]}の後に{second[1]}が来る。", "qas": qas})
    _write(folder, FILES[0], rows)
    _write(folder, "jaquad_dev.jsonl.xz", rows[:40])
    _write(folder, FILES[1], [{"title": "旅費法", "text": LAW}])
    _write(folder, FILES[2], [{"title": "経費の精算", "description": "", "text": PAGE}])
    _write(folder, FILES[3], [{"split": "train", "sentence1": "犬が走る。", "sentence2": "犬が駆ける。", "score": 5}])
    _write(folder, FILES[4], [{"group": "1", "words": [a, b]} for a, b in pairs])
    return folder


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainReport, list[str]]:
    out, said = tmp_path_factory.mktemp("out") / "model", list[str]()
    return out, train(corpus, out, settings=SETTINGS, progress=said.append), said


def test_training_lifts_recall_on_articles_it_has_not_seen(trained: tuple[Path, TrainReport, list[str]]) -> None:
    figures = trained[1].figures
    for dimension in SETTINGS.dimensions:
        before, after = figures[f"untrained {dimension} holdout"], figures[f"trained {dimension} holdout"]
        assert after["recall@1"] > before["recall@1"] + 0.2
    assert figures["trained 48 holdout"]["paragraphs"] < 60


def test_model_is_read_by_both_libraries(trained: tuple[Path, TrainReport, list[str]]) -> None:
    texts = ["春空と秋川はどうか?", ""]
    wanted = SentenceTransformer(str(trained[0]), device="cpu").float().encode(texts, normalize_embeddings=True)
    encoder = load_encoder(str(trained[0]))
    np.testing.assert_allclose(encoder.encode(texts), wanted, atol=1e-5)  # type: ignore[attr-defined]


def test_report_and_card(trained: tuple[Path, TrainReport, list[str]]) -> None:
    out, report, said = trained
    written = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(report.as_json()))
    assert written["count_tokens_once"] is True
    assert set(written["data"]) == {*FILES, EVERYDAY.name}
    card = (out / "README.md").read_text(encoding="utf-8")
    assert all(word in card for word in ("cc-by-sa-4.0", "JaQuAD", "Microsoft Docs", "SudachiDict", "記事の30%", "Adam"))
    assert said[-1].startswith("60/60回")
    assert [p.name for p in out.parent.iterdir()] == ["model"]


def test_same_settings_same_model(corpus: Path, trained: tuple[Path, TrainReport, list[str]], tmp_path: Path) -> None:
    train(corpus, tmp_path / "again", settings=SETTINGS, progress=lambda line: None)
    assert load_encoder(str(tmp_path / "again")).fingerprint == load_encoder(str(trained[0])).fingerprint


def test_keeps_what_is_not_a_model(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "大事.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="モデルでないもの"):
        train(corpus, tmp_path, settings=SETTINGS, progress=lambda line: None)
    with pytest.raises(InputError, match="開けません"):
        train(tmp_path, tmp_path / "out", settings=SETTINGS, progress=lambda line: None)
    assert [p.name for p in tmp_path.iterdir()] == ["大事.txt"]


@pytest.mark.parametrize("wrong", [{"holdout": 1.0}, {"dimensions": ()}, {"dimensions": (64, 128)}, {"steps": 0}, {"batch": 1}])
def test_settings_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="指定してください"):
        TrainSettings(**wrong)


class _Fixed:
    """Vectors by hand: each text is one axis."""

    name, dim, fingerprint = "fixed", 3, "fixed"

    def encode_queries(self, texts: list[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.array([{"甲": [1, 0, 0], "乙": [0.9, 0.4, 0], "丙": [0.5, 0.5, 0.1]}[t] for t in texts], np.float32)

    encode_passages = encode_queries


def test_retrieval_figures_by_hand(tmp_path: Path) -> None:
    encoder: Encoder = _Fixed()
    rows = [
        {"title": "一", "context": "甲", "qas": [{"question": "甲"}]},
        {"title": "二", "context": "乙", "qas": [{"question": "丙"}]},
        {"title": "三", "context": "丙", "qas": [{"question": "甲"}]},
    ]
    file = tmp_path / "squad.jsonl"
    file.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    # 甲 finds 甲 first; 丙 finds 乙 first (0.65 against 0.5 and 0.51); 甲 finds 丙 third.
    assert evaluate_retrieval(encoder, file) == {
        "paragraphs": 3,
        "questions": 3,
        "recall@1": 0.6667,
        "recall@5": 1.0,
        "recall@20": 1.0,
        "mrr": 0.7778,
    }
    assert evaluate_retrieval(encoder, file, lambda title: title != "一")["questions"] == 2
    with pytest.raises(InputError, match="測れる質問がありません"):
        evaluate_retrieval(encoder, file, lambda title: False)
