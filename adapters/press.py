"""Securing and sealing chunks of credentials, in this process or in several.

Each worker opens the key stores itself: keys do not travel. A chunk that goes out comes back whole and in order; the
process that asked writes store and records, so that workers share nothing and nothing can be half done.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from adapters.keystore import Keystore, open_keystore
from ledger.credential_type import CredentialType, parse_type
from ledger.issuance import secure, template
from ledger.key_envelope import NONCE_SIZE
from ledger.pressing import Chunk, Pressed
from ledger.sealing import DATA_KEY_SIZE, seal_many

_AHEAD: Final = 2
"""Chunks in flight per worker: one being worked on, one waiting, so that memory stays flat and nobody idles."""


_NICENESS: Final = 10


class SerialPress:
    """Works in the calling process."""

    def __init__(self, keys: Keystore, wrapping: Keystore, random: Callable[[int], bytes] = os.urandom) -> None:
        self._keys = keys
        self._wrapping = wrapping
        self._random = random

    def __call__(self, chunks: Iterable[Chunk]) -> Iterator[Pressed]:
        """Each chunk's answers, in order. Raises what signing and sealing raise."""
        with uncollected():
            for chunk in chunks:
                yield self.press(chunk)

    def press(self, chunk: Chunk) -> Pressed:
        """One chunk."""
        with uncollected():
            return self._press(chunk)

    def _press(self, chunk: Chunk) -> Pressed:
        count = len(chunk.claims)
        secured = secure(
            chunk.frame,
            template(chunk.frame, chunk.verification_method, chunk.created),
            _kind(chunk.definition),
            chunk.claims,
            self._keys.issuing_key(chunk.key_name).sign_many,
            self._keys.secret(chunk.commitment_key).reveal(),
        )
        data_keys = self._random(DATA_KEY_SIZE * count)
        sealed = seal_many(secured.canonical, data_keys)
        wrapped = self._wrapping.wrapping_key(chunk.wrapping_key).wrap_many(
            data_keys, chunk.claims.uuids, self._random(NONCE_SIZE * count)
        )
        return Pressed(sealed, wrapped, secured.leaves, secured.commitments)


class PooledPress:
    """Works in ``workers`` processes of its own; use it as a context manager."""

    def __init__(self, keys: Path, wrapping: Path, passphrase: str, workers: int) -> None:
        self._workers = workers
        self._pool = ProcessPoolExecutor(
            workers, get_context("spawn"), initializer=_open_worker, initargs=(keys, wrapping, passphrase)
        )

    def __call__(self, chunks: Iterable[Chunk]) -> Iterator[Pressed]:
        """Each chunk's answers, in order; a few chunks are under way at a time."""
        waiting: deque[Future[Pressed]] = deque()
        with uncollected(), _quick_turns():
            for chunk in chunks:
                waiting.append(self._pool.submit(_press, chunk))
                if len(waiting) >= _AHEAD * self._workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the cycle collector: a chunk makes tens of thousands of containers and not one cycle, and being woken by
    their number the collector would walk all of them again and again, a fifth of the whole time. A press that is asked
    for its answers one by one is in here until the last, and so is what is done with them meanwhile."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Threads of this process take turns ten times as often: workers wait with their answers until a thread of the pool
    has its turn to read them, beside the one that writes store and records."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(before / 10)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@lru_cache(maxsize=64)
def _kind(definition: bytes) -> CredentialType:
    return parse_type(definition)


_worker: SerialPress | None = None


def _open_worker(keys: Path, wrapping: Path, passphrase: str) -> None:
    global _worker
    # The process that asks writes store and records, and everybody waits for it: it goes first where cores are few.
    os.nice(_NICENESS)
    _worker = SerialPress(open_keystore(keys, passphrase), open_keystore(wrapping, passphrase))


def _press(chunk: Chunk) -> Pressed:
    assert _worker is not None
    return _worker.press(chunk)
