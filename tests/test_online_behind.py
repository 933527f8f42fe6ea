"""An office asks its own node about its certificates, and the node lies: what the office knows already is not
forgotten, by HTTP (``POST /agencies/{id}/verify``) or on the command line (``verify --online``)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_client import Client
from api_client import serving as http_of
from cli_office import Outcome, run
from embedded import VALIDATORS, word
from node_scene import Behind
from nodes import Changed, node, serving
from office import Office, new_office
from test_lying_node import refused
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from adapters.embedded_chain import EmbeddedChain
from adapters.embedded_provider import EmbeddedProvider
from api.tokens import Role
from ledger.credential_states import Action
from ledger.errors import Corrupt, Unavailable
from ledger.policy import DEFAULT, Policy
from ledger.registry_events import KeyCompromised, topic_of
from ledger.trust_pack_signing import pinned_root
from offices import agencies, evidence
from offices.online import online_verifier
from offices.status import change

Verdict = tuple[str, str]
VALID: Verdict = ("valid", "policy.passed")
COMPROMISED: Verdict = ("invalid", "key.compromised-before-anchor")


class Switch(BaseProvider):
    """The office's node: honest until ``lie`` is another one."""

    def __init__(self, honest: BaseProvider) -> None:
        super().__init__()
        self.honest = honest
        self.lie: BaseProvider | None = None

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        return (self.lie or self.honest).make_request(method, params)


@dataclass
class Networked:
    """An office on a network, with one anchored certificate and a trust pack, and its node."""

    office: Office
    node: Switch
    validators: list[bytes]
    http: Client

    @property
    def number(self) -> str:
        return "N-0"

    def head(self) -> int:
        return self.office.inst.chain.head().number

    def make_pack(self, **more: Any) -> bytes:
        soon = datetime.now(UTC) + timedelta(days=30)
        return evidence.make_trust_pack(
            self.office.inst, expires=soon, root_expires=soon, validators=self.validators, **more
        )

    def compromise(self) -> None:
        agencies.declare_compromise(self.office.inst, self.office.key.key_id, self.office.inst.chain.head().time - 3600)

    def hide(self, number: int) -> None:
        """From now on the node's newest block is that one."""
        self.node.lie = Behind(self.node.honest, number)

    def by_pack(self) -> Verdict:
        bundle = json.loads(evidence.bundle_of(self.office.inst, self.office.row(self.number)))
        told = self.http.post("/verify", json={"bundle": bundle}).json()
        return told["result"], told["code"]

    def by_http(self, **policy: Any) -> Verdict | tuple[int, str]:
        body = {"type": self.office.type.name, "business_numbers": [self.number], "policy": policy or None}
        answer = self.http.post(
            f"/agencies/{self.office.agency.agency_id}/verify",
            Role.AUDITOR,
            json=body,
        )
        told = answer.json()
        if answer.status_code != 200:
            assert set(told) & {"verdicts"} == set()
            return answer.status_code, told["code"]
        (verdict,) = told["verdicts"]
        return verdict["result"], verdict["code"]

    def by_command(self) -> Outcome:
        chosen = self.office.inst.settings
        return run(
            "verify",
            "--online",
            "--json",
            stdin=self.number.encode(),
            data=str(chosen.data),
            passphrase=chosen.secret(),
            chain_url=chosen.chain_url,
            validators=chosen.validators,
        )

    def refuse(self, code: str) -> None:
        """Neither door gives a verdict."""
        assert self.by_http() == (503, code)
        told = self.by_command()
        assert (told.code, told.problem["code"], told.out) == (3, code, "")

    def verifier(self, *, now: datetime, policy: Policy = DEFAULT) -> Any:
        inst = self.office.inst
        root = pinned_root(evidence.newest_pack(inst))
        return online_verifier(inst, pinned_root=root, now=now, as_of=None, policy=policy)


@contextmanager
def chain_at(folder: Path) -> Iterator[EmbeddedChain]:
    chain = EmbeddedChain.create(folder, chain_id=20161, validators=VALIDATORS, clock=lambda: int(time.time()))
    try:
        yield chain
    finally:
        chain.close()


@pytest.fixture
def networked(tmp_path: Path) -> Iterator[Networked]:
    with chain_at(tmp_path / "chain") as chain:
        switch = Switch(EmbeddedProvider(chain))
        names = ",".join("0x" + one.hex() for one in chain.validators)
        with (
            serving(node(switch)) as url,
            new_office(tmp_path / "data", chain_url=url, validators=names) as office,
        ):
            office.draft(1)
            office.issue()
            office.anchor()
            office.publish()
            with http_of(office.inst) as client:
                made = Networked(office, switch, list(chain.validators), client)
                made.make_pack()
                yield made


def test_what_the_offices_newest_pack_says_is_not_forgotten(networked: Networked) -> None:
    assert networked.by_pack() == networked.by_http() == VALID
    assert networked.by_command().code == 0
    before = networked.head()
    networked.compromise()
    networked.make_pack()
    assert networked.by_pack() == COMPROMISED
    networked.hide(before)
    networked.refuse("online.node-behind")
    assert networked.by_pack() == COMPROMISED  # offline it is known all the time
    networked.node.lie = None
    assert networked.by_http() == COMPROMISED
    told = networked.by_command()
    assert (told.code, told.json["verdicts"][0]["code"]) == (1, COMPROMISED[1])


