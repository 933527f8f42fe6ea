"""The text that issuing puts together is the canonical form of the document it stands for, proof included."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from bench import samples
from ledger import credential
from ledger.canonical_json import canonicalize, parse
from ledger.credential import Frame
from ledger.credential_text import CredentialText
from ledger.data_integrity import verify_proof
from ledger.errors import Corrupt, MalformedInput
from ledger.issuance import Claims, secure, template
from ledger.merkle import leaf_hash

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
"""Any text but lone surrogates, which canonical JSON refuses."""
SUBJECT = st.dictionaries(TEXT, TEXT | st.booleans() | st.none() | st.integers(-(2**53) + 1, 2**53 - 1), max_size=6)
SOME_FRAME = st.builds(Frame, TEXT, TEXT, TEXT, TEXT, st.integers(1, 2**63), st.integers(1, 2**63))
KEY = SigningKey(bytes(range(32)))
METHOD = "did:web:tucson.example#z6Mk"
CREATED = "2026-01-01T00:00:00Z"


@given(SOME_FRAME, st.binary(min_size=16, max_size=16), SUBJECT, TEXT, st.none() | TEXT, st.integers(0, 2**40))
def test_text_is_the_canonical_form_of_the_document(
    frame: Frame, uuid: bytes, subject: dict[str, Any], begins: str, ends: str | None, index: int
) -> None:
    text = CredentialText(frame)
    expected = canonicalize(frame.document(uuid, subject, begins, ends, index))
    assert text.front(uuid, canonicalize(subject), index) + text.back(begins, ends) == expected


@pytest.mark.parametrize("template_like", ["%", "%d%b", "%%", '"', "\\", "%(a)s", "{}"])
def test_what_looks_like_a_gap_or_a_quotation_mark_stands_for_itself(template_like: str) -> None:
    frame = Frame(template_like, template_like, template_like, template_like, 1, 2)
    text = CredentialText(frame)
    made = text.front(bytes(16), canonicalize({template_like: template_like}), 3) + text.back(template_like, None)
    document = frame.document(bytes(16), {template_like: template_like}, template_like, None, 3)
    assert made == canonicalize(document)


@settings(max_examples=20)
@given(
    st.lists(st.integers(0, len(samples.subjects()) - 1), min_size=1, max_size=5),
    st.none() | st.just("2030-01-01T00:00:00Z"),
)
def test_secured_credentials_are_canonical_and_their_proofs_hold(rows: list[int], ends: str | None) -> None:
    work = samples.bench()
    known = samples.subjects()
    ids = credential.uuids(bytes(16 * len(rows)))
    count = len(rows)
    claims = Claims([known[row] for row in rows], [CREATED] * count, [ends] * count, ids, range(count))
    proof = template(work.frame, METHOD, CREATED)
    made = secure(work.frame, proof, work.kind, claims, lambda all_: [KEY.sign(one).signature for one in all_], b"s")
    for canonical, leaf, subject in zip(made.canonical, made.leaves, claims.subjects, strict=True):
        document = parse(canonical)
        assert canonicalize(document) == canonical
        assert document["credentialSubject"] == json.loads(subject)
        assert document.get("validUntil") == ends
        verify_proof(document, bytes(KEY.verify_key))
        assert leaf == leaf_hash(canonical)
        assert credential.read(document).verification_method == METHOD


def test_claims_that_break_the_schema_stop_the_chunk_before_anything_is_signed() -> None:
    work = samples.bench()
    good = samples.claims(2)
    bad = replace(good, subjects=[good.subjects[0], b'{"businessName":7}'])

    def never(_: list[bytes]) -> list[bytes]:
        raise AssertionError("nothing may be signed")

    with pytest.raises(MalformedInput) as caught:
        secure(work.frame, work.proof, work.kind, bad, never, b"s")
    assert (caught.value.code, caught.value.detail["place"]) == ("issue.chunk-breaks-schema", 2)


def test_a_signer_of_too_few_signatures_is_found_out() -> None:
    work = samples.bench()
    with pytest.raises(Corrupt) as caught:
        secure(work.frame, work.proof, work.kind, samples.claims(2), lambda _: [bytes(64)], b"s")
    assert caught.value.code == "data-integrity.signer"
