"""Status lists as other software may publish them: bits without reasons, reasons without bits, entries that ended.

The verifier of examples/ and the product's must read each of them alike, on every date, from chunk and from pack.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from office import Office, new_office
from signed_lists import sign

from examples import verify_bundle as example
from ledger import base64url, merkle, registry_calls, status_list, status_pack, status_reasons, trust_document
from ledger import bundle as bundles
from ledger.bundle import EventProof, Inclusion, StatusProof
from ledger.credential import Frame, uuids
from ledger.credential_type import parse_type
from ledger.data_integrity import ProofTemplate
from ledger.digest import Digest
from ledger.event_proofs import prove_event
from ledger.reasons import Result
from ledger.status_reasons import Entry, Purpose
from ledger.status_statement import SignedBy
from ledger.trust_description import TrustDescription
from ledger.verification import Verifier
from offices import evidence

DAY = 86_400
REVOCATION, SUSPENSION = 101, 102  # list numbers beside those that the product gives out
SIZE = 131_072
SUCCESSOR = Digest(bytes(range(32)))
Said = tuple[str, int, int | None]


@dataclass(frozen=True)
class Case:
    """What the two lists say of one credential: bits, and reasons with days before (negative) the publication."""

    name: str
    revoked: bool = False
    held: bool = False
    why_revoked: tuple[Said, ...] = ()
    why_held: tuple[Said, ...] = ()


CASES = (
    Case("clear"),
    Case("revoked", revoked=True, why_revoked=(("revoked", -100, None),)),
    Case("superseded", revoked=True, why_revoked=(("superseded", -100, None),)),
    Case("void", revoked=True, why_revoked=(("void", -100, None),)),
    Case("revoked from a later day", revoked=True, why_revoked=(("revoked", 100, None),)),
    Case("a bit without reason", revoked=True),
    Case("a reason without bit", why_revoked=(("revoked", -100, None),)),
    Case("void without bit", why_revoked=(("void", -100, None),)),
    Case("a hold on the revocation list", revoked=True, why_revoked=(("held", -100, None),)),
    Case("an ended hold on the revocation list", revoked=True, why_revoked=(("held", -100, -50),)),
    Case("held", held=True, why_held=(("held", -100, None),)),
    Case("held twice", held=True, why_held=(("held", -100, -50), ("held", -10, None))),
    Case("held once", why_held=(("held", -100, -50),)),
    Case("a hold without reason", held=True),
    Case("a hold without bit", why_held=(("held", -100, None),)),
    Case("an ended hold with its bit", held=True, why_held=(("held", -100, -50),)),
    Case("revoked on the suspension list", held=True, why_held=(("revoked", -100, None),)),
    Case(
        "revoked and held",
        revoked=True,
        held=True,
        why_revoked=(("revoked", -60, None),),
        why_held=(("held", -100, None),),
    ),
)
DAYS = (None, -200, -75, -20, -1, 0, 5)


@dataclass(frozen=True)
class Published:
    """A list on the chain with its proof."""

    list_id: int
    purpose: Purpose
    bits: bytes
    reasons: bytes
    proof: EventProof
    signed: SignedBy


@dataclass(frozen=True)
class Network:
    """Everything that a verifier may hold, and the bundles without status, by case."""

    trust: TrustDescription
    now: datetime
    lists: tuple[Published, Published]
    credentials: tuple[bytes, ...]
    context: tuple[str, str]
    inclusions: tuple[Inclusion, ...]
    anchor: EventProof

    def bundle(self, number: int, *, chunks: bool, reasons: bool) -> bytes:
        """The bundle of case ``number``; with chunks of both lists, with their reasons."""
        made = [self._chunk(one, number, reasons) for one in self.lists] if chunks else []
        place = self.inclusions[number]
        return bundles.write(self.credentials[number], [self.context], place, self.anchor, None, made)

    def _chunk(self, one: Published, index: int, reasons: bool) -> StatusProof:
        number, chunk, path = status_list.chunk_proof(one.bits, index)
        packed = base64url.encode(status_reasons.compress(one.reasons)) if reasons else None
        key, signature = base64url.encode(one.signed.key_hash), base64url.encode(one.signed.signature)
        content = bundles.deflate_chunk(chunk)
        return StatusProof(one.list_id, 1, number, content, path, packed, key, signature, one.proof)

    def pack(self) -> bytes:
        """A status pack of both lists."""
        packed = [
            status_pack.pack_list(one.list_id, one.purpose, 1, one.bits, one.reasons, one.proof, one.signed)
            for one in self.lists
        ]
        return status_pack.write(int(self.now.timestamp()), packed)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with new_office(tmp_path_factory.mktemp("lists") / "data") as office:
        yield _network(office)


def _network(office: Office) -> Network:
    inst, agency = office.inst, office.agency
    kind, key = parse_type(office.type.definition), inst.keys.issuing_key(office.key.key_name)
    contracts, sender = inst.contracts(), inst.sender(agency.sender, agency.agency_id)
    first = (agency.agency_id << 32) + REVOCATION
    frame = Frame(agency.did, kind.name, office.type.context_url, "https://office.example/status/", first, first + 1)
    template = ProofTemplate(
        ["https://www.w3.org/ns/credentials/v2", office.type.context_url],
        f"{agency.did}#{office.key.multikey}",
        "2026-01-01T00:00:00Z",
    )
    credentials = tuple(
        template.secure(
            frame.document(uuid, {"number": "A-1", "fullName": "张三"}, "2020-01-01", None, number), key.sign
        )
        for number, uuid in enumerate(uuids(bytes(16 * len(CASES))))
    )
    tree = merkle.Tree.from_leaves(b"".join(map(merkle.leaf_hash, credentials)))
    anchor = registry_calls.anchor(tree.root, tree.size, office.type.type_id, office.key.key_id)
    anchored = sender.send("anchor the cases", contracts.anchor, anchor)
    now = inst.chain.head().time
    lists = []
    for list_id, purpose in ((first, "revocation"), (first + 1, "suspension")):
        bits, reasons = _list_of(purpose == "suspension", now)
        root, digest = status_list.root(bits), status_reasons.digest(reasons)
        call = registry_calls.publish(list_id, 1, root, status_list.chunk_count(bits), digest)
        outcome = sender.send(f"publish {list_id}", contracts.status, call)
        proof = prove_event(inst.chain.block_evidence(outcome.block.number), outcome.index, 0)
        signed = sign(inst, key, list_id, 1, bits, reasons)
        lists.append(
            Published(list_id, "suspension" if purpose == "suspension" else "revocation", bits, reasons, proof, signed)
        )
    head = inst.chain.head()
    return Network(
        trust=evidence.derive(inst, None).description,
        now=datetime.fromtimestamp(head.time + 1, UTC),
        lists=(lists[0], lists[1]),
        credentials=credentials,
        context=(office.type.context_url, kind.context_bytes.decode()),
        inclusions=tuple(Inclusion(number, tree.size, tree.path(number)) for number in range(len(CASES))),
        anchor=prove_event(inst.chain.block_evidence(anchored.block.number), anchored.index, 0),
    )


def _list_of(is_suspension: bool, now: int) -> tuple[bytes, bytes]:
    bits, entries = status_list.new_list(SIZE), []
    for number, case in enumerate(CASES):
        status_list.put(bits, number, case.held if is_suspension else case.revoked)
        for reason, since, until in case.why_held if is_suspension else case.why_revoked:
            successor = SUCCESSOR if reason == "superseded" else None
            ended = None if until is None else now + until * DAY
            entries.append(Entry(number, reason, now + since * DAY, ended, successor))
    return bytes(bits), status_reasons.encode(entries)


def asked(network: Network, days: int | None) -> date | None:
    return None if days is None else (network.now + timedelta(days=days)).date()


def both(network: Network, bundle: bytes, pack: bytes | None, days: int | None) -> tuple[Result, str, str]:
    """The product's result and its reason, and the example's result."""
    as_of = asked(network, days)
    statuses = None if pack is None else status_pack.load(pack)
    ours = Verifier(network.trust, now=network.now, status=statuses, as_of=as_of).verify_bytes(bundle)
    trust = example.parse(trust_document.to_bytes(network.trust))
    lists: Any = {} if pack is None else example.read_status_pack(pack)
    return ours.result, ours.decisive.code, example.verify(bundle, trust, lists, network.now, as_of)[0]


WAYS = {
    "chunks with reasons": (True, True, False),
    "chunks alone": (True, False, False),
    "pack alone": (False, False, True),
    "pack and chunks": (True, True, True),
}
CONTRADICTIONS = {"an ended hold on the revocation list", "an ended hold with its bit"}
"""A set bit whose only reasons have ended: the publication contradicts itself, and the bit counts alone."""


def verdicts(network: Network, way: str, days: int | None) -> Iterator[tuple[str, Result, str, str]]:
    """Case, the product's result and reason, and the example's result."""
    chunks, reasons, packed = WAYS[way]
    for number, case in enumerate(CASES):
        bundle = network.bundle(number, chunks=chunks, reasons=reasons)
        yield case.name, *both(network, bundle, network.pack() if packed else None, days)


@pytest.mark.parametrize("days", DAYS)
@pytest.mark.parametrize("way", WAYS)
def test_same_verdict_on_every_list(network: Network, way: str, days: int | None) -> None:
    found = list(verdicts(network, way, days))
    assert len(found) == len(CASES)
    assert [one for one in found if one[1].value != one[3]] == []


def test_chunk_and_pack_say_the_same_of_a_publication_that_contradicts_itself(network: Network) -> None:
    (chunk, pack) = ({one[0]: one[1] for one in verdicts(network, way, -75)} for way in list(WAYS)[::2])
    assert {name: chunk[name] for name in CONTRADICTIONS} == {name: pack[name] for name in CONTRADICTIONS}


@pytest.mark.parametrize(
    ("case", "days", "result"),
    [
        ("clear", None, Result.VALID),
        ("revoked", None, Result.INVALID),
        ("revoked", -200, Result.VALID),
        ("void", -200, Result.INVALID),
        ("revoked from a later day", 5, Result.VALID),
        ("held", -200, Result.VALID),
        ("held", -75, Result.INVALID),
        ("held twice", -75, Result.INVALID),
        ("held twice", -20, Result.VALID),
        ("held once", -75, Result.INVALID),
        ("held once", None, Result.VALID),
        ("a bit without reason", None, Result.INVALID),
        ("a bit without reason", -20, Result.CANNOT_CHECK),
        ("a reason without bit", None, Result.VALID),
        ("an ended hold with its bit", -75, Result.CANNOT_CHECK),
    ],
)
def test_what_a_pack_says_on_a_date(network: Network, case: str, days: int | None, result: Result) -> None:
    found = {name: (ours, theirs) for name, ours, _, theirs in verdicts(network, "pack alone", days)}
    assert found[case] == (result, result.value)


def test_a_chunk_without_reasons_does_not_tell_holds_of_the_past(network: Network) -> None:
    found = {name: code for name, _, code, _ in verdicts(network, "chunks alone", -20)}
    assert found["clear"] == "status.hold-unknown"
    assert found["revoked"] == "status.set-without-reason"
