"""An OpenID Connect provider for the tests: a real one, small, on loopback, with people whom a test makes up."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "tenkyo", "the-app's-secret"
PASSWORD = "ひらけごま"


@dataclass(frozen=True, slots=True)
class Code:
    """What an authorization code stands for until it is redeemed."""

    person: str
    redirect_uri: str
    nonce: str
    challenge: str


@dataclass
class OIDCServer:
    """Listens on loopback while it is a context.

    `people` are the claims of each name that may sign in with PASSWORD; `apps` the redirect addresses registered for the client;
    `spoilt` what is wrong with the next ID tokens: "key", "nonce", "aud", "iss" or "exp". `tokens` counts the codes redeemed and
    `ended` the addresses that signed-out people were sent back to.
    """

    people: Mapping[str, Mapping[str, Any]]
    apps: set[str] = field(default_factory=set)
    spoilt: str = ""
    tokens: int = 0
    ended: list[str] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, str] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"}))

    def __post_init__(self) -> None:
        self._server = _Listener(("127.0.0.1", 0), _Handler)
        self._server.owner = self

    def __enter__(self) -> OIDCServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def issuer(self) -> str:
        """The address for TENKYO_OIDC_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def discovery(self) -> dict[str, Any]:
        """The provider's metadata."""
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks", "userinfo_endpoint": "userinfo",
                "end_session_endpoint": "logout"}  # fmt: skip
        return {name: f"{self.issuer}/{path}" for name, path in ends.items()} | {
            "issuer": self.issuer,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def id_token(self, code: Code) -> str:
        """The signed ID token of a redeemed code, spoilt if so."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": code.nonce,
            "sub": f"id-of-{code.person}",
        }
        claims |= dict(self.people[code.person])
        wrong = {
            "nonce": {"nonce": "x"},
            "aud": {"aud": "another-app"},
            "iss": {"iss": "http://127.0.0.1:1"},
            "exp": {"exp": now - 600},
        }
        key = RSAKey.generate_key(2048, {"kid": "test"}) if self.spoilt == "key" else self.key
        return jwt.encode({"alg": "RS256", "kid": "test"}, claims | wrong.get(self.spoilt, {}), key)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    owner: OIDCServer


class _Handler(BaseHTTPRequestHandler):
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        owner, path, asked = self.server.owner, urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        if path == "/.well-known/openid-configuration":
            self._json(owner.discovery())
        elif path == "/jwks":
            self._json({"keys": [owner.key.as_dict(private=False)]})
        elif path == "/userinfo":
            person = owner.access.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
            self._json({"sub": f"id-of-{person}"} if person else {"error": "invalid_token"}, 200 if person else 401)
        elif path == "/authorize":
            self._form(asked)
        elif path == "/logout":
            self._logout(asked)
        else:
            self._page("ありません", 404)

    def do_POST(self) -> None:
        sent = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        if urlsplit(self.path).path == "/token":
            self._token(sent)
        else:
            self._sign_in(dict(parse_qsl(urlsplit(self.path).query)), sent)

    def _form(self, asked: dict[str, str], message: str = "") -> None:
        """The page on which one signs in; a client or an address that is not registered is not sent anywhere."""
        if asked.get("client_id") != CLIENT or asked.get("redirect_uri") not in self.server.owner.apps:
            self._page("このアプリは登録されていません", 400)
            return
        if (
            asked.get("response_type") != "code"
            or asked.get("code_challenge_method") != "S256"
            or "openid" not in asked["scope"].split()
        ):
            self._back(asked, {"error": "invalid_request"})
            return
        self._page(
            f'<h1>職場のサインイン</h1><p id="message">{html.escape(message)}</p><form method="post" action="{html.escape(self.path)}">'
            '<input name="person"><input name="password" type="password"><button id="in">入る</button>'
            '<button id="cancel" name="cancel" value="1">やめる</button></form>',
            401 if message else 200,
        )

    def _sign_in(self, asked: dict[str, str], sent: dict[str, str]) -> None:
        owner, person = self.server.owner, sent.get("person", "")
        if sent.get("cancel"):
            self._back(asked, {"error": "access_denied"})
        elif person not in owner.people or sent.get("password") != PASSWORD:
            self._form(asked, "名前かパスワードが違います")
        else:
            name = secrets.token_urlsafe(16)
            owner.codes[name] = Code(person, asked["redirect_uri"], asked.get("nonce", ""), asked["code_challenge"])
            self._back(asked, {"code": name})

    def _token(self, sent: dict[str, str]) -> None:
        """Redeem a code, once, for the client that knows its secret and the verifier."""
        owner, code = self.server.owner, self.server.owner.codes.pop(sent.get("code", ""), None)
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != basic:
            self._json({"error": "invalid_client"}, 401)
            return
        verifier = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if code is None or sent.get("redirect_uri") != code.redirect_uri or proof != code.challenge:
            self._json({"error": "invalid_grant"}, 400)
            return
        owner.tokens += 1
        access = secrets.token_urlsafe(16)
        owner.access[access] = code.person
        self._json({"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": owner.id_token(code)})

    def _logout(self, asked: dict[str, str]) -> None:
        """End the session of the ID token's person and send the browser back to a registered address."""
        owner, back = self.server.owner, asked.get("post_logout_redirect_uri", "")
        jwt.decode(asked.get("id_token_hint", ""), owner.key)
        if back not in owner.apps:
            self._page("登録されていないアドレスです", 400)
            return
        owner.ended.append(back)
        self._redirect(back)

    def _back(self, asked: dict[str, str], more: dict[str, str]) -> None:
        self._redirect(f"{asked['redirect_uri']}?{urlencode(more | {'state': asked.get('state', '')})}")

    def _redirect(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, value: object, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), "application/json", status)

    def _page(self, body: str, status: int = 200) -> None:
        self._send(
            f'<!DOCTYPE html><html lang="ja"><meta charset="utf-8"><body>{body}'.encode(), "text/html; charset=utf-8", status
        )

    def _send(self, data: bytes, kind: str, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
