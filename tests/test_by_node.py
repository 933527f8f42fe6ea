"""``verify --node``: what an answer rests on, and what a node that lies, falls behind or is gone can do to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from lying_node import Inventing, hexed
from node_scene import Behind, Counting, Scene, new_scene, refused
from nodes import Changed, node, serving
from office import new_office
from test_lying_node import invented
from web3.types import RPCEndpoint

from adapters.embedded_provider import EmbeddedProvider
from ledger import qbft
from ledger.credential_states import Action
from ledger.errors import Corrupt
from ledger.label import Label
from ledger.registry_events import KeyCompromised, topic_of
from offices import agencies
from offices.issuing import publish_lists
from offices.root import NewAgency, accredit_agency, add_agency, add_type, new_key
from offices.status import change

Json = dict[str, Any]


@pytest.fixture
def scene(tmp_path: Path, state_folder: Path) -> Iterator[Scene]:
    with new_scene(tmp_path / "office", state_folder) as made:
        yield made


def test_valid_as_of_the_nodes_newest_block(scene: Scene) -> None:
    told = scene.online()
    assert (told.code, told.json["result"]) == (0, "valid")
    head, chain = scene.office.inst.chain.head(), scene.office.inst.chain
    shown = told.json["node"]
    assert shown["address"].startswith("http://127.0.0.1:")
    assert (shown["chain"], shown["block"]) == (chain.chain_id(), head.number)
    assert datetime.fromisoformat(shown["time"]).timestamp() == head.time
    assert 0 <= shown["ageSeconds"] <= time.time() - head.time + 1
    assert told.json["trustPack"]["usable"] is True
    assert "node" not in scene.offline("--json").json


@pytest.mark.parametrize(("language", "line"), [("zh", "截至第 {} 号区块"), ("en", "As of block {} ")])
def test_people_read_how_new_it_is(scene: Scene, language: str, line: str) -> None:
    told = scene.online(None, "--lang", language)
    assert told.code == 0
    assert line.format(scene.head()) in told.out
    assert "http://127.0.0.1:" in told.out


def test_a_folder_rests_on_one_question_to_the_node(scene: Scene) -> None:
    counting = Counting(scene.honest)
    told = scene.online(counting, path=scene.files.bundles)
    assert (told.code, told.json["counts"]["valid"]) == (0, 6)
    assert told.json["node"]["block"] == scene.head()
    assert sum(at[:1] == ["latest"] for _, at in counting.asked) == 1


def test_the_node_hears_nothing_of_who_is_checked(scene: Scene) -> None:
    """Blocks, receipts and lists of events of whole contracts: the same whatever is verified."""
    counting = Counting(scene.honest)
    assert scene.online(counting).code == 0
    assert {method for method, _ in counting.asked} <= {
        "eth_chainId", "eth_getBlockByNumber", "eth_getBlockReceipts", "eth_getTransactionReceipt", "eth_getLogs",
    }  # fmt: skip


def test_a_key_compromised_after_the_pack(scene: Scene) -> None:
    scene.compromise()
    assert scene.offline().code == 0
    told = scene.online()
    assert (told.code, told.json["code"]) == (1, "key.compromised-before-anchor")


def test_an_agency_suspended_after_the_pack_is_shown_so(scene: Scene) -> None:
    agencies.suspend(scene.office.inst, scene.office.agency)
    assert scene.offline("--json").json["issuer"]["status"] == "active"
    assert scene.online().json["issuer"]["status"] == "suspended"


def test_a_key_that_came_after_the_pack_is_known(scene: Scene) -> None:
    office = scene.office
    office.key = new_key(office.inst, office.agency)
    (number,) = office.draft(1)
    office.issue()
    office.anchor()
    office.publish()
    path = scene.bundle_of(number)
    scene.hand_out_lists()
    told = scene.offline("--json", path=path)
    assert (told.code, told.json["code"]) == (3, "signature.key-newer-than-pack")
    assert scene.online(path=path).code == 0


def test_what_came_after_the_pack_has_no_name_and_stops_nobody_else(scene: Scene) -> None:
    inst = scene.office.inst
    other = add_agency(inst, NewAgency("new.example", Label("新局", "New office")))
    definition = json.loads(json.dumps(inst.records.types()[0].definition.decode()))
    kind = add_type(inst, definition.replace('"Sample"', '"Another"').encode())
    accredit_agency(inst, other.agency_id, kind.type_id)
    accredit_agency(inst, scene.office.agency.agency_id, kind.type_id)
    assert scene.online().code == 0
    # until its pack comes, an agency that went up in it has nobody here to stand for it
    agencies.merge(inst, scene.office.agency, other)
    told = scene.online()
    assert (told.code, told.json["code"]) == (3, "signature.issuer-unknown")
    scene.hand_out()
    told = scene.online()
    assert (told.code, told.json["issuer"]["status"]) == (0, "merged")


# -------------------------------------------------------------------------------------------------------- status lists


def test_a_list_that_is_newer_on_the_chain_acquits_nobody(scene: Scene) -> None:
    publish_lists(scene.office.inst, scene.office.agency, every_list=True)
    assert scene.offline().code == 0
    told = scene.online()
    assert (told.code, told.json["code"]) == (3, "status.newer-on-chain")
    scene.hand_out_lists()
    assert scene.online().code == 0


def test_what_was_revoked_is_invalid_with_the_new_list_and_not_valid_without(scene: Scene) -> None:
    office = scene.office
    change(office.inst, office.agency, office.type, ["N-0"], Action.REVOKE, actor="wang")
    office.publish()
    assert scene.offline().code == 0
    told = scene.online()
    assert (told.code, told.json["code"]) == (3, "status.newer-on-chain")
    scene.hand_out_lists()
    told = scene.online()
    assert (told.code, told.json["code"]) == (1, "status.revoked")
    # a newer version yet: what is proven revoked is not in doubt for it
    publish_lists(office.inst, office.agency, every_list=True)
    told = scene.online()
    assert (told.code, told.json["code"]) == (1, "status.revoked")


def test_the_bundles_own_status_is_held_against_the_chain_too(scene: Scene) -> None:
    scene.files.status_pack.write_bytes(b"onceledger-status-pack-v1\n" + bytes(12))  # no lists
    assert scene.online().code == 0
    publish_lists(scene.office.inst, scene.office.agency, every_list=True)
    told = scene.online()
    assert (told.code, told.json["code"]) == (3, "status.newer-on-chain")


# --------------------------------------------------------------------------------------------------------- lying nodes


def test_a_node_of_another_network(scene: Scene, tmp_path: Path) -> None:
    with new_office(tmp_path / "other") as other:
        assert other.inst.embedded is not None
        theirs = EmbeddedProvider(other.inst.embedded)
        refused(scene.online(theirs), "online.other-network")
        ours = scene.honest.make_request(RPCEndpoint("eth_getBlockByNumber"), ["0x0", False])["result"]
        pretending = Changed(theirs, "eth_getBlockByNumber", lambda one: ours if one["number"] == "0x0" else one)
        refused(scene.online(pretending), "chain.not-sealed")
    refused(scene.online(Changed(scene.honest, "eth_chainId", lambda _: "0x1")), "online.other-network")


def test_invented_events(scene: Scene) -> None:
    number = scene.head()
    refused(scene.online(Inventing(scene.honest, number, invented(scene.office))), "chain.not-sealed")
    assert scene.office.inst.embedded is not None
    scene.office.inst.embedded.mine_empty()
    scene.hand_out()
    refused(scene.online(Inventing(scene.honest, number, invented(scene.office))), "chain.broken-link")


def unsealed(count: int) -> Callable[[Json], Json]:
    """The header with so many seals: the block's hash stays what it was."""

    def change(block: Json) -> Json:
        if block["number"] == "0x0":
            return block
        extra = qbft.decode_extra_data(bytes.fromhex(block["extraData"][2:]))
        return block | {"extraData": hexed(qbft.encode_extra_data(replace(extra, seals=extra.seals[:count])))}

    return change