def test_the_same_where_nobody_verified_by_number_before(networked: Networked) -> None:
    """No walk was kept: the pack alone tells."""
    before = networked.head()
    networked.compromise()
    networked.make_pack()
    networked.hide(before)
    networked.refuse("online.node-behind")


@pytest.mark.parametrize("door", ["http", "command"])
def test_a_block_that_was_walked_before_is_not_forgotten(networked: Networked, door: str) -> None:
    """The pack is older than the compromise; both doors keep one walk."""
    before = networked.head()
    networked.compromise()
    if door == "http":
        assert networked.by_http() == COMPROMISED
    else:
        assert networked.by_command().code == 1
    networked.hide(before)
    networked.refuse("online.node-behind")


def test_a_list_that_the_office_published_is_not_forgotten(networked: Networked) -> None:
    before = networked.head()
    office = networked.office
    change(office.inst, office.agency, office.type, [networked.number], Action.REVOKE, actor="wang")
    office.publish()
    networked.hide(before)
    networked.refuse("online.node-behind")
    networked.node.lie = None
    assert networked.by_http() == ("invalid", "status.revoked")


def test_versions_of_lists_are_not_the_nodes_word(networked: Networked) -> None:
    """The node calls the version that the records have the newest; the walk over the blocks tells."""
    inst = networked.office.inst
    networked.office.publish()
    held = inst.settings.data / "records.sqlite"
    assert networked.by_http() == VALID
    inst.records.close()
    kept = held.read_bytes()
    networked.node.lie = Changed(networked.node.honest, "eth_call", lambda _: "0x" + word(9).hex())
    assert networked.by_command().code == 0  # nobody asks
    networked.node.lie = None
    changes = {"data": str(inst.settings.data), "passphrase": inst.settings.secret()}
    chain = {"chain_url": inst.settings.chain_url, "validators": inst.settings.validators}
    assert run("hold", "--by", "wang", stdin=b"N-0", **changes, **chain).code == 0
    assert run("publish", **changes, **chain).code == 0
    for leftover in ("records.sqlite-wal", "records.sqlite-shm"):
        (held.parent / leftover).unlink(missing_ok=True)
    held.write_bytes(kept)
    networked.node.lie = Changed(networked.node.honest, "eth_call", lambda _: "0x" + word(1).hex())
    told = networked.by_command()
    assert (told.code, told.problem["code"], told.out) == (3, "online.status-behind", "")


def without_compromise(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in logs if one["topics"][0] != "0x" + topic_of(KeyCompromised).hex()]


@pytest.mark.parametrize(
    ("method", "hiding", "code"),
    [
        ("eth_getLogs", without_compromise, None),
        ("eth_getBlockReceipts", lambda told: [one | {"logs": []} for one in told], "chain.false-receipts"),
        ("eth_getBlockByNumber", lambda told: told | {"logsBloom": "0x" + "00" * 256}, "chain.false-header"),
    ],
)
def test_what_the_node_leaves_out_of_a_block_is_missed(
    networked: Networked, method: str, hiding: Callable[[Any], Any], code: str | None
) -> None:
    networked.compromise()
    networked.node.lie = Changed(networked.node.honest, method, hiding)
    now = datetime.now(UTC)
    if code is None:  # its list of events is not what an answer rests on
        assert networked.by_http() == COMPROMISED
    else:
        refused(code, Corrupt, lambda: networked.verifier(now=now))


def test_a_newest_block_that_is_too_old_is_none(networked: Networked) -> None:
    late = datetime.now(UTC) + timedelta(days=8)
    refused("online.head-too-old", Unavailable, lambda: networked.verifier(now=late))
    assert networked.verifier(now=late, policy=Policy(max_status_age=None)) is not None


def test_the_embedded_chain_has_no_node_that_could_hide_blocks(tmp_path: Path) -> None:
    """It makes no block while there is nothing to do: its age says nothing. How old a status is is told as ever."""
    with new_office(tmp_path / "data") as office:
        office.draft(1)
        office.issue()
        office.anchor()
        office.publish()
        soon = datetime.now(UTC) + timedelta(days=30)
        root = pinned_root(evidence.make_trust_pack(office.inst, expires=soon, root_expires=soon))
        late = datetime.now(UTC) + timedelta(days=8)
        verifier = online_verifier(office.inst, pinned_root=root, now=late, as_of=None, policy=Policy())
        told = verifier.verify_bytes(evidence.bundle_of(office.inst, office.row("N-0")))
        assert told.decisive.code == "policy.status-too-old"


def test_no_trust_pack_is_made_behind_a_block_that_was_walked(networked: Networked) -> None:
    """Else the next pack would take back a compromise that the last one lists; a block that is named may be earlier."""
    inst, before = networked.office.inst, networked.head()
    networked.compromise()
    pack = networked.make_pack()
    walked = inst.records.note("chain-walked")
    networked.hide(before)
    refused("online.node-behind", Unavailable, networked.make_pack)
    assert evidence.newest_pack(inst) == pack
    networked.node.lie = None
    earlier = evidence.derive(inst, evidence.newest_description(inst), block=before)
    assert earlier.description.block == before
    assert inst.records.note("chain-walked") == walked
    assert evidence.derive(inst, evidence.newest_description(inst)).description.block == networked.head()
