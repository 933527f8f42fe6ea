"""The one place that chooses adapters: from settings to an installation whose ports the use cases take.

data/chain/           the embedded chain, when no node is named
data/keys/            signing keys and accounts      data/wrapping/   wrapping keys (keep them out of backups)
data/records.sqlite   records                        data/content/    sealed content and trees
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from web3 import Web3

from adapters.block_store import BlockStore
from adapters.durable_folder import make_folder, sync_folder
from adapters.embedded_chain import EmbeddedChain
from adapters.embedded_provider import EmbeddedProvider
from adapters.evm import EvmChain, connect
from adapters.key_kinds import KeyKind
from adapters.keystore import DEFAULT_COST, KEY_SUFFIX, Keystore, create_keystore, open_keystore
from adapters.master_key import Purpose, ScryptCost
from adapters.pack_validators import PackValidators
from adapters.press import PooledPress, SerialPress
from adapters.private_place import refuse_open_folder
from adapters.records import SqlRecords, open_records
from adapters.sealing_validators import SealingValidators
from adapters.settings import Settings
from adapters.transaction_sender import TransactionSender
from contracts.artifacts import CONTRACTS, load
from ledger import canonical_json
from ledger.chain_port import Chain
from ledger.errors import Conflict, Misconfigured, NotFound
from ledger.keccak import keccak256
from ledger.pressing import Press
from ledger.registry_events import Contracts
from ledger.remembered_anchors import RememberedAnchors
from ledger.trust_description import ValidatorSet
from ledger.trusted_validators import TrustedValidators

VALIDATORS: Final = 4
MEMBERS: Final = 3
"""Ministries of the root authority that an embedded installation holds the keys of."""

THRESHOLD: Final = 2
CARRIER: Final = "carrier"
"""Account that carries signed decisions to the chain; it has no rights of its own."""

MIN_PASSPHRASE: Final = 8
"""Characters of a new installation's passphrase."""

TRUST_PACK_NOTE: Final = "trust-pack"
"""Under which the records keep the newest trust pack."""

_CONTRACTS_NOTE: Final = "contracts"
_PARTS: Final = ("wrapping", "chain", "content", "keys")
"""Folders of an installation, in the order in which they move to their places."""

_UNFINISHED: Final = "installation.unfinished"


@dataclass(frozen=True, slots=True)
class Installation:
    """Everything that an installation has open. ``embedded`` is there when the chain runs in this process."""

    settings: Settings
    keys: Keystore
    wrapping: Keystore
    records: SqlRecords
    blobs: BlockStore
    chain: Chain
    embedded: EmbeddedChain | None
    anchors: RememberedAnchors = field(default_factory=RememberedAnchors)

    def sender(self, account: str, agency_id: int = 0) -> TransactionSender:
        """The sender of an account, by the name of its key."""
        return TransactionSender(
            self.chain, self.records, self.keys.account(account), agency_id=agency_id, pause=time.sleep
        )

    def contracts(self) -> Contracts:
        """Addresses of the registries. Raises NotFound ``registry.not-deployed``."""
        noted = self.records.note(_CONTRACTS_NOTE)
        if noted is None:
            raise NotFound(
                "registry.not-deployed", "The registries are not on the chain yet.", "Run `onceledger root deploy`."
            )
        found = canonical_json.parse(noted)
        return Contracts(**{name: bytes.fromhex(found[name]) for name in ("trust", "anchor", "status")})

    def note_contracts(self, contracts: Contracts) -> None:
        """Remember the addresses."""
        named = {"trust": contracts.trust, "anchor": contracts.anchor, "status": contracts.status}
        self.records.save_note(
            _CONTRACTS_NOTE, canonical_json.canonicalize({name: address.hex() for name, address in named.items()})
        )

    @contextmanager
    def press(self) -> Iterator[Press]:
        """What secures and seals: this process, or the worker processes of the settings."""
        if self.settings.workers == 1:
            yield SerialPress(self.keys, self.wrapping)
        else:
            folder = self.settings.data
            with PooledPress(
                folder / "keys", folder / "wrapping", self.settings.secret(), self.settings.workers
            ) as pool:
                yield pool


def now() -> int:
    """Unix seconds."""
    return int(time.time())


def random(count: int) -> bytes:
    """So many unpredictable bytes."""
    return os.urandom(count)


def bytecode() -> dict[str, bytes]:
    """Creation code of the three registries, by name."""
    return {name: load(name).bytecode for name in CONTRACTS}


