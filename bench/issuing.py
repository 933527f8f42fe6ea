"""Issuing: in memory, stored, on two cores, and how the cost grows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.block_store import BlockStore
from adapters.key_kinds import KeyKind
from adapters.keystore import create_keystore
from adapters.master_key import Purpose, ScryptCost
from adapters.press import PooledPress, SerialPress, uncollected
from adapters.records import open_records
from bench import samples
from bench.figures import Row, at_least, at_most, interleaved
from bench.samples import Bench
from issuers.anchor import Anchoring, anchor
from issuers.issue import issue
from ledger import bundle, merkle
from ledger.bundle import Inclusion
from ledger.errors import Unavailable
from ledger.issuance import secure
from ledger.records import AgencyRow, ImportRow, KeyRow, NewDraft, TypeRow
from ledger.registry_events import Contracts

CHUNK = 500
STORED = 100_000
STORED_ROUNDS = 3
_CHEAP = ScryptCost(1 << 12)


def raw_signing() -> int:
    """The baseline: Ed25519 signatures of 64 bytes with ``cryptography``."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    message = os.urandom(64)
    for _ in range(2_000):
        key.sign(message)
    return 2_000


def issue_in_memory(work: Bench, count: int) -> int:
    """A batch: schema check, proof, leaf, tree, path and final bytes of each."""
    canonical: list[bytes] = []
    leaves = bytearray()
    for first in range(0, count, CHUNK):
        claims = samples.claims(min(CHUNK, count - first), first)
        with uncollected():  # as the product's workers do
            secured = secure(work.frame, work.proof, work.kind, claims, work.key.sign_many, work.secret)
        canonical += secured.canonical
        leaves += b"".join(secured.leaves)
    tree = merkle.Tree.from_leaves(leaves)
    made = 0
    for at, path in enumerate(tree.paths()):
        made += len(bundle.write(canonical[at], (), Inclusion(at, count, path)))
    return count if made else 0


class _NoChain:
    """A chain that is down."""

    def send(self, *_: object) -> None:
        raise Unavailable("chain.unavailable", "There is no chain in this bench.", "")


class Office:
    """A folder with records, content and keys, and approved drafts in it."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        keys = create_keystore(folder / "keys", "bench", cost=_CHEAP)
        wrapping = create_keystore(folder / "wrapping", "bench", Purpose.WRAPPING, cost=_CHEAP)
        keys.create(KeyKind.ISSUING, "key")
        keys.create(KeyKind.SECRET, "agency")
        wrapping.create(KeyKind.WRAPPING, "agency")
        self.serial = SerialPress(keys, wrapping)
        self.records = open_records(f"sqlite:///{folder / 'records.sqlite'}")
        self.blobs = BlockStore(folder / "content")
        kind = samples.kind()
        self.agency = AgencyRow(1, "did:web:tucson.example", "tucson.example", "甲", "A", "admin", "sender", "agency")
        self.type = TypeRow(1, kind.name, "1", kind.context_url("https://root.onceledger.example"), kind.definition)
        self.key = KeyRow(1, 1, "key", keys.issuing_key("key").multikey(), 2**40)
        self.records.save_agency(self.agency)
        self.records.save_type(self.type)
        self.records.save_key(self.key)
        self.imports = 0
        self.add(count)

    def add(self, count: int) -> None:
        """Further approved drafts."""
        self.imports += 1
        header = ImportRow(0, 1, 1, "bench", bytes(32), "clerk", 0, 0, 0, b"{}")
        number = self.records.add_import(header, _drafts(count, self.imports))
        self.records.approve(1, number, "reviewer")

    def issue(self, press: SerialPress | PooledPress, list_size: int = 131_072) -> int:
        """Issue all that is approved and put the batch's tree into the store."""
        count = issue(
            records=self.records,
            blobs=self.blobs,
            press=press,
            agency=self.agency,
            kind=samples.kind(),
            type_row=self.type,
            key=self.key,
            now=lambda: 1_800_000_000,
            random=os.urandom,
            list_size=list_size,
        )
        self.form()
        return count

    def form(self) -> None:
        """Form the batch as anchoring does, up to the point where the chain is asked."""
        work = Anchoring(
            records=self.records,
            blobs=self.blobs,
            chain=_NoChain(),  # type: ignore[arg-type]  # never asked: sending fails first
            sender=_NoChain(),  # type: ignore[arg-type]  # the same
            contracts=Contracts(bytes(20), bytes(20), bytes(20)),
            now=lambda: 1_800_000_000,
            random=os.urandom,
        )
        with suppress(Unavailable):
            anchor(work, agency_id=1, type_id=1, key_id=1, key_hash=bytes(32))

    def forget(self) -> None:
        """Take the batches that wait for a chain out of the way of the next measurement."""
        for batch in self.records.batches(1, "prepared"):
            self.records.batch_refused(batch.batch_id, "bench")

    def close(self) -> None:
        """Give up files."""
        self.blobs.close()
        self.records.close()


