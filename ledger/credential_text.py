"""Credentials of one run as canonical text, put together from parts that are canonical already.

    {"@context":[…],"credentialStatus":[…"7"…],"credentialSubject": subject ,"id":"urn:uuid:…","issuer":"did:web:…"
    ,"proof":{…}                                                                     only when secured
    ,"type":[…],"validFrom":"…","validUntil":"…"}

RFC 8785 orders an object's members by name and writes each value on its own, so the canonical form of the whole is the
canonical forms of its members in their order. Building the object and writing it, twice for a secured one, costs ten
times as much; the tests hold this text to ``canonicalize(frame.document(…))``.
"""

from __future__ import annotations

from typing import Any

from ledger.canonical_json import canonicalize, canonicalize_inspected
from ledger.credential import BASE_TYPE, CONTEXT_V2, PURPOSES, STATUS_ENTRY, Frame, id_of


class CredentialText:
    """What all credentials of a frame have in common, as text with gaps."""

    __slots__ = ("_back", "_front")

    def __init__(self, frame: Frame) -> None:
        entries = b",".join(
            b'{"statusListCredential":%b,"statusListIndex":"%%d","statusPurpose":%b,"type":%b}'
            % (_literal(f"{frame.status_base}{list_id}"), _literal(purpose), _literal(STATUS_ENTRY))
            for list_id, purpose in zip((frame.revocation_list, frame.suspension_list), PURPOSES, strict=True)
        )
        self._front = b'{"@context":%b,"credentialStatus":[%b],"credentialSubject":%%b,"id":%%b,"issuer":%b' % (
            _literal([CONTEXT_V2, frame.context_url]),
            entries,
            _literal(frame.issuer),
        )
        self._back = b',"type":%b,"validFrom":' % canonicalize([BASE_TYPE, frame.type_name])

    def front(self, uuid: bytes, subject: bytes, status_index: int) -> bytes:
        """All members before the proof. ``subject`` is the claims in canonical form, ``uuid`` 16 bytes."""
        return self._front % (status_index, status_index, subject, canonicalize_inspected(id_of(uuid)))

    def back(self, valid_from: str, valid_until: str | None) -> bytes:
        """All members after the proof. The dates are XML Schema dateTimeStamp texts."""
        begins = self._back + canonicalize_inspected(valid_from)
        if valid_until is None:
            return begins + b"}"
        return b'%b,"validUntil":%b}' % (begins, canonicalize_inspected(valid_until))


def _literal(value: Any) -> bytes:
    """Canonical text of ``value`` that stands for itself in a template."""
    return canonicalize(value).replace(b"%", b"%%")