def create_installation(settings: Settings, *, cost: ScryptCost = DEFAULT_COST) -> None:
    """Make the data folder of a new installation: key stores, validators and the embedded chain, records, content.

    Whole or not at all: the parts are made beside their places, and the keys, without which there is no installation,
    move last. An installation that was cut off is made anew, or its last moves are made up for.

    The data folder is its owner's alone. Raises Conflict ``installation.exists``, Misconfigured
    ``installation.open-to-others`` or ``settings.passphrase-short``; whatever the parts raise.
    """
    # Before anything is made: without a passphrase there will be no keys.
    if len(settings.secret()) < MIN_PASSPHRASE:
        raise Misconfigured(
            "settings.passphrase-short",
            f"The passphrase has fewer than {MIN_PASSPHRASE} characters: whoever copies the key files guesses it.",
            f"Choose one of at least {MIN_PASSPHRASE} characters; several words that do not belong together are best.",
            count=MIN_PASSPHRASE,
        )
    folder = settings.data
    building = folder / _UNFINISHED
    make_folder(folder)
    refuse_open_folder(folder)
    present = [part for part in _PARTS if (folder / part).exists()]
    if "keys" in present or (present and not building.exists()):
        raise Conflict(
            "installation.exists", "There is an installation in the data folder already.", "Choose another folder."
        )
    if not present:
        try:
            if building.exists():
                shutil.rmtree(building)
            make_folder(building)
            _build(building, settings, cost)
            open_records(settings.records_url).close()
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    for part in _PARTS:
        if (building / part).exists():
            (building / part).rename(folder / part)
    sync_folder(folder)
    building.rmdir()


def _build(folder: Path, settings: Settings, cost: ScryptCost) -> None:
    """The parts of an installation, closed."""
    secret = settings.secret()
    keys = create_keystore(folder / "keys", secret, cost=cost)
    create_keystore(folder / "wrapping", secret, Purpose.WRAPPING, cost=cost)
    keys.create(KeyKind.ACCOUNT, CARRIER)
    if not settings.chain_url:
        for number in range(1, VALIDATORS + 1):
            keys.create(KeyKind.SECRET, f"validator-{number}")
        EmbeddedChain.create(
            folder / "chain", chain_id=settings.chain_id, validators=_validators(keys), clock=now
        ).close()
    BlockStore(folder / "content").close()


@contextmanager
def open_installation(settings: Settings) -> Iterator[Installation]:
    """Open everything, and close it at the end. Raises NotFound ``installation.missing``, Misconfigured
    ``installation.open-to-others``; whatever the parts raise."""
    folder = settings.data
    if not (folder / "keys").exists():
        raise _missing(folder)
    refuse_open_folder(folder)
    secret = settings.secret()
    with ExitStack() as stack:
        keys = open_keystore(folder / "keys", secret)
        wrapping = open_keystore(folder / "wrapping", secret)
        embedded = None
        if settings.chain_url:
            seals = PackValidators(settings.validators, lambda: records.note(TRUST_PACK_NOTE))
            chain = connect(settings.chain_url, seals, timeout=settings.chain_timeout, error_names=error_names())
        else:
            embedded = EmbeddedChain.open(folder / "chain", validators=_validators(keys), clock=now)
            stack.callback(embedded.close)
            own = TrustedValidators((ValidatorSet(0, None, embedded.validators),))
            chain = EvmChain(Web3(EmbeddedProvider(embedded)), own.require_sealed, error_names=error_names())
        records = open_records(settings.records_url)
        stack.callback(records.close)
        blobs = BlockStore(folder / "content")
        stack.callback(blobs.close)
        yield Installation(settings, keys, wrapping, records, blobs, chain, embedded)


@contextmanager
def records_alone(settings: Settings) -> Iterator[tuple[SqlRecords, frozenset[str]]]:
    """The records, and the names of the signing keys: without the passphrase, and beside a service that runs.

    Raises NotFound ``installation.missing``; whatever the records raise.
    """
    keys = settings.data / "keys"
    if not keys.exists():
        raise _missing(settings.data)
    names = frozenset(path.name.removesuffix(KEY_SUFFIX) for path in keys.glob(f"*{KEY_SUFFIX}"))
    records = open_records(settings.records_url)
    try:
        yield records, names
    finally:
        records.close()


def _missing(folder: Path) -> NotFound:
    return NotFound(
        "installation.missing",
        f"There is no installation in the data folder {folder.absolute()}.",
        "Run `onceledger init`, or name the right folder with --data or ONCELEDGER_DATA.",
        name=str(folder.absolute()),
    )


def error_names() -> dict[bytes, str]:
    """Selector -> name of the registries' own errors, for messages."""
    found = {}
    for name in CONTRACTS:
        for item in load(name).abi:
            if item["type"] == "error":
                types = ",".join(argument["type"] for argument in item["inputs"])
                found[keccak256(f"{item['name']}({types})".encode())[:4]] = str(item["name"])
    return found


def read_file(path: Path, limit: int) -> bytes:
    """At most ``limit`` bytes of a file; one byte more when it is longer, so that the reader sees it."""
    with path.open("rb") as stream:
        return stream.read(limit + 1)


def _validators(keys: Keystore) -> SealingValidators:
    return SealingValidators([keys.secret(f"validator-{number}").reveal() for number in range(1, VALIDATORS + 1)])