def test_too_few_seals(scene: Scene) -> None:
    quorum = qbft.quorum(4)
    assert scene.online(Changed(scene.honest, "eth_getBlockByNumber", unsealed(quorum))).code == 0
    fewer = Changed(scene.honest, "eth_getBlockByNumber", unsealed(quorum - 1))
    refused(scene.online(fewer), "chain.not-sealed")


def test_omitted_events(scene: Scene) -> None:
    scene.compromise()
    topic = hexed(topic_of(KeyCompromised))

    def without(logs: list[Json]) -> list[Json]:
        return [one for one in logs if one["topics"][0] != topic]

    def emptied(receipts: list[Json]) -> list[Json]:
        return [one | {"logs": without(one["logs"])} for one in receipts]

    refused(scene.online(Changed(scene.honest, "eth_getBlockReceipts", emptied)), "chain.false-receipts")
    blind = Changed(scene.honest, "eth_getBlockByNumber", lambda one: one | {"logsBloom": "0x" + "00" * 256})
    refused(scene.online(blind), "chain.false-header")
    for _ in range(2):  # its list of events is not what an answer rests on, nor with a kept walk
        told = scene.online(Changed(scene.honest, "eth_getLogs", without))
        assert (told.code, told.json["code"]) == (1, "key.compromised-before-anchor")


