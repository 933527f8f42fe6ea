"""A stolen signing key, first without and then with the account that anchors; the compromise declared, and after it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.bootstrap import VALIDATORS, Installation
from examples.demo import changes, papers
from examples.demo.attacks import Attacks
from examples.demo.folder import DemoFailed
from examples.demo.forging import (
    ForgedBatch,
    Outlaw,
    anchor_call,
    apart,
    bundle_around,
    emitting_contract,
    event_like,
    own_block,
    proof_of,
    sign_again,
)
from examples.demo.founding import Office
from examples.demo.issuing import REVIEWER, bring_in_and_approve
from examples.demo.registers import RegisterFile
from ledger import base64url
from ledger.bundle import Inclusion, read_event_proof
from ledger.credential_states import Action, State
from ledger.errors import NotFound
from ledger.records import KeyRow
from offices import agencies, evidence, issuing, root, status


@dataclass(frozen=True, slots=True)
class Robbed:
    """The office whose signing key is in a thief's hands, and a genuine bundle of it."""

    office: Office
    key: KeyRow
    genuine: bytes

    @property
    def parts(self) -> dict[str, Any]:
        """The genuine bundle's members."""
        return apart(self.genuine)


def steal(attacks: Attacks, inst: Installation, robbed: Robbed) -> None:
    """The thief has the signing key and no account that may send for the office."""
    chain, contracts = inst.chain, inst.contracts()
    genuine = robbed.parts
    real_event = read_event_proof(genuine["anchor"])
    forged = _forge(inst, robbed)
    batch = ForgedBatch.of(forged)
    call = anchor_call(batch, _type_id(robbed), robbed.key.key_id)
    outlaw = Outlaw(chain)

    attacks.show("stolen.genuine", robbed.genuine)
    attacks.refused("stolen.stranger-anchors", lambda: chain.simulate(outlaw.address, contracts.anchor, call))
    forced = outlaw.send(contracts.anchor, call)
    if forced.status:
        raise DemoFailed("A stranger's account anchored.")
    attacks.show("stolen.reverted", bundle_around(forged, genuine, batch.inclusion, proof_of(chain, forced)))
    attacks.show("stolen.unanchored", bundle_around(forged, genuine))
    attacks.show("stolen.borrowed-anchor", _borrowed(forged, genuine))
    event = event_like(real_event, batch)
    emitted = outlaw.send(None, emitting_contract(event))
    attacks.show("stolen.own-contract", bundle_around(forged, genuine, batch.inclusion, proof_of(chain, emitted)))
    assert inst.embedded is not None, "the demonstration runs on the embedded chain"
    listed = inst.embedded.validators
    real = [inst.keys.secret(f"validator-{number}").reveal() for number in range(1, VALIDATORS + 1)]
    for key, sealing in (
        ("stolen.own-seals", [os.urandom(32) for _ in range(VALIDATORS)]),
        ("stolen.two-validators", real[:2]),
        ("stolen.one-twice", [real[0], real[1], real[1]]),
    ):
        block = own_block(real_event, event, sealing, listed=listed)
        attacks.show(key, bundle_around(forged, genuine, batch.inclusion, block))


