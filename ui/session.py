"""What a browser session keeps, and the assistant that all sessions share."""

from __future__ import annotations

import os

import streamlit as st

from rag.assistant import Assistant
from rag.settings import Settings
from rag.snapshot import SNAPSHOTS, Snapshot, current_name
from ui.chat import Conversation


def conversation() -> Conversation:
    """The conversation so far."""
    kept: Conversation = st.session_state.setdefault("conversation", Conversation())
    return kept


def keep(changed: Conversation) -> None:
    """Go on with the changed conversation."""
    st.session_state["conversation"] = changed


def show(turn: int, number: int) -> None:
    """Open one of a turn's places."""
    keep(conversation().opening(turn, number))


def turn_to(leaf: int) -> None:
    """Show another page of the open document."""
    keep(conversation().turned_to(leaf))


def close() -> None:
    """Close the source."""
    keep(conversation().closed())


def shared_assistant() -> Assistant:
    """The assistant over the index as it is now; raises TenkyoError.

    A snapshot is opened once and shared by all sessions; the one that a later `tenkyo ingest` makes has another name, so the
    next question is answered from it.
    """
    settings = Settings.read(os.environ)
    return _opened(settings, str(settings.index.absolute()), current_name(settings.index))


@st.cache_resource(max_entries=2, show_spinner="索引を開いています…")
def _opened(_settings: Settings, index: str, name: str | None) -> Assistant:
    return Assistant.open(_settings.index, _settings)


def snapshot_named(assistant: Assistant, name: str) -> Snapshot | None:
    """The snapshot that a turn was answered from; None when ingests have removed it since."""
    if name == assistant.snapshot.name:
        return assistant.snapshot
    try:
        return Snapshot(assistant.settings.index / SNAPSHOTS / name)
    except FileNotFoundError:
        return None
