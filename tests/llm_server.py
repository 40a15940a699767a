"""An OpenAI-compatible chat server for the tests: scripted, streaming, and failing on demand."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """What the server does with one request.

    It waits `delay` seconds; with another `status` than 200 it sends `error` with `headers`; else it streams `text` in pieces of `size`
    characters, `pace` seconds apart, `endless` times over if so, and at the end `finish` and its counts (nothing where it is empty), or hangs up if it `breaks`.
    `raw` is sent as it is in place of the events.
    """

    text: str = ""
    status: int = 200
    error: str = "error"
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    pace: float = 0.0
    size: int = 3
    finish: str = "stop"
    refusal: str = ""
    endless: bool = False
    breaks: bool = False
    raw: bytes = b""
    tokens: tuple[int, int] = (100, 20)


Script = Callable[[dict[str, Any]], Step]


class LLMServer:
    """Listens on loopback while it is a context. `requests` are the chat requests received, `keys` their Authorization headers, `paths` all that was
    asked for, and `gone` is set
    when a client has hung up before the reply was whole."""

    def __init__(self, script: Script | list[Step] | Step) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.paths: list[str] = []
        self.times: list[float] = []
        self.gone = threading.Event()
        self._stopping = threading.Event()
        self._script = script
        self._lock = threading.Lock()
        self._server = _Listener(("127.0.0.1", 0), _Handler)
        self._server.owner = self

    @property
    def url(self) -> str:
        """The address for TENKYO_MODEL_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> LLMServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def step(self, request: dict[str, Any], key: str) -> Step:
        """What to do with a request; the last of a list's steps is repeated."""
        with self._lock:
            number = len(self.requests)
            self.requests.append(request)
            self.keys.append(key)
            self.times.append(time.monotonic())
        if isinstance(self._script, Step):
            return self._script
        if isinstance(self._script, list):
            return self._script[min(number, len(self._script) - 1)]
        return self._script(request)

    def wait(self, seconds: float, connection: socket.socket) -> bool:
        """Wait so long; whether the client is still there."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set():
            if select.select([connection], [], [], 0)[0] and not connection.recv(1, socket.MSG_PEEK):
                self.gone.set()
                return False
            if time.monotonic() >= until:
                return True
            time.sleep(min(0.02, max(0.0, until - time.monotonic())))
        return False


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: LLMServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error here."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.owner.paths.append(self.path)
        self._fail(Step(status=404))

    def do_POST(self) -> None:
        owner = self.server.owner
        owner.paths.append(self.path)
        if not self.path.endswith("/chat/completions"):
            self._fail(Step(status=404))
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        step = owner.step(body, self.headers.get("Authorization", ""))
        if not owner.wait(step.delay, self.connection):
            self.close_connection = True
            return
        if step.status != 200:
            self._fail(step)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            self._reply(step, body, owner)
        except (BrokenPipeError, ConnectionResetError):
            owner.gone.set()

    def _fail(self, step: Step) -> None:
        self.close_connection = True
        data = json.dumps({"error": {"message": step.error, "type": "x", "code": step.code or None}}).encode()
        self.send_response(step.status)
        for name, value in step.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def _reply(self, step: Step, body: dict[str, Any], owner: LLMServer) -> None:
        if step.raw:
            self.wfile.write(step.raw)
            return
        self._event(body, {"role": "assistant", "content": ""})
        if step.refusal:
            self._event(body, {"refusal": step.refusal})
        while True:
            for start in range(0, len(step.text), step.size):
                if not owner.wait(step.pace, self.connection):
                    return
                self._event(body, {"content": step.text[start : start + step.size]})
            if not step.endless:
                break
        if step.breaks:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if not step.finish:
            return
        self._event(body, {}, finish=step.finish)
        if body.get("stream_options", {}).get("include_usage"):
            prompt, completion = step.tokens
            usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
            self._send({"choices": [], "usage": usage} | _frame(body))
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, body: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> None:
        self._send({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]} | _frame(body))

    def _send(self, event: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())
        self.wfile.flush()


def _frame(body: dict[str, Any]) -> dict[str, Any]:
    return {"id": "c1", "object": "chat.completion.chunk", "created": 0, "model": body["model"]}
