"""All configuration, read once from a mapping (the environment) into one frozen value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from rag.errors import InputError
from rag.secret import Secret
from rag.signin import SignIn

Unsupported = Literal["remove", "mark"]
ModelFormat = Literal["auto", "plain"]

DEFAULT_INDEX = Path("var/index")
PARTS = {
    "terms": "形態素の検索",
    "grams": "文字n-gramの検索",
    "vector": "ベクトルの検索",
    "glossary": "用語集による言い換え",
    "readings": "読みによる言い換え",
    "parts": "質問の分割",
    "ranker": "学習した文の順位",
    "reorder": "箇所の並べ替え",
    "references": "参照先の読み足し",
    "confidence": "確からしさによる棄権",
}
"""The parts of the system that can be left out, each with what a reader calls it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can set. `encoder` is empty for the bundled model, else a hub name or a folder; `dimension` is 0 for its own.

    `threshold` is the confidence from which on an answer is given; None for the fitted one, 0 to answer every question. `without`
    names the PARTS that are left out, to see what each adds. `egov` is the address of the law API, empty for the public one.

    `model` is a chat model as `init_chat_model` names it («openai:qwen3-8b»), empty for none; `model_url` the address of an
    OpenAI-compatible server, empty for the provider's own; `model_timeout` the seconds that one answer may take in all, tries and
    waits included; `model_retries` how often a failed call is tried again; `model_context` the tokens that prompt and reply may take.
    `model_format` is "plain" for a server whose JSON output is of no use. `unsupported` says what becomes of a model's sentence that
    the documents do not support.

    `database` is an SQLAlchemy URL («sqlite:///…», «postgresql://…») that may hold a password, empty for a file beside the index;
    `retention_days` the days after which personal fields of the audit log are purged, 0 to keep them; `masked` names the fields of the
    audit log that are stored masked, and `employee_number` is a regular expression for what else is masked in them.
    """

    index: Path = DEFAULT_INDEX
    encoder: str = ""
    dimension: int = 0
    answer_length: int = 400
    passages: int = 12
    question_length: int = 2000
    threshold: float | None = None
    without: frozenset[str] = frozenset()
    egov: str = ""
    model: str = ""
    model_url: str = ""
    model_key: Secret = field(default_factory=Secret)
    model_timeout: float = 60
    model_retries: int = 2
    model_context: int = 8192
    model_format: ModelFormat = "auto"
    unsupported: Unsupported = "remove"
    sign_in: SignIn = field(default_factory=SignIn)
    database: str = field(default="", repr=False)
    retention_days: int = 0
    masked: frozenset[str] = frozenset()
    employee_number: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """The settings that the `TENKYO_…` variables give; InputError names the variable that makes no sense."""
        return cls(
            index=Path(environment.get("TENKYO_INDEX") or DEFAULT_INDEX),
            encoder=environment.get("TENKYO_ENCODER", ""),
            dimension=_number(environment, "TENKYO_ENCODER_DIM", 0, 0, 4096),
            answer_length=_number(environment, "TENKYO_ANSWER_LENGTH", 400, 50, 4000),
            passages=_number(environment, "TENKYO_PASSAGES", 12, 10, 100),
            question_length=_number(environment, "TENKYO_QUESTION_LENGTH", 2000, 10, 10_000),
            threshold=_probability(environment, "TENKYO_THRESHOLD"),
            without=_parts(environment, "TENKYO_WITHOUT"),
            egov=environment.get("TENKYO_EGOV", ""),
            model=environment.get("TENKYO_MODEL", "").strip(),
            model_url=_address(environment, "TENKYO_MODEL_URL"),
            model_key=Secret(environment.get("TENKYO_MODEL_KEY", "").strip()),
            model_timeout=_number(environment, "TENKYO_MODEL_TIMEOUT", 60, 1, 3600),
            model_retries=_number(environment, "TENKYO_MODEL_RETRIES", 2, 0, 10),
            model_context=_number(environment, "TENKYO_MODEL_CONTEXT", 8192, 1024, 10_000_000),
            model_format=_choice(environment, "TENKYO_MODEL_FORMAT", ModelFormat),
            unsupported=_choice(environment, "TENKYO_UNSUPPORTED", Unsupported),
            sign_in=_sign_in(environment),
            database=environment.get("TENKYO_DATABASE", "").strip(),
            retention_days=_number(environment, "TENKYO_RETENTION_DAYS", 0, 0, 36_500),
            masked=_names(environment, "TENKYO_MASK"),
            employee_number=_pattern(environment, "TENKYO_EMPLOYEE_NUMBER"),
        )


def _sign_in(environment: Mapping[str, str]) -> SignIn:
    def text(name: str, default: str = "") -> str:
        return environment.get(name, "").strip() or default

    return SignIn(
        provider=text("TENKYO_OIDC_URL").rstrip("/"),
        client=text("TENKYO_OIDC_CLIENT"),
        secret=Secret(text("TENKYO_OIDC_SECRET")),
        cookie=Secret(text("TENKYO_OIDC_COOKIE")),
        address=text("TENKYO_URL").rstrip("/"),
        scope=text("TENKYO_OIDC_SCOPE", "openid email profile"),
        claim=text("TENKYO_OIDC_GROUPS", "groups"),
        hours=_number(environment, "TENKYO_OIDC_HOURS", 10, 1, 720),
        users=_names(environment, "TENKYO_USERS"),
        reviewers=_names(environment, "TENKYO_REVIEWERS"),
        admins=_names(environment, "TENKYO_ADMINS"),
    )


def _number(environment: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = environment.get(name, "")
    if not value:
        return default
    if not value.isdecimal() or not low <= int(value) <= high:
        raise InputError(f"環境変数{name}の値「{value}」は使えないので、{low}から{high}までの整数にしてください。")
    return int(value)


def _probability(environment: Mapping[str, str], name: str) -> float | None:
    value = environment.get(name, "")
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1:
        raise InputError(f"環境変数{name}の値「{value}」は使えないので、0から1までの数にしてください。")
    return number


def _address(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if value and not value.startswith(("http://", "https://")):
        raise InputError(f"環境変数{name}の値「{value}」は使えないので、「http://localhost:8000/v1」のような形にしてください。")
    return value


def _choice(environment: Mapping[str, str], name: str, choices: Any) -> Any:
    """One of a Literal's values, the first where none is set."""
    values = get_args(choices)
    value = environment.get(name, "").strip() or values[0]
    if value not in values:
        raise InputError(f"環境変数{name}の値「{value}」は使えないので、{'、'.join(values)}のどれかにしてください。")
    return value


def _names(environment: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(part.strip() for part in environment.get(name, "").split(",")) - {""}


def _pattern(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    try:
        empty = bool(value) and re.compile(value).search("") is not None
    except re.error as error:
        raise InputError(
            f"環境変数{name}の値「{value}」は正規表現として読めない（{error}）ので、「E[0-9]{{6}}」のような形にしてください。"
        ) from error
    if empty:
        raise InputError(f"環境変数{name}の値「{value}」は空の文字にも当たるので、「E[0-9]{{6}}」のような形にしてください。")
    return value


def _parts(environment: Mapping[str, str], name: str) -> frozenset[str]:
    chosen = _names(environment, name)
    if unknown := sorted(chosen - PARTS.keys()):
        raise InputError(
            f"環境変数{name}の「{'、'.join(unknown)}」という部分はないので、{'、'.join(PARTS)}から選び、「,」で区切ってください。"
        )
    return chosen
