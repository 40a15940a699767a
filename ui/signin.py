"""Who uses the app: the sign-in page, roles, and whose documents one may see.

Streamlit keeps the claims of the provider's ID token in a signed cookie for 30 days and looks at none of its times, so that a sign-in is
held here to the hours that the settings give. Within them a change of groups at the provider is not seen.
"""

from __future__ import annotations

import html
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from rag.settings import Settings
from rag.signin import SignIn
from ui.page import look, problem

Role = Literal["employee", "reviewer", "admin"]
Action = Literal["ask", "review", "administer"]
Refusal = Literal["absent", "expired", "stranger"]

ROLES: Mapping[Role, str] = {"employee": "利用者", "reviewer": "確認者", "admin": "管理者"}
"""What a reader calls a role."""

_ACTIONS: Mapping[Role, frozenset[Action]] = {
    "employee": frozenset({"ask"}),
    "reviewer": frozenset({"ask", "review"}),
    "admin": frozenset({"ask", "review", "administer"}),
}
_REFUSALS: Mapping[Refusal, str] = {
    "absent": "",
    "expired": "サインインから時間がたったので、もう一度サインインしてください。",
    "stranger": "このアカウントには利用が許されていないので、別のアカウントでサインインするか、管理者に連絡してください。",
}
_SKEW = 300
"""Seconds that the provider's clock may be ahead."""
_STYLE = Path(__file__).with_name("signin.css")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody signed in: `id` is the provider's lasting name for the person, `groups` those of the ID token."""

    id: str
    name: str
    email: str
    groups: frozenset[str]
    role: Role


LOCAL = User("local", "このコンピューターの利用者", "", frozenset(), "admin")
"""The single user of an app without sign-in, which only this machine can reach."""


def current_user() -> User | None:
    """Who uses this session; None for somebody who has to sign in."""
    sign_in = _sign_in()
    if not sign_in.required:
        return LOCAL
    found = user_of(st.user.to_dict(), sign_in, time.time())
    return found if isinstance(found, User) else None


def may(user: User, action: Action) -> bool:
    """Whether the user's role allows it."""
    return action in _ACTIONS[user.role]


def visible_groups(user: User) -> frozenset[str] | None:
    """The groups whose documents the user may see, beside those of no group; None for all documents."""
    return None if user.role == "admin" else user.groups


def user_of(claims: Mapping[str, Any], sign_in: SignIn, now: float) -> User | Refusal:
    """The user whom the ID token's claims describe at this time (seconds of the epoch), or why they make none."""
    person, issued = claims.get("sub"), claims.get("iat")
    if claims.get("is_logged_in") is not True or not (isinstance(person, str) and person):
        return "absent"
    if isinstance(issued, bool) or not isinstance(issued, (int, float)) or not -_SKEW <= now - issued < sign_in.hours * 3600:
        return "expired"
    email, groups = _text(claims, "email"), _groups(claims.get(sign_in.claim))
    verified = email.casefold() if claims.get("email_verified") in (True, "true") else ""
    if sign_in.users and not any(_named(verified, groups, those) for those in (sign_in.users, sign_in.reviewers, sign_in.admins)):
        return "stranger"
    name = next(filter(None, (_text(claims, key) for key in ("name", "preferred_username", "email"))), person)
    return User(person, name, email, groups, _role(verified, groups, sign_in))


def sign_in_page() -> None:
    """The one page of somebody who is not signed in."""
    look()
    st.html(_STYLE)
    claims = st.user.to_dict()
    found = user_of(claims, _sign_in(), time.time())
    with st.container(key="sign-in"):
        st.html(
            '<div class="tk-door"><h1>典拠</h1><p>登録された文書だけから答え、<br>根拠となる原文をその場で示します。</p></div>'
        )
        if not isinstance(found, User) and _REFUSALS[found]:
            problem(_REFUSALS[found], "sign-in")
        if found == "stranger":
            st.button("サインアウト", key="leave", on_click=sign_out, width="stretch")
        else:
            st.button("サインイン", key="enter", type="primary", on_click=st.login, width="stretch")
        st.html('<p class="tk-small tk-door-note">職場のアカウントで、職場のサインイン画面から入ります。</p>')


def account(user: User) -> None:
    """Who is signed in, and the way out, in the sidebar; nothing on an app without sign-in."""
    if user == LOCAL:
        return
    with st.sidebar, st.container(key="account", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="tk-small"><b>{html.escape(user.name)}</b>　{ROLES[user.role]}</p>')
        st.button("サインアウト", key="leave", type="tertiary", on_click=sign_out)


def sign_out() -> None:
    """End the session here and, where the provider knows how to, there."""
    st.logout()


def _sign_in() -> SignIn:
    return Settings.read(os.environ).sign_in


def _role(email: str, groups: frozenset[str], sign_in: SignIn) -> Role:
    if _named(email, groups, sign_in.admins):
        return "admin"
    return "reviewer" if _named(email, groups, sign_in.reviewers) else "employee"


def _named(email: str, groups: frozenset[str], names: frozenset[str]) -> bool:
    """Whether one of the names is the person's group, mail address or mail domain; a name with an @ never means a group."""
    by_mail = {name.casefold() for name in names if "@" in name}
    return bool(groups & {name for name in names if "@" not in name}) or bool(
        email and (email in by_mail or f"@{email.rpartition('@')[2]}" in by_mail)
    )


def _groups(claim: Any) -> frozenset[str]:
    """The groups of a claim that is a list of names or one name; anything else gives none."""
    names = claim if isinstance(claim, list) else [claim]
    return frozenset(name for name in names if isinstance(name, str) and name)


def _text(claims: Mapping[str, Any], key: str) -> str:
    value = claims.get(key)
    return value.strip() if isinstance(value, str) else ""
