"""Data Integrity proofs of the suite eddsa-jcs-2022 (W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3;
``docs/formats/data-integrity.md``).

    {…, "proof": {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": "2026-10-01T08:00:00Z",
                  "verificationMethod": "did:web:…#z6Mk…", "proofPurpose": "assertionMethod", "@context": […],
                  "proofValue": "z…"}}

What Ed25519 signs is 64 bytes: SHA-256(JCS(proof without proofValue)) ‖ SHA-256(JCS(document without proof)). The first
half is the same for all proofs of one key, context and second, so a batch computes it once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import nacl.bindings
from nacl.exceptions import BadSignatureError

from ledger import base58
from ledger.canonical_json import canonicalize, canonicalize_inspected
from ledger.errors import Corrupt, MalformedInput
from ledger.multikey import KEY_SIZE

TYPE: Final = "DataIntegrityProof"
CRYPTOSUITE: Final = "eddsa-jcs-2022"
PURPOSE: Final = "assertionMethod"
SIGNATURE_SIZE: Final = 64
"""Bytes in an Ed25519 signature (RFC 8032, section 5.1.6)."""

_REQUIRED: Final = frozenset(("type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue"))
_ALLOWED: Final = _REQUIRED | {"@context", "created"}
_DATE_TIME_STAMP: Final = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
)
"""XML Schema 1.1 dateTimeStamp, years 0000 to 9999; whether the day exists is asked where the date is used."""


def proof_config(context: Any, verification_method: str, created: str | None) -> dict[str, Any]:
    """The proof without its value. ``context`` is the document's ``@context``, none when it has none; ``created`` an
    XML Schema dateTimeStamp."""
    config: dict[str, Any] = {
        "type": TYPE,
        "cryptosuite": CRYPTOSUITE,
        "verificationMethod": verification_method,
        "proofPurpose": PURPOSE,
    }
    if context is not None:
        config["@context"] = context
    if created is not None:
        config["created"] = created
    return config


def signing_input(document: dict[str, Any], config: dict[str, Any]) -> bytes:
    """The 64 bytes that are signed, from the document without ``proof`` and the proof without ``proofValue``.

    Raises MalformedInput ``json.*`` for values that have no canonical form.
    """
    return sha256(canonicalize(config)).digest() + sha256(canonicalize(document)).digest()


@dataclass(frozen=True, slots=True)
class ProofTemplate:
    """What all proofs of one run have in common. Building it hashes the proof configuration, once.

    Raises MalformedInput ``data-integrity.created`` and ``data-integrity.verification-method``.
    """

    context: list[Any]
    verification_method: str
    created: str
    _config: dict[str, Any] = field(init=False, repr=False)
    _config_hash: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        config = proof_config(self.context, self.verification_method, self.created)
        _check_members(config)
        object.__setattr__(self, "_config", config)
        object.__setattr__(self, "_config_hash", sha256(canonicalize(config)).digest())

    def secure(self, document: dict[str, Any], sign: Callable[[bytes], bytes]) -> bytes:
        """Canonical bytes of ``document`` with its proof; ``sign`` makes an Ed25519 signature of 64 bytes.

        Raises MalformedInput ``data-integrity.already-secured``, ``data-integrity.context-differs`` or ``json.*``
        before anything is signed, Corrupt ``data-integrity.signer`` when ``sign`` gives anything but 64 bytes.
        """
        if "proof" in document:
            raise _bad("data-integrity.already-secured", "The document has a proof.", "Sign the document without it.")
        if document.get("@context") != self.context:
            raise _context_differs()
        (value,) = self.values([canonicalize(document)], lambda inputs: [sign(inputs[0])])
        proof = {**self._config, "proofValue": value.decode("ascii")}
        return canonicalize_inspected({**document, "proof": proof})

    def values(self, unsecured: Sequence[bytes], sign_many: Callable[[list[bytes]], list[bytes]]) -> list[bytes]:
        """The ``proofValue`` of each document, in order; one call of ``sign_many`` for all. ``unsecured`` are the
        canonical forms of documents that have this template's ``@context`` and no proof.

        Raises Corrupt ``data-integrity.signer`` when ``sign_many`` gives other than one signature for each.
        """
        config_hash = self._config_hash
        inputs = [config_hash + sha256(document).digest() for document in unsecured]
        signatures = sign_many(inputs)
        if len(signatures) != len(inputs) or any(len(signature) != SIGNATURE_SIZE for signature in signatures):
            raise Corrupt(
                "data-integrity.signer",
                "The signer did not return one signature of 64 bytes for each document.",
                "Look at the log of the signer and issue the batch again.",
            )
        return [b"z" + base58.encode(signature).encode("ascii") for signature in signatures]

    def text(self) -> tuple[bytes, bytes]:
        """The proof's canonical form in two pieces, between which its value goes."""
        whole = canonicalize_inspected({**self._config, "proofValue": ""})
        before, _, after = whole.partition(b'"proofValue":""')
        return before + b'"proofValue":"', b'"' + after


