"""The hot loop of issuing: claims in, secured credentials and their leaves out. Pure, so that any number of workers may
run it; the native libraries do the work and Python only feeds them."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import add

import orjson

from ledger.credential import CONTEXT_V2, Frame
from ledger.credential_text import CredentialText
from ledger.credential_type import CredentialType
from ledger.data_integrity import ProofTemplate
from ledger.errors import MalformedInput


@dataclass(frozen=True, slots=True)
class Claims:
    """What the credentials of a chunk will say, by columns of one length: an object for each would cost as much to send
    to a worker as hashing it. ``subjects`` are what ``canonicalize`` wrote when they were imported; ``uuids`` the 16
    bytes of the credentials' ids; dates are dateTimeStamps."""

    subjects: Sequence[bytes]
    valid_from: Sequence[str]
    valid_until: Sequence[str | None]
    uuids: Sequence[bytes]
    status_indexes: Sequence[int]

    def __len__(self) -> int:
        return len(self.subjects)


@dataclass(frozen=True, slots=True)
class Secured:
    """Secured credentials, by columns: canonical bytes, leaf hashes, and keyed commitments to their holders (empty
    where a type names none)."""

    canonical: list[bytes]
    leaves: list[bytes]
    commitments: list[bytes]


def template(frame: Frame, verification_method: str, created: str) -> ProofTemplate:
    """The proof that all credentials of one run share but for its value."""
    return ProofTemplate([CONTEXT_V2, frame.context_url], verification_method, created)


def secure(
    frame: Frame,
    proof: ProofTemplate,
    kind: CredentialType,
    claims: Claims,
    sign_many: Callable[[list[bytes]], list[bytes]],
    commitment_key: bytes,
) -> Secured:
    """Check, build, sign and hash a chunk, in order.

    ``commitment_key`` keys the commitment to the fields that identify the holder: identity numbers can be enumerated,
    so an unkeyed hash of one would be the number itself.

    Raises MalformedInput ``issue.chunk-breaks-schema`` (``place`` in the chunk, from 1) before anything is signed.
    """
    text = CredentialText(frame)
    fronts, commitments = [], []
    for place, (subject, uuid, index) in enumerate(
        zip(claims.subjects, claims.uuids, claims.status_indexes, strict=True), 1
    ):
        parsed = orjson.loads(subject)
        if errors := kind.check(parsed):
            raise MalformedInput(
                "issue.chunk-breaks-schema",
                "An approved draft does not meet the schema of its type any more.",
                "Reject the draft, and import its row anew.",
                place=place,
                rule=errors[0].rule,
            )
        identity = kind.subject_identity(parsed)
        commitments.append(b"" if identity is None else hmac.digest(commitment_key, identity, "sha256"))
        fronts.append(text.front(uuid, subject, index))
    backs = list(map(text.back, claims.valid_from, claims.valid_until))
    values = proof.values(list(map(add, fronts, backs)), sign_many)
    before, after = proof.text()
    canonical = [
        b'%b,"proof":%b%b%b%b' % (front, before, value, after, back)
        for front, value, back in zip(fronts, values, backs, strict=True)
    ]
    return Secured(canonical, [sha256(b"\x00" + one).digest() for one in canonical], commitments)
