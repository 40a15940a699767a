"""The training of the bundled encoder: a `StaticEmbedding` model from pairs of texts, on a CPU, without a network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from ingest.batches import CUT, Batch, Batches, Encoded, flat
from ingest.meaning import token_directions
from ingest.modelfolder import check_place, describe, parent_of, save_model, switch
from ingest.pairs import QUESTIONS, Source, file_digests, held_out, read_sources
from ingest.recall import evaluate_retrieval
from ingest.tokenizer import train_tokenizer
from rag.encoder import StaticEncoder
from rag.errors import InputError

if TYPE_CHECKING:
    import torch

DEV = "jaquad_dev.jsonl.xz"
SHARES = {"questions": 3.0, "articles": 3.0, "headings": 1.0, "words": 1.0, "everyday": 1.0, "sentences": 0.25, CUT: 3.0}
_CHARACTERS = 5_000_000
_REPORT = 50
_WARM_UP = 20
_LENGTH = 0.1
_TOGETHER = 4_096


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What a training run depends on beside its data.

    `dimensions` are the lengths to which vectors may be cut, longest first. `rarity` is the power of a token's inverse document
    frequency in its first length, `meaning` the part of its first direction that comes from the tokens it occurs with; the rest
    is random. `rate` is Adam's first learning rate, falling to nothing. After the share `confused_from` of the steps, batches
    are filled with passages that the model so far confuses, one of the nearest `confused` a query; 1.0 leaves that out.
    `holdout` is the share of JaQuAD's articles kept from training. With one of `threads` the same data give the same model; with more,
    or 0 for as many as torch takes, sums may be taken in another order and differ in their last bits.
    """

    vocabulary: int = 32_000
    dimensions: tuple[int, ...] = (512, 256, 128)
    steps: int = 500
    batch: int = 1_024
    rate: float = 0.005
    temperature: float = 0.0625
    rarity: float = 0.75
    meaning: float = 0.65
    confused_from: float = 0.6
    confused: int = 5
    holdout: float = 0.25
    seed: int = 0
    threads: int = 0
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))

    def __post_init__(self) -> None:
        if not self.dimensions or list(self.dimensions) != sorted(self.dimensions, reverse=True) or self.dimensions[-1] < 1:
            raise InputError(f"次元は大きい順に1以上で指定してください（いまの値: {self.dimensions}）。")
        if not 0 <= self.holdout < 1:
            raise InputError(f"学習に使わない記事の割合は0以上1未満で指定してください（いまの値: {self.holdout}）。")
        if self.steps < 1 or self.batch < 2 or self.vocabulary < 100:
            raise InputError(
                f"学習の回数は1以上、組の数は2以上、語彙は100以上で指定してください（いまの値: {self.steps}、{self.batch}、{self.vocabulary}）。"
            )


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What was trained on and how well the model finds paragraphs: `figures` by test set, before and after training."""

    settings: TrainSettings
    pairs: Mapping[str, int]
    losses: Mapping[str, float]
    figures: Mapping[str, Mapping[str, float]]
    data: Mapping[str, str]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The report under its public names, with what a reader of the model has to know to use it."""
        return {"count_tokens_once": True, **asdict(self)}


def train(data: Path, out: Path, *, settings: TrainSettings, progress: Callable[[str], None]) -> TrainReport:
    """Train a model on the data folder and save it as `out`, whole or not at all; the same data and settings, the same model.

    Sums of token vectors are compared by cosine. The loss is the cross entropy of the right passage among those of the batch
    (Henderson et al. 2017), averaged over the dimensions (Kusupati et al. 2022). A token counts once a text, since repeated
    words drown the others in a sum: cosines of plain TF-IDF over such pieces find 0.63 of JaQuAD dev's paragraphs first with
    every token counted, and 0.76 with each counted once.

    Raises InputError where data are missing or `out` holds something else.
    """
    begun = time.monotonic()
    check_place(out)
    digests = file_digests(data)
    progress("学習データを読んでいます")
    sources = read_sources(data, settings.holdout, settings.seed)
    progress("、".join(f"{s.name} {len(s.queries):,}組" for s in sources))
    tokenizer = train_tokenizer(_sample(sources, settings.seed), settings.vocabulary)
    progress(f"語彙を作りました（{tokenizer.get_vocab_size():,}語）")
    encoded = {source.name: Encoded.of(source, tokenizer) for source in sources}
    with TemporaryDirectory(prefix=f".{out.name}-", dir=parent_of(out)) as name:
        place, untrained = Path(name) / "model", Path(name) / "untrained"
        _use_threads(settings.threads)  # the first weights hang on their number as the others do
        weights = _first_weights(encoded, tokenizer.get_vocab_size(), settings)
        save_model(untrained, tokenizer, weights)
        losses = _fit(weights, encoded, tokenizer, settings, progress)
        save_model(place, tokenizer, weights)
        figures = dict(_figures(data, {"untrained": untrained, "trained": place}, settings))
        pairs = {s.name: len(s.queries) for s in sources}
        report = TrainReport(settings, pairs, losses, figures, digests, round(time.monotonic() - begun, 1))
        describe(place, report.as_json())
        switch(place, out, Path(name) / "old")
    return report


def _sample(sources: Sequence[Source], seed: int) -> Iterator[str]:
    """Texts for the tokenizer: of each source all queries, and passages in random order up to 5 million characters."""
    chance = np.random.default_rng(seed)
    for source in sources:
        yield from source.queries
        taken = 0
        for n in chance.permutation(len(source.passages)).tolist():
            yield source.passages[n]
            taken += len(source.passages[n])
            if taken > _CHARACTERS:
                break


def _use_threads(number: int) -> None:
    import torch

    if number:
        torch.set_num_threads(number)


