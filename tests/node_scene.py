"""A third party with files and a node: an office's chain behind HTTP, and somebody without any installation.

Nothing of the installation behind the node is used: settings and passphrase are not set, the data folder is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cli_office import ISSUED, Files, Outcome, office_files, run
from nodes import node, serving
from office import Office, settings
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from adapters.bootstrap import open_installation
from adapters.embedded_provider import EmbeddedProvider
from ledger import trust_pack_files, trust_reading
from ledger.kept_walk import KeptWalk
from ledger.policy import Policy
from ledger.trust_description import TrustDescription
from offices import agencies, by_node, evidence
from verifiers.verify import AsOfNode


class Counting(BaseProvider):
    """Remembers what it was asked."""

    def __init__(self, honest: BaseProvider) -> None:
        super().__init__()
        self.honest = honest
        self.asked: list[tuple[str, Any]] = []

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        self.asked.append((method, params))
        return self.honest.make_request(method, params)

    def headers(self) -> int:
        """Blocks asked for by number and without their transactions, the genesis block apart."""
        blocks = [params for method, params in self.asked if method == "eth_getBlockByNumber"]
        return sum(tag not in ("latest", "0x0") and not full for tag, full in blocks)


class Behind(BaseProvider):
    """Its newest block is ``number``: the later ones it hides, also in its lists of events."""

    def __init__(self, honest: BaseProvider, number: int) -> None:
        super().__init__()
        self.honest, self.number = honest, number

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if method == "eth_getBlockByNumber" and params[0] == "latest":
            params = [hex(self.number), *params[1:]]
        if method == "eth_getLogs":
            params = [params[0] | {"toBlock": hex(min(self.number, int(params[0]["toBlock"], 16)))}]
        return self.honest.make_request(method, params)


@dataclass
class Scene:
    """An office with anchored certificates, what it handed out, and where the third party keeps what it remembers."""

    office: Office
    files: Files
    state: Path

    @property
    def honest(self) -> BaseProvider:
        assert self.office.inst.embedded is not None
        return EmbeddedProvider(self.office.inst.embedded)

    @property
    def trust(self) -> TrustDescription:
        """What the pack describes."""
        return trust_reading.parse(trust_pack_files.read(self.files.trust_pack.read_bytes()).trust)

    def head(self) -> int:
        return self.office.inst.chain.head().number

    def hand_out(self) -> None:
        """The next trust pack, and the lists."""
        soon = datetime.now(UTC) + timedelta(days=7)
        self.files.trust_pack.write_bytes(evidence.make_trust_pack(self.office.inst, expires=soon, root_expires=soon))
        self.hand_out_lists()

    def hand_out_lists(self) -> None:
        self.files.status_pack.write_bytes(evidence.status_pack_of(self.office.inst))

    def bundle_of(self, number: str) -> Path:
        path = self.files.bundles.parent / f"{number}.bundle.json"
        path.write_bytes(evidence.bundle_of(self.office.inst, self.office.row(number)))
        return path

    def offline(self, *more: str | Path, path: Path | None = None, **environment: str) -> Outcome:
        files = self.files
        trust = ("--trust-pack", files.trust_pack, "--root", files.root, "--status-pack", files.status_pack)
        nowhere = str(files.bundles.parent / "no-installation")
        return run("verify", path or files.bundle(), *trust, *more, **({"data": nowhere} | environment))

    def online(self, provider: BaseProvider | None = None, *more: str | Path, path: Path | None = None) -> Outcome:
        """At a node over HTTP; an honest one if none is named."""
        with serving(node(provider or self.honest)) as url:
            return self.offline("--node", url, *more, *(() if "--lang" in more else ("--json",)), path=path)

    def ask(self, trust: TrustDescription, **more: Any) -> AsOfNode:
        """The use case, without the door and its files."""
        asked: dict[str, Any] = {"now": datetime.now(UTC), "policy": Policy(), "name": "node", "kept": None}
        with serving(node(self.honest)) as url:
            chain = by_node.node_of(url, trust, timeout=5)
            return by_node.ask_node(chain, trust, **(asked | {"keep": lambda _: None} | more))

    def compromise(self) -> None:
        agencies.declare_compromise(self.office.inst, self.office.key.key_id, self.office.inst.chain.head().time - 3600)

    def kept_file(self) -> Path:
        (found,) = (self.state / "onceledger").glob("chain-walked-*.bin")
        return found

    def kept(self) -> KeptWalk:
        return KeptWalk.from_bytes(self.kept_file().read_bytes())

    def tamper(self, **walked: Any) -> None:
        """A forger's file: another walk under a digest that fits."""
        known = self.kept()
        self.kept_file().write_bytes(replace(known, walked=replace(known.walked, **walked)).to_bytes())


@contextmanager
def new_scene(folder: Path, state: Path) -> Iterator[Scene]:
    """A copy of its own; nothing of an installation is made where the third party is."""
    files = office_files(folder)
    with open_installation(settings(files.data)) as inst:
        (agency,) = inst.records.agencies()
        (kind,) = inst.records.types()
        (key,) = inst.records.keys(agency.agency_id)
        yield Scene(Office(inst, agency, kind, key, ISSUED), files, state)
    assert not (folder / "no-installation").exists()


def refused(told: Outcome, code: str) -> None:
    """Nothing was checked, and nothing is said of the certificate."""
    assert (told.code, told.problem["code"], told.out) == (3, code, "")
