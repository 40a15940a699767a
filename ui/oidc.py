"""What Streamlit has to know to sign people in by OpenID Connect."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from rag.errors import InputError
from rag.signin import SignIn

_DISCOVERY = "/.well-known/openid-configuration"
_KEY_LENGTH = 32
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check(sign_in: SignIn) -> None:
    """Raise InputError that names what is missing or makes no sense."""
    needed: Mapping[str, object] = {
        "TENKYO_OIDC_URL": sign_in.provider,
        "TENKYO_OIDC_CLIENT": sign_in.client,
        "TENKYO_OIDC_SECRET": sign_in.secret,
        "TENKYO_OIDC_COOKIE": sign_in.cookie,
        "TENKYO_URL": sign_in.address,
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise InputError(f"サインインの設定が足りないので、環境変数{'、'.join(missing)}も設定してください。")
    for name in ("TENKYO_OIDC_URL", "TENKYO_URL"):
        _check_address(name, str(needed[name]))
    if len(sign_in.cookie.reveal()) < _KEY_LENGTH:
        raise InputError(
            f"環境変数TENKYO_OIDC_COOKIEが短すぎるので、「openssl rand -hex 32」で作った{_KEY_LENGTH}文字以上のものにしてください。"
        )


def secrets(sign_in: SignIn) -> dict[str, Any]:
    """Streamlit's secrets, with an [auth] section where people sign in."""
    if not sign_in.required:
        return {}
    discovery = sign_in.provider if sign_in.provider.endswith(_DISCOVERY) else sign_in.provider + _DISCOVERY
    auth = {
        "redirect_uri": f"{sign_in.address}/oauth2callback",
        "cookie_secret": sign_in.cookie.reveal(),
        "client_id": sign_in.client,
        "client_secret": sign_in.secret.reveal(),
        "server_metadata_url": discovery,
        "client_kwargs": {"scope": sign_in.scope},
    }
    return {"auth": auth}


def base_path(sign_in: SignIn) -> str:
    """The path below which the app lies, without the slashes at its ends."""
    return urlsplit(sign_in.address).path.strip("/")


def hosts(sign_in: SignIn, address: str) -> tuple[str, ...]:
    """The host names by which the app that listens on the address may be reached: without sign-in this machine's own only, so that no
    proxy and no foreign name that resolves to it lets others in as its single user."""
    return (urlsplit(sign_in.address).hostname or "",) if sign_in.required else (*_LOOPBACK, address)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_address(name: str, value: str) -> None:
    try:
        address = urlsplit(value)
        host, _ = address.hostname or "", address.port
    except ValueError:
        raise InputError(f"環境変数{name}の値「{value}」はアドレスではないので、「https://…」の形にしてください。") from None
    plain = address.scheme == "http" and is_loopback(host)
    if not host or not (address.scheme == "https" or plain) or address.query or address.fragment:
        raise InputError(
            f"環境変数{name}の値「{value}」は使えないので、「https://」で始まるアドレスにしてください（「http://」はこのコンピューターだけ）。"
        )