def _first_weights(encoded: Mapping[str, Encoded], vocabulary: int, settings: TrainSettings) -> torch.Tensor:
    """Directions by the tokens' company and by chance, longer for rarer tokens, shape (vocabulary, dimension)."""
    import torch
    from torch.nn import functional

    bags = [source.passages for source in encoded.values()]
    counts = np.zeros(vocabulary)
    for bag in bags:
        for start in range(0, len(bag), _TOGETHER):
            ids, _ = flat([bag[n] for n in range(start, min(start + _TOGETHER, len(bag)))])
            counts += np.bincount(ids, minlength=vocabulary)
    rarity = np.log((sum(map(len, bags)) + 1) / (counts + 0.5)) ** settings.rarity
    dimension = settings.dimensions[0]
    directions = torch.randn(vocabulary, dimension, generator=torch.Generator().manual_seed(settings.seed))
    if settings.meaning:
        texts = [bag[n] for bag in bags for n in range(len(bag))]
        np.random.default_rng(settings.seed).shuffle(texts)
        known = token_directions(texts, vocabulary, dimension, settings.seed)
        directions = settings.meaning * known + (1 - settings.meaning) * functional.normalize(directions)
    lengths = torch.from_numpy(_LENGTH * dimension**0.5 * rarity / rarity.mean()).float()
    return functional.normalize(directions) * lengths[:, None]


def _fit(
    weights: torch.Tensor,
    encoded: Mapping[str, Encoded],
    tokenizer: Tokenizer,
    settings: TrainSettings,
    progress: Callable[[str], None],
) -> dict[str, float]:
    """Train the weights in place; returns the mean loss of each source's last batches."""
    import torch

    batches = Batches(encoded, settings.shares, settings.batch, tokenizer, np.random.default_rng(settings.seed))
    weights.requires_grad_(True)
    optimizer = torch.optim.Adam([weights], lr=settings.rate, fused=True)
    losses: dict[str, list[float]] = {}
    for step in range(settings.steps):
        if step == int(settings.steps * settings.confused_from):
            batches.confuse({name: _confused(weights, source, settings) for name, source in encoded.items() if source.running})
        optimizer.param_groups[0]["lr"] = settings.rate * min(1.0, (step + 1) / _WARM_UP) * (1 - step / settings.steps)
        name, batch = batches.draw()
        loss = _loss(weights, batch, settings)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.setdefault(name, []).append(float(loss.detach()))
        if (step + 1) % _REPORT == 0 or step + 1 == settings.steps:
            progress(
                f"{step + 1}/{settings.steps}回 " + " ".join(f"{k} {np.mean(v[-10:]):.3f}" for k, v in sorted(losses.items()))
            )
    weights.requires_grad_(False)
    return {name: round(float(np.mean(values[-10:])), 4) for name, values in sorted(losses.items())}


def _loss(weights: torch.Tensor, batch: Batch, settings: TrainSettings) -> torch.Tensor:
    """The mean over the dimensions of the cross entropy of the right passages, cosines divided by the temperature."""
    import torch
    from torch.nn import functional

    queries, passages = _sums(weights, batch.queries), _sums(weights, batch.passages)
    keys = torch.from_numpy(batch.keys)
    excused = (keys[:, None] == keys[None, :]).fill_diagonal_(False)
    right = torch.arange(len(keys))
    total = torch.zeros(())
    for dimension in settings.dimensions:
        left, down = functional.normalize(queries[:, :dimension]), functional.normalize(passages[:, :dimension])
        scores = (left @ down.T / settings.temperature).masked_fill(excused, -1e4)
        total = total + functional.cross_entropy(scores, right)
    return total / len(settings.dimensions)


def _sums(weights: torch.Tensor, texts: Sequence[NDArray[np.int32]]) -> torch.Tensor:
    """The sums of the distinct tokens' rows, shape (len(texts), dimension)."""
    import torch
    from torch.nn import functional

    ids, starts = flat(texts)
    return functional.embedding_bag(torch.from_numpy(ids), weights, torch.from_numpy(starts), mode="sum")


def _confused(weights: torch.Tensor, source: Encoded, settings: TrainSettings) -> NDArray[np.int64]:
    """For each query the wrong passages nearest to it, of some thousands drawn at random; shape (queries, `confused`)."""
    import torch
    from torch.nn import functional

    chance = np.random.default_rng(settings.seed)
    most = min(settings.confused, len(source.passages) - 1)
    found = []
    with torch.no_grad():
        for start in range(0, len(source.queries), _TOGETHER):
            asked = range(start, min(start + _TOGETHER, len(source.queries)))
            there = chance.permutation(len(source.passages))[:_TOGETHER]
            passages = functional.normalize(_sums(weights, [source.passages[n] for n in there.tolist()]))
            scores = functional.normalize(_sums(weights, [source.queries[n] for n in asked])) @ passages.T
            own = source.keys[source.positives[list(asked)]]
            scores[torch.from_numpy(own[:, None] == source.keys[there][None, :])] = -2
            found.append(there[scores.topk(most).indices.numpy()])
    return np.concatenate(found)


def _figures(data: Path, models: Mapping[str, Path], settings: TrainSettings) -> Iterator[tuple[str, dict[str, float]]]:
    """Retrieval by each model and dimension, over the held-out articles and, where it is there, over JaQuAD's own test set."""
    for state, folder in models.items():
        for dimension in settings.dimensions:
            encoder = StaticEncoder(folder, dimension)
            if settings.holdout:
                tested = evaluate_retrieval(encoder, data / QUESTIONS, lambda title: held_out(title, settings.holdout))
                yield f"{state} {dimension} holdout", tested
            if (data / DEV).exists():
                yield f"{state} {dimension} dev", evaluate_retrieval(encoder, data / DEV)
