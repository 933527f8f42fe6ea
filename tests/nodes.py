"""Nodes for tests: a JSON-RPC server over any provider, a node that replays a real Besu network, one that lies."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from besu_blocks import BLOCKS, NETWORK
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse


class Replay(BaseProvider):
    """The answers that Besu gave about the blocks of ``vectors/besu-qbft``; it lacks ``eth_getBlockReceipts``."""

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        answering = getattr(self, "_" + method.removeprefix("eth_"), None)
        if answering is None:
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "Method not found"}}
        return {"jsonrpc": "2.0", "id": 1, "result": answering(*params)}

    def _chainId(self) -> str:
        return hex(NETWORK["chainId"])

    def _getBlockByNumber(self, tag: str, full: bool) -> Any:
        number = len(BLOCKS) - 1 if tag == "latest" else int(tag, 16)
        return dict(BLOCKS[number]) if number < len(BLOCKS) else None

    def _getTransactionReceipt(self, tx_hash: str) -> Any:
        found = (each for receipts in NETWORK["receipts"].values() for each in receipts)
        return next((dict(each) for each in found if each["transactionHash"] == tx_hash), None)

    def _getLogs(self, wanted: Any) -> Any:
        blocks = range(int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16) + 1)
        receipts = [each for number in blocks for each in NETWORK["receipts"].get(str(number), [])]
        return [log for each in receipts for log in each["logs"] if log["address"] in wanted["address"]]


class Changed(BaseProvider):
    """A provider whose answers to ``method`` go through ``change`` (given the result, returns another)."""

    def __init__(self, honest: BaseProvider, method: str, change: Callable[[Any], Any]) -> None:
        super().__init__()
        self._honest = honest
        self._method = method
        self._change = change

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        answer = self._honest.make_request(method, params)
        if method == self._method:
            answer["result"] = self._change(json.loads(json.dumps(answer["result"])))
        return answer


class Answering(BaseProvider):
    """A provider that gives one answer to everything, or raises it."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[str] = []

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        self.asked.append(method)
        if isinstance(self.answer, BaseException):
            raise self.answer
        answer: RPCResponse = self.answer
        return answer


class Without(BaseProvider):
    """A provider that does not know ``method``."""

    def __init__(self, honest: BaseProvider, method: str) -> None:
        super().__init__()
        self._honest = honest
        self._method = method
        self.asked = 0

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if method == self._method:
            self.asked += 1
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "the method does not exist"}}
        return self._honest.make_request(method, params)


@contextmanager
def serving(answer: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """An HTTP server on loopback that gives ``answer`` (status, body) to every request body; yields its address."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: Any) -> None:
            """A client that went away is what some tests are about."""

    server = Server(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def node(provider: BaseProvider) -> Callable[[bytes], tuple[int, bytes]]:
    """JSON-RPC over HTTP in front of ``provider``."""

    def answer(body: bytes) -> tuple[int, bytes]:
        request = json.loads(body)
        return 200, json.dumps(provider.make_request(request["method"], request["params"])).encode()

    return answer
