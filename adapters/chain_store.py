"""The embedded chain's blocks and state on disk: one SQLite file, one owner, one SQLite transaction for each block.

    folder/chain.lock     locked (flock) by the owner while it lives; holds the owner's process id as text
    folder/chain.sqlite   nodes(key, value)            state trie nodes and contract code, named by their Keccak-256
                          blocks(number, hash, header, seals)      header: RLP without seals; seals: 65 bytes each
                          transactions(hash, block, position, sender, gas_used, raw, receipt)
                          logs(block, position, transaction_position, address, topics, data)

``add_block`` is the only way to add. It commits with ``synchronous=FULL``: when it returns, the block survives a
power cut; when it does not, nothing of the block is there. The head is the block of the highest number, so there is no
pointer that could disagree with the blocks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.folder_ownership import FolderOwnership, disk_full, not_writable
from ledger.digest import Digest
from ledger.errors import Corrupt, Misconfigured, Unavailable
from ledger.qbft import SEAL_SIZE

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE nodes (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, header BLOB NOT NULL, seals BLOB NOT NULL);
CREATE TABLE transactions (
  hash BLOB PRIMARY KEY, block INTEGER NOT NULL REFERENCES blocks, position INTEGER NOT NULL, sender BLOB NOT NULL,
  gas_used INTEGER NOT NULL, raw BLOB NOT NULL, receipt BLOB NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX transactions_by_block ON transactions (block, position);
CREATE TABLE logs (
  block INTEGER NOT NULL REFERENCES blocks, position INTEGER NOT NULL, transaction_position INTEGER NOT NULL,
  address BLOB NOT NULL, topics BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (block, position)) WITHOUT ROWID;
CREATE INDEX logs_by_address ON logs (address, block, position);
"""

_TRANSACTION = "SELECT hash, block, position, sender, gas_used, raw, receipt FROM transactions"
_LOG = "SELECT block, position, transaction_position, address, topics, data FROM logs"


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """``header`` is RLP without seals, so its Keccak-256 is ``hash``; ``seals`` are 65 bytes each."""

    number: int
    hash: Digest
    header: bytes
    seals: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class StoredTransaction:
    """A transaction in block ``block`` at ``position``, with its encoded receipt."""

    hash: Digest
    block: int
    position: int
    sender: bytes
    gas_used: int
    raw: bytes
    receipt: bytes


@dataclass(frozen=True, slots=True)
class StoredLog:
    """An event; ``position`` counts within the block, ``transaction_position`` is its transaction's."""

    block: int
    position: int
    transaction_position: int
    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