def compromise(
    attacks: Attacks, inst: Installation, robbed: Robbed, later: tuple[RegisterFile, RegisterFile], packs: Path
) -> None:
    """The thief gets the sender's account too, until the office notices and declares the compromise. ``later`` are two
    registers of one record: one for the old key, one for the new. The new packs are left in ``packs``."""
    office = robbed.office
    since = int(changes.next_second().timestamp())
    forged = _forge(inst, robbed)
    batch = ForgedBatch.of(forged)
    sender = inst.sender(office.row.sender, office.row.agency_id)
    call = anchor_call(batch, _type_id(robbed), robbed.key.key_id)
    proof = proof_of(inst.chain, sender.send(f"thief:{batch.root.hex()}", inst.contracts().anchor, call))
    stolen = bundle_around(forged, robbed.parts, batch.inclusion, proof)
    attacks.show("compromised.undeclared", stolen)

    # Something honest is signed and not yet anchored when the office notices.
    bring_in_and_approve(inst, later[0])
    issuing.issue_approved(inst, office.row, later[0].type_row)
    agencies.declare_compromise(inst, robbed.key.key_id, since)
    attacks.note("compromised.contract", _refused_anchor(inst, robbed, later[0]))
    new_key = root.new_key(inst, office.row)
    bring_in_and_approve(inst, later[1])
    issuing.issue_approved(inst, office.row, later[1].type_row)
    (renewed,) = issuing.anchor_pending(inst, office.row)
    if (renewed.state, renewed.key_id) != ("anchored", new_key.key_id):
        raise DemoFailed(f"The batch under the new key is {renewed.state}: {renewed.refusal}")
    issuing.publish_lists(inst, office.row)
    (packs / "trust-pack-2.json").write_bytes(papers.trust_pack(inst))
    (packs / "status-2.pack").write_bytes(evidence.status_pack_of(inst))
    holding = {"trustPack": "trust-pack-2.json", "statusPack": "status-2.pack"}

    attacks.show("compromised.later-batch", stolen, **holding)
    attacks.show("compromised.earlier", robbed.genuine, **holding)
    again = _forge(inst, robbed)
    attacks.show("compromised.old-anchor", _borrowed(again, robbed.parts), **holding)
    attacks.show("compromised.unanchored", bundle_around(again, robbed.parts), **holding)
    attacks.show("compromised.backdated", _backdated(inst, robbed, since), **holding)
    (_, bundle), *_ = evidence.bundles_of(inst, renewed.batch_id)
    attacks.show("compromised.new-key", bundle, **holding)


def _forge(inst: Installation, robbed: Robbed, created: datetime | None = None) -> bytes:
    """A certificate that makes the thief an owner."""
    document = robbed.parts["credential"]
    subject = document["credentialSubject"]
    owner = {**subject["owners"][0], "fullName": "窃某"}
    key = inst.keys.issuing_key(robbed.key.key_name)
    method = f"{robbed.office.row.did}#{robbed.key.multikey}"
    return sign_again(
        document, key, method, created=created, credentialSubject={**subject, "owners": [owner, *subject["owners"][1:]]}
    )


def _borrowed(forged: bytes, genuine: dict[str, Any]) -> bytes:
    """A forged credential with inclusion and anchor of the genuine one."""
    place = genuine["inclusion"]
    inclusion = Inclusion(place["index"], place["size"], base64url.decode(place["path"]))
    return bundle_around(forged, genuine, inclusion, read_event_proof(genuine["anchor"]))


def _backdated(inst: Installation, robbed: Robbed, since: int) -> bytes:
    """Everything says the day before the compromise: signature, block; only the seals are one's own."""
    assert inst.embedded is not None, "the demonstration runs on the embedded chain"
    day_before = since - 86_400
    forged = _forge(inst, robbed, created=datetime.fromtimestamp(day_before, UTC) - timedelta(minutes=5))
    batch = ForgedBatch.of(forged)
    real_event = read_event_proof(robbed.parts["anchor"])
    event = event_like(real_event, batch)
    own = [os.urandom(32) for _ in range(VALIDATORS)]
    block = own_block(real_event, event, own, listed=inst.embedded.validators, time=day_before)
    return bundle_around(forged, robbed.parts, batch.inclusion, block)


def _refused_anchor(inst: Installation, robbed: Robbed, register: RegisterFile) -> str:
    """Try to anchor what was signed with the key before: why it was refused. It is voided, since it can never be
    anchored, and the office's own house signs nothing more with that key."""
    row, type_row = robbed.office.row, register.type_row
    (batch,) = issuing.anchor_pending(inst, row)
    refused = inst.records.count(row.agency_id, type_row.type_id).get(State.ANCHOR_REFUSED, 0)
    if refused != register.rows:
        raise DemoFailed(f"{refused} certificates are marked as refused, {register.rows} were")
    status.change(inst, row, type_row, [_number(register)], Action.VOID, actor=REVIEWER)
    try:
        issuing.current_key(inst, row)
    except NotFound:
        return batch.refusal or batch.state
    raise DemoFailed("The office would sign with the compromised key again.")


def _number(register: RegisterFile) -> str:
    number: str = apart(register.file.read_bytes())["certificateNumber"]
    return number


def _type_id(robbed: Robbed) -> int:
    (row,) = robbed.office.types.values()
    return row.type_id
