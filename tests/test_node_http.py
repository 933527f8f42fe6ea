"""Over HTTP a node can send anything, for ever, from anywhere: the answer has a limit, and it is an error of ours."""

from __future__ import annotations

import gzip
import ipaddress
import json
import socket
import socketserver
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from embedded import CHAIN_ID, VALIDATORS, Sender, creating, new_chain
from nodes import Answering, node, serving
from web3 import Web3

from adapters.embedded_provider import EmbeddedProvider
from adapters.evm import EvmChain, connect
from adapters.evm_execution import contract_address
from adapters.node_http import MAX_ANSWER, NodeProvider
from ledger.errors import Conflict, Corrupt, Misconfigured, OnceledgerError, Unavailable
from ledger.trust_description import ValidatorSet
from ledger.trusted_validators import TrustedValidators

BY_OURS = TrustedValidators((ValidatorSet(0, None, tuple(VALIDATORS.addresses)),)).require_sealed
GOOD = json.dumps({"jsonrpc": "2.0", "id": 0, "result": hex(CHAIN_ID)}).encode()
OK = b"HTTP/1.1 200 OK\r\n"
Say = Callable[[bytes], None]
Answer = Callable[[Say, int], None]


class Wire:
    """A server that says to each request whatever it likes; requests and connections are counted."""

    def __init__(self) -> None:
        self.url = ""
        self.heads: list[bytes] = []
        self.connections = 0
        self.open = True

    def say(self, stream: socket.socket, content: bytes) -> None:
        if not self.open:
            raise OSError
        stream.sendall(content)


@contextmanager
def wire(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """``answer`` is given what sends bytes, and the number of the request; it ends when the client is gone."""
    told = Wire()

    class Door(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            told.connections += 1
            with (
                suppress(OSError),
                self.request if tls is None else tls.wrap_socket(self.request, server_side=True) as stream,
                stream.makefile("rb") as reader,
            ):
                stream.settimeout(30)
                while told.open:
                    head, length = b"", 0
                    while (line := reader.readline()) not in (b"\r\n", b""):
                        head += line
                        if line.lower().startswith(b"content-length:"):
                            length = int(line.split(b":")[1])
                    if not head:
                        return
                    reader.read(length)
                    told.heads.append(head)

                    answer(partial(told.say, stream), len(told.heads))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, *_: Any) -> None:
            """A client that went away is what the tests are about."""

    with Server(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        told.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
        try:
            yield told
        finally:
            told.open = False
            server.shutdown()
            thread.join()


def chain_at(url: str, *, timeout: float = 10, deadline: float | None = 30, limit: int = MAX_ANSWER) -> EvmChain:
    return EvmChain(Web3(NodeProvider(url, timeout=timeout, deadline=deadline, limit=limit)), BY_OURS)


def refused(code: str, kind: type[OnceledgerError], act: Callable[[], Any]) -> OnceledgerError:
    with pytest.raises(kind) as caught:
        act()
    assert caught.value.code == code
    return caught.value


def body(content: bytes, *headers: bytes) -> bytes:
    lines = [b"Content-Length: %d" % len(content), b"Content-Type: application/json", *headers]
    return OK + b"\r\n".join(lines) + b"\r\n\r\n" + content


def chunked(content: bytes, size: int = 7) -> bytes:
    pieces = (content[at : at + size] for at in range(0, len(content), size))
    framed = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"


# ----------------------------------------------------------------------------------------------------- honest answers


HONEST: dict[str, bytes] = {
    "plain": body(GOOD),
    "chunked": chunked(GOOD),
    "gzip": body(gzip.compress(GOOD), b"Content-Encoding: gzip"),
    "continued": b"HTTP/1.1 100 Continue\r\n\r\n" + body(GOOD),
}


@pytest.mark.parametrize("answer", HONEST.values(), ids=HONEST.keys())
def test_honest_answers_come_over_one_connection(answer: bytes) -> None:
    with wire(lambda say, _: say(answer)) as told:
        chain = chain_at(told.url)
        assert [chain.chain_id() for _ in range(5)] == [CHAIN_ID] * 5
    assert (len(told.heads), told.connections) == (5, 1)


def test_several_threads_at_once() -> None:
    with wire(lambda say, _: say(body(GOOD))) as told:
        chain, found = chain_at(told.url), []
        threads = [threading.Thread(target=lambda: found.extend(chain.chain_id() for _ in range(20))) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert found == [CHAIN_ID] * 160


def test_an_answer_of_many_megabytes_is_read() -> None:
    large = json.dumps({"jsonrpc": "2.0", "id": 0, "result": "0x" + "ab" * (20 << 20)}).encode()
    with wire(lambda say, _: say(body(large))) as told:
        assert len(chain_at(told.url).code(bytes(20))) == 20 << 20


def test_a_slow_node_is_waited_for_as_long_as_it_goes_on() -> None:
    def slow(say: Say, _: int) -> None:
        for at in range(0, len(whole := body(GOOD)), 40):
            say(whole[at : at + 40])
            time.sleep(0.1)

    with wire(slow) as told:
        assert chain_at(told.url, timeout=5).chain_id() == CHAIN_ID


def test_no_cookie_is_kept() -> None:
    with wire(lambda say, _: say(body(GOOD, b"Set-Cookie: a=b; Path=/"))) as told:
        chain = chain_at(told.url)
        assert chain.chain_id() == chain.chain_id()
    assert b"cookie" not in b"".join(told.heads).lower()


# ----------------------------------------------------------------------------------------------------------- too much


def endless(first: bytes, piece: bytes) -> Answer:
    def answer(say: Say, _: int) -> None:
        say(first)
        while True:
            say(piece)

    return answer


ZEROS = b"0" * (1 << 16)
ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "a body without a length": (OK + b"\r\n", ZEROS),
    "a body of a terabyte": (OK + b"Content-Length: 1099511627776\r\n\r\n", ZEROS),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + ZEROS + b"\r\n"),
    "a chunk's size": (OK + b"Transfer-Encoding: chunked\r\n\r\n", ZEROS),
    "a status line": (b"HTTP/1.1 200 ", ZEROS),
    "a header": (OK + b"X: ", ZEROS),
    "headers": (OK, b"X-A: b\r\n" * 1000),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "trailers": (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 1000),
    "gzip of nothing": (
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10],
        b"\x00\x00\x00\xff\xff" * 9000,
    ),
}


