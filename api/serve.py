"""Running the application: uvicorn on a socket of ours, until a signal says that it is enough.

SIGTERM and SIGINT end it in order: no new connections, requests under way are answered (those that take longer than
``GRACE`` are cut off, their work in the records is finished or undone), the worker ends its step, everything is closed.
A kill at any other moment costs nothing that was acknowledged: records, store and chain are crash-safe by themselves.
"""

from __future__ import annotations

import errno
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from adapters.bootstrap import open_installation
from adapters.settings import Settings
from api.app import create_app
from api.tokens import Tokens
from ledger.errors import Misconfigured

GRACE: Final = 20
"""Seconds for requests under way when the service is told to stop."""

_BACKLOG: Final = 128
_HIGHEST_PORT: Final = 65_535
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_LOG: Final = logging.getLogger("onceledger.serve")


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the installation of ``settings`` until a signal. Call it from the main thread.

    Raises Misconfigured ``serve.port-in-use``, ``serve.port-forbidden`` or ``serve.address``; ``tokens.*``; what
    opening the installation raises.
    """
    with listening(host, port) as listener, open_installation(settings) as inst:
        tokens = Tokens(settings.tokens_path)
        log_to_stderr()
        if not tokens.count:
            # The agency by its number: by name it would be looked up in the records, which are open here.
            number = next((row.agency_id for row in inst.records.agencies()), 1)
            advice = f"onceledger token add --agency {number} --role clerk --name NAME"
            _LOG.warning("%s holds no token, so nobody can write: %s", settings.tokens_path, advice)
        address = listener.getsockname()
        if links_lead_elsewhere(settings, address[1]):
            _LOG.warning(
                "links in answers begin with %s, and this service listens on port %d: set ONCELEDGER_PUBLIC_URL",
                settings.public_url,
                address[1],
            )
        run(
            create_app(inst, tokens=tokens),
            listener,
            lambda: _LOG.info("serving %s on %s port %d", settings.data, address[0], address[1]),
        )


def links_lead_elsewhere(settings: Settings, port: int) -> bool:
    """Whether nobody said under which address the service is reached, and the default has another port."""
    return "public_url" not in settings.model_fields_set and urlsplit(settings.public_url).port != port


def run(app: FastAPI, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve ``app`` on a bound socket until a signal; ``ready`` is called once requests are answered."""
    config = uvicorn.Config(
        app,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    with _signals_end_quietly():
        _Server(config, ready).run(sockets=[listener])


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A bound TCP socket; port 0 takes any free one. Raises Misconfigured ``serve.port-in-use``,
    ``serve.port-forbidden`` or ``serve.address``."""
    if not 0 <= port <= _HIGHEST_PORT:  # getaddrinfo would take the remainder by 65,536
        raise _bad_address(host, port)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError):
        raise _bad_address(host, port) from None
    with listener:
        # Connections of a process that was stopped a moment ago do not keep its port; a listening one does.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError as error:
            raise _refused(error, host, port) from None
        yield listener


def log_to_stderr() -> None:
    """One line per message, on standard error."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class _Server(uvicorn.Server):
    """uvicorn, which says when it has started."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            # Python's collector stops all threads while it looks through what is alive. What is there now stays, and
            # need not be looked through each time that somebody sends a body of a hundred thousand values.
            gc.collect()
            gc.freeze()
            self._ready()


@contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """uvicorn raises the signal that ended it once more, when its own work is done. Ours, closing, is not."""

    def ignore(number: int, frame: FrameType | None) -> None:
        pass

    before = {number: signal.signal(number, ignore) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refused(error: OSError, host: str, port: int) -> Misconfigured:
    if error.errno == errno.EADDRINUSE:
        return Misconfigured(
            "serve.port-in-use",
            f"Port {port} on {host} is in use.",
            "Stop what listens there, or choose another with --port.",
        )
    if error.errno == errno.EACCES:
        return Misconfigured(
            "serve.port-forbidden",
            f"This user may not listen on port {port}.",
            "Choose a port from 1024 on, and put a web server in front.",
        )
    return _bad_address(host, port)


def _bad_address(host: str, port: int) -> Misconfigured:
    return Misconfigured(
        "serve.address",
        f"There is no address {host} port {port} to listen on here.",
        "Use 127.0.0.1, or an address of this machine, and a port from 1 to 65535.",
    )
