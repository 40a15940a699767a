"""The query path's encoder against sentence-transformers, and what it says when a model cannot be used."""

import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers

from rag.encoder import (
    BUNDLED,
    EncoderError,
    Prompts,
    SentenceTransformerEncoder,
    StaticEncoder,
    load_encoder,
    prompts_for,
)

TEXTS = [
    "社内の飲み会の費用は会社が負担しますか。",
    "第十一条　事業者は、個人データを外国にある第三者に提供する場合には、あらかじめ本人の同意を得なければならない。",
    "AI\n戦略会議の下で、2024 年 8 月に第1回ＡＩ制度研究会が開催された。",
    "ﾊﾟｽﾜｰﾄﾞの使い回しは禁止する",
    "世界— AI、① ⽤語　㍻ 𠮷野家 😀",
    "規程規程規程規程",
]


@pytest.fixture(scope="module")
def bundled() -> StaticEncoder:
    encoder = load_encoder()
    assert isinstance(encoder, StaticEncoder)
    return encoder


@pytest.fixture(scope="module")
def reference() -> SentenceTransformer:
    return SentenceTransformer(str(BUNDLED), device="cpu")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A model of five tokens and four dimensions, with 32-bit weights."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "規程": 1, "旅費": 2, "出張": 3, "日当": 4}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    weights = np.arange(20, dtype=np.float32).reshape(5, 4) - 7
    folder = tmp_path / "tiny"
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu").save(str(folder))
    return folder


def test_equals_sentence_transformers(bundled: StaticEncoder, reference: SentenceTransformer) -> None:
    wanted = reference.float().encode([*TEXTS, ""], normalize_embeddings=True)
    np.testing.assert_allclose(bundled.encode([*TEXTS, ""]), wanted, atol=1e-5)


def test_equals_sentence_transformers_in_half_precision() -> None:
    wanted = SentenceTransformer(str(BUNDLED), device="cpu").encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(load_encoder().encode(TEXTS), wanted.astype(np.float32), atol=1e-3)  # type: ignore[attr-defined]


def test_equals_sentence_transformers_when_truncated(bundled: StaticEncoder, reference: SentenceTransformer) -> None:
    wanted = reference.float().encode(TEXTS, truncate_dim=128, normalize_embeddings=True)
    np.testing.assert_allclose(bundled.encode(TEXTS, 128), wanted, atol=1e-5)
    assert load_encoder("", 128).encode_queries(TEXTS).shape == (len(TEXTS), 128)


def test_equals_sentence_transformers_with_32_bit_weights(tiny: Path) -> None:
    texts = ["旅費 規程", "日当 未知 未知", "未知", ""]
    wanted = SentenceTransformer(str(tiny), device="cpu").encode(texts, normalize_embeddings=True)
    np.testing.assert_allclose(StaticEncoder(tiny).encode(texts), wanted, atol=1e-6)


def test_vectors_are_unit_or_zero(bundled: StaticEncoder) -> None:
    vectors = bundled.encode_passages([*TEXTS, "", " \n　"])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [*np.ones(len(TEXTS)), 0, 0], atol=1e-5)
    assert bundled.encode_queries([]).shape == (0, bundled.dim)


def test_batch_equals_single_to_the_bit(bundled: StaticEncoder) -> None:
    many = TEXTS * 100
    fresh = StaticEncoder(BUNDLED)  # its table has not been converted yet
    together = bundled.encode_passages(many)
    for n in range(len(TEXTS)):
        assert np.array_equal(together[n], fresh.encode_passages([TEXTS[n]])[0])
        assert np.array_equal(together[n], together[-len(TEXTS) + n])


def test_repetition_counts_once(bundled: StaticEncoder) -> None:
    once, often = bundled.encode_passages(["旅費規程", "旅費規程\n旅費規程\n旅費規程"])
    np.testing.assert_allclose(once, often, atol=1e-6)


def test_repetition_counts_each_time_in_other_models(tiny: Path) -> None:
    once, often = StaticEncoder(tiny).encode_passages(["旅費 日当", "旅費 旅費 日当"])
    assert not np.allclose(once, often)


