"""Who is signed in, as what, and which configurations are whole."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from rag.errors import InputError
from rag.secret import Secret
from rag.settings import Settings
from rag.signin import SignIn
from ui import oidc
from ui.server import flags, serve
from ui.signin import LOCAL, User, current_user, may, user_of, visible_groups

APP = Path(__file__).parents[1] / "ui" / "app.py"
NOW = 1_800_000_000
ENVIRONMENT = {
    "TENKYO_OIDC_URL": "https://login.example.co.jp/realms/a/",
    "TENKYO_OIDC_CLIENT": "tenkyo",
    "TENKYO_OIDC_SECRET": "ひみつ",
    "TENKYO_OIDC_COOKIE": "0123456789abcdef" * 2,
    "TENKYO_URL": "https://tenkyo.example.co.jp/tenkyo/",
}
SIGN_IN = Settings.read(ENVIRONMENT).sign_in
RULED = replace(
    SIGN_IN,
    users=frozenset({"社員", "@example.co.jp"}),
    reviewers=frozenset({"法務部"}),
    admins=frozenset({"情報システム部", "Chief@example.co.jp"}),
)


def claims(**more: Any) -> dict[str, Any]:
    return {"is_logged_in": True, "sub": "u1", "iat": NOW - 60, "name": "佐藤 花子", "groups": ["社員"]} | more


@pytest.mark.parametrize(("more", "role"), [
    ({}, "employee"),
    ({"groups": ["社員", "法務部"]}, "reviewer"),
    ({"groups": ["法務部"]}, "reviewer"),  # a reviewer need not be named among the users too
    ({"groups": ["法務部", "情報システム部"]}, "admin"),
    ({"groups": "情報システム部"}, "admin"),
    ({"email": "chief@EXAMPLE.co.jp", "email_verified": True}, "admin"),
    ({"email": "chief@example.co.jp"}, "employee"),  # nobody has checked that it is theirs
    ({"email": "chief@example.co.jp", "email_verified": False}, "employee"),
    ({"groups": ["社員", "chief@example.co.jp"]}, "employee"),  # a group's name is no address
    ({"groups": [], "email": "new@example.co.jp", "email_verified": True}, "employee"),
    ({"groups": ["社員", {"name": "情報システム部"}, None, 7]}, "employee"),
])  # fmt: skip
def test_groups_and_checked_addresses_give_the_role(more: dict[str, Any], role: str) -> None:
    found = user_of(claims(**more), RULED, NOW)
    assert isinstance(found, User)
    assert found.role == role


@pytest.mark.parametrize(("more", "refusal"), [
    ({"is_logged_in": False}, "absent"),
    ({"sub": ""}, "absent"),
    ({"sub": 7}, "absent"),
    ({"iat": NOW - 10 * 3600}, "expired"),
    ({"iat": None}, "expired"),
    ({"iat": True}, "expired"),
    ({"iat": math.nan}, "expired"),
    ({"iat": NOW + 3600}, "expired"),
    ({"groups": ["他社"]}, "stranger"),
    ({"groups": None}, "stranger"),
    ({"groups": [], "email": "a@example.co.jp.evil.example", "email_verified": True}, "stranger"),
    ({"groups": [], "email": "a@sub.example.co.jp", "email_verified": True}, "stranger"),
])  # fmt: skip
def test_what_makes_no_user(more: dict[str, Any], refusal: str) -> None:
    assert user_of(claims(**more), RULED, NOW) == refusal


def test_without_a_list_of_users_whom_the_provider_lets_in_may_ask_and_sees_what_has_no_group() -> None:
    found = user_of({"is_logged_in": True, "sub": "u9", "iat": NOW}, SIGN_IN, NOW)
    assert found == User("u9", "u9", "", frozenset(), "employee")


def test_the_groups_claim_and_the_hours_are_settings() -> None:
    sign_in = Settings.read(ENVIRONMENT | {"TENKYO_OIDC_GROUPS": "https://x.example/roles", "TENKYO_OIDC_HOURS": "1"}).sign_in
    found = user_of(claims(**{"https://x.example/roles": ["経理部"]}), sign_in, NOW)
    assert isinstance(found, User)
    assert found.groups == {"経理部"}
    assert user_of(claims(iat=NOW - 3600), sign_in, NOW) == "expired"


ODD = [
    None,
    True,
    False,
    0,
    -1,
    NOW,
    1e308,
    math.inf,
    math.nan,
    "",
    "true",
    "u1",
    "@",
    "@example.co.jp",
    [],
    [[]],
    ["社員", 1],
    {"a": 1},
]


@given(st.fixed_dictionaries({}, optional={key: st.sampled_from(ODD) for key in ("is_logged_in", "sub", "iat", "name", "email",
                                                                                 "email_verified", "groups")}))  # fmt: skip
def test_odd_claims_break_nothing_and_raise_nobody(odd: dict[str, Any]) -> None:
    found = user_of(odd, RULED, NOW)
    assert not isinstance(found, User) or (found.role, found.id) == ("employee", odd["sub"])


@pytest.mark.parametrize(("role", "allowed"), [
    ("employee", {"ask"}), ("reviewer", {"ask", "review"}), ("admin", {"ask", "review", "administer"}),
])  # fmt: skip
def test_what_a_role_may(role: Any, allowed: set[str]) -> None:
    user = replace(LOCAL, id="u", role=role, groups=frozenset({"経理部"}))
    assert {action for action in ("ask", "review", "administer") if may(user, action)} == allowed  # type: ignore[arg-type]
    assert visible_groups(user) == (None if role == "admin" else {"経理部"})


def test_without_sign_in_there_is_one_user_who_may_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TENKYO_")]:
        monkeypatch.delenv(name)
    assert current_user() == LOCAL
    assert visible_groups(LOCAL) is None


# The app


def shown(index: Path, monkeypatch: pytest.MonkeyPatch, user: dict[str, Any], **more: str) -> AppTest:
    for name, value in (ENVIRONMENT | more | {"TENKYO_INDEX": str(index)}).items():
        monkeypatch.setenv(name, value)
    test = AppTest.from_file(str(APP), default_timeout=60)
    test.user = user
    return test.run()


def test_who_is_not_signed_in_sees_one_button(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = shown(index, monkeypatch, {"is_logged_in": False})
    assert not test.exception
    assert [button.label for button in test.button] == ["サインイン"]
    assert not test.chat_input


def test_who_is_signed_in_asks_and_sees_the_name(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.signin.time.time", lambda: NOW)
    test = shown(index, monkeypatch, claims())
    assert not test.exception
    assert test.chat_input
    assert test.button(key="leave").label == "サインアウト"


@pytest.mark.parametrize(("user", "words", "button"), [
    (claims(groups=["他社"]), "利用が許されていない", "サインアウト"), (claims(iat=NOW - 90_000), "もう一度サインイン", "サインイン"),
])  # fmt: skip
def test_who_is_refused_is_told_why(
    index: Path, monkeypatch: pytest.MonkeyPatch, user: dict[str, Any], words: str, button: str
) -> None:
    monkeypatch.setattr("ui.signin.time.time", lambda: NOW)
    test = shown(index, monkeypatch, user, TENKYO_USERS="社員")
    assert words in "".join(html.proto.body for html in test.get("html"))
    assert [b.label for b in test.button] == [button]


# The configuration


def test_the_secrets_are_what_streamlit_reads() -> None:
    oidc.check(SIGN_IN)
    assert oidc.secrets(SIGN_IN) == {
        "auth": {
            "redirect_uri": "https://tenkyo.example.co.jp/tenkyo/oauth2callback",
            "cookie_secret": "0123456789abcdef" * 2,
            "client_id": "tenkyo",
            "client_secret": "ひみつ",
            "server_metadata_url": "https://login.example.co.jp/realms/a/.well-known/openid-configuration",
            "client_kwargs": {"scope": "openid email profile"},
        }
    }
    whole = f"{SIGN_IN.provider}/.well-known/openid-configuration"
    assert oidc.secrets(replace(SIGN_IN, provider=whole)) == oidc.secrets(SIGN_IN)
    assert oidc.secrets(SignIn()) == {}


def test_no_secret_is_shown() -> None:
    told = repr(Settings.read(ENVIRONMENT))
    assert "ひみつ" not in told
    assert ENVIRONMENT["TENKYO_OIDC_COOKIE"] not in told


def test_the_address_gives_the_path_and_the_only_host_name() -> None:
    given = flags(8501, "0.0.0.0", SIGN_IN)
    assert {"--server.baseUrlPath=tenkyo", "--server.allowedHosts=tenkyo.example.co.jp"} <= set(given)
    assert sum(flag.startswith("--server.allowedHosts") for flag in given) == 1
    alone = [flag for flag in flags(8501, "127.0.0.1") if "allowedHosts" in flag]
    assert {flag.partition("=")[2] for flag in alone} == {"localhost", "127.0.0.1", "::1"}


@pytest.mark.parametrize(("change", "named"), [
    ({"provider": "", "secret": Secret()}, "TENKYO_OIDC_URL、TENKYO_OIDC_SECRET"),
    ({"address": ""}, "TENKYO_URL"),
    ({"provider": "http://login.example.co.jp"}, "「http://login.example.co.jp」"),
    ({"address": "http://tenkyo.example.co.jp"}, "「http://tenkyo.example.co.jp」"),
    ({"address": "tenkyo.example.co.jp"}, "「tenkyo.example.co.jp」"),
    ({"address": "https://tenkyo.example.co.jp:port"}, "TENKYO_URL"),
    ({"address": "https://"}, "TENKYO_URL"),
    ({"address": "https://a.example/?x=1"}, "TENKYO_URL"),
    ({"cookie": Secret("short")}, "TENKYO_OIDC_COOKIE"),
])  # fmt: skip
def test_half_a_configuration_is_named_in_a_sentence(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named) as caught:
        oidc.check(replace(SIGN_IN, **change))
    assert str(caught.value).endswith("。")
    assert "short" not in str(caught.value)


@pytest.mark.parametrize("name", [*ENVIRONMENT, "TENKYO_USERS", "TENKYO_REVIEWERS", "TENKYO_ADMINS"])
def test_one_variable_alone_lets_nobody_in(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(name, ENVIRONMENT.get(name, "社員"))
    assert Settings.read(os.environ).sign_in.required
    with pytest.raises(InputError, match="サインインの設定が足りない"):
        serve(tmp_path, 8599)


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_without_sign_in_nobody_else_can_reach_it(address: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="誰でも管理者になれる"):
        serve(tmp_path, 8599, address)


def test_plain_http_is_for_this_machine() -> None:
    oidc.check(replace(SIGN_IN, provider="http://127.0.0.1:8080", address="http://localhost:8501"))
    assert oidc.is_loopback("127.0.0.2")
    assert not oidc.is_loopback("localhost.example.co.jp")
