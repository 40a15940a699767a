"""Shared by the tests: a small company's regulations, and an index over them built once."""

import json
from pathlib import Path

import pytest

from ingest.build import ingest
from rag.assistant import Assistant

TRAVEL = """旅費規程

第１章　総則

（目的）
第１条　この規程は、社員の出張に要する旅費の支給について定める。
（日当）
第２条　日当は、別表の額とする。ただし、日帰りの出張には、その半額を支給する。
２　海外への出張は、出発日の２０日前までに社長の承認を受けなければならない。
（精算）
第３条　出張した者は、帰着の日から５営業日以内に、次の書類を経理部に提出する。
（１）精算書
（２）証憑（領収書その他支払を証するものをいう。）
（３）出張報告書

別表（第２条関係）
役職\t日当\t宿泊料の上限
部長\t３，０００円\t１５，０００円
課長\t２，５００円\t１３，０００円
その他の社員\t２，０００円\t１１，０００円
"""
LEAVE = """# 休暇規程

## 第1条（年次有給休暇）

1. 社員は、年次有給休暇を取得しようとするときは、取得日の3営業日前までに所属長に届け出る。ただし、急病の場合は、当日の始業時刻までに連絡することで足りる。
2. 年次有給休暇は、付与の日から二年を経過したとき消滅する。

## 第2条（慶弔休暇）

本人が結婚するときは、連続する五日間の慶弔休暇を与える。
"""
GENAI = """第1条　生成AIに入力できる情報は、「公開」の区分のものに限る。
第2条　生成AIを利用する者は、{who}の承認を受けなければならない。
"""
MANIFEST = """documents:
  - {file: travel.txt, title: 旅費規程, publisher: 経理部, published: 2024-04-01}
  - {file: leave.md, title: 休暇規程, effective_from: 2023-04-01}
  - {file: genai1.txt, id: genai, title: 生成AI利用規程, version: "1.0", effective_from: 2024-04-01, effective_to: 2026-03-31}
  - {file: genai2.txt, id: genai, title: 生成AI利用規程, version: "2.0", effective_from: 2026-04-01}
"""

PARAGRAPHS = [
    {
        "title": "東大寺",
        "context": "東大寺は奈良県奈良市にある寺院である。建立は聖武天皇による。大仏の高さは約15メートルである。",
        "qas": [{"question": "東大寺の大仏の高さは何メートルですか。", "answer": "約15メートル"}],
    },
    {"title": "大仏の高さ", "context": "東大寺の大仏の高さは何であるかという問いがある。", "qas": []},
    {
        "title": "琵琶湖",
        "context": "琵琶湖は滋賀県にある日本一大きい湖である。面積は約670平方キロメートルである。",
        "qas": [{"question": "琵琶湖は何県にありますか。", "answer": "滋賀県"}],
    },
]


@pytest.fixture(scope="session")
def regulations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four files, two of them versions of one document, and a manifest."""
    folder = tmp_path_factory.mktemp("regulations")
    files = {"travel.txt": TRAVEL, "leave.md": LEAVE, "manifest.yaml": MANIFEST}
    files |= {"genai1.txt": GENAI.format(who="部門長"), "genai2.txt": GENAI.format(who="所属長")}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def index(regulations: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over the regulations."""
    place = tmp_path_factory.mktemp("index") / "i"
    ingest([regulations], place, progress=lambda line: None)
    return place


@pytest.fixture
def assistant(index: Path) -> Assistant:
    """An assistant over the regulations."""
    return Assistant.open(index)


@pytest.fixture(scope="session")
def squad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reading-comprehension data: for the first question the second paragraph has more of its words, but no answer."""
    path = tmp_path_factory.mktemp("squad") / "s.jsonl"
    path.write_text("\n".join(json.dumps(p, ensure_ascii=False) for p in PARAGRAPHS), encoding="utf-8")
    return path
