"""The credential as it is issued and as it is read: W3C Verifiable Credentials Data Model 2.0 with an eddsa-jcs-2022
proof (``docs/formats/credential.md``).

    {"@context": ["https://www.w3.org/ns/credentials/v2", "https://…/contexts/BusinessLicence/1/<digest>"],
     "id": "urn:uuid:…", "type": ["VerifiableCredential", "BusinessLicence"], "issuer": "did:web:…",
     "validFrom": "2011-01-15T00:00:00-07:00", "credentialSubject": {…},
     "credentialStatus": [{…revocation…}, {…suspension…}], "proof": {…}}

The leaf of a credential is SHA-256(0x00 ‖ JCS of the whole secured document): RFC 9162, section 2.1.1, over bytes that
every JSON library can reproduce.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ledger.errors import MalformedInput

CONTEXT_V2: Final = "https://www.w3.org/ns/credentials/v2"
BASE_TYPE: Final = "VerifiableCredential"
PURPOSES: Final = ("revocation", "suspension")
"""The two status purposes of every credential, in this order (Bitstring Status List 1.0, section 2.1)."""

STATUS_ENTRY: Final = "BitstringStatusListEntry"
"""Type of a status entry (Bitstring Status List 1.0, section 2.1)."""

_REQUIRED: Final = frozenset(("@context", "id", "type", "issuer", "validFrom", "credentialSubject", "proof"))
_OPTIONAL: Final = frozenset(("validUntil", "credentialStatus"))
_MEMBERS: Final = _REQUIRED | _OPTIONAL
_STATUS_MEMBERS: Final = frozenset(("type", "statusPurpose", "statusListIndex", "statusListCredential"))
_MAX_INDEX_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """Where one purpose of a credential's status stands: list id (agency << 32 | n) and bit."""

    purpose: str
    list_id: int
    index: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What all credentials of one run have in common (``ledger.credential_text`` writes them).

    ``status_base`` is the public address under which the issuer's lists are served, without the list id.
    """

    issuer: str
    type_name: str
    context_url: str
    status_base: str
    revocation_list: int
    suspension_list: int

    def document(
        self, uuid: bytes, subject: dict[str, Any], valid_from: str, valid_until: str | None, status_index: int
    ) -> dict[str, Any]:
        """The unsecured document. ``uuid`` (16 bytes) becomes its id; the dates are XML Schema dateTimeStamp texts."""
        index = str(status_index)
        document: dict[str, Any] = {
            "@context": [CONTEXT_V2, self.context_url],
            "credentialStatus": [
                {
                    "statusListCredential": f"{self.status_base}{self.revocation_list}",
                    "statusListIndex": index,
                    "statusPurpose": "revocation",
                    "type": STATUS_ENTRY,
                },
                {
                    "statusListCredential": f"{self.status_base}{self.suspension_list}",
                    "statusListIndex": index,
                    "statusPurpose": "suspension",
                    "type": STATUS_ENTRY,
                },
            ],
            "credentialSubject": subject,
            "id": id_of(uuid),
            "issuer": self.issuer,
            "type": [BASE_TYPE, self.type_name],
            "validFrom": valid_from,
        }
        if valid_until is not None:
            document["validUntil"] = valid_until
        return document


def id_of(uuid: bytes) -> str:
    """The identifier of a credential from its UUID's 16 bytes (RFC 9562, section 4)."""
    text = uuid.hex()
    return f"urn:uuid:{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def uuids(chance: bytes) -> list[bytes]:
    """Version 4 UUIDs, 16 bytes each, from as many random bytes (RFC 9562, section 5.4): 122 bits stay random."""
    marked = bytearray(chance)
    for at in range(0, len(marked), 16):
        marked[at + 6] = marked[at + 6] & 0x0F | 0x40
        marked[at + 8] = marked[at + 8] & 0x3F | 0x80
    return [bytes(marked[at : at + 16]) for at in range(0, len(marked), 16)]


class SecuredCredential(NamedTuple):
    """A credential that was parsed and nothing more: every member is *unverified* until ``ledger.verification`` ran."""

    document: dict[str, Any]
    id: str
    issuer: str
    type_name: str
    context_url: str
    valid_from: str
    valid_until: str | None
    status: tuple[StatusEntry, ...]
    verification_method: str
    created: str | None