@pytest.mark.parametrize(("first", "piece"), ENDLESS.values(), ids=ENDLESS.keys())
def test_what_has_no_end_is_ended(first: bytes, piece: bytes) -> None:
    with wire(endless(first, piece)) as told:
        tracemalloc.start()
        try:
            with pytest.raises(OnceledgerError) as caught:
                chain_at(told.url, limit=1 << 20).chain_id()
            assert caught.value.code in ("chain.answer-too-long", "chain.unavailable")
            assert tracemalloc.get_traced_memory()[1] < 16 << 20
        finally:
            tracemalloc.stop()


def test_the_limit_in_force() -> None:
    with wire(endless(OK + b"\r\n", ZEROS)) as told:
        caught = refused("chain.answer-too-long", Corrupt, connect(told.url, BY_OURS, timeout=10).chain_id)
    assert caught.detail["limit"] == 64 << 20


def bomb(size: int) -> bytes:
    deflating = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    return b"".join(deflating.compress(bytes(1 << 20)) for _ in range(size >> 20)) + deflating.flush()


def test_a_bomb_is_not_inflated() -> None:
    small = bomb(300 << 20)
    with wire(lambda say, _: say(body(small, b"Content-Encoding: gzip"))) as told:
        refused("chain.answer-too-long", Corrupt, connect(told.url, BY_OURS, timeout=10).chain_id)
        tracemalloc.start()
        try:
            refused("chain.answer-too-long", Corrupt, chain_at(told.url, limit=1 << 20).chain_id)
            assert tracemalloc.get_traced_memory()[1] < 16 << 20
        finally:
            tracemalloc.stop()


PACKED = gzip.compress(GOOD)


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        (b"gzip, gzip", gzip.compress(gzip.compress(GOOD))),
        (b"deflate", zlib.compress(GOOD)),
        (b"br", GOOD),
        (b"gzip", GOOD),
        (b"gzip", PACKED[:-3]),
        (b"gzip", PACKED + b"more"),
        (b"gzip", b""),
    ],
)
def test_an_encoding_that_is_none_or_was_not_asked_for(encoding: bytes, content: bytes) -> None:
    with wire(lambda say, _: say(body(content, b"Content-Encoding: " + encoding))) as told:
        refused("chain.unavailable", Unavailable, chain_at(told.url).chain_id)
    assert b"accept-encoding: gzip\r\n" in told.heads[0].lower()


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000, b"1" * 5_000_000, b"\xff", b"", b'"\\ud800"'],
)
def test_nonsense_is_an_error_of_ours(content: bytes) -> None:
    for whole in (content, b'{"jsonrpc":"2.0","id":0,"result":' + content + b"}"):
        with wire(lambda say, _, whole=whole: say(body(whole))) as told:  # type: ignore[misc]  # a default binds it
            with pytest.raises((Unavailable, Corrupt)) as caught:
                chain_at(told.url).chain_id()
            assert caught.value.code in ("chain.unavailable", "chain.bad-answer")


