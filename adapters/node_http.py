"""JSON-RPC over HTTP, to a node that nobody trusts: an answer has a limit in bytes and one in time, and leads nowhere.

requests waits for each piece of an answer and not for the whole, keeps what comes however long it is, inflates it, and
goes where a redirect says. So here bytes and seconds are counted where they come off the socket (status line and
headers too), inflated bytes where they are inflated, and values before they are made. Proxies and authorities are those
of the environment, as requests has them.
"""

from __future__ import annotations

import io
import socket
import threading
import time
import zlib
from http.client import HTTPException, HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3 import ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from adapters.recursion_limit import restore_recursion_limit
from ledger.errors import Corrupt, Unavailable

restore_recursion_limit()

MAX_ANSWER: Final = 64 << 20
"""Bytes of an answer, inflated. The largest that are asked for are the receipts of one block and the events of
``evm.LOG_PAGE`` blocks: the first are bounded by the block's gas (100 million of it buy 25 MiB of events as JSON), and
of too many events fewer blocks are asked for."""

WHOLE: Final = 6
"""An answer has to be whole within so many times the time to wait for a piece of it."""

_BYTES_A_VALUE: Final = 32
"""Fewest bytes for each value in an answer as long as may be: answers are hashes and addresses. ``[[],[],…]`` would
become twenty times its length in memory."""

_CONNECTIONS: Final = 16
"""Kept open; the service asks from several threads."""

_PIECE: Final = 64 << 10


class NodeProvider(JSONBaseProvider):
    """A provider for ``adapters.evm``, in place of web3.py's for HTTP. Safe to call from several threads.

    ``make_request`` raises Corrupt ``chain.answer-too-long``, Unavailable ``chain.redirected`` or ``chain.not-a-node``,
    OSError when no answer came in time or its status is no success, ValueError for what is no JSON. Nothing is
    repeated.
    """

    def __init__(self, url: str, *, timeout: float, deadline: float | None = None, limit: int = MAX_ANSWER) -> None:
        """``timeout``: seconds to wait for a connection, and for each piece of an answer; ``deadline``: for the whole
        (``WHOLE`` times ``timeout``). ``limit``: most bytes of an answer, as sent and as inflated."""
        super().__init__()
        self._url, self._timeout, self._limit = url, timeout, limit
        self._deadline = WHOLE * timeout if deadline is None else deadline
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Watched(pool_maxsize=_CONNECTIONS))

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """See the class."""
        answer = self._post(self.encode_rpc_request(method, params))
        if answer.count(b",") + answer.count(b"[") + answer.count(b"{") > self._limit // _BYTES_A_VALUE:
            raise _too_long(self._limit)
        told: RPCResponse = orjson.loads(answer)
        return told

    def _post(self, request: bytes) -> bytearray:
        _allowance.until, _allowance.left = time.monotonic() + self._deadline, self._limit
        _allowance.limit = self._limit
        try:
            with self._session.post(
                self._url,
                data=request,
                headers={"Content-Type": "application/json", "User-Agent": "onceledger", "Accept-Encoding": "gzip"},
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                _require_success(response.status_code)
                return self._read(response)
        except (HTTPError, HTTPException) as error:  # of urllib3 and the standard library, on the way through requests
            raise requests.ConnectionError(type(error).__name__) from error

    def _read(self, response: requests.Response) -> bytearray:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise ValueError("an encoding that was not asked for")
        whole = bytearray()
        inflating = None if encoding == "identity" else zlib.decompressobj(zlib.MAX_WBITS | 16)
        while piece := response.raw.read(_PIECE, decode_content=False):
            if inflating is None:
                whole += piece
            else:
                try:
                    whole += inflating.decompress(piece, self._limit + 1 - len(whole))
                except zlib.error as error:
                    raise ValueError("no gzip") from error
            if len(whole) > self._limit:
                raise _too_long(self._limit)
        if inflating is not None and (not inflating.eof or inflating.unused_data):
            raise ValueError("no whole gzip")
        return whole


_COME_AGAIN: Final = frozenset((408, 425, 429))
"""Statuses of a node that is there and busy."""


def _require_success(status: int) -> None:
    if 300 <= status < 400:
        raise Unavailable(
            "chain.redirected",
            f"The node's address sends elsewhere (HTTP {status}); no redirect is followed, for it could lead anywhere.",
            "Set the address at which the node itself answers.",
            status=status,
        )
    if 400 <= status < 500 and status not in _COME_AGAIN:
        raise Unavailable(
            "chain.not-a-node",
            f"The address answered with HTTP status {status}: it is no JSON-RPC node, or lets nobody ask.",
            "Give the JSON-RPC address of a node (in Besu port 8545, --rpc-http-enabled); onceledger serve is none.",
            status=status,
        )
    if not 200 <= status < 300:
        raise requests.HTTPError(f"HTTP {status}")


def _too_long(limit: int) -> Corrupt:
    return Corrupt(
        "chain.answer-too-long",
        f"The node's answer is longer than any that may be right: more than {limit} bytes, or of too many values.",
        "Ask another node, and have this one looked after.",
        limit=limit,
    )


class _Allowance(threading.local):
    """Of the request that this thread waits for: until when (monotonic clock), and how many bytes may still come."""

    until = float("inf")
    left = limit = MAX_ANSWER


_allowance = _Allowance()


class _Counted(io.RawIOBase):
    """What comes from a socket, within the allowance."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        self._raw, self._connection = raw, connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = _allowance.until - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the answer is not whole in time")
        patience = self._connection.gettimeout()
        shorter = patience is None or remaining < patience
        if shorter:
            self._connection.settimeout(remaining)
        try:
            count: int | None = self._raw.readinto(buffer)
        finally:
            if shorter:
                self._connection.settimeout(patience)
        _allowance.left -= count or 0
        if _allowance.left < 0:
            raise _too_long(_allowance.limit)
        return count

    def close(self) -> None:
        try:
            self._raw.close()
        finally:
            super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp = io.BufferedReader(_Counted(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS: Final = {"http": _Pool, "https": _SecurePool}


class _Watched(HTTPAdapter):
    """Connections, direct or through a proxy, that count what comes."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **named)
        if isinstance(manager, ProxyManager):
            manager.pool_classes_by_scheme = _POOLS
        return manager
