"""The chat model of the user's choice, by one setting, through LangChain's `init_chat_model`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Set
from typing import TYPE_CHECKING, Any

from rag.errors import InputError
from rag.settings import Settings
from rag.tracing import off

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

OUTPUT_SHARE, MOST_OUTPUT = 4, 2048
"""A reply may take one part in so many of the context, and no more tokens than this."""
_ALIASES = {"bedrock": "bedrock_converse", "gemini": "google_genai"}
_EVERY = ("api_key", "timeout", "max_retries")
_TAKES: Mapping[str, tuple[str, ...]] = {
    "openai": ("base_url", "stream_usage", *_EVERY),
    "anthropic": ("base_url", *_EVERY),
    "google_genai": _EVERY,
    "bedrock_converse": (),
}
"""What each provider's class takes beside the model, the length of a reply and the temperature."""
_PACKAGES = {
    "openai": "langchain-openai",
    "anthropic": "langchain-anthropic",
    "google_genai": "langchain-google-genai",
    "bedrock_converse": "langchain-aws",
}
_KEYS = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "google_genai": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
}
"""Where each provider's own client looks for a key."""
_NO_KEY = "none"
"""What a local server that asks for no key is given: never the key of another service that the environment may hold."""


def load(settings: Settings, without: Set[str] = frozenset()) -> BaseChatModel:
    """The model that the settings name, its parameters `without` those that its server refused (temperature, stream_usage).

    Tries are not repeated by its client: that is done by who keeps the time.

    Raises InputError where there is no such provider, its package is missing, or it cannot be set up.
    """
    from langchain.chat_models import init_chat_model

    off()
    provider, name = split(settings)
    if os.environ.get("LANGSMITH_GATEWAY", "").lower() not in ("", "0", "no", "false") and not settings.model_url:
        raise InputError(
            "環境変数LANGSMITH_GATEWAYがあると質問と文書が外部の中継先に送られるので、外すか、TENKYO_MODEL_URLで送り先を指定してください。"
        )
    keyless = not settings.model_key and not settings.model_url
    if keyless and provider in _KEYS and not any(os.environ.get(name) for name in _KEYS[provider]):
        raise InputError(f"モデル「{settings.model}」を使う鍵がないので、環境変数TENKYO_MODEL_KEYに設定してください。")
    wanted: dict[str, Any] = {
        "base_url": settings.model_url or None,
        "api_key": settings.model_key.reveal() or (_NO_KEY if settings.model_url else None),
        "timeout": settings.model_timeout,
        "max_retries": 0,
        "stream_usage": True,
        "temperature": 0.0,
        "max_tokens": output_tokens(settings),
    }
    takes = {*_TAKES.get(provider, ()), "temperature", "max_tokens"} - without
    taken = {key: value for key, value in wanted.items() if key in takes and value is not None}
    try:
        made: BaseChatModel = init_chat_model(name, model_provider=provider, **taken)
        return made
    except ImportError as error:
        package = _PACKAGES.get(provider, f"langchain-{provider.replace('_', '-')}")
        raise InputError(
            f"モデル「{settings.model}」を使うにはパッケージ{package}が要るので、「.venv/bin/pip install {package}」で入れてください。"
        ) from error
    except ValueError as error:  # pydantic's among them: an unknown provider, or what a provider's class does not take
        raise InputError(
            f"環境変数TENKYO_MODELの値「{settings.model}」のモデルを準備できないので、「openai:モデル名」のような形と、鍵（TENKYO_MODEL_KEY）を確かめてください。"
        ) from error


def output_tokens(settings: Settings) -> int:
    """How many tokens a reply may take."""
    return min(MOST_OUTPUT, settings.model_context // OUTPUT_SHARE)


def split(settings: Settings) -> tuple[str, str]:
    """The provider and the name of the model. With an address all is the name, but a provider that takes one: «qwen3:8b» has none."""
    before, colon, after = settings.model.partition(":")
    provider = _ALIASES.get(before, before)
    if colon and (provider in _TAKES or not settings.model_url):
        return provider, after
    if settings.model_url:
        return "openai", settings.model
    raise InputError(
        f"環境変数TENKYO_MODELの値「{settings.model}」から提供元が分からないので、「openai:モデル名」のような形にするか、TENKYO_MODEL_URLを指定してください。"
    )
