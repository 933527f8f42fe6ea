"""An accredited office that goes beyond its rights, and accounts that do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.bootstrap import CARRIER, Installation
from authority import accounts
from examples.demo import papers
from examples.demo.attacks import Attacks
from examples.demo.folder import DemoFailed
from examples.demo.forging import (
    ForgedBatch,
    Outlaw,
    anchor_call,
    apart,
    bundle_around,
    proof_of,
    sign_again,
    together,
)
from examples.demo.founding import Office
from examples.demo.issuing import REVIEWER
from ledger import registry_calls, status_list, status_pack, status_reasons
from ledger.bundle import EventProof, event_proof_json
from ledger.credential_states import Action
from ledger.digest import Digest
from ledger.multikey import multikey_bytes
from ledger.records import BatchRow
from ledger.status_statement import SignedBy
from offices import evidence, issuing, root, status


def overreach(
    attacks: Attacks,
    inst: Installation,
    dogs: Office,
    university: Office,
    licence: bytes,
    degree: bytes,
    degrees: BatchRow,
    corrected: BatchRow,
) -> None:
    """The dog licence office has a key, a sender and an accreditation, all of them genuine, and wants to award degrees.
    ``licence`` and ``degree`` are genuine bundles, ``degrees`` is the batch of the latter and ``corrected`` another of
    the university's."""
    theirs, ours = apart(degree), apart(licence)
    key_row = issuing.current_key(inst, dogs.row)
    key, method = inst.keys.issuing_key(key_row.key_name), f"{dogs.row.did}#{key_row.multikey}"
    dog_type, degree_type = dogs.types["DogLicence"].type_id, university.types["DegreeCertificate"].type_id
    own: dict[str, Any] = {"issuer": dogs.row.did, "credentialStatus": ours["credential"]["credentialStatus"]}

    def anchored(canonical: bytes, like: dict[str, Any]) -> bytes:
        batch = ForgedBatch.of(canonical)
        proof = _anchor(inst, dogs, batch.root, anchor_call(batch, dog_type, key_row.key_id))
        return bundle_around(canonical, like, batch.inclusion, proof)

    attacks.show("dogs.genuine", licence)
    forged = sign_again(theirs["credential"], key, method, **own)
    wanted = anchor_call(ForgedBatch.of(forged), degree_type, key_row.key_id)
    attacks.refused("dogs.anchors-as-degree", lambda: _send(inst, dogs, wanted))
    attacks.show("dogs.degree", anchored(forged, theirs))
    claims = {**ours["credential"]["credentialSubject"], "degreeTitle": "工学博士"}
    boastful = anchored(sign_again(ours["credential"], key, method, credentialSubject=claims), ours)
    # The verifier's pack is older than this: the type might have gone on since. The next pack knows that it has not.
    attacks.show("dogs.degree-claims", boastful)
    newer = attacks.hand_over("dogs.trust-pack.json", papers.trust_pack(inst))
    attacks.show("dogs.degree-claims-next-pack", boastful, trustPack=newer)
    attacks.show("dogs.as-university", anchored(sign_again(theirs["credential"], key, method), theirs))
    disguised, yesterday = f"{university.row.did}#{key_row.multikey}", datetime.now(UTC) - timedelta(days=1)
    passed_off = sign_again(theirs["credential"], key, disguised, created=yesterday)
    attacks.show("dogs.key-as-university", anchored(passed_off, theirs))

    copied = _anchor(
        inst, dogs, degrees.root, registry_calls.anchor(degrees.root, degrees.size, dog_type, key_row.key_id)
    )
    attacks.show("copy.root", together({**theirs, "anchor": event_proof_json(copied)}))
    re_signed = together({**theirs, "credential": apart(forged), "anchor": event_proof_json(copied)})
    attacks.show("copy.re-signed", re_signed)
    # Anybody can register a public key: who holds its private half is not the registry's to know.
    start = inst.chain.head().time
    borrowed = accounts.register_key(
        chain=inst.chain,
        contracts=inst.contracts(),
        act=root.as_admin(inst, dogs.row),
        multikey=issuing.current_key(inst, university.row).multikey,
        valid_from=start,
        valid_until=start + root.YEAR,
    )
    copied = _anchor(
        inst, dogs, corrected.root, registry_calls.anchor(corrected.root, corrected.size, dog_type, borrowed)
    )
    (_, other), *_ = evidence.bundles_of(inst, corrected.batch_id)
    attacks.show("copy.with-its-key", together({**apart(other), "anchor": event_proof_json(copied)}))
    attacks.show("copy.genuine", degree)


