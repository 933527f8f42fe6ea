"""eddsa-jcs-2022: the specification's document, Wycheproof's signatures, and proofs altered in every way we know."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from weak_keys import WEAK

from ledger import base58, multikey
from ledger.canonical_json import canonicalize, parse
from ledger.data_integrity import ProofTemplate, proof_config, signing_input, verify_proof, verify_signature
from ledger.errors import Corrupt, MalformedInput, OnceledgerError

VECTORS = Path(__file__).parent / "vectors"
EDDSA = VECTORS / "data-integrity" / "eddsa"
JCS = EDDSA / "eddsa-jcs-2022"
PAIR = json.loads((EDDSA / "keyPair.json").read_text())
PUBLIC = multikey.decode(PAIR["publicKeyMultibase"])
SEED = base58.decode(PAIR["privateKeyMultibase"][1:])[2:]
UNSIGNED = parse((EDDSA / "unsigned.json").read_bytes())
SIGNED = parse((JCS / "signedJCS.json").read_bytes())
CONFIG = parse((JCS / "proofConfigJCS.json").read_bytes())
WYCHEPROOF = [
    (bytes.fromhex(group["publicKey"]["pk"]), case)
    for group in json.loads((VECTORS / "wycheproof/ed25519_test.json").read_text())["testGroups"]
    for case in group["tests"]
]
ORDER = 2**252 + 27742317777372353535851937790883648493
METHOD = SIGNED["proof"]["verificationMethod"]
CREATED = SIGNED["proof"]["created"]

Document = dict[str, Any]


def sign(message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(SEED).sign(message)


def sign_many(messages: list[bytes]) -> list[bytes]:
    return [sign(message) for message in messages]


def resigned(document: Document, config: Document) -> Document:
    """A proof whose signature is right, whatever its members say."""
    value = "z" + base58.encode(sign(signing_input(document, config)))
    return {**document, "proof": {**config, "proofValue": value}}


def refused(document: Document, key: bytes = PUBLIC) -> str:
    with pytest.raises(MalformedInput) as caught:
        verify_proof(document, key)
    with pytest.raises(MalformedInput) as again:
        verify_proof(document, key, parsed=True)
    assert again.value.code == caught.value.code
    return caught.value.code


def with_proof(**members: Any) -> Document:
    return {**SIGNED, "proof": {**SIGNED["proof"], **members}}


def with_signature(signature: bytes) -> Document:
    return with_proof(proofValue="z" + base58.encode(signature))


def text_of(name: str) -> str:
    return (JCS / name).read_text()


# --- the standard -----------------------------------------------------------------------------------------------------


def test_every_step_of_the_specifications_example() -> None:
    assert canonicalize(UNSIGNED).decode() == text_of("canonDocJCS.txt")
    assert canonicalize(CONFIG).decode() == text_of("proofCanonJCS.txt")
    hashed = signing_input(UNSIGNED, CONFIG)
    assert hashed.hex() == text_of("combinedHashJCS.txt")
    assert hashed.hex() == text_of("proofHashJCS.txt") + text_of("docHashJCS.txt")
    assert sign(hashed).hex() == text_of("sigHexJCS.txt")
    assert "z" + base58.encode(sign(hashed)) == text_of("sigBTC58JCS.txt")
    assert proof_config(UNSIGNED["@context"], METHOD, CREATED) == CONFIG
    verify_proof(SIGNED, PUBLIC)


def test_template_makes_the_specifications_document() -> None:
    template = ProofTemplate(UNSIGNED["@context"], METHOD, CREATED)
    assert template.secure(UNSIGNED, sign) == canonicalize(SIGNED)
    value = SIGNED["proof"]["proofValue"].encode()
    assert template.values([canonicalize(UNSIGNED)] * 2, sign_many) == [value] * 2
    assert template.values([], sign_many) == []
    before, after = template.text()
    assert before + value + after == canonicalize(SIGNED["proof"])
    assert "proof" not in UNSIGNED


@pytest.mark.parametrize("public", sorted({public for public, _ in WYCHEPROOF}), ids=lambda key: key.hex()[:8])
def test_wycheproof_signatures(public: bytes) -> None:
    for case in [case for key, case in WYCHEPROOF if key == public]:
        signature, message = bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
        if case["result"] == "valid":
            verify_signature(signature, message, public)
        else:
            with pytest.raises(MalformedInput) as caught:
                verify_signature(signature, message, public)
            assert caught.value.code == "data-integrity.signature", case["comment"]


def test_wycheproof_has_both_kinds() -> None:
    results = [case["result"] for _, case in WYCHEPROOF]
    assert (results.count("valid"), results.count("invalid")) == (88, 63)


def test_signature_does_not_reach_into_the_message() -> None:
    message = b"of whatever length"
    signature = sign(message)
    verify_signature(signature, message, PUBLIC)
    for cut in (signature[:32], signature[:63], b""):
        with pytest.raises(MalformedInput):
            verify_signature(cut, signature[len(cut) :] + message, PUBLIC)
    with pytest.raises(MalformedInput):
        verify_signature(signature + message[:5], message[5:], PUBLIC)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.dictionaries(st.text().filter(lambda key: key not in {"proof", "@context"}), JSON_VALUES, max_size=5))
def test_what_a_template_secures_is_canonical_and_verifies(members: Document) -> None:
    document = {"@context": ["https://www.w3.org/ns/credentials/v2", "\U00020bb7\uff08"], **members}
    secured = ProofTemplate(document["@context"], METHOD, CREATED).secure(document, sign)
    value = parse(secured)
    assert canonicalize(value) == secured
    assert {key: item for key, item in value.items() if key != "proof"} == document
    verify_proof(value, PUBLIC)
    verify_proof(value, PUBLIC, parsed=True)


def test_document_without_context_needs_none_in_the_proof() -> None:
    document = {"a": 1}
    verify_proof(resigned(document, proof_config(None, METHOD, CREATED)), PUBLIC)


def test_created_may_be_absent() -> None:
    verify_proof(resigned(UNSIGNED, proof_config(UNSIGNED["@context"], METHOD, None)), PUBLIC)


def test_order_of_members_and_spelling_do_not_matter() -> None:
    """A JSON object has no order: canonicalisation settles it."""
    turned = {key: SIGNED[key] for key in reversed(SIGNED)}
    turned["proof"] = {key: SIGNED["proof"][key] for key in reversed(SIGNED["proof"])}
    assert list(turned) != list(SIGNED)
    verify_proof(parse(json.dumps(turned, indent=3).encode()), PUBLIC)


def test_verifying_changes_nothing() -> None:
    before = canonicalize(SIGNED)
    verify_proof(SIGNED, PUBLIC)
    assert canonicalize(SIGNED) == before


# --- the document was altered -----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_flipped_bit_of_a_secured_document_fails(data: st.DataObject) -> None:
    changed = bytearray(canonicalize(SIGNED))
    bit = data.draw(st.integers(0, 8 * len(changed) - 1))
    changed[bit >> 3] ^= 1 << (bit & 7)
    for parsed in (False, True):
        with pytest.raises(OnceledgerError):
            verify_proof(parse(bytes(changed)), PUBLIC, parsed=parsed)


@pytest.mark.parametrize("member", sorted(SIGNED))
def test_removed_member_fails(member: str) -> None:
    refused({key: item for key, item in SIGNED.items() if key != member})


def test_added_member_fails() -> None:
    assert refused({**SIGNED, "validUntil": "2099-01-01T00:00:00Z"}) == "data-integrity.signature"


def test_another_key_fails() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    assert refused(SIGNED, other) == "data-integrity.signature"


# --- the proof is not one of ours -------------------------------------------------------------------------------------


def test_repeated_member_is_refused_before_it_is_read() -> None:
    text = canonicalize(SIGNED).decode()
    twice = text.replace('"proofPurpose":', '"proofPurpose":"authentication","proofPurpose":')
    with pytest.raises(MalformedInput) as caught:
        parse(twice.encode())
    assert caught.value.code == "json.duplicate-key"
    escaped = text.replace('"proofPurpose":', '"proof\\u0050urpose":"authentication","proofPurpose":')
    with pytest.raises(MalformedInput) as caught:
        parse(escaped.encode())
    assert caught.value.code == "json.duplicate-key"


@pytest.mark.parametrize("proof", [[], [SIGNED["proof"]], [SIGNED["proof"]] * 2, "z1", 1, True, False, ""], ids=ascii)
def test_proof_that_is_not_one_object_is_refused(proof: Any) -> None:
    assert refused({**SIGNED, "proof": proof}) == "data-integrity.proof-not-one"


def test_missing_proof_is_refused() -> None:
    assert refused(UNSIGNED) == "data-integrity.proof-missing"
    assert refused({**UNSIGNED, "proof": None}) == "data-integrity.proof-missing"


@pytest.mark.parametrize("member", ["type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue"])
def test_proof_without_a_member_is_refused(member: str) -> None:
    config = {key: item for key, item in CONFIG.items() if key != member}
    document = resigned(UNSIGNED, config)
    if member == "proofValue":
        del document["proof"]["proofValue"]
    assert refused(document) == "data-integrity.proof-members"


@pytest.mark.parametrize("member", ["id", "expires", "domain", "challenge", "nonce", "previousProof", "x", "", "Type"])
def test_proof_with_a_member_that_is_not_known_is_refused(member: str) -> None:
    document = resigned(UNSIGNED, {**CONFIG, member: "2030-01-01T00:00:00Z"})
    assert refused(document) == "data-integrity.proof-members"


@pytest.mark.parametrize("kind", ["Ed25519Signature2020", "dataIntegrityProof", "", None, ["DataIntegrityProof"]])
def test_another_type_is_refused(kind: Any) -> None:
    assert refused(resigned(UNSIGNED, {**CONFIG, "type": kind})) == "data-integrity.type"


@pytest.mark.parametrize(
    "suite",
    [
        "eddsa-rdfc-2022",
        "eddsa-2022",
        "ecdsa-jcs-2019",
        "EDDSA-JCS-2022",
        "eddsa-jcs-2022 ",
        "",
        None,
        ["eddsa-jcs-2022"],
    ],
    ids=ascii,
)
def test_another_cryptosuite_is_refused(suite: Any) -> None:
    assert refused(resigned(UNSIGNED, {**CONFIG, "cryptosuite": suite})) == "data-integrity.cryptosuite"


@pytest.mark.parametrize(
    "purpose", ["authentication", "keyAgreement", "capabilityInvocation", "", None, ["assertionMethod"]], ids=ascii
)
def test_another_purpose_is_refused(purpose: Any) -> None:
    assert refused(resigned(UNSIGNED, {**CONFIG, "proofPurpose": purpose})) == "data-integrity.proof-purpose"


@pytest.mark.parametrize("method", ["", None, 1, {"id": METHOD}, [METHOD]], ids=ascii)
def test_verification_method_that_is_no_text_is_refused(method: Any) -> None:
    document = resigned(UNSIGNED, {**CONFIG, "verificationMethod": method})
    assert refused(document) == "data-integrity.verification-method"


@pytest.mark.parametrize(
    "created",
    ["", None, 1677281798, "2023-02-24", "2023-02-24T23:36:38", "2023-02-24 23:36:38Z", "2023-13-24T23:36:38Z",
     "2023-02-24T24:36:38Z", "2023-02-24T23:60:38Z", "2023-02-24T23:36:38+15:00", "2023-02-24T23:36:38Z\n",
     "٢٠٢٣-02-24T23:36:38Z", "23-02-24T23:36:38Z", "2023-02-24T23:36:38.Z"],
    ids=ascii,
)  # fmt: skip
def test_created_without_zone_or_sense_is_refused(created: Any) -> None:
    assert refused(resigned(UNSIGNED, {**CONFIG, "created": created})) == "data-integrity.created"


@pytest.mark.parametrize("created", ["2023-02-24T23:36:38.123+08:00", "2023-02-24T00:00:00-14:00"])
def test_created_with_a_zone_is_accepted(created: str) -> None:
    verify_proof(resigned(UNSIGNED, {**CONFIG, "created": created}), PUBLIC)


@pytest.mark.parametrize(
    "context",
    [UNSIGNED["@context"][:1], UNSIGNED["@context"][::-1], [*UNSIGNED["@context"], "https://evil.example/"], "x", None],
    ids=ascii,
)
def test_context_of_the_proof_that_is_not_the_documents_is_refused(context: Any) -> None:
    assert refused(resigned(UNSIGNED, {**CONFIG, "@context": context})) == "data-integrity.context-differs"


def test_absent_context_of_the_proof_is_refused() -> None:
    config = {key: item for key, item in CONFIG.items() if key != "@context"}
    assert refused(resigned(UNSIGNED, config)) == "data-integrity.context-differs"


@pytest.mark.parametrize(
    "path",
    [
        "eddsa-rdfc-2022/signedDataInt.json",
        "Ed25519Signature2020/signedEdSig.json",
        "proof-set-chain/signedProofSet2.json",
    ],
)
def test_other_suites_of_the_specification_are_refused(path: str) -> None:
    code = refused(parse((EDDSA / path).read_bytes()))
    assert code in {"data-integrity.cryptosuite", "data-integrity.proof-members", "data-integrity.proof-not-one"}


# --- the signature is not one -----------------------------------------------------------------------------------------


GOOD = base58.decode(SIGNED["proof"]["proofValue"][1:])
VALUE = SIGNED["proof"]["proofValue"]


@pytest.mark.parametrize(
    "value",
    ["", "z", VALUE[1:], "u" + VALUE[1:], "z1" + VALUE[1:], VALUE + "1", VALUE[:-1], VALUE[:-1] + "0", VALUE + " ",
     "z" + VALUE, "z" + "1" * 64, "z" + "z" * 300, None, 1, [VALUE]],
    ids=ascii,
)  # fmt: skip
def test_proof_value_that_is_no_signature_is_refused(value: Any) -> None:
    code = refused(with_proof(proofValue=value))
    has_64_bytes = value in (VALUE[:-1], "z" + "1" * 64)
    assert code == ("data-integrity.signature" if has_64_bytes else "data-integrity.proof-value")


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 96])
def test_signature_of_another_length_is_refused(length: int) -> None:
    assert refused(with_signature((GOOD * 2)[:length])) == "data-integrity.proof-value"


@pytest.mark.parametrize("factor", [1, 2, 7, 14])
def test_s_beyond_the_group_order_is_refused(factor: int) -> None:
    """S + L fits the same equation: accepting it would give one document many signatures."""
    s = int.from_bytes(GOOD[32:], "little") + factor * ORDER
    assert refused(with_signature(GOOD[:32] + s.to_bytes(32, "little"))) == "data-integrity.signature"


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, b"\x01" + bytes(63)], ids=["zeros", "ones", "identity"])
def test_constant_signature_is_refused(signature: bytes) -> None:
    assert refused(with_signature(signature)) == "data-integrity.signature"


@pytest.mark.parametrize("key", WEAK.values(), ids=WEAK.keys())
def test_key_of_small_order_verifies_nothing(key: bytes) -> None:
    """With such a key R = identity, S = 0 fits about every eighth message or all; a plain library says yes."""
    forgery = b"\x01" + bytes(63)
    fooled = 0
    for number in range(32):
        document = {**UNSIGNED, "id": f"urn:uuid:{number}"}
        secured = {**document, "proof": {**CONFIG, "proofValue": "z" + base58.encode(forgery)}}
        assert refused(secured, key) == "data-integrity.signature"
        fooled += library_says_yes(key, forgery, signing_input(document, CONFIG))
    if int.from_bytes(key, "little") == 1:
        assert fooled == 32


def library_says_yes(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except Exception:
        return False
    return True


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_key_of_another_length_is_refused(length: int) -> None:
    assert refused(SIGNED, (PUBLIC * 2)[:length]) == "data-integrity.key-length"


# --- the issuing side -------------------------------------------------------------------------------------------------


def template() -> ProofTemplate:
    return ProofTemplate(UNSIGNED["@context"], METHOD, CREATED)


def never_called(message: bytes) -> bytes:
    raise AssertionError("nothing may be signed")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (SIGNED, "data-integrity.already-secured"),
        ({**UNSIGNED, "@context": ["https://www.w3.org/ns/credentials/v2"]}, "data-integrity.context-differs"),
        ({"a": 1}, "data-integrity.context-differs"),
        ({**UNSIGNED, "x": 1.5}, "json.float"),
        ({**UNSIGNED, "x": float("nan")}, "json.float"),
        ({**UNSIGNED, "x": 2**53}, "json.number-out-of-range"),
        ({**UNSIGNED, "x": "\ud800"}, "json.lone-surrogate"),
    ],
    ids=["secured", "context", "no-context", "float", "nan", "2^53", "surrogate"],
)
def test_bad_document_is_refused_before_anything_is_signed(document: Document, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        template().secure(document, never_called)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "signer",
    [lambda _: [], lambda messages: sign_many(messages)[:1], lambda messages: sign_many(messages) * 2,
     lambda messages: [signature[:63] for signature in sign_many(messages)]],
    ids=["none", "one", "too-many", "short"],
)  # fmt: skip
def test_signer_that_gives_something_else_is_found_out(signer: Callable[[list[bytes]], list[bytes]]) -> None:
    with pytest.raises(Corrupt) as caught:
        template().values([canonicalize(UNSIGNED)] * 2, signer)
    assert caught.value.code == "data-integrity.signer"


@pytest.mark.parametrize(
    ("method", "created", "code"),
    [("", CREATED, "data-integrity.verification-method"), (METHOD, "2023-02-24", "data-integrity.created")],
)
def test_template_that_could_not_be_verified_is_refused(method: str, created: str, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        ProofTemplate(UNSIGNED["@context"], method, created)
    assert caught.value.code == code


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from([*SIGNED, "x"]), JSON_VALUES),
    st.dictionaries(st.sampled_from([*SIGNED["proof"], "x"]), JSON_VALUES),
)
def test_random_documents_and_proofs_give_our_error(members: Document, proof: Document) -> None:
    with pytest.raises(OnceledgerError):
        verify_proof({**SIGNED, "proof": {**SIGNED["proof"], **proof}, **members, "y": 1}, PUBLIC)
