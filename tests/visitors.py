"""Users of the app over its own WebSocket, without a browser: each opens the page, asks, and waits until the answer is whole."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websocket import ABNF, create_connection


@dataclass
class Visitor:
    """One browser session. `question` is the id of the question's input."""

    port: int
    question: str = ""
    html: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _socket: Any = None
    _page: str = ""

    def open(self) -> None:
        """Open the page and wait until it is whole."""
        self._socket = create_connection(
            f"ws://127.0.0.1:{self.port}/_stcore/stream",
            timeout=120,
            subprotocols=["streamlit"],
            origin=f"http://127.0.0.1:{self.port}",
        )
        self._run(BackMsg())

    def ask(self, question: str) -> float:
        """The seconds until the answer is whole."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self.question
        state.chat_input_value.data = question
        return self._run(message)

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def _run(self, message: BackMsg) -> float:
        message.rerun_script.page_script_hash = self._page
        self.html.clear()
        begun = time.perf_counter()
        self._socket.send(message.SerializeToString(), ABNF.OPCODE_BINARY)
        while True:
            got = ForwardMsg.FromString(self._socket.recv())
            self._take(got)
            if got.WhichOneof("type") == "script_finished" and got.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return time.perf_counter() - begun

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._page = message.new_session.page_script_hash
        elif kind == "delta":
            element = message.delta.new_element
            name = element.WhichOneof("type")
            if name == "chat_input":
                self.question = element.chat_input.id
            elif name == "html":
                self.html.append(element.html.body)
            elif name == "exception":
                self.problems.append(element.exception.message)