def usurp(attacks: Attacks, inst: Installation, office: Office) -> None:
    """A ministry that decides alone, and a sender's account that would like to be the administrator's."""
    chain, contracts = inst.chain, inst.contracts()
    inner = registry_calls.call("addMember(address)", Outlaw(chain).address)
    (nonce,) = registry_calls.result(
        "uint256", chain.simulate(bytes(20), contracts.trust, registry_calls.call("rootNonce()"))
    )
    deadline = chain.head().time + 3600
    digest = registry_calls.root_statement(chain.chain_id(), contracts.trust, inner, nonce, deadline)
    signature = inst.keys.account(root.member_names()[0]).sign_digest(digest)
    data = registry_calls.call("execute(bytes,uint256,bytes[])", inner, deadline, [signature])
    attacks.refused("ministry.alone", lambda: inst.sender(CARRIER).send("alone", contracts.trust, data))
    if Outlaw(chain).send(contracts.trust, data).status:
        raise DemoFailed("A decision of one ministry was carried out.")
    key = inst.keys.issuing_key(issuing.current_key(inst, office.row).key_name)
    start = chain.head().time
    call = registry_calls.call(
        "registerKey(bytes,uint64,uint64)", multikey_bytes(key.multikey()), start, start + root.YEAR
    )
    sender = inst.sender(office.row.sender, office.row.agency_id)
    attacks.refused("sender.registers-key", lambda: sender.send("register-key", contracts.trust, call))


def un_revoke(attacks: Attacks, inst: Installation, office: Office, bundle: bytes) -> None:
    """A licence is revoked; then somebody with the office's sender account, and no other key, publishes a list that
    does not say so, under the signature of the list before. ``bundle`` is the licence from before."""
    (type_row,) = office.types.values()
    number = apart(bundle)["credential"]["credentialSubject"]["licenceNumber"]
    status.change(inst, office.row, type_row, [number], Action.REVOKE, actor=REVIEWER)
    genuine = issuing.publish_lists(inst, office.row)[0]
    bits, reasons = status_list.new_list(genuine.chunks * status_list.CHUNK_ENTRIES), status_reasons.encode([])
    version = genuine.version + 1
    call = registry_calls.publish(
        genuine.list_id, version, status_list.root(bits), genuine.chunks, status_reasons.digest(reasons)
    )
    sender = inst.sender(office.row.sender, office.row.agency_id)
    proof = proof_of(inst.chain, sender.send("un-revoke", inst.contracts().status, call))
    signed = SignedBy(Digest(genuine.key_hash), genuine.signature)
    clean = status_pack.pack_list(genuine.list_id, "revocation", version, bytes(bits), reasons, proof, signed)
    others = status_pack.load(evidence.status_pack_of(inst)).lists
    pack = status_pack.write(inst.chain.head().time, [clean, *(one for one in others if one.list_id != clean.list_id)])
    attacks.show("sender.un-revokes", bundle, statusPack=attacks.hand_over("un-revoked.pack", pack))
    again = issuing.publish_lists(inst, office.row)
    if [(row.list_id, row.version) for row in again] != [(genuine.list_id, version + 1)]:
        raise DemoFailed("The office did not publish its list behind the thief's.")
    pack = evidence.status_pack_of(inst)
    attacks.show("sender.office-publishes-again", bundle, statusPack=attacks.hand_over("after-theft.pack", pack))


def _send(inst: Installation, office: Office, data: bytes) -> object:
    sender = inst.sender(office.row.sender, office.row.agency_id)
    return sender.send(f"forged:{data.hex()}", inst.contracts().anchor, data)


def _anchor(inst: Installation, office: Office, root_hash: bytes, data: bytes) -> EventProof:
    """Anchor with an office's own sender, past its records."""
    sender = inst.sender(office.row.sender, office.row.agency_id)
    return proof_of(inst.chain, sender.send(f"forged:{root_hash.hex()}", inst.contracts().anchor, data))