def read(document: Any) -> SecuredCredential:
    """Read a secured document strictly.

    ``@context`` and ``type`` are exactly two entries each: a second type or a further context could make a permit for
    dogs look like a degree. Members this version does not know are refused, since what is not understood cannot be
    shown honestly.

    Raises MalformedInput ``credential.*``.
    """
    if not isinstance(document, dict):
        raise _bad("credential.not-an-object", "The credential is not a JSON object.")
    members = document.keys()
    if not members >= _REQUIRED:
        missing = ", ".join(sorted(_REQUIRED - members))
        raise _bad("credential.member-missing", f"The credential lacks {missing}.")
    if not members <= _MEMBERS:
        raise _bad("credential.member-unknown", "The credential has a member that this version does not know.")
    context, kinds, proof = document["@context"], document["type"], document["proof"]
    if not (type(context) is list and len(context) == 2 and context[0] == CONTEXT_V2 and _is_text(context[1])):
        raise _bad("credential.context", "@context is not the VC 2.0 context followed by the type's own.")
    if not (type(kinds) is list and len(kinds) == 2 and kinds[0] == BASE_TYPE and _is_text(kinds[1])):
        raise _bad("credential.type", "type is not VerifiableCredential followed by one type name.")
    if type(proof) is not dict or not _is_text(proof.get("verificationMethod")):
        raise _bad("credential.proof", "The credential has no single proof that names its key.")
    identifier, issuer, begins = document["id"], document["issuer"], document["validFrom"]
    ends, created = document.get("validUntil"), proof.get("created")
    if not (
        _is_text(identifier)
        and _is_text(issuer)
        and _is_text(begins)
        and (ends is None or _is_text(ends))
        and (created is None or _is_text(created))
    ):
        raise _bad("credential.member-not-text", "An identifier or a date is not a text.")
    if type(document["credentialSubject"]) is not dict or not document["credentialSubject"]:
        raise _bad("credential.subject", "credentialSubject is not one non-empty object.")
    return SecuredCredential(
        document,
        identifier,
        issuer,
        kinds[1],
        context[1],
        begins,
        ends,
        _status(document.get("credentialStatus")),
        proof["verificationMethod"],
        created,
    )


def list_url(status_base: str, list_id: int) -> str:
    """Address of a status list credential; its last segment is the list's id on the chain."""
    return f"{status_base}{list_id}"


def _status(entries: Any) -> tuple[StatusEntry, ...]:
    if entries is None:
        return ()
    if type(entries) is not list or len(entries) > len(PURPOSES):
        raise _bad("credential.status", "credentialStatus is not an array of at most one entry per purpose.")
    found = tuple([_status_entry(entry) for entry in entries])
    if len(found) == 2 and found[0].purpose == found[1].purpose:
        raise _bad("credential.status", "Two status entries have the same purpose.")
    return found


def _status_entry(entry: Any) -> StatusEntry:
    if type(entry) is not dict or entry.keys() != _STATUS_MEMBERS or entry["type"] != STATUS_ENTRY:
        raise _bad("credential.status", "A status entry is not a BitstringStatusListEntry with its four members.")
    purpose, index, url = entry["statusPurpose"], entry["statusListIndex"], entry["statusListCredential"]
    if purpose not in PURPOSES or not _is_text(index) or not _is_text(url):
        raise _bad("credential.status", "A status entry has an unknown purpose or a member that is not a text.")
    list_id = _list_of(url)
    if list_id is None or not _is_natural(index):
        raise _bad("credential.status-index", "A status index or list id is not a plain natural number.")
    return StatusEntry(purpose, list_id, int(index))


@lru_cache(maxsize=4096)
def _list_of(url: str) -> int | None:
    """List id at the end of a status list's address; thousands of credentials share one."""
    text = url.rpartition("/")[2]
    return int(text) if _is_natural(text, digits=20) else None


def _is_natural(text: str, digits: int = _MAX_INDEX_DIGITS) -> bool:
    return len(text) <= digits and text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")


def _is_text(value: Any) -> bool:
    return type(value) is str and value != ""


def _bad(code: str, cause: str) -> MalformedInput:
    return MalformedInput(code, cause, "Ask the holder for the file as the issuer made it.")