def rows() -> Iterator[Row]:
    """All figures of issuing."""
    work = samples.bench()
    for count in (1_000, 10_000):
        own, _, ratio = interleaved(lambda count=count: issue_in_memory(work, count), raw_signing)  # type: ignore[misc]  # mypy cannot type a lambda with a default
        yield at_least(
            f"issue in memory, batch of {count:,}",
            round(1 / own),
            "credentials/s",
            "raw Ed25519 signing",
            ratio,
            0.60,
            0.95,
        )
    yield from _stored()
    yield _growth(work)


def _stored() -> Iterator[Row]:
    """In each round raw signing, one core, raw signing again, two cores: neighbours in time are compared."""
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder), 0)
        rates, against_raw, against_one = [], [], []
        with PooledPress(office.folder / "keys", office.folder / "wrapping", "bench", 2) as pool:
            office.add(5_000)  # the workers start with their first chunks
            _timed(office, pool)
            for _ in range(STORED_ROUNDS):
                before = _rate(raw_signing)
                office.add(STORED)
                one = _timed(office, office.serial)
                after = _rate(raw_signing)
                office.add(STORED)
                two = _timed(office, pool)
                rates.append((one, two))
                against_raw.append(2 * one / (before + after))
                against_one.append(two / one)
        office.close()
    yield at_least(
        f"issue stored, {STORED:,}",
        round(median(one for one, _ in rates)),
        "credentials/s",
        "raw Ed25519 signing",
        median(against_raw),
        0.35,
        0.55,
    )
    yield at_least(
        f"issue stored on two cores, {STORED:,}",
        round(median(two for _, two in rates)),
        "credentials/s",
        "one core",
        median(against_one),
        1.6,
        1.85,
    )


def _timed(office: Office, press: SerialPress | PooledPress) -> float:
    start = perf_counter()
    done = office.issue(press)
    seconds = perf_counter() - start
    office.forget()
    return done / seconds


def _growth(work: Bench) -> Row:
    small, large, _ = interleaved(lambda: _many(work), lambda: issue_in_memory(work, 100_000), rounds=3)
    return at_most(
        "cost per credential, 100,000 against 1,000",
        round(large * 1e6, 1),
        "µs",
        1.15,
        1.05,
        against="batch of 1,000",
        ratio=large / small,
    )


def _many(work: Bench) -> int:
    return sum(issue_in_memory(work, 1_000) for _ in range(20))


def _rate(work: Callable[[], int]) -> float:
    """The median rate of several runs."""
    rates = []
    for _ in range(9):
        start = perf_counter()
        done = work()
        rates.append(done / (perf_counter() - start))
    return median(rates)


def _drafts(count: int, series: int) -> Iterator[list[NewDraft]]:
    known = samples.subjects()
    for first in range(0, count, 2_000):
        yield [
            NewDraft(at, f"B-{series}-{at}", known[at % len(known)], "2026-01-01T00:00:00-07:00", None)
            for at in range(first, min(first + 2_000, count))
        ]
