"""How a model fails: what its client raised as one of a few kinds, whether another try may help, and what the reader is told."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Literal

Kind = Literal[
    "timeout", "busy", "down", "unreachable", "broken", "empty", "endless", "unreadable", "refused", "too_long", "no_model", "key", "rejected",
    "unsupported",
]  # fmt: skip
RETRIED: frozenset[Kind] = frozenset({"busy", "down", "unreachable", "broken", "empty", "unreadable"})
"""What may pass by itself. A timeout is not here: the time of the whole answer is over then."""
_STATUS: Mapping[int, Kind] = {
    400: "rejected", 401: "key", 403: "key", 404: "no_model", 408: "down", 413: "too_long", 422: "rejected", 429: "busy",
}  # fmt: skip
_CLASSES: Mapping[str, Kind] = {
    "ContextOverflowError": "too_long",
    "ModelAuthenticationError": "key",
    "ModelPermissionDeniedError": "key",
    "ModelNotFoundError": "no_model",
    "ModelRateLimitError": "busy",
    "ModelAPIError": "down",
    "ModelTimeoutError": "down",
    "ModelConnectionError": "unreachable",
    "ModelInvalidRequestError": "rejected",
    "APITimeoutError": "down",
    "APIConnectionError": "unreachable",
    "ConnectionError": "unreachable",
    "TimeoutError": "down",
    "ContentFilterFinishReasonError": "refused",
    "LengthFinishReasonError": "endless",
    "NoCredentialsError": "key",
}
"""Names of classes, own or inherited: langchain_core.exceptions, Python's own, and clients that raise neither."""
_OVERLONG = re.compile(
    r"context.{0,20}(?:length|size|window)|maximum context|prompt.{0,10}too long|too many (?:input )?tokens|exceeds?.{0,40}(?:tokens|context)",
    re.I,
)
"""What servers say of a prompt that is too long: OpenAI, vLLM, llama.cpp, LM Studio, Anthropic and Bedrock each in its own words."""

_SAID: Mapping[Kind, tuple[str, str]] = {
    "timeout": (
        "モデルが時間内に答えなかった",
        "環境変数TENKYO_MODEL_TIMEOUTの秒数を延ばすか、モデルのサーバーの混み具合を確かめてください",
    ),
    "busy": ("モデルのサーバーが混み合っていて受け付けなかった", "しばらく待ってから、もう一度質問してください"),
    "down": ("モデルのサーバーでエラーが起きた", "サーバーの記録を確かめてから、もう一度質問してください"),
    "unreachable": (
        "モデルのサーバーにつながらなかった",
        "サーバーが動いているか、環境変数TENKYO_MODEL_URLが正しいかを確かめてください",
    ),
    "broken": ("モデルの答えが途中で切れた", "サーバーの記録を確かめてから、もう一度質問してください"),
    "empty": ("モデルが何も答えなかった", "もう一度質問するか、環境変数TENKYO_MODELで別のモデルを選んでください"),
    "endless": ("モデルの答えが終わらなかった", "もう一度質問するか、環境変数TENKYO_MODELで別のモデルを選んでください"),
    "unreadable": (
        "モデルの答えが決めた形になっていなかった",
        "環境変数TENKYO_MODEL_FORMATをplainにするか、TENKYO_MODELで別のモデルを選んでください",
    ),
    "refused": ("モデルが答えることを断った", "質問の言い方を変えるか、環境変数TENKYO_MODELで別のモデルを選んでください"),
    "too_long": (
        "渡す文書がモデルの扱える長さに収まらなかった",
        "環境変数TENKYO_MODEL_CONTEXTをモデルに合わせるか、より長い文書を扱えるモデルを選んでください",
    ),
    "no_model": (
        "指定されたモデルがサーバーになかった",
        "環境変数TENKYO_MODELのモデル名とTENKYO_MODEL_URLを確かめてください",
    ),
    "key": ("モデルのサーバーに鍵が認められなかった", "環境変数TENKYO_MODEL_KEYを確かめてください"),
    "rejected": (
        "モデルのサーバーが要求を受け付けなかった",
        "環境変数TENKYO_MODELとTENKYO_MODEL_URLの組み合わせを確かめてください",
    ),
    "unsupported": ("モデルの答えに文書で裏づけられる文がなかった", "質問をより具体的にするか、下の典拠を確かめてください"),
}


class ModelFailure(Exception):  # noqa: N818 - what happened, not a fault of ours
    """A model gave no usable answer; `retry_after` are the seconds that its server asks to wait (0 where it does not). `detail` is what
    the server said: for us to read, never shown."""

    def __init__(self, kind: Kind, retry_after: float = 0.0, detail: str = "") -> None:
        super().__init__(kind)
        self.kind: Kind = kind
        self.retry_after = retry_after
        self.detail = detail

    def told(self) -> str:
        """One Japanese sentence for the reader: what happened, what is shown instead, and what to do."""
        happened, remedy = _SAID[self.kind]
        return f"{happened}ため、モデルを使わない答えを示します（{remedy}）。"


def classified(error: BaseException, begun: bool) -> ModelFailure:
    """The failure that an exception of a model's client stands for; `begun` says that a part of the reply had come."""
    names = [c.__name__ for c in type(error).__mro__]
    status = getattr(error, "status_code", None)
    kind = next((_CLASSES[n] for n in names if n in _CLASSES), None) or _by_status(status)
    if kind == "rejected" and _OVERLONG.search(str(error)):
        kind = "too_long"
    if begun and kind in ("unreachable", "down"):
        kind = "broken"
    return ModelFailure(kind, _retry_after(error), str(error))


def _by_status(status: object) -> Kind:
    return _STATUS.get(status, "down") if isinstance(status, int) else "down"


def _retry_after(error: BaseException) -> float:
    """The seconds of a Retry-After header, given as a number or as a date (RFC 9110, 10.2.3); 0 where there is none."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    value = str(headers.get("retry-after", "")).strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return 0.0