class ChainStore:
    """Owner of one chain folder. Not for two threads at once: the chain above takes turns."""

    def __init__(self, folder: Path) -> None:
        """Opens ``folder``, which exists, and takes ownership; the file is made when it is missing.

        Raises Misconfigured ``chain.not-writable`` or ``chain.newer-version``, Corrupt ``chain.store-damaged``,
        Unavailable ``chain.owned`` (another process, or this one, has it open), ``chain.disk-full`` or
        ``chain.store-failed``.
        """
        self._lock = FolderOwnership(folder)
        try:
            with _sqlite_errors(folder):
                self._database = sqlite3.connect(
                    folder / "chain.sqlite", isolation_level=None, check_same_thread=False, cached_statements=32
                )
                self._folder = folder
                self._prepare()
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Gives ownership up. Calling it again does nothing."""
        self._database.close()
        self._lock.release()

    def add_block(
        self,
        block: StoredBlock,
        nodes: Mapping[bytes, bytes],
        transactions: Sequence[StoredTransaction],
        logs: Sequence[StoredLog],
    ) -> None:
        """Writes the block whole and durably, or raises and writes nothing.

        Raises Unavailable ``chain.disk-full`` or ``chain.store-failed``, Misconfigured ``chain.not-writable``, Corrupt
        ``chain.store-damaged``.
        """
        with _sqlite_errors(self._folder), self._transaction():
            run = self._database.executemany
            run("INSERT OR IGNORE INTO nodes VALUES (?, ?)", nodes.items())
            run(
                "INSERT INTO blocks VALUES (?, ?, ?, ?)",
                [(block.number, block.hash, block.header, b"".join(block.seals))],
            )
            run(
                "INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(t.hash, t.block, t.position, t.sender, t.gas_used, t.raw, t.receipt) for t in transactions],
            )
            run(
                "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (log.block, log.position, log.transaction_position, log.address, b"".join(log.topics), log.data)
                    for log in logs
                ],
            )

    def forget_genesis(self) -> None:
        """Removes block 0 of a chain whose making was interrupted; the caller knows that no other block exists."""
        with _sqlite_errors(self._folder):
            self._database.execute("DELETE FROM blocks WHERE number = 0")

    def node(self, key: bytes) -> bytes | None:
        """Trie node or code of that hash."""
        row = self._one("SELECT value FROM nodes WHERE key = ?", key)
        return row[0] if row else None

    def head(self) -> StoredBlock | None:
        """The newest block; None before the genesis block is written."""
        return _block(self._one("SELECT number, hash, header, seals FROM blocks ORDER BY number DESC LIMIT 1"))

    def block(self, number: int) -> StoredBlock | None:
        return _block(self._one("SELECT number, hash, header, seals FROM blocks WHERE number = ?", number))

    def block_of_hash(self, block_hash: bytes) -> StoredBlock | None:
        return _block(self._one("SELECT number, hash, header, seals FROM blocks WHERE hash = ?", block_hash))

    def transaction(self, tx_hash: bytes) -> StoredTransaction | None:
        row = self._one(f"{_TRANSACTION} WHERE hash = ?", tx_hash)
        return StoredTransaction(*row) if row else None

    def transactions_of(self, number: int) -> list[StoredTransaction]:
        """Transactions of a block, in order."""
        return [
            StoredTransaction(*row) for row in self._all(f"{_TRANSACTION} WHERE block = ? ORDER BY position", number)
        ]

    def logs_of(self, number: int) -> list[StoredLog]:
        """Events of a block, in order."""
        return [_log(row) for row in self._all(f"{_LOG} WHERE block = ? ORDER BY position", number)]

    def logs_between(self, first: int, last: int, addresses: Sequence[bytes]) -> list[StoredLog]:
        """Events of blocks ``first`` to ``last``, both included, of ``addresses`` (none: of all), in chain order."""
        where = f" AND address IN ({', '.join('?' * len(addresses))})" if addresses else ""
        rows = self._all(f"{_LOG} WHERE block BETWEEN ? AND ?{where} ORDER BY block, position", first, last, *addresses)
        return [_log(row) for row in rows]

    def _prepare(self) -> None:
        run = self._database.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA foreign_keys = ON")
        version = run("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise Misconfigured(
                "chain.newer-version",
                f"The chain in {self._folder} is of version {version}; this software reads {SCHEMA_VERSION}.",
                "Use the newer software that wrote it.",
            )
        if version == 0:
            with self._transaction():
                for statement in _SCHEMA.split(";"):
                    run(statement)
                run(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _one(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        with _sqlite_errors(self._folder):
            row: tuple[Any, ...] | None = self._database.execute(statement, values).fetchone()
            return row

    def _all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with _sqlite_errors(self._folder):
            return self._database.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise


def _block(row: tuple[Any, ...] | None) -> StoredBlock | None:
    if row is None:
        return None
    number, block_hash, header, seals = row
    split = tuple(seals[at : at + SEAL_SIZE] for at in range(0, len(seals), SEAL_SIZE))
    return StoredBlock(number, Digest(block_hash), header, split)


def _log(row: tuple[Any, ...]) -> StoredLog:
    block, position, transaction_position, address, topics, data = row
    return StoredLog(
        block,
        position,
        transaction_position,
        address,
        tuple(topics[at : at + 32] for at in range(0, len(topics), 32)),
        data,
    )


@contextmanager
def _sqlite_errors(folder: Path) -> Iterator[None]:
    """Turns SQLite's errors into the project's."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise Unavailable("chain.closed", "The embedded chain is closed.", "Open it again.") from None
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise disk_full(folder) from None
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            raise not_writable(folder) from None
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT):
            raise Corrupt(
                "chain.store-damaged",
                f"The embedded chain's file in {folder} is damaged.",
                "Restore the folder from a backup.",
            ) from error
        raise Unavailable(
            "chain.store-failed",
            f"The embedded chain's file in {folder} could not be read or written.",
            "Check the disk, then try again.",
        ) from error
