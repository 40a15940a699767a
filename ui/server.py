"""The app's server: Streamlit with every call home switched off."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from rag.errors import InputError
from rag.settings import Settings
from rag.signin import SignIn
from ui import oidc

OPTIONS = {
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.toolbarMode": "minimal",
    "global.developmentMode": "false",
    "logger.hideWelcomeMessage": "true",
    "runner.magicEnabled": "false",
    "server.enableAgentApi": "false",
    "server.enableCORS": "true",
    "server.enableStaticServing": "false",
    "server.enableXsrfProtection": "true",
    "server.fileWatcherType": "none",
    "server.headless": "true",
    "server.runOnSave": "false",
    "server.showEmailPrompt": "false",
    "server.trustedUserHeaders": "{}",
    "theme.font": "Hiragino Sans, Yu Gothic UI, Noto Sans JP, Noto Sans CJK JP, Meiryo, sans-serif",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.borderColor": "#dde2e7",
    "theme.light.primaryColor": "#1f5f8b",
    "theme.light.secondaryBackgroundColor": "#f5f7f9",
    "theme.light.textColor": "#1f2933",
    "theme.dark.backgroundColor": "#171c21",
    "theme.dark.borderColor": "#36404a",
    "theme.dark.primaryColor": "#7cb8e0",
    "theme.dark.secondaryBackgroundColor": "#1f262d",
    "theme.dark.textColor": "#e3e8ed",
}
"""Streamlit's settings, given as flags so that no configuration file of the user's changes them."""

COOKIES = 65536
"""Bytes that the cookies of one connection may take: an ID token that lists many groups is longer than the usual 8,192."""


def serve(index: Path, port: int, address: str = "127.0.0.1") -> int:
    """Serve the app until it is stopped; returns Streamlit's exit code.

    Raises InputError when the address or the port cannot be listened on, when sign-in is half configured, and when others than this
    machine could reach an app without sign-in.
    """
    sign_in = Settings.read(os.environ).sign_in
    if sign_in.required:
        oidc.check(sign_in)
    _check(port, address, sign_in.required)
    shown = sign_in.address or f"http://{_written(address)}:{port}"
    print(f"画面を {shown} で開けます（終わるには Ctrl-C）。", flush=True)
    os.environ["TENKYO_INDEX"] = str(index)
    return _run(flags(port, address, sign_in), sign_in)


def flags(port: int, address: str, sign_in: SignIn | None = None) -> list[str]:
    """The options as Streamlit's command line takes them."""
    sign_in = sign_in or SignIn()
    given = OPTIONS | {"server.address": address, "server.port": str(port), "server.baseUrlPath": oidc.base_path(sign_in)}
    hosts = [("server.allowedHosts", host) for host in oidc.hosts(sign_in, address)]
    return [f"--{name}={value}" for name, value in (*given.items(), *hosts)]


def _run(options: list[str], sign_in: SignIn) -> int:
    os.environ.setdefault("WEBSOCKETS_MAX_LINE_LENGTH", str(COOKIES))  # read when the library is imported
    from streamlit import net_util
    from streamlit.runtime.secrets import secrets_singleton
    from streamlit.web.cli import main

    # When a page of another origin tries to connect, Streamlit looks for this machine's addresses with the help of public servers.
    net_util.get_internal_ip = net_util.get_external_ip = lambda: None
    # Kept in memory, and in place of any secrets.toml: no file holds them.
    secrets_singleton.merge_programmatic_secrets(oidc.secrets(sign_in))
    code = main(["run", str(Path(__file__).with_name("app.py")), *options], prog_name="streamlit", standalone_mode=False)
    return int(code or 0)


def _check(port: int, address: str, shared: bool) -> None:
    if not 0 < port < 65536:
        raise InputError(f"ポート番号「{port}」は使えないので、1から65535までの整数にしてください。")
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (socket.gaierror, UnicodeError):
        raise InputError(
            f"アドレス「{address}」が見つからないので、127.0.0.1 のようなこのコンピューターのアドレスにしてください。"
        ) from None
    if not shared and not oidc.is_loopback(str(where[0])):
        raise InputError(
            f"サインインの設定がないまま {address} で待ち受けると誰でも管理者になれるので、環境変数TENKYO_OIDC_URLなどを設定するか、"
            "「--address」を外してください。"
        )
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as error:
            raise InputError(
                f"{address} のポート{port}で待ち受けられない（{error.strerror}）ので、別の番号を「--port」で指定してください。"
            ) from None


def _written(address: str) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(address, address)
    return f"[{shown}]" if ":" in shown else shown
