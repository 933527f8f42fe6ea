"""The hot loop of issuing: claims in, secured credentials and their leaves out. Pure, so that any number of workers may
run it; the native libraries do the work and Python only feeds them."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import NamedTuple

import orjson

from ledger.credential import CONTEXT_V2, Frame
from ledger.credential_type import CredentialType
from ledger.data_integrity import ProofTemplate
from ledger.errors import MalformedInput


class Claims(NamedTuple):
    """What one credential will say: ``subject`` is what ``canonicalize`` wrote when it was imported; ``uuid`` is
    the 16 bytes of the credential's id; dates as dateTimeStamps."""

    subject: bytes
    valid_from: str
    valid_until: str | None
    uuid: bytes
    status_index: int


class Secured(NamedTuple):
    """A secured credential: its canonical bytes, its leaf hash, and the keyed commitment to its holder (or empty)."""

    canonical: bytes
    leaf: bytes
    commitment: bytes


def template(frame: Frame, verification_method: str, created: str) -> ProofTemplate:
    """The proof that all credentials of one run share but for its value."""
    return ProofTemplate([CONTEXT_V2, frame.context_url], verification_method, created)


def secure(
    frame: Frame,
    proof: ProofTemplate,
    kind: CredentialType,
    claims: Sequence[Claims],
    sign_many: Callable[[list[bytes]], list[bytes]],
    commitment_key: bytes,
) -> list[Secured]:
    """Check, build, sign and hash a chunk, in order.

    ``commitment_key`` keys the commitment to the fields that identify the holder: identity numbers can be enumerated,
    so an unkeyed hash of one would be the number itself.

    Raises MalformedInput ``issue.claims-break-schema`` (with ``position`` in the chunk) before anything is signed.
    """
    documents, commitments = [], []
    for position, claim in enumerate(claims):
        subject = orjson.loads(claim.subject)
        if errors := kind.check(subject):
            raise MalformedInput(
                "issue.claims-break-schema",
                "An approved draft does not meet the schema of its type any more.",
                "Reject the draft, and import its row anew.",
                position=position,
                rule=errors[0].rule,
            )
        identity = kind.subject_identity(subject)
        commitments.append(b"" if identity is None else hmac.digest(commitment_key, identity, "sha256"))
        documents.append(frame.document(claim.uuid, subject, claim.valid_from, claim.valid_until, claim.status_index))
    return [
        Secured(canonical, sha256(b"\x00" + canonical).digest(), commitment)
        for canonical, commitment in zip(
            proof.secure_many(documents, sign_many, inspected=True), commitments, strict=True
        )
    ]
