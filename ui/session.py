"""What a browser session keeps, and the assistant that all sessions share."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from datetime import date

import streamlit as st

from rag.assistant import Assistant
from rag.errors import TenkyoError
from rag.scope import Scope
from rag.settings import Settings
from rag.snapshot import SNAPSHOTS, Snapshot, current_name
from ui.audit import Audit
from ui.chat import Conversation
from ui.desk import Desk
from ui.retention import apply_retention, open_audit
from ui.signin import User, current_user, visible_groups


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


def user() -> User:
    """Who is signed in; the app shows no page to anybody else."""
    found = current_user()
    if found is None:
        st.stop()
    return found


def settings() -> Settings:
    """The settings that the environment gives."""
    return Settings.read(os.environ)


def shared_assistant() -> Assistant:
    """The assistant over the index as it is now, for what the user may see; raises TenkyoError.

    A snapshot is opened once and shared by all sessions; the one that a later `tenkyo ingest` makes has another name, so the
    next question is answered from it.
    """
    chosen = settings()
    name = current_name(chosen.index)
    return _opened(chosen, str(chosen.index.absolute()), name).within(Scope(visible_groups(user())))


@st.cache_resource(max_entries=2, show_spinner="索引を開いています…")
def _opened(_settings: Settings, index: str, name: str | None) -> Assistant:
    gc.unfreeze()  # an assistant that is not used any more can go
    found = Assistant.open(_settings.index, _settings)
    found.ask("目的は何ですか")  # so that all that an answer needs is there
    gc.collect()
    gc.freeze()  # Streamlit collects garbage after every run of a page: what lasts as long as the app is not looked at again and again
    return found


def shared_desk(assistant: Assistant, ids: frozenset[str] | None = None) -> Desk:
    """Where the user's questions are answered, from some of the documents where `ids` are given; raises TenkyoError."""
    chosen = assistant if ids is None else assistant.within(replace(assistant.snapshot.scope, ids=ids))
    return Desk(chosen, shared_audit(), user())


def shared_audit() -> Audit:
    """The audit log; raises TenkyoError."""
    chosen = settings()
    place = chosen.database or str(chosen.index.absolute().parent)
    found = _audit(place, chosen)
    _retained(place, date.today(), found, chosen.retention_days)
    return found


@st.cache_resource(max_entries=4, show_spinner="記録を開いています…")
def _audit(place: str, _settings: Settings) -> Audit:
    return open_audit(_settings)


@st.cache_resource(max_entries=4, show_spinner=False)
def _retained(place: str, day: date, _found: Audit, _days: int) -> int:
    """Purge what has been kept long enough, once a day."""
    return apply_retention(_found, _days)


def snapshot_named(assistant: Assistant, name: str) -> Snapshot | None:
    """The snapshot that a turn was answered from, for what the user may see; None when ingests have removed it since."""
    if name == assistant.snapshot.name:
        return assistant.snapshot
    try:
        return Snapshot(assistant.settings.index / SNAPSHOTS / name).within(assistant.snapshot.scope)
    except (FileNotFoundError, TenkyoError):
        return None
