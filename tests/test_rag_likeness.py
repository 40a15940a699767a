"""Term vectors of the bundled model, kept and shared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rag import likeness
from rag.encoder import StaticEncoder, load_encoder
from rag.likeness import WIDTH, TermVectors, term_vectors

TERMS = ["旅費", "日当", "出張", "承認", "決裁", "休暇", "geniac", "5日", "規程", "経費", "精算", "申請"]


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    bundled = load_encoder()
    assert isinstance(bundled, StaticEncoder)
    return bundled


def test_a_unit_vector_for_each_term_in_order(encoder: StaticEncoder) -> None:
    vectors = TermVectors(encoder).of(TERMS)
    assert vectors.shape == (len(TERMS), WIDTH)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(TermVectors(encoder).of(TERMS[::-1]), vectors[::-1])


def test_equal_terms_are_wholly_alike_and_others_less(encoder: StaticEncoder) -> None:
    vectors = TermVectors(encoder).of(["承認", "承認", "決裁", "海水浴"])
    alike = vectors @ vectors[0]
    np.testing.assert_allclose(alike[:2], 1, atol=1e-5)
    assert alike[1] > alike[2] > alike[3]


@pytest.mark.parametrize("spelt", [[], (), [""]])
def test_no_term_and_no_letter(encoder: StaticEncoder, spelt: list[str]) -> None:
    vectors = TermVectors(encoder).of(spelt)
    assert vectors.shape == (len(spelt), WIDTH)
    assert not vectors.any()


def test_kept_vectors_equal_fresh_ones(encoder: StaticEncoder) -> None:
    kept = TermVectors(encoder)
    first = kept.of(TERMS[:6])
    np.testing.assert_array_equal(kept.of(TERMS), TermVectors(encoder).of(TERMS))
    np.testing.assert_array_equal(kept.of(TERMS[:6]), first)
    np.testing.assert_array_equal(kept.of(TERMS), encoder.encode(TERMS, WIDTH))


def test_a_term_is_encoded_once(encoder: StaticEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = TermVectors(encoder)
    kept.of(TERMS)
    monkeypatch.setattr(encoder, "encode", lambda *_: pytest.fail("encoded again"))
    assert kept.of([*TERMS, *TERMS]).shape == (2 * len(TERMS), WIDTH)


@pytest.mark.parametrize("room", [3, 20_000])
def test_threads_share_it_even_while_it_is_emptied(encoder: StaticEncoder, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    monkeypatch.setattr(likeness, "_KEPT", room)
    shared, fresh = TermVectors(encoder), TermVectors(encoder).of(TERMS)
    chance = np.random.default_rng(0)
    asked = [chance.choice(len(TERMS), size=4).tolist() for _ in range(200)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda numbers: shared.of([TERMS[n] for n in numbers]), asked))
    for numbers, vectors in zip(asked, found, strict=True):
        np.testing.assert_array_equal(vectors, fresh[numbers])


def test_a_wide_static_model_gives_its_own_vectors_and_another_those_of_the_bundled_one(encoder: StaticEncoder) -> None:
    wanted = encoder.encode(TERMS, WIDTH)
    np.testing.assert_array_equal(term_vectors(encoder).of(TERMS), wanted)
    narrow = load_encoder("", 64)
    np.testing.assert_array_equal(term_vectors(narrow).of(TERMS), wanted)
