"""Claims with evidence by which a verifier is judged: half altered in one way, half faithful in other words.

`python -m eval.claims` makes eval/datasets/claims.jsonl of corpus/ again; `claims_of` makes claims of any index, in memory.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.claimcheck import problem
from eval.claimsource import sources
from eval.drafts import ALTERED, Draft, drafts, seeded
from ingest.build import ingest
from rag.snapshot import Snapshot

DATASET = Path(__file__).parent / "datasets" / "claims.jsonl"
CORPUS = Path(__file__).parent.parent / "corpus"
SEED = 5
FAITHFUL = {
    "era": 110, "width": 180, "politeness": 200, "order": 120, "synonym": 220, "shortened": 110, "quotation": 110, "row": 140, "list": 40, "combined": 260,
}  # fmt: skip
QUOTA = 105
"""Claims wanted of each altered kind; of the faithful, FAITHFUL says how many."""


def line_of(draft: Draft, seed: object, near: bool = True) -> dict[str, Any]:
    """The claim with its evidence, in a third of the claims among other words of the same passage."""
    source, rng = draft.source, seeded(seed, draft.source.key, draft.words, draft.kind)
    quotes = {q.span: q for q in draft.quotes}
    if near and source.near and rng.random() < 0.5:
        quotes |= {q.span: q for q in rng.sample(source.near, min(rng.randint(1, 3), len(source.near)))}
    evidence = [{"start": s.start, "end": s.end, "quote": quotes[s].words} for s in sorted(quotes)]
    label = "supported" if not draft.altered else "not_found" if draft.kind == "unstated" else "contradicted"
    split = "test" if int(hashlib.sha1(source.doc_id.encode()).hexdigest(), 16) % 2 else "dev"
    return {
        "id": "", "doc": source.doc, "doc_id": source.doc_id, "claim": draft.words + "。", "evidence": evidence, "label": label,
        "altered": draft.altered, "kind": draft.kind, "document_split": split,
    }  # fmt: skip


def claims_of(
    snapshot: Snapshot, *, seed: object = SEED, quota: int = QUOTA, faithful: dict[str, int] | None = None
) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Claims of an index's documents, `quota` of each altered kind and as many of the faithful as `faithful` (FAITHFUL) says, where
    there are so many; and how many were left out by which rule of eval.claimcheck."""
    wanted = {(True, k): quota for k in ALTERED} | {(False, k): n for k, n in (faithful or FAITHFUL).items()}
    by_kind: dict[tuple[bool, str], list[Draft]] = {key: [] for key in wanted}
    for draft in drafts(sources(snapshot), seed):
        by_kind[draft.altered, draft.kind].append(draft)
    lines: list[dict[str, Any]] = []
    dropped: Counter[str] = Counter()
    for key, found in by_kind.items():
        lines += _chosen(found, wanted[key], seed, dropped)
    lines.sort(key=lambda line: (line["doc"], line["evidence"][0]["start"], line["altered"], line["kind"], line["claim"]))
    for n, line in enumerate(lines, 1):
        line["id"] = f"c{n:05}"
    return lines, dropped


def _chosen(found: list[Draft], wanted: int, seed: object, dropped: Counter[str]) -> list[dict[str, Any]]:
    """So many claims that the rules let pass, spread over the sources: the first of each source, then the second …"""
    seen: Counter[str] = Counter()
    order: list[tuple[int, float, Draft]] = []
    for draft in sorted(found, key=lambda d: seeded(seed, d.words, d.kind).random()):
        order.append((seen[draft.source.key], seeded(seed, draft.words).random(), draft))
        seen[draft.source.key] += 1
    kept: dict[str, dict[str, Any]] = {}
    for _, _, draft in sorted(order, key=lambda o: o[:2]):
        if len(kept) == wanted:
            break
        line = line_of(draft, seed)
        if problem(line):
            line = line_of(draft, seed, near=False)
        if wrong := problem(line):
            dropped[f"{'altered' if draft.altered else 'faithful'} {draft.kind}: {wrong}"] += 1
        else:
            kept.setdefault(line["claim"], line)
    return list(kept.values())


def main(argv: Sequence[str] | None = None) -> int:
    """Make the data set of the sample documents again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DATASET)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        ingest([CORPUS], Path(folder), jobs=1, progress=lambda _: None)
        with Snapshot.open(Path(folder)) as snapshot:
            lines, dropped = claims_of(snapshot)
    args.out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    counts = Counter((line["altered"], line["kind"]) for line in lines)
    for altered, kind in sorted(counts):
        sys.stdout.write(f"{'altered' if altered else 'faithful'} {kind}: {counts[altered, kind]}\n")
    sys.stdout.write(
        f"{len(lines)} claims, {sum(line['altered'] for line in lines)} altered; left out by the rules: {dropped.total()}\n"
    )
    sys.stdout.writelines(f"  {name}: {n}\n" for name, n in dropped.most_common())
    return 0


if __name__ == "__main__":
    sys.exit(main())
