"""The law API of e-Gov, version 2: from a law's number to its text in force on a day, and what the answer says of it."""

from __future__ import annotations

import json
import unicodedata
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

from lxml import etree

from ingest.download import NotFetched
from rag.dates import parse_partial
from rag.errors import InputError

API = "https://laws.e-gov.go.jp/api/2"

_PAGE = "https://laws.e-gov.go.jp/law/"


def search_address(api: str, number: str, as_of: str) -> str:
    """Where the laws whose number holds the given one are listed."""
    return f"{api.rstrip('/')}/laws?" + _query(law_num=number, asof=as_of, response_format="json")


def text_address(api: str, law_id: str, as_of: str) -> str:
    """Where the text of the law is, as it stands on the day, or today."""
    query = _query(response_format="xml", law_full_text_format="xml", asof=as_of)
    return f"{api.rstrip('/')}/law_data/{quote(law_id, safe='')}?{query}"


def law_id(answer: Path, number: str) -> str:
    """The id of the law with exactly this number in an answer to the search. Raises NotFetched."""
    try:
        laws = json.loads(answer.read_bytes())["laws"]
        infos = [law["law_info"] for law in laws]
        found = [str(info["law_id"]) for info in infos if unicodedata.normalize("NFKC", info["law_num"]) == number]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotFetched("法令APIの応答を読めないので、api の指定を確かめるか、時間をおいてやり直してください。") from error
    if not found:
        raise no_such_law()
    return found[0]


def no_such_law() -> NotFetched:
    """The failure when the API knows no such law, or none on the day."""
    return NotFetched("e-Gov にその法令がないので、法令番号（漢数字）か法令ID、as_of の日を確かめてください。")


def described(text: Path) -> dict[str, str]:
    """What an answer with a law's text says of the law, by the keys of a manifest. Raises NotFetched when it holds no law."""
    said = _said(text)
    words = {
        "title": said.get("law_title", ""),
        "version": said.get("law_revision_id", ""),
        "url": _PAGE + said["law_id"] if "law_id" in said else "",
        "published": _day(said.get("promulgation_date", "")),
        "effective_from": _day(said.get("amendment_enforcement_date", "")),
        "effective_to": _eve(_day(said.get("repeal_date", ""))) if said.get("remain_in_force") != "true" else "",
    }
    if words["effective_to"] and words["effective_from"] > words["effective_to"]:
        words["effective_from"] = ""  # the date is that of the repeal
    return {key: word for key, word in words.items() if word}


def _said(text: Path) -> dict[str, str]:
    """What stands in law_info and revision_info. The whole file is read, to see that it is XML to its end."""
    head = _Head()
    try:
        etree.parse(str(text), etree.XMLParser(target=head, resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise NotFetched("法令APIの応答がXMLとして壊れているので、時間をおいてやり直してください。") from error
    if not head.law:
        raise NotFetched("法令APIの応答に法令の本文がないので、api の指定を確かめるか、時間をおいてやり直してください。")
    return {name: word.strip() for name, word in head.said.items() if word.strip()}


class _Head:
    """Takes the parser's events, so that no tree of the law's text is built."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}
        self.law = False
        self._open: list[str] = []

    def start(self, tag: str, attributes: object) -> None:
        self._open.append(tag)
        self.law = self.law or tag == "Law"

    def data(self, text: str) -> None:
        if not self.law and self._open[-2:-1] in (["law_info"], ["revision_info"]):
            self.said[self._open[-1]] = self.said.get(self._open[-1], "") + text

    def end(self, tag: str) -> None:
        self._open.pop()

    def close(self) -> None:
        pass


def _day(written: str) -> str:
    """The date, or nothing for what is none: a law's text is worth having without it."""
    try:
        return parse_partial(written)
    except InputError:
        return ""


def _eve(day: str) -> str:
    """The last day on which a law that ends on the day is in force."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat() if len(day) == len("2025-04-01") else day


def _query(**words: str) -> str:
    return urlencode({key: word for key, word in words.items() if word})