def verify_proof(secured: dict[str, Any], public_key: bytes, *, parsed: bool = False) -> None:
    """Return if the document's one proof is an eddsa-jcs-2022 proof by ``public_key`` (32 bytes).

    Only that is said: whether the key is the issuer's is the caller's question. Stricter than the standard in that no
    member is accepted that is not understood, and a document's ``@context`` must stand in the proof unchanged.
    ``parsed`` says that ``secured`` came out of ``canonical_json.parse``, which has looked at every value already.

    Raises MalformedInput ``data-integrity.proof-missing``, ``data-integrity.proof-not-one``,
    ``data-integrity.proof-members``, ``data-integrity.type``, ``data-integrity.cryptosuite``,
    ``data-integrity.proof-purpose``, ``data-integrity.verification-method``, ``data-integrity.created``,
    ``data-integrity.context-differs``, ``data-integrity.proof-value``, ``data-integrity.key-length``,
    ``data-integrity.signature`` and ``json.*``.
    """
    document = dict(secured)
    # (1) one proof, whose members are all known
    config, signature = _read_proof(document.pop("proof", None))
    # (2) the context that the signer saw is the one that stands here
    if config.get("@context") != document.get("@context"):
        raise _context_differs()
    # (3) the two hashes
    write = canonicalize_inspected if parsed else canonicalize
    message = sha256(write(config)).digest() + sha256(write(document)).digest()
    # (4) the signature over them
    verify_signature(signature, message, public_key)


def verify_signature(signature: bytes, message: bytes, public_key: bytes) -> None:
    """Return if ``signature`` (64 bytes) is the Ed25519 signature of ``message`` by ``public_key`` (32 bytes).

    RFC 8032, section 5.1.7, as libsodium does it: no S beyond the group order, no key in a non-canonical encoding, no
    key and no nonce of small order. Raises MalformedInput ``data-integrity.key-length``, ``data-integrity.signature``.
    """
    if len(public_key) != KEY_SIZE:
        raise _bad("data-integrity.key-length", "The public key is not 32 bytes long.", "Use an Ed25519 key.")
    try:
        if len(signature) != SIGNATURE_SIZE:  # libsodium would take the rest of it for the message
            raise BadSignatureError
        nacl.bindings.crypto_sign_open(signature + message, public_key)
    except BadSignatureError:
        raise _bad("data-integrity.signature", "The signature does not fit the document and the key.") from None


def _read_proof(proof: Any) -> tuple[dict[str, Any], bytes]:
    """The proof without its value, checked, and the signature's 64 bytes."""
    if proof is None:
        raise _bad("data-integrity.proof-missing", "The document has no proof.")
    if type(proof) is not dict:
        raise _bad("data-integrity.proof-not-one", "The proof is not one object.", "Give a document with one proof.")
    if not _REQUIRED <= proof.keys() <= _ALLOWED:
        raise _bad("data-integrity.proof-members", "The proof lacks a member or has one that is not known.")
    config = dict(proof)
    value = config.pop("proofValue")
    _check_members(config)
    if type(value) is not str or value[:1] != "z":
        raise _bad("data-integrity.proof-value", "proofValue is not base58btc Multibase.")
    try:
        signature = base58.decode(value[1:])
    except MalformedInput:
        raise _bad("data-integrity.proof-value", "proofValue is not base58btc Multibase.") from None
    if len(signature) != SIGNATURE_SIZE:
        raise _bad("data-integrity.proof-value", "proofValue does not hold 64 bytes.")
    return config, signature


def _check_members(config: dict[str, Any]) -> None:
    if config["type"] != TYPE:
        raise _bad("data-integrity.type", f"The proof's type is not {TYPE}.")
    if config["cryptosuite"] != CRYPTOSUITE:
        raise _bad("data-integrity.cryptosuite", f"The proof's cryptosuite is not {CRYPTOSUITE}.")
    if config["proofPurpose"] != PURPOSE:
        raise _bad("data-integrity.proof-purpose", f"The proof's purpose is not {PURPOSE}.")
    method, created = config["verificationMethod"], config.get("created")
    if type(method) is not str or not method:
        raise _bad("data-integrity.verification-method", "The proof's verificationMethod is not a text.")
    if "created" in config and not (type(created) is str and _DATE_TIME_STAMP.fullmatch(created)):
        raise _bad("data-integrity.created", "The proof's created is not a date and time with its zone.")


def _context_differs() -> MalformedInput:
    return _bad("data-integrity.context-differs", "The @context of the proof is not the document's.")


def _bad(code: str, cause: str, cure: str = "Ask the holder for the file as the issuer made it.") -> MalformedInput:
    return MalformedInput(code, cause, cure)
