"""Inverted lists: what goes in comes out, counts and frequencies are those of the bags, BM25 is Lucene's, by hand."""

from math import log1p
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import sparse
from rag.arrays import load_arrays, save_arrays
from rag.postings import Ids, Postings, keyed, passage_of, shifted
from rag.sparse import K1, B, Bag, SparseLeg

NONE: Ids = np.zeros(0, np.uint32)
bags = st.lists(st.lists(st.integers(0, 2**32 - 1) | st.sampled_from([3, 7, 2**32 - 1]), max_size=12), max_size=8)


def arrays(found: list[list[int]]) -> list[Ids]:
    return [np.array(bag, np.uint32) for bag in found]


@given(bags)
def test_lists_give_back_the_bags(found: list[list[int]]) -> None:
    keys, lengths = keyed(arrays(found))
    postings = Postings.of(keys, lengths, NONE)
    assert lengths.tolist() == [len(bag) for bag in found]
    assert postings.keys().tolist() == keys.tolist()
    for term in {t for bag in found for t in bag}:
        query = np.array([term], np.uint32)
        passages, counts = postings.gather(postings.find(query))
        assert dict(zip(passages.tolist(), counts.tolist(), strict=True)) == {
            i: bag.count(term) for i, bag in enumerate(found) if term in bag
        }
        assert postings.frequency(query).tolist() == [sum(term in bag for bag in found)]


def bag(*terms: int) -> Bag:
    return Bag.of(np.array(terms, np.uint32))


@given(bags, bags)
def test_segments_together_score_as_one(left: list[list[int]], right: list[list[int]]) -> None:
    whole = SparseLeg([Postings.of(*keyed(arrays(left + right)), NONE)])
    parts = SparseLeg([Postings.of(*keyed(arrays(part)), NONE) for part in (left, right)])
    query = np.array([3, 7, 7, 2**32 - 1, 12345], np.uint32)
    assert whole.scores(Bag.of(query)).tolist() == parts.scores(Bag.of(query)).tolist()
    assert whole.document_frequency(query).tolist() == parts.document_frequency(query).tolist()


def test_bm25_by_hand() -> None:
    leg = SparseLeg([Postings.of(*keyed(arrays([[1, 1, 2], [2], []])), NONE)])
    mean = 4 / 3
    rarity = log1p((3 - 1 + 0.5) / 1.5)
    expected = rarity * 2 / (2 + K1 * (1 - B + B * 3 / mean))
    assert leg.scores(bag(1)).tolist() == pytest.approx([expected, 0, 0])
    assert leg.scores(bag(1, 1)).tolist() == pytest.approx([2 * expected, 0, 0])
    assert leg.scores(bag()).tolist() == [0, 0, 0]


@given(bags, bags, st.lists(st.lists(st.sampled_from([3, 7, 11]), max_size=3), max_size=3))
def test_what_is_said_otherwise_adds_the_best_of_its_ways(
    left: list[list[int]], right: list[list[int]], ways: list[list[int]]
) -> None:
    leg = SparseLeg([Postings.of(*keyed(arrays(part)), NONE) for part in (left, right)])
    own = leg.scores(bag(7))
    said = [leg.scores(Bag.of(way)) for way in arrays(ways)]
    best = np.max([np.zeros(leg.passages, np.float32), *said], axis=0)
    assert leg.scores(bag(7), [[Bag.of(way) for way in arrays(ways)]], 0.5) == pytest.approx(own + 0.5 * best, abs=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@given(bags, bags)
def test_what_is_kept_of_common_terms_scores_as_their_lists_do(
    share: float, left: list[list[int]], right: list[list[int]]
) -> None:
    every = left + right
    query = [3, 7, 7, 2**32 - 1]
    mean = sum(map(len, every)) / max(len(every), 1) or 1.0
    expected = [
        sum(
            log1p((len(every) - n + 0.5) / (n + 0.5)) * own.count(term) / (own.count(term) + K1 * (1 - B + B * len(own) / mean))
            for term in query
            for n in [sum(term in other for other in every)]
        )
        for own in every
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse, "COMMON", share)
        leg = SparseLeg([Postings.of(*keyed(arrays(part)), NONE) for part in (left, right)])
        for _ in range(2):
            assert leg.scores(bag(*query)) == pytest.approx(np.array(expected), abs=1e-5)


def test_common_terms_have_a_frequency_and_no_list(tmp_path: Path) -> None:
    postings = Postings.of(*keyed(arrays([[5, 6], [5]])), np.array([5, 9], np.uint32))
    postings.write(tmp_path / "terms.bin")
    again = Postings.open(tmp_path / "terms.bin")
    query = np.array([5, 6, 9], np.uint32)
    assert again.frequency(query).tolist() == [2, 1, 0]
    assert SparseLeg([again]).scores(bag(5)).tolist() == [0, 0]
    assert SparseLeg([again]).scores(Bag.of(query))[0] > 0


def test_a_count_beyond_a_byte_is_held_at_its_most() -> None:
    postings = Postings.of(*keyed(arrays([[1] * 300, [2]])), NONE)
    _, counts = postings.gather(postings.find(np.array([1], np.uint32)))
    assert (counts.tolist(), postings.lengths.tolist()) == ([255], [300, 1])


def test_keys_of_later_passages() -> None:
    keys, _ = keyed(arrays([[1], [2, 1]]))
    assert passage_of(shifted(keys, 10)).tolist() == [10, 11, 11]


def test_arrays_are_mapped_and_a_malformed_file_is_refused(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a", {"x": np.arange(6, dtype=np.uint16).reshape(2, 3), "none": NONE})
    found = load_arrays(tmp_path / "a")
    assert (found["x"].tolist(), found["none"].shape) == ([[0, 1, 2], [3, 4, 5]], (0,))
    (tmp_path / "b").write_bytes(b"\xff" * 20)
    with pytest.raises(ValueError, match="malformed"):
        load_arrays(tmp_path / "b")
