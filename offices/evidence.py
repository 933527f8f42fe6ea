"""What the offices hand out: bundles, trust packs, status packs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from adapters.bootstrap import TRUST_PACK_NOTE, Installation, now
from adapters.key_kinds import KeyKind
from authority.describe_chain import Progress
from authority.make_trust_pack import Derived, Network, derive_description, sign_trust_pack
from issuers.make_bundle import Bundling, Unseal, make_bundle, make_bundles
from issuers.make_status_pack import make_status_pack
from ledger import base64url, canonical_json, trust_pack, trust_pack_files, trust_pack_signing, trust_reading
from ledger.chain_walk import Walked
from ledger.cid import Cid
from ledger.credential_type import parse_type
from ledger.errors import Conflict, NotFound
from ledger.multikey import decode
from ledger.records import CredentialRow
from ledger.sealing import open_sealed
from ledger.seen_versions import SeenVersions
from ledger.trust_description import TrustDescription, ValidatorSet
from ledger.trust_pack import TrustPack
from ledger.trust_pack_signing import RootKeys, Signers
from offices import root_pin
from offices.members import founding_name, names_among
from offices.names_known import names_known
from offices.pack_terms import PackTerms, terms_of, versions_of
from offices.root_pin import keep_pack

_WALKED_NOTE: Final = "chain-walked"
"""Under which the records keep how far the chain was walked: nobody but this installation writes there."""

_SEEN_NOTE: Final = "trust-pack-seen"
"""Under which the records keep the newest versions of a pack that came from elsewhere, and so did its root."""

_ROOT_NOTE: Final = "root-written"


def bundling(inst: Installation) -> Bundling:
    """What bundles are made with, as of now."""
    description = newest_description(inst)
    closed = None
    if description is not None and description.checkpoints:
        closed = inst.anchors.closed_by(inst.chain, inst.contracts(), description.checkpoints[-1])
    return Bundling(inst.records, inst.blobs, unsealing(inst), _contexts(inst), closed)


def _contexts(inst: Installation) -> dict[str, str]:
    kinds = [parse_type(row.definition) for row in inst.records.type_versions()]
    return {base64url.encode(kind.context_digest): kind.context_bytes.decode() for kind in kinds}


def unsealing(inst: Installation) -> Unseal:
    """What opens sealed contents of all agencies here."""
    names = {row.agency_id: row.wrapping_key for row in inst.records.agencies()}
    keys = {name: inst.wrapping.wrapping_key(name) for name in set(names.values())}

    def unseal(row: CredentialRow, sealed: bytes) -> bytes:
        key = keys[names[row.agency_id]]
        return open_sealed(sealed, key.unwrap(row.wrapped_key or b"", row.uuid or b""))

    return unseal


def credential_of(inst: Installation, row: CredentialRow) -> dict[str, Any]:
    """The secured credential itself. Raises Conflict ``bundle.not-issued``; NotFound, Corrupt from the store."""
    if row.cid is None:
        raise Conflict("bundle.not-issued", "The credential is not issued yet.", "Approve and issue it first.")
    sealed = inst.blobs.get(Cid.from_bytes(row.cid))
    document: dict[str, Any] = canonical_json.parse(unsealing(inst)(row, sealed))
    return document


def bundle_of(inst: Installation, row: CredentialRow) -> bytes:
    """The bundle of one credential."""
    return make_bundle(bundling(inst), row)


def bundles_of(inst: Installation, batch_id: int) -> Iterator[tuple[CredentialRow, bytes]]:
    """The bundles of a batch."""
    return make_bundles(bundling(inst), batch_id)


def status_pack_of(inst: Installation) -> bytes:
    """The status pack of all agencies of this installation."""
    return make_status_pack(
        records=inst.records, agency_ids=[row.agency_id for row in inst.records.agencies()], now=now()
    )


def newest_description(inst: Installation) -> TrustDescription | None:
    """The description in the newest pack made here, if there is one."""
    pack = inst.records.note(TRUST_PACK_NOTE)
    return None if pack is None else trust_reading.parse(trust_pack_files.read(pack).trust)


def note_root_written(inst: Installation) -> None:
    """The root that verifiers pin was written to a file."""
    inst.records.save_note(_ROOT_NOTE, b"written")


def root_was_written(inst: Installation) -> bool:
    """Whether it ever was, here or where the root authority sits: without it nobody can verify a pack."""
    return any(inst.records.note(name) is not None for name in (_ROOT_NOTE, _SEEN_NOTE))


def newest_pack(inst: Installation) -> bytes:
    """The newest pack made here. Raises NotFound ``trust-pack.none``."""
    pack = inst.records.note(TRUST_PACK_NOTE)
    if pack is None:
        raise NotFound("trust-pack.none", "No trust pack was made here yet.", "Run `onceledger trust-pack make`.")
    return pack


def derive(
    inst: Installation,
    before: TrustDescription | None,
    *,
    close_log: bool = False,
    validators: Sequence[bytes] = (),
    block: int | None = None,
    progress: Progress | None = None,
) -> Derived:
    """The description at the chain's head (or at ``block``), with the names known here and those of ``before``.

    The chain is walked from where it was walked to before; an earlier ``block`` takes nothing from that. Raises like
    ``authority.make_trust_pack.derive_description``; NotFound ``trust-pack.validators-unknown``.
    """
    sets, successors = _validator_sets(inst, before, validators)
    known = _walked(inst)
    derived = derive_description(
        chain=inst.chain,
        network=Network(inst.contracts(), sets),
        names=names_known(inst, before),
        checkpoints=before.checkpoints if before is not None else (),
        close_log=close_log,
        successors=successors,
        block=block,
        known=known,
        progress=progress,
    )
    if known is None or known.block <= derived.walked.block:
        inst.records.save_note(_WALKED_NOTE, derived.walked.to_bytes())
    return derived


def walked_to(inst: Installation) -> int:
    """The newest block up to which ``derive`` walked the chain; 0 if it never did."""
    known = _walked(inst)
    return 0 if known is None else known.block


def _walked(inst: Installation) -> Walked | None:
    noted = inst.records.note(_WALKED_NOTE)
    return None if noted is None else Walked.from_bytes(noted)


def make_trust_pack(
    inst: Installation,
    *,
    expires: datetime,
    root_expires: datetime,
    close_log: bool = False,
    validators: Sequence[bytes] = (),
    block: int | None = None,
    members: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> bytes:
    """Derive the description at the chain's head (or at ``block``) and sign the next pack with the pack keys of
    ``members`` (key names), or of all members whose keys are here.

    How many must sign, and who can, the root of the pack before says, and no node: a pack to which too few of its
    members agreed is not made. A new root goes in when the members changed or the old root would expire before the
    pack; old and new members sign it. ``validators`` (accounts of 20 bytes) are needed for the first pack of a network
    that is not embedded, and whenever others have come into force: the log is then closed with the last block of those
    before.

    Raises like ``derive`` and ``ledger.trust_pack_signing``: NotPermitted ``trust-pack.too-few-signers``.
    """
    previous = inst.records.note(TRUST_PACK_NOTE)
    before = newest_description(inst)
    derived = derive(inst, before, close_log=close_log, validators=validators, block=block, progress=progress)
    present = names_among(inst, derived.members)
    keys = {name: inst.keys.root_key(f"{name}-pack") for name in present}
    publics = {name: decode(key.multikey()) for name, key in keys.items()}
    signers: Signers = {publics[name]: keys[name].sign for name in present if members is None or name in members}
    root = RootKeys(tuple(publics.values()), derived.threshold, root_expires)
    if previous is not None and _needs_root(terms_of(previous), root, expires):
        previous = trust_pack_signing.rotate_root(
            previous, root=root, expires=expires, old_signers=_signers_of(inst, previous, members), new_signers=signers
        )
    pack = sign_trust_pack(
        description=derived.description, previous=previous, root=root, expires=expires, signers=signers
    )
    keep_pack(inst, pack, trust_pack_signing.pinned_root(pack) if previous is None else None)
    return pack


def keep_trust_pack(inst: Installation, pack: bytes, *, pinned_root: bytes, now: datetime) -> TrustDescription:
    """Accept a pack that the root authority made elsewhere: bundles and names then go by it.

    Raises like ``ledger.trust_pack.load``; Conflict ``trust-pack.other-chain`` when it describes another network.
    """
    seen = inst.records.note(_SEEN_NOTE)
    newest = None if seen is None else SeenVersions.from_bytes(seen)
    return _keep(inst, pack, pinned_root, trust_pack.load(pack, pinned_root=pinned_root, now=now, newest_seen=newest))


def keep_next_pack(inst: Installation, pack: bytes, *, now: datetime) -> TrustDescription:
    """Accept the pack that follows the one kept here, under the root pinned here: whoever brings it decides nothing.

    Raises NotFound ``trust-pack.none``; what ``keep_trust_pack`` raises.
    """
    held = newest_pack(inst)
    root = root_pin.pinned_root(inst)
    return _keep(inst, pack, root, trust_pack.load(pack, pinned_root=root, now=now, newest_seen=versions_of(held)))


def _keep(inst: Installation, pack: bytes, pinned: bytes, accepted: TrustPack) -> TrustDescription:
    described = accepted.trust.chain
    if (described.chain_id, described.genesis) != (inst.chain.chain_id(), inst.chain.genesis_hash()):
        raise Conflict(
            "trust-pack.other-chain",
            "The trust pack describes another chain than this installation works with.",
            "Take the pack of this network, or set ONCELEDGER_CHAIN_URL to a node of the network described.",
        )
    inst.note_contracts(described.contracts())
    keep_pack(inst, pack, pinned)
    inst.records.save_note(_SEEN_NOTE, accepted.seen.to_bytes())
    return accepted.trust


def _needs_root(old: PackTerms, new: RootKeys, expires: datetime) -> bool:
    changed = (old.publics, old.threshold) != (frozenset(new.publics), new.threshold)
    return changed or old.root_expires < expires


def _signers_of(inst: Installation, pack: bytes, members: Sequence[str] | None) -> Signers:
    """Signers of the members of a pack's root whose keys are here, as far as they are ``members`` or were before their
    keys were replaced: a ministry that agrees does so with its former key as well."""
    publics = terms_of(pack).publics
    agreed = None if members is None else {founding_name(name) for name in members}
    keys = [
        inst.keys.root_key(entry.name)
        for entry in inst.keys.entries()
        if entry.kind is KeyKind.ROOT and (agreed is None or founding_name(entry.name.removesuffix("-pack")) in agreed)
    ]
    return {public: key.sign for key in keys if (public := decode(key.multikey())) in publics}


def _validator_sets(
    inst: Installation, before: TrustDescription | None, given: Sequence[bytes]
) -> tuple[tuple[ValidatorSet, ...], tuple[bytes, ...]]:
    """The sets known, and who took over from the last of them, if anybody did."""
    stated = tuple(given) or (() if inst.embedded is None else inst.embedded.validators)
    if before is not None:
        known = before.chain.validator_sets
        return known, () if not stated or set(stated) == set(known[-1].validators) else stated
    if stated:
        return (ValidatorSet(0, None, stated),), ()
    raise NotFound(
        "trust-pack.validators-unknown",
        "Nobody said which validators seal this network's blocks.",
        "Name them with --validator, or start from a pack of the root authority: onceledger trust-pack import.",
    )