def test_millions_of_tiny_values_are_not_made() -> None:
    many = b'{"jsonrpc":"2.0","id":0,"result":[' + b"[]," * 3_000_000 + b"[]]}"
    with wire(lambda say, _: say(body(many))) as told:
        refused("chain.answer-too-long", Corrupt, chain_at(told.url).chain_id)


def test_of_too_many_events_fewer_blocks_are_asked_for(tmp_path: Path) -> None:
    embedded, sender = new_chain(tmp_path), Sender()
    double = contract_address(sender.address, 0)
    embedded.submit(sender.sign(None, creating(bytes.fromhex("60006000a060006000a000"))))
    for _ in range(20):
        embedded.submit(sender.sign(double, b"x"))
    with serving(node(EmbeddedProvider(embedded))) as url:
        found = list(chain_at(url).logs([double], 0, 21))
        assert len(found) == 40
        assert list(chain_at(url, limit=4_000).logs([double], 0, 21)) == found
        refused("chain.answer-too-long", Corrupt, lambda: list(chain_at(url, limit=500).logs([double], 0, 21)))
    embedded.close()


def test_a_message_without_end_is_cut() -> None:
    """Words are searched for in it: of a long one that would take for ever."""
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "exceeds " * 1_000_000}}
    chain = EvmChain(Web3(Answering(error)), BY_OURS)
    caught = refused("chain.node-error", Unavailable, chain.chain_id)
    assert len(caught.detail["message"]) == 1_000
    with pytest.raises((Conflict, Unavailable)):
        chain.simulate(bytes(20), None, b"")


# ----------------------------------------------------------------------------------------------------------- too slow


def dripping(first: bytes, piece: bytes) -> Answer:
    def answer(say: Say, _: int) -> None:
        say(first)
        while True:
            say(piece)
            time.sleep(0.05)

    return answer


