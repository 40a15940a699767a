"""Everyday words and the official ones for them."""

from pathlib import Path

import pytest

from ingest.build import ingest
from rag.assistant import Assistant
from rag.errors import InputError
from rag.glossary import BUNDLED_GLOSSARY, Entry, Glossary, merged, read_glossary
from rag.questions import understand

GLOSSARY = Glossary(
    (Entry(("転勤", "飛ばされ"), ("配置転換", "異動")), Entry(("前借り",), ("給与の前払",)), Entry(("給料",), ("給与",)))
)


def test_what_is_said_is_found_and_what_is_meant_is_named() -> None:
    found = GLOSSARY.rewrites("給料の前借りはできますか")
    assert [(r.said, r.official) for r in found] == [("給料", ("給与",)), ("前借り", ("給与の前払",))]


def test_width_and_broken_lines_do_not_hide_a_word() -> None:
    assert [r.said for r in GLOSSARY.rewrites("転\n勤はいつ決まる")] == ["転\n勤"]


def test_an_official_word_already_said_is_not_added() -> None:
    assert [r.official for r in GLOSSARY.rewrites("転勤と異動の違いは")] == [("配置転換",)]


def test_a_place_is_read_once_the_longest_word_first() -> None:
    glossary = Glossary((Entry(("休み",), ("休暇",)), Entry(("夏休み",), ("夏季休暇",))))
    assert [r.said for r in glossary.rewrites("夏休みは何日")] == ["夏休み"]


def test_the_users_entry_comes_before_the_bundled_one() -> None:
    both = merged([Entry(("転勤",), ("勤務地変更",))], [Entry(("転勤", "飛ばされ"), ("配置転換",))])
    assert both.own == 1
    assert [e.say for e in both.entries] == [("転勤",), ("飛ばされ",)]


def test_a_glossary_survives_the_index() -> None:
    assert Glossary.from_json(GLOSSARY.to_json()) == GLOSSARY


def test_the_question_in_official_words() -> None:
    assert understand("給料の前借りはできますか", GLOSSARY).rewritten == "給与の給与の前払はできますか"


def test_the_bundled_glossary_is_sound() -> None:
    entries = read_glossary(BUNDLED_GLOSSARY)
    said = [word for entry in entries for word in entry.say]
    assert len(entries) > 400
    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("entries: [", "YAML"),
        ("words: []", "entries"),
        ("entries:\n- say: 転勤\n", "1番目"),
        ("entries:\n- {say: [a], official: []}", "1番目"),
    ],
)
def test_a_malformed_glossary_is_named(tmp_path: Path, text: str, word: str) -> None:
    file = tmp_path / "glossary.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=word):
        read_glossary(file)


def test_a_folders_glossary_goes_into_the_index_and_stays(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text(
        "第一条　はやぶさ便の利用には、所属長の許可を要する。\n第二条　備品を管理する。\n", encoding="utf-8"
    )
    (docs / "glossary.yaml").write_text("entries:\n- {say: [ひよこ], official: [はやぶさ便]}\n", encoding="utf-8")
    ingest([docs], tmp_path / "i", progress=lambda line: None)
    ingest([docs / "a.txt"], tmp_path / "i", progress=lambda line: None)
    answer = Assistant.open(tmp_path / "i").ask("ひよこを使うには許可がいりますか")
    assert ("ひよこ", ("はやぶさ便",)) in [(r.said, r.official) for r in answer.rewrites]
    assert "はやぶさ便" in answer.hits[0].passage.text
