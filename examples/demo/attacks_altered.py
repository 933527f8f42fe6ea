"""Forgers who alter a genuine bundle, and holders of revoked certificates who would rather not be."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from examples.demo.attacks import Attacks
from examples.demo.forging import apart, flipped, flipped_text, together, with_other_state, with_seals
from ledger import base64url, canonical_json, status_pack, trust_pack
from ledger import bundle as bundles
from ledger.bundle import deflate_chunk
from ledger.errors import MalformedInput
from ledger.status_list import CHUNK_ENTRIES
from ledger.verdict import Verification
from ledger.verification import Verifier


def alter(attacks: Attacks, bundle: bytes) -> None:
    """One byte here, one byte there."""
    parts = apart(bundle)
    anchor, inclusion = parts["anchor"], parts["inclusion"]
    attacks.show("altered.genuine", bundle)
    attacks.show("altered.credential", _one_letter(bundle, parts["credential"]["credentialSubject"]))
    attacks.show("altered.path", _with(parts, "inclusion", {**inclusion, "path": flipped_text(inclusion["path"], 40)}))
    last = anchor["receipt"][-1]
    receipt = [*anchor["receipt"][:-1], flipped_text(last, len(base64url.decode(last)) - 20)]
    attacks.show("altered.receipt", _with(parts, "anchor", {**anchor, "receipt": receipt}))
    other = {**anchor, "header": with_other_state(anchor["header"])}
    attacks.show("altered.header", _with(parts, "anchor", other))
    sealed = {**anchor, "header": with_seals(anchor["header"], lambda seals: (flipped(seals[0], 20), *seals[1:]))}
    attacks.show("altered.seal", _with(parts, "anchor", sealed))
    fewer = {**anchor, "header": with_seals(anchor["header"], lambda seals: seals[1:])}
    attacks.show("altered.seal-missing", _with(parts, "anchor", fewer))
    second = together({**parts["credential"], "issuer": "did:web:somebody.example"})
    attacks.show("altered.two-credentials", b'{"credential":' + second + b"," + bundle[1:])


def every_byte(
    bundle: bytes,
    holdings: tuple[bytes, bytes, bytes],
    stride: int,
    progress: Callable[[int], None],
) -> tuple[int, int]:
    """Change each byte (every ``stride``-th) of a bundle and verify: how many were tried, and how many were accepted
    although they show another certificate, or another block or time, than the genuine one. ``holdings`` are trust
    pack, pinned root and status pack."""
    now = datetime.now(UTC)
    trust = trust_pack.load(holdings[0], pinned_root=holdings[1], now=now).trust
    verifier = Verifier(trust, now=now, status=status_pack.load(holdings[2]))
    genuine = _essence(bundle, verifier.verify_bytes(bundle))
    tried = accepted = 0
    for position in range(0, len(bundle), stride):
        altered = flipped(bundle, position)
        verification = verifier.verify_bytes(altered)
        tried += 1
        # A letter in the name of a part that the status pack makes up for is the same certificate all the same.
        if verification.verified and _essence(altered, verification) != genuine:
            accepted += 1
        progress(1)
    return tried, accepted


def cheat_status(attacks: Attacks, old: bytes, refreshed: bytes) -> None:
    """A revoked certificate: ``old`` is its bundle from before, ``refreshed`` the one that says so."""
    parts = apart(refreshed)
    attacks.show("revoked.old-bundle", old)
    attacks.show("revoked.bit-cleared", _with(parts, "status", _cleared(parts)), statusPack=None)
    without = together({name: part for name, part in parts.items() if name != "status"})
    attacks.show("revoked.no-status", without, statusPack=None)
    attacks.show("revoked.never-told", old, statusPack=None)
    attacks.show("revoked.old-status", old, statusPack=None, maxStatusAge=0)


def _one_letter(bundle: bytes, subject: dict[str, Any]) -> bytes:
    """Another letter of the alphabet, or another digit, in a claim; the file is otherwise the same."""
    claim = next(value for value in subject.values() if isinstance(value, str) and value.isascii() and value.isalnum())
    at = bundle.index(canonical_json.canonicalize(claim), bundle.index(b'"credentialSubject"')) + 1
    return flipped(bundle, at)


def _with(parts: dict[str, Any], name: str, part: object) -> bytes:
    return together({**parts, name: part})


def _cleared(parts: dict[str, Any]) -> list[dict[str, Any]]:
    index = int(parts["credential"]["credentialStatus"][0]["statusListIndex"])
    at, bit = divmod(index % CHUNK_ENTRIES, 8)
    cleared = []
    for proof in parts["status"]:
        bits = bytearray(zlib.decompress(base64url.decode(proof["content"])))
        bits[at] &= ~(0x80 >> bit)
        kept = {name: value for name, value in proof.items() if name != "reasons"}
        cleared.append({**kept, "content": deflate_chunk(bytes(bits))})
    return cleared


def _essence(bundle: bytes, verification: Verification) -> tuple[object, ...]:
    try:
        canonical = bundles.read(bundle).canonical
    except MalformedInput:
        canonical = b""
    return canonical, verification.anchored_at, verification.block