DRIPPING: dict[str, tuple[bytes, bytes]] = {
    "a body": (OK + b"Content-Length: 1000000\r\n\r\n", b" "),
    "a body without a length": (OK + b"\r\n", b" "),
    "a status line": (b"HTTP/1.1 200 O", b"K"),
    "a header": (OK + b"X: ", b"y"),
    "headers": (OK, b"X: y\r\n"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a chunk's size": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
}


def late(url: str) -> None:
    """Far sooner than a wait for each piece would have ended, which is never."""
    begun = time.monotonic()
    refused("chain.unavailable", Unavailable, chain_at(url, timeout=20, deadline=0.4).chain_id)
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize(("first", "piece"), DRIPPING.values(), ids=DRIPPING.keys())
def test_what_drips_is_not_waited_for(first: bytes, piece: bytes) -> None:
    with wire(dripping(first, piece)) as told:
        late(told.url)


def test_silence_ends_at_the_deadline_too() -> None:
    def silent(say: Say, _: int) -> None:
        say(OK)
        time.sleep(3)

    with wire(silent) as told:
        late(told.url)


def test_the_deadline_is_each_answers_own() -> None:
    def answer(say: Say, number: int) -> None:
        if number == 2:
            dripping(OK, b"X: y\r\n")(say, number)
        time.sleep(0.15)
        say(body(GOOD))

    with wire(answer) as told:
        chain = chain_at(told.url, deadline=1)
        assert chain.chain_id() == CHAIN_ID
        refused("chain.unavailable", Unavailable, chain.chain_id)
        assert [chain.chain_id() for _ in range(8)] == [CHAIN_ID] * 8
    assert told.connections == 2  # one was given up with what it still might say


def test_without_another_word_it_is_six_times_the_timeout() -> None:
    with wire(dripping(OK + b"\r\n", b" ")) as told:
        refused("chain.unavailable", Unavailable, connect(told.url, BY_OURS, timeout=0.2).chain_id)


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's TLS under an authority that the environment names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = tmp_path / "node.pem", tmp_path / "node.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context


def test_the_same_over_tls(secure: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    with wire(lambda say, _: say(body(GOOD)), secure) as told:
        chain = chain_at(told.url)
        assert chain.chain_id() == chain.chain_id() == CHAIN_ID
        assert told.connections == 1
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        refused("chain.unavailable", Unavailable, chain_at(told.url).chain_id)
    monkeypatch.undo()
    with wire(lambda say, _: say(body(GOOD)), secure) as told:
        refused("chain.unavailable", Unavailable, chain_at(told.url).chain_id)  # nobody vouches for it


def test_what_drips_over_tls(secure: ssl.SSLContext) -> None:
    with wire(dripping(OK, b"X: y\r\n"), secure) as told:
        late(told.url)
    with wire(endless(OK + b"\r\n", ZEROS), secure) as told:
        refused("chain.answer-too-long", Corrupt, chain_at(told.url, limit=1 << 20).chain_id)


def test_the_environments_proxy_is_asked_and_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with wire(lambda say, _: say(body(GOOD))) as told:
        monkeypatch.setenv("http_proxy", told.url)
        assert chain_at("http://node.invalid:8545/").chain_id() == CHAIN_ID
        assert told.heads[0].startswith(b"POST http://node.invalid:8545/ ")
    with wire(dripping(OK, b"X: y\r\n")) as told:
        monkeypatch.setenv("http_proxy", told.url)
        late("http://node.invalid:8545/")
    with wire(dripping(OK, b"X: y\r\n")) as told:  # before there is any TLS
        monkeypatch.setenv("https_proxy", told.url)
        late("https://node.invalid:8545/")
        assert told.heads[0].startswith(b"CONNECT node.invalid:8545 ")


# ---------------------------------------------------------------------------------------------------------- elsewhere


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("to", ["http", "file", "relative", "none"])
def test_no_redirect_is_followed(status: int, to: str) -> None:
    with wire(lambda say, _: say(body(GOOD))) as inner:
        place = {"http": inner.url, "file": "file:///etc/passwd", "relative": "/other", "none": None}[to]
        header = b"" if place is None else f"Location: {place}\r\n".encode()
        with wire(lambda say, _: say(b"HTTP/1.1 %d Away\r\n%sContent-Length: 0\r\n\r\n" % (status, header))) as told:
            caught = refused("chain.redirected", Unavailable, connect(told.url, BY_OURS, timeout=10).chain_id)
            assert str(status) in caught.cause
            assert inner.url not in caught.cause + caught.cure + str(caught.detail)
        assert (inner.heads, len(told.heads)) == ([], 1)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "unix:///run/geth.ipc", "data:,x", "//host"])
def test_other_schemes_are_refused(url: str) -> None:
    refused("chain.bad-address", Misconfigured, lambda: connect(url, BY_OURS, timeout=1))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
def test_an_address_that_is_no_nodes_is_told_from_a_node_that_is_down(status: int) -> None:
    answer = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status
    with wire(lambda say, _: say(answer)) as told, pytest.raises(Unavailable) as caught:
        chain_at(told.url).chain_id()
    assert (caught.value.code, str(status) in caught.value.cause) == ("chain.not-a-node", True)


@pytest.mark.parametrize("status", [201, 204, 408, 429, 500, 503, 600, 999])
def test_a_status_that_is_no_success_is_no_answer(status: int) -> None:
    with wire(lambda say, _: say(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)) as told:
        refused("chain.unavailable", Unavailable, chain_at(told.url).chain_id)


NO_HTTP = [
    b"",
    b"SSH-2.0-x\r\n",
    b"HTTP/9.9 x\r\n\r\n",
    bytes(100),
    OK + b"Content-Length: -5\r\n\r\n",
    OK + b"Content-Length: x\r\n\r\n{}",
    OK + b"Content-Length: 5\r\n\r\n{",
    OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc",
]


@pytest.mark.parametrize("content", NO_HTTP)
def test_what_is_no_http_is_no_answer(content: bytes) -> None:
    def hang_up(say: Say, _: int) -> None:
        say(content)
        raise OSError

    with wire(hang_up) as told:
        with pytest.raises(OnceledgerError) as caught:
            chain_at(told.url, deadline=5).chain_id()
        assert caught.value.code in ("chain.unavailable", "chain.bad-answer")


def test_a_connection_that_the_node_closed_is_opened_anew() -> None:
    def once(say: Say, _: int) -> None:
        say(body(GOOD, b"Connection: close"))
        raise OSError

    with wire(once) as told:
        chain = chain_at(told.url)
        assert [chain.chain_id() for _ in range(3)] == [CHAIN_ID] * 3
    assert told.connections == 3


def test_a_port_that_nobody_listens_on() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    refused("chain.unavailable", Unavailable, chain_at(f"http://127.0.0.1:{port}").chain_id)
