"""The model is chosen by one setting; its key stays hidden, and nothing is reported to anybody."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import pytest
from llm_server import LLMServer, Step
from writers import KEY, writer_on

from rag.chain import make_chain
from rag.errors import InputError
from rag.model import load, split
from rag.secret import Secret
from rag.settings import Settings

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY")
GOOD = Step("課長の日当は2,500円です[1]。")


def test_the_environment_sets_it() -> None:
    names = ("MODEL", "MODEL_URL", "MODEL_KEY", "MODEL_TIMEOUT", "MODEL_RETRIES", "MODEL_CONTEXT", "MODEL_FORMAT", "UNSUPPORTED")
    values = ("openai:qwen3-8b", "http://localhost:8000/v1", KEY, "30", "0", "32768", "plain", "mark")
    settings = Settings.read({f"TENKYO_{n}": v for n, v in zip(names, values, strict=True)})
    assert (settings.model, settings.model_url, settings.model_key.reveal()) == values[:3]
    assert (settings.model_timeout, settings.model_retries, settings.model_context) == (30, 0, 32768)
    assert (settings.model_format, settings.unsupported) == ("plain", "mark")


def test_without_it_there_is_none() -> None:
    assert Settings.read({}).model == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TENKYO_MODEL_URL", "localhost:8000"),
        ("TENKYO_MODEL_TIMEOUT", "0"),
        ("TENKYO_MODEL_RETRIES", "many"),
        ("TENKYO_MODEL_CONTEXT", "100"),
        ("TENKYO_MODEL_FORMAT", "xml"),
        ("TENKYO_UNSUPPORTED", "keep"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(InputError, match=name):
        Settings.read({name: value})


def test_the_key_hides_itself() -> None:
    settings = Settings(model="openai:x", model_key=Secret(KEY))
    assert KEY not in f"{settings} {settings!r} {asdict(settings)} {settings.model_key}"
    assert settings.model_key == Secret(KEY)
    assert not Secret()
    assert KEY not in repr(load(settings))


@pytest.mark.parametrize(
    ("model", "url", "parts"),
    [
        ("openai:qwen3-8b", "", ("openai", "qwen3-8b")),
        ("qwen3:8b", "http://h/v1", ("openai", "qwen3:8b")),
        ("openai:qwen3:8b", "http://h/v1", ("openai", "qwen3:8b")),
        ("org/model", "http://h/v1", ("openai", "org/model")),
        ("bedrock:anthropic.claude", "", ("bedrock_converse", "anthropic.claude")),
        ("gemini:gemini-2.5-flash", "", ("google_genai", "gemini-2.5-flash")),
    ],
)
def test_provider_and_name(model: str, url: str, parts: tuple[str, str]) -> None:
    assert split(Settings(model=model, model_url=url)) == parts


@pytest.mark.parametrize(
    ("model", "told"),
    [("mistralai:x", "pip install langchain-mistralai"), ("nobody:x", "openai:モデル名"), ("gpt", "提供元が分からない")],
)
def test_a_model_that_cannot_be_had_says_how_to(model: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load(Settings(model=model, model_key=Secret(KEY)))


@pytest.mark.skipif(find_spec("langchain_anthropic") is not None, reason="the extra is installed")
def test_a_missing_extra_is_named() -> None:
    with pytest.raises(InputError, match="pip install langchain-anthropic"):
        load(Settings(model="anthropic:claude", model_key=Secret(KEY)))


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="TENKYO_MODEL_KEY"):
        load(Settings(model="openai:gpt"))


def test_a_local_server_is_not_sent_another_services_key(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-service")
    with writer_on(index, GOOD, model_key=Secret()) as (writer, server):
        writer.ask("課長の日当はいくらですか")
    assert server.keys == ["Bearer none"]


def test_a_relay_that_was_not_asked_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_GATEWAY", "true")
    with pytest.raises(InputError, match="LANGSMITH_GATEWAY"):
        load(Settings(model="openai:gpt", model_key=Secret(KEY)))


def _environment(**more: str) -> Mapping[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("TENKYO_", "LANG"))} | more


def test_without_a_model_langchain_is_not_even_loaded(index: Path) -> None:
    code = "import sys; from ui.command import main; main(['ask', '課長の日当はいくらですか']); sys.exit(any(m.startswith(('langchain', 'openai')) for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], env=_environment(TENKYO_INDEX=str(index)), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "２，５００円" in done.stdout


def test_nothing_is_reported_whatever_the_environment_says(index: Path) -> None:
    """A run with tracing switched on and pointed at a server of ours: only the model's own calls arrive anywhere."""
    code = """
import sys
from pathlib import Path
from rag.assistant import Assistant
from rag.chain import make_chain
from rag.generate import Writer
from rag.settings import Settings
import os
a = Assistant.open(Path(os.environ["TENKYO_INDEX"]), Settings.read(os.environ))
w = Writer(a)
for chain in (make_chain(a, w), make_chain(a)):
    print(chain.invoke("課長の日当はいくらですか").text)
from langchain_core.tracers.langchain import wait_for_all_tracers
wait_for_all_tracers()
"""
    with LLMServer(GOOD) as model, LLMServer(Step(status=500)) as service:
        base = service.url.removesuffix("/v1")
        tracing = {
            f"{p}_{n}": v
            for p in ("LANGSMITH", "LANGCHAIN")
            for n, v in (("TRACING", "true"), ("TRACING_V2", "true"), ("ENDPOINT", base), ("API_KEY", "lsv2_x"))
        }
        env = _environment(TENKYO_INDEX=str(index), TENKYO_MODEL="test", TENKYO_MODEL_URL=model.url, **tracing)
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("課長の日当は2,500円です。\n")
        assert (len(model.requests), service.requests, service.paths) == (1, [], [])


def test_the_chain_alone_is_quiet(index: Path) -> None:
    from langsmith.utils import tracing_is_enabled

    with writer_on(index, GOOD) as (writer, _):
        make_chain(writer.assistant)
    assert not tracing_is_enabled()