def test_bundled_tells_near_from_far(bundled: StaticEncoder) -> None:
    passages = bundled.encode_passages(
        [
            "出張した者は、帰着の日から5営業日以内に精算書を提出する。",
            "個人データの漏えいが発生したときは、直ちに報告しなければならない。",
            "年次有給休暇は、付与の日から二年を経過したとき消滅する。",
        ]
    )
    asked = bundled.encode_queries(
        ["出張の精算はいつまでですか？", "個人情報が漏れたらどうすればいい？", "有休はいつ消えますか？"]
    )
    assert (asked @ passages.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_loads_fast_and_small() -> None:
    seconds = min(_seconds_to_load() for _ in range(5))
    assert seconds < 0.5, "about 0.1 s on an idle machine"
    assert sum(file.stat().st_size for file in BUNDLED.rglob("*")) < 40 * 2**20


def _seconds_to_load() -> float:
    begun = time.perf_counter()
    load_encoder().encode_queries(["残業の上限"])
    return time.perf_counter() - begun


def test_does_not_import_torch() -> None:
    code = "import sys; from rag.encoder import load_encoder; load_encoder().encode_queries(['x']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_fingerprint_is_of_the_content(tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    assert load_encoder(str(tiny)).fingerprint == load_encoder(str(copy)).fingerprint
    assert load_encoder(str(tiny), 2).fingerprint != load_encoder(str(tiny)).fingerprint
    (copy / "training.json").write_text('{"count_tokens_once": true}', encoding="utf-8")
    assert load_encoder(str(tiny)).fingerprint != load_encoder(str(copy)).fingerprint


def test_travels_to_other_processes(bundled: StaticEncoder) -> None:
    sent = pickle.dumps(load_encoder("", 64))
    assert len(sent) < 1_000
    there = pickle.loads(sent)
    assert there.dim == 64
    assert np.array_equal(there.encode_queries(TEXTS), bundled.encode(TEXTS, 64, once=True))


@pytest.fixture
def other(tiny: Path) -> Path:
    """A model that is not a single StaticEmbedding module."""
    module = StaticEmbedding.load(str(tiny))
    folder = tiny.parent / "other-e5-model"
    SentenceTransformer(modules=[module, Normalize()], device="cpu").save(str(folder))
    return folder


def test_other_models_go_through_sentence_transformers(other: Path) -> None:
    encoder = load_encoder(str(other), 3)
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert (encoder.name, encoder.dim) == ("other-e5-model", 3)
    wanted = SentenceTransformer(str(other), device="cpu").encode(
        ["passage: 旅費 規程"], truncate_dim=3, normalize_embeddings=True
    )
    np.testing.assert_allclose(encoder.encode_passages(["旅費 規程"]), wanted, atol=1e-6)
    assert encoder.encode_queries([]).shape == (0, 3)
    assert pickle.loads(pickle.dumps(encoder)).fingerprint == encoder.fingerprint
    assert SentenceTransformerEncoder(str(other), 3, Prompts()).fingerprint != encoder.fingerprint


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("intfloat/multilingual-e5-large", "query: "),
        ("cl-nagoya/ruri-v3-30m", "検索クエリ: "),
        ("cl-nagoya/ruri-base", "クエリ: "),
        ("sentence-transformers/LaBSE", ""),
    ],
)
def test_prompts_by_name(name: str, query: str) -> None:
    assert prompts_for(name).query == query


@pytest.mark.parametrize("dim", [0, 5, -1])
def test_wrong_dimension(tiny: Path, dim: int) -> None:
    with pytest.raises(EncoderError, match="1から4まで"):
        load_encoder(str(tiny), dim)


def test_missing_folder() -> None:
    with pytest.raises(EncoderError, match="フォルダ「/nowhere/model」がありません"):
        load_encoder("/nowhere/model")


def test_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="nobody/no-such-model"):
        load_encoder("nobody/no-such-model")


@pytest.mark.parametrize("broken", ["tokenizer.json", "model.safetensors"])
def test_broken_files(tiny: Path, broken: str) -> None:
    (tiny / broken).write_bytes(b"\x00" * 20)
    with pytest.raises(EncoderError, match="tiny"):
        load_encoder(str(tiny))