def test_a_node_that_is_behind(scene: Scene) -> None:
    refused(scene.online(Behind(scene.honest, scene.head() - 1)), "online.node-behind")
    packed = scene.head()
    scene.compromise()
    hiding = Behind(scene.honest, packed)
    told = scene.online(hiding)  # the one thing that it can hide is what came last, and how old it is is told
    assert (told.code, told.json["node"]["block"]) == (0, packed)
    assert scene.online().code == 1
    refused(scene.online(hiding), "online.node-behind")  # from now on the later block is known here


def test_a_head_that_is_older_than_a_status_may_be(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later:
        """Eight days on: later than the default lets a status be."""

        @staticmethod
        def now(zone: tzinfo) -> datetime:
            return datetime.now(zone) + timedelta(days=8)

    monkeypatch.setattr("cli.by_node.datetime", Later)
    refused(scene.online(), "online.head-too-old")
    assert scene.online(None, "--max-status-age", "9d").code == 0
    assert scene.online(None, "--max-status-age", "any").code == 0


def test_validators_that_came_after_the_pack(scene: Scene) -> None:
    trust = scene.trust
    others = replace(trust.chain.validator_sets[0], validators=tuple(bytes([at]) * 20 for at in range(4)))
    former = replace(trust, chain=replace(trust.chain, validator_sets=(others,)))
    with pytest.raises(Corrupt) as caught:
        scene.ask(former)
    assert caught.value.code == "chain.not-sealed"


def test_a_pack_that_says_something_else_than_the_chain(scene: Scene) -> None:
    """The members signed what one of them made up; offline nobody can tell."""
    trust = scene.trust
    (agency,) = trust.agencies
    false = replace(trust, agencies=(replace(agency, keys=()),))
    with pytest.raises(Corrupt) as caught:
        scene.ask(false)
    assert caught.value.code == "online.pack-differs"


@pytest.mark.parametrize("answer", [(500, b"no"), (200, b"<html>"), (200, b"[]"), (200, b'{"result": null}')])
def test_a_server_that_is_no_node(scene: Scene, answer: tuple[int, bytes]) -> None:
    with serving(lambda _: answer) as url:
        told = scene.offline("--node", url, "--json")
    assert (told.code, told.out) == (3, "")
    assert told.problem["code"] in ("chain.unavailable", "chain.bad-answer")


def test_no_node_no_answer(scene: Scene) -> None:
    with serving(node(scene.honest)) as url:
        pass
    told = scene.offline("--node", url, "--json")
    refused(told, "chain.unavailable")
    assert "节点没有应答" in scene.offline("--node", url, "--lang", "zh").err
