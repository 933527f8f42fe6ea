"""Reading a credential strictly: every departure from the form has its own refusal."""

from __future__ import annotations

import os
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import credential
from ledger.credential import Frame
from ledger.errors import MalformedInput

FRAME = Frame("did:web:a.example", "Sample", "https://c.example/x/1/abc", "https://a.example/status/", 5, 6)


def secured(**changes: Any) -> dict[str, Any]:
    document = FRAME.document(credential.uuids(bytes(16))[0], {"a": "b"}, "2026-01-01T00:00:00Z", None, 7)
    document["proof"] = {"verificationMethod": "did:web:a.example#z", "created": "2026-01-01T00:00:00Z"}
    document.update(changes)
    return {name: value for name, value in document.items() if value is not ...}


def entry(**changes: Any) -> dict[str, Any]:
    first: dict[str, Any] = secured()["credentialStatus"][0]
    return {**first, **changes}


def test_a_sound_credential_is_read() -> None:
    read = credential.read(secured())
    assert (read.issuer, read.type_name, read.context_url) == (FRAME.issuer, "Sample", FRAME.context_url)
    assert [(one.purpose, one.list_id, one.index) for one in read.status] == [
        ("revocation", 5, 7),
        ("suspension", 6, 7),
    ]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "credential.not-an-object"),
        (secured(issuer=...), "credential.member-missing"),
        (secured(proof=...), "credential.member-missing"),
        (secured(evidence=[]), "credential.member-unknown"),
        (secured(**{"@context": [credential.CONTEXT_V2]}), "credential.context"),
        (secured(**{"@context": [credential.CONTEXT_V2, "https://c", "https://d"]}), "credential.context"),
        (secured(**{"@context": ["https://c", credential.CONTEXT_V2]}), "credential.context"),
        (secured(**{"@context": [credential.CONTEXT_V2, {"degree": "https://d"}]}), "credential.context"),
        (secured(type=["VerifiableCredential", "Dog", "Degree"]), "credential.type"),
        (secured(type=["Dog", "VerifiableCredential"]), "credential.type"),
        (secured(type="Dog"), "credential.type"),
        (secured(proof=[{}]), "credential.proof"),
        (secured(proof={"verificationMethod": 7}), "credential.proof"),
        (secured(issuer={"id": "did:web:a.example"}), "credential.member-not-text"),
        (secured(validUntil=7), "credential.member-not-text"),
        (secured(credentialSubject=[{"a": 1}, {"b": 1}]), "credential.subject"),
        (secured(credentialSubject={}), "credential.subject"),
        (secured(credentialStatus={}), "credential.status"),
        (secured(credentialStatus=[entry(), entry()]), "credential.status"),
        (secured(credentialStatus=[entry(statusPurpose="message")]), "credential.status"),
        (secured(credentialStatus=[entry(type="Other")]), "credential.status"),
        (secured(credentialStatus=[entry(more=1)]), "credential.status"),
        (secured(credentialStatus=[entry(statusListIndex=7)]), "credential.status"),
        (secured(credentialStatus=[entry(statusListIndex="-1")]), "credential.status-index"),
        (secured(credentialStatus=[entry(statusListIndex="07")]), "credential.status-index"),
        (secured(credentialStatus=[entry(statusListIndex="٧")]), "credential.status-index"),
        (secured(credentialStatus=[entry(statusListIndex="9" * 11)]), "credential.status-index"),
        (
            secured(credentialStatus=[entry(statusListCredential="https://a.example/status/x")]),
            "credential.status-index",
        ),
    ],
)
def test_every_departure_has_its_refusal(document: Any, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        credential.read(document)
    assert caught.value.code == code


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.sampled_from(sorted(secured())), JSON)
def test_whatever_a_member_is_only_malformed_input_is_raised(name: str, value: Any) -> None:
    try:
        credential.read(secured(**{name: value}))
    except MalformedInput as refused:
        assert refused.code.startswith("credential.")


def test_ids_are_version_4_uuids_of_the_random_bytes() -> None:
    chance = os.urandom(16 * 50)
    for number, made in enumerate(credential.uuids(chance)):
        expected = UUID(bytes=chance[16 * number : 16 * number + 16], version=4)
        assert credential.id_of(made) == expected.urn
