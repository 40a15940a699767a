"""The model card: what the model was trained on, under which licences, how, and how well it finds paragraphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.pairs import EVERYDAY_HOLDOUT

_HEAD = """---
language: ja
license: cc-by-sa-4.0
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags: [sentence-transformers, static-embedding, japanese, matryoshka]
---
# 典拠の静的な埋め込みモデル（tenkyo-static-ja）

日本語の質問と文書の一節を、近い意味なら近い向きのベクトルにします。語の断片ごとに学習したベクトルを足し合わせるだけなので、
CPUだけで速く動き、ネットワークを使いません。`tenkyo train` が次の設定とデータから作りました。

## 使い方
```python
from rag.encoder import load_encoder

encoder = load_encoder()          # load_encoder("", 256) なら先頭の256次元だけを使う
scores = encoder.encode_queries(["残業の上限は？"]) @ encoder.encode_passages(["時間外労働は月45時間までとする。"]).T
```
sentence-transformersでも読めます。重みは16ビットなので、`.float()` を付けて32ビットで計算してください。
```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("rag/models/tenkyo-static-ja", device="cpu").float()
```
`load_encoder` は、一つの文に同じ断片が何度出てきても一度だけ数えます（training.jsonの `count_tokens_once`）。学習のときと同じ数え方で、
長い一節の検索ではこのほうが正確です。`StaticEncoder.encode(texts)` は、sentence-transformersと同じく出てきた回数だけ数えます。

## 学習データとライセンス
このモデルのライセンスはCC BY-SA 4.0です。学習に使ったデータは次のとおりです。データそのものは含みません。

| データ | 使った組 | 出典とライセンス |
|---|---:|---|
"""
_SOURCES = {
    "questions": ("質問と段落", "JaQuAD（Skelter Labs）、CC BY-SA 3.0"),
    "articles": ("法令の見出しと条文", "法令データ提供システム（2013年）、著作権の目的とならない（著作権法第13条）"),
    "headings": ("業務文書の見出しと本文", "Microsoft Docs、CC BY 4.0"),
    "words": ("同義語", "SudachiDict（Works Applications）、Apache-2.0"),
    "everyday": ("日常の質問と公式の文", "この事業が書いたもの（ingest/data/everyday.jsonl）、Apache-2.0"),
    "sentences": ("似ている文", "JGLUEのJSTS（Yahoo Japan）、CC BY-SA 4.0"),
}
_SETS = {"holdout": "学習に使わなかったJaQuAD trainの記事", "dev": "JaQuAD dev"}
_STATES = {"untrained": "学習前", "trained": "学習後"}


def model_card(report: Mapping[str, Any]) -> str:
    """The card in Markdown, from the content of training.json."""
    settings = report["settings"]
    sources = "".join(
        f"| {what} | {report['pairs'][name]:,} | {where} |\n"
        for name, (what, where) in _SOURCES.items()
        if name in report["pairs"]
    )
    return f"{_HEAD}{sources}\n{_method(settings, report['seconds'])}\n{_figures(report['figures'])}"


def _method(settings: Mapping[str, Any], seconds: float) -> str:
    dimensions = "・".join(str(d) for d in settings["dimensions"])
    confused = (
        f"{settings['confused_from']:.0%}を過ぎてからは、その時点のモデルが取り違える一節を同じ組に入れます。"
        if settings["confused_from"] < 1
        else ""
    )
    return f"""質問、見出しには、語を一つ同義語に替えたものも加えました。条文と本文と段落からは、その一部の語を抜き出した質問も作ります。

JaQuAD trainの記事の{settings["holdout"]:.0%}（題名のSHA-256の先頭8バイトが小さいもの。`ingest.pairs.held_out`）は、語彙にも重みにも使っていません。
日常のことばの質問も、規程の{EVERYDAY_HOLDOUT:.0%}を同じ決め方で除いています。
順位付けなど、このモデルの上に学習するものは、除いた記事と規程の質問で学習してください。

## 学習の方法
- 断片: BPE、{settings["vocabulary"]:,}語。NFKCと小文字にそろえ、漢字・ひらがな・カタカナ・英字・数字の境で切ります
- 損失: 同じ組の中から正しい一節を当てる交差エントロピー（温度{settings["temperature"]}）を、{dimensions}次元のそれぞれで求めて平均（Matryoshka）
- 回数: {settings["batch"]:,}組を{settings["steps"]:,}回、Adam、学習率{settings["rate"]}から0まで。{confused}
- 初期値: まわりに現れる断片が似ているほど近い向き（自己相互情報量の固有ベクトル）と乱数の向きの和で、まれな断片ほど長いベクトル。乱数の種は{settings["seed"]}
- かかった時間: {seconds:,.0f}秒（CPU）。すべての設定とデータのハッシュはtraining.jsonにあります

"""


def _figures(figures: Mapping[str, Mapping[str, float]]) -> str:
    rows = "".join(
        f"| {_label(name)} | {f['recall@1']:.3f} | {f['recall@5']:.3f} | {f['mrr']:.3f} |\n" for name, f in figures.items()
    )
    return f"""## 測った値
質問から、すべての段落の中の正しい段落を、このモデルだけで探した結果です。

| データ | recall@1 | recall@5 | MRR |
|---|---:|---:|---:|
{rows}"""


def _label(name: str) -> str:
    state, dimension, tested = name.split()
    return f"{_SETS[tested]}、{dimension}次元、{_STATES[state]}"
