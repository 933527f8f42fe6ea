"""Encrypted key files: what comes back, what is refused, and that no secret shows up where it must not."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import traceback
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from coincurve import PublicKey
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.account_key import Secp256k1Account
from adapters.ed25519_key import Ed25519Key
from adapters.key_kinds import KeyKind
from adapters.keystore import Keystore, change_passphrase, create_keystore, open_keystore
from adapters.master_key import Purpose, ScryptCost
from ledger import base64url, multikey
from ledger.canonical_json import canonicalize
from ledger.digest import sha256
from ledger.errors import (
    Conflict,
    Corrupt,
    MalformedInput,
    Misconfigured,
    NotFound,
    NotPermitted,
    OnceledgerError,
    Unavailable,
)
from ledger.keccak import address_of_public_key, keccak256
from ledger.key_port import AccountKey, Signer

ROOT = Path(__file__).parent.parent
PASSPHRASE = "一次提交 correct horse"
CHEAP = ScryptCost(n=2, r=1, p=1)
SEED = bytes(range(200, 232))


def raised(code: str, kind: type[OnceledgerError]) -> Any:
    """A context in which exactly this error must be raised."""
    return pytest.raises(kind, check=lambda error: error.code == code)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def keys(folder: Path) -> Keystore:
    return create_keystore(folder, PASSPHRASE, cost=CHEAP)


@pytest.fixture
def wrapping(tmp_path: Path) -> Keystore:
    return create_keystore(tmp_path / "wrapping", PASSPHRASE, Purpose.WRAPPING, cost=CHEAP)


def edit(path: Path, **changes: object) -> None:
    """Change fields of a key file, and put its checksum right again where it has one: the hand of a forger."""
    document = {**json.loads(path.read_bytes()), **changes}
    if "checksum" in document and "checksum" not in changes:
        del document["checksum"]
        document["checksum"] = base64url.encode(sha256(canonicalize(document)))
    path.write_bytes(canonicalize(document))


# What comes back


def test_issuing_key_signs_and_comes_back(folder: Path, keys: Keystore) -> None:
    entry = keys.create(KeyKind.ISSUING, "issuing-2026")
    signer: Signer = open_keystore(folder, PASSPHRASE).issuing_key("issuing-2026")
    assert signer.multikey() == entry.public
    public = Ed25519PublicKey.from_public_bytes(multikey.decode(entry.public))
    messages = [b"", b"one", bytes(10_000)]
    for message, signature in zip(messages, signer.sign_many(messages), strict=True):
        assert signature == signer.sign(message)
        public.verify(signature, message)
    with pytest.raises(InvalidSignature):
        public.verify(signer.sign(b"one"), b"two")


def test_signature_is_that_of_rfc_8032() -> None:
    # RFC 8032, section 7.1, tests 1 and 2.
    first = Ed25519Key(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert first.public_key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert first.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b"
    )
    second = Ed25519Key(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert second.sign_many([b"\x72"])[0].hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00"
    )


def test_transaction_is_that_of_eip_155() -> None:
    account: AccountKey = Secp256k1Account(b"\x46" * 32)
    raw, tx_hash = account.sign_transaction(
        {
            "chainId": 1,
            "nonce": 9,
            "gasPrice": 20 * 10**9,
            "gas": 21_000,
            "to": b"\x35" * 20,
            "value": 10**18,
            "data": b"",
        }
    )
    assert raw.hex() == (
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe"
        "537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    )
    assert tx_hash == keccak256(raw)
    assert account.address.hex() == "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"


def test_account_signs_digests_and_comes_back(folder: Path, keys: Keystore) -> None:
    entry = keys.create(KeyKind.ACCOUNT, "admin")
    account = open_keystore(folder, PASSPHRASE).account("admin")
    assert entry.public == "0x" + account.address.hex()
    digest = sha256(b"statement")
    signature = account.sign_digest(digest)
    assert (len(signature), signature[64] in (27, 28)) == (65, True)
    # In the lower half of the group order, or contracts refuse it.
    assert int.from_bytes(signature[32:64]) <= 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
    recovered = PublicKey.from_signature_and_message(
        signature[:64] + bytes([signature[64] - 27]), digest, hasher=None
    ).format(compressed=False)
    assert address_of_public_key(recovered) == account.address


def test_account_signs_a_transaction_of_eip_1559_and_one_that_creates_a_contract() -> None:
    account = Secp256k1Account(SEED)
    common = {"chainId": 1337, "nonce": 0, "gas": 21_000, "value": 0, "data": b"\x60\x00"}
    raw, _ = account.sign_transaction({**common, "maxFeePerGas": 0, "maxPriorityFeePerGas": 0, "to": b"\x11" * 20})
    assert raw[0] == 2
    raw, _ = account.sign_transaction({**common, "gasPrice": 0, "to": b""})
    assert raw[0] >= 0xC0


def test_root_keys_and_secrets_come_back(folder: Path, keys: Keystore) -> None:
    entry = keys.create(KeyKind.ROOT, "ministry-1", SEED)
    keys.create(KeyKind.SECRET, "commitments", SEED)
    again = open_keystore(folder, PASSPHRASE)
    assert again.root_key("ministry-1").multikey() == entry.public == Ed25519Key(SEED).multikey()
    assert again.secret("commitments").reveal() == SEED


def test_wrapping_keys_come_back_by_name_and_by_id(tmp_path: Path, wrapping: Keystore) -> None:
    first, second = (wrapping.create(KeyKind.WRAPPING, name) for name in ("agency-1", "agency-2"))
    again = open_keystore(tmp_path / "wrapping", PASSPHRASE)
    assert {key_id.hex() for key_id in again.wrapping_keys()} == {first.public, second.public}
    envelope = wrapping.wrapping_key("agency-1").wrap(bytes(32), b"id", bytes(12))
    assert again.wrapping_keys()[bytes.fromhex(first.public)].unwrap(envelope, b"id") == bytes(32)


def test_keys_are_new_every_time(keys: Keystore) -> None:
    assert keys.create(KeyKind.ISSUING, "a").public != keys.create(KeyKind.ISSUING, "b").public


def test_list_shows_public_parts(keys: Keystore) -> None:
    made = [keys.create(kind, f"my.{kind}-1") for kind in KeyKind if kind is not KeyKind.WRAPPING]
    assert keys.entries() == sorted(made, key=lambda entry: entry.name)


def test_another_process_opens_the_same_keys(folder: Path, keys: Keystore) -> None:
    entry = keys.create(KeyKind.ISSUING, "issuing")
    script = (
        "import sys; from pathlib import Path; from adapters.keystore import open_keystore;"
        "print(open_keystore(Path(sys.argv[1]), sys.stdin.read()).issuing_key('issuing').multikey())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        cwd=ROOT,
        input=PASSPHRASE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == entry.public


def test_passphrase_may_be_typed_composed_or_decomposed(folder: Path) -> None:
    create_keystore(folder, unicodedata.normalize("NFD", "Šárka é"), cost=CHEAP)
    open_keystore(folder, unicodedata.normalize("NFC", "Šárka é"))


def test_passphrase_is_changed_and_keys_stay(folder: Path, keys: Keystore) -> None:
    entry = keys.create(KeyKind.ISSUING, "issuing")
    change_passphrase(folder, PASSPHRASE, "another", cost=CHEAP)
    assert open_keystore(folder, "another").entries() == [entry]
    with raised("keystore.wrong-passphrase", NotPermitted):
        open_keystore(folder, PASSPHRASE)


def test_cost_of_the_passphrase_is_paid_once(folder: Path, keys: Keystore, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        keys.create(KeyKind.ISSUING, f"key-{number}")
    opened = open_keystore(folder, PASSPHRASE)

    def again(*arguments: object, **named: object) -> None:
        raise AssertionError("the passphrase was stretched again")

    monkeypatch.setattr("adapters.master_key.Scrypt", again)
    assert len(opened.entries()) == 10
    opened.create(KeyKind.ISSUING, "one-more")


def test_default_cost_is_that_of_a_person_waiting() -> None:
    assert 128 * ScryptCost().n * ScryptCost().r == 128 << 20


# Passphrases


def test_wrong_passphrase_is_not_permitted(folder: Path, keys: Keystore) -> None:
    for wrong in (PASSPHRASE + " ", PASSPHRASE.upper(), "x"):
        with raised("keystore.wrong-passphrase", NotPermitted):
            open_keystore(folder, wrong)
    with raised("keystore.wrong-passphrase", NotPermitted):
        change_passphrase(folder, "x", "y", cost=CHEAP)


@pytest.mark.parametrize("passphrase", ["", "\ud800"])
def test_passphrase_that_is_none_is_refused(folder: Path, passphrase: str) -> None:
    with raised("keystore.passphrase-unusable", MalformedInput):
        create_keystore(folder, passphrase, cost=CHEAP)
    create_keystore(folder, PASSPHRASE, cost=CHEAP)
    with raised("keystore.passphrase-unusable", MalformedInput):
        open_keystore(folder, passphrase)


@pytest.mark.parametrize(
    "cost",
    [
        ScryptCost(n=1 << 40),
        ScryptCost(n=3),
        ScryptCost(n=1),
        ScryptCost(n=0),
        ScryptCost(n=-2),
        ScryptCost(r=0),
        ScryptCost(r=1 << 20),
        ScryptCost(p=0),
        ScryptCost(p=1 << 20),
    ],
)
def test_cost_that_is_an_attack_is_refused(folder: Path, keys: Keystore, cost: ScryptCost) -> None:
    with raised("keystore.kdf-cost", Misconfigured):
        create_keystore(folder.with_name("other"), PASSPHRASE, cost=cost)
    kdf = json.loads((folder / "keystore.json").read_bytes())["kdf"]
    edit(folder / "keystore.json", kdf={**kdf, "n": cost.n, "r": cost.r, "p": cost.p})
    with raised("keystore.kdf-cost", Misconfigured):
        open_keystore(folder, PASSPHRASE)


# Files that were changed


def test_damaged_store_file_is_corrupt_whatever_the_passphrase(folder: Path, keys: Keystore) -> None:
    path = folder / "keystore.json"
    good = path.read_bytes()
    for place in range(len(good) - 1):
        altered = bytearray(good)
        altered[place] ^= 1
        path.write_bytes(altered)
        # The version itself may come to say that it is a newer one.
        with pytest.raises((Corrupt, Misconfigured)):
            open_keystore(folder, PASSPHRASE)


def test_every_bit_of_a_key_file_counts(folder: Path, keys: Keystore) -> None:
    keys.create(KeyKind.ISSUING, "issuing")
    path = folder / "issuing.key.json"
    good = path.read_bytes()
    for place in range(8 * (len(good) - 1)):
        altered = bytearray(good)
        altered[place // 8] ^= 1 << place % 8
        path.write_bytes(altered)
        with pytest.raises((Corrupt, Misconfigured, Conflict)):
            keys.issuing_key("issuing")


@pytest.mark.parametrize("name", ["keystore.json", "issuing.key.json"])
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":1,"a":1}', b"x" * 100_000, b"[" * 9_000]
)
def test_file_that_is_no_key_file_is_corrupt(folder: Path, keys: Keystore, name: str, content: bytes) -> None:
    keys.create(KeyKind.ISSUING, "issuing")
    (folder / name).write_bytes(content)
    with raised("keystore.damaged", Corrupt):
        open_keystore(folder, PASSPHRASE).issuing_key("issuing")


def test_cut_file_is_corrupt(folder: Path, keys: Keystore) -> None:
    keys.create(KeyKind.ISSUING, "issuing")
    path = folder / "issuing.key.json"
    good = path.read_bytes()
    for size in range(0, len(good) - 1, 7):
        path.write_bytes(good[:size])
        with raised("keystore.damaged", Corrupt):
            keys.issuing_key("issuing")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "root"},
        {"kind": "account"},
        {"kind": "unheard-of"},
        {"kind": 7},
        {"public": Ed25519Key(SEED).multikey()},
        {"cipher": "ROT13"},
        {"format": "something-else"},
        {"version": 0},
        {"version": True},
        {"version": "1"},
        {"nonce": base64url.encode(bytes(12))},
        {"nonce": base64url.encode(bytes(11))},
        {"nonce": "not base64url!"},
        {"sealed": base64url.encode(bytes(48))},
        {"sealed": base64url.encode(bytes(47))},
        {"sealed": ""},
        {"one more": "field"},
    ],
)
def test_key_file_with_a_changed_field_is_corrupt(folder: Path, keys: Keystore, changes: dict[str, Any]) -> None:
    keys.create(KeyKind.ISSUING, "issuing")
    edit(folder / "issuing.key.json", **changes)
    with raised("keystore.damaged", Corrupt):
        keys.issuing_key("issuing")
    with raised("keystore.damaged", Corrupt):
        keys.entries()


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "wrapping"},
        {"id": base64url.encode(bytes(16))},
        {"nonce": base64url.encode(bytes(12))},
        {"sealed": base64url.encode(bytes(48))},
    ],
)
def test_store_file_changed_by_who_knows_the_checksum_does_not_open(
    folder: Path, keys: Keystore, changes: dict[str, Any]
) -> None:
    edit(folder / "keystore.json", **changes)
    with raised("keystore.wrong-passphrase", NotPermitted):
        open_keystore(folder, PASSPHRASE)


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "other"},
        {"kdf": {"name": "argon2id"}},
        {"kdf": "scrypt"},
        {"kdf": {"name": "scrypt", "n": 2.0, "r": 1, "p": 1, "salt": "AAAA"}},
        {"kdf": {"name": "scrypt", "n": "2", "r": 1, "p": 1, "salt": base64url.encode(bytes(16))}},
        {"kdf": {"name": "scrypt", "n": 2, "r": 1, "p": 1, "salt": base64url.encode(bytes(8))}},
        {"checksum": base64url.encode(bytes(32))},
        {"one more": "field"},
    ],
)
def test_store_file_of_another_shape_is_corrupt(folder: Path, keys: Keystore, changes: dict[str, Any]) -> None:
    path = folder / "keystore.json"
    if isinstance(changes.get("kdf"), dict) and isinstance(changes["kdf"].get("n"), float):
        path.write_bytes(path.read_bytes().replace(b'"n":2', b'"n":2.0'))
    else:
        edit(path, **changes)
    with raised("keystore.damaged", Corrupt):
        open_keystore(folder, PASSPHRASE)


@pytest.mark.parametrize("name", ["keystore.json", "issuing.key.json"])
def test_file_of_a_newer_version_is_named_as_such(folder: Path, keys: Keystore, name: str) -> None:
    keys.create(KeyKind.ISSUING, "issuing")
    edit(folder / name, version=2, whatever="it brings")
    with raised("keystore.newer-version", Misconfigured):
        open_keystore(folder, PASSPHRASE).issuing_key("issuing")


def test_key_file_of_another_store_is_refused(tmp_path: Path, folder: Path, keys: Keystore) -> None:
    other = create_keystore(tmp_path / "other", PASSPHRASE, cost=CHEAP)
    other.create(KeyKind.ISSUING, "issuing")
    shutil.copy(tmp_path / "other" / "issuing.key.json", folder)
    with raised("keystore.foreign-key", Corrupt):
        keys.issuing_key("issuing")


def test_key_file_of_another_store_that_claims_to_be_of_this_one_is_refused(
    tmp_path: Path, folder: Path, keys: Keystore
) -> None:
    other = create_keystore(tmp_path / "other", PASSPHRASE, cost=CHEAP)
    other.create(KeyKind.ISSUING, "issuing")
    shutil.copy(tmp_path / "other" / "issuing.key.json", folder)
    edit(folder / "issuing.key.json", keystore=json.loads((folder / "keystore.json").read_bytes())["id"])
    with raised("keystore.damaged", Corrupt):
        keys.issuing_key("issuing")


def test_key_file_under_another_keys_name_is_refused(folder: Path, keys: Keystore) -> None:
    keys.create(KeyKind.ISSUING, "old")
    keys.create(KeyKind.ISSUING, "new")
    shutil.copy(folder / "old.key.json", folder / "new.key.json")
    with raised("keystore.foreign-key", Corrupt):
        keys.issuing_key("new")
    edit(folder / "new.key.json", name="new")
    with raised("keystore.damaged", Corrupt):
        keys.issuing_key("new")


def test_key_is_not_used_as_one_of_another_kind(keys: Keystore) -> None:
    keys.create(KeyKind.ROOT, "ministry")
    keys.create(KeyKind.SECRET, "commitments")
    for use in (keys.issuing_key, keys.account, keys.secret, keys.wrapping_key):
        with raised("keystore.wrong-kind", Conflict):
            use("ministry")
    with raised("keystore.wrong-kind", Conflict):
        keys.root_key("commitments")


def test_wrapping_keys_and_others_do_not_share_a_folder(keys: Keystore, wrapping: Keystore) -> None:
    with raised("keystore.wrong-purpose", Conflict):
        keys.create(KeyKind.WRAPPING, "agency")
    for kind in (KeyKind.ISSUING, KeyKind.ROOT, KeyKind.ACCOUNT, KeyKind.SECRET):
        with raised("keystore.wrong-purpose", Conflict):
            wrapping.create(kind, "key")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(
            ["version", "format", "kdf", "purpose", "id", "nonce", "sealed", "kind", "public", "keystore", "cipher"]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
            max_leaves=4,
        ),
        min_size=1,
    )
)
def test_whatever_the_fields_are_the_refusal_is_ours(folder: Path, keys: Keystore, changes: dict[str, Any]) -> None:
    if not (folder / "issuing.key.json").exists():
        keys.create(KeyKind.ISSUING, "issuing")
    for name in ("keystore.json", "issuing.key.json"):
        path = folder / name
        good = path.read_bytes()
        if {**json.loads(good), **changes} != json.loads(good):
            edit(path, **changes)
            with pytest.raises((Corrupt, Misconfigured, NotPermitted)):
                open_keystore(folder, PASSPHRASE).issuing_key("issuing")
            path.write_bytes(good)


# Folders and permissions


def test_files_are_their_owners_alone(folder: Path, keys: Keystore) -> None:
    keys.create(KeyKind.ISSUING, "issuing")
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["issuing.key.json", "keystore.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666])
@pytest.mark.parametrize("name", ["keystore.json", "issuing.key.json"])
def test_file_open_to_others_is_refused(folder: Path, keys: Keystore, name: str, mode: int) -> None:
    keys.create(KeyKind.ISSUING, "issuing")
    (folder / name).chmod(mode)
    with raised("keystore.open-to-others", Misconfigured):
        open_keystore(folder, PASSPHRASE).issuing_key("issuing")


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_folder_that_others_may_change_is_refused(folder: Path, keys: Keystore, mode: int) -> None:
    folder.chmod(mode)
    with raised("keystore.open-to-others", Misconfigured):
        open_keystore(folder, PASSPHRASE)


def test_store_that_is_not_there(tmp_path: Path) -> None:
    with raised("keystore.no-such-file", NotFound):
        open_keystore(tmp_path / "nowhere", PASSPHRASE)
    with raised("keystore.no-such-file", NotFound):
        open_keystore(tmp_path, PASSPHRASE)


def test_key_that_is_not_there(keys: Keystore) -> None:
    with raised("keystore.no-such-file", NotFound):
        keys.issuing_key("nobody")
    with raised("keystore.no-such-file", NotFound):
        keys.destroy("nobody")


def test_nothing_is_overwritten(folder: Path, keys: Keystore) -> None:
    entry = keys.create(KeyKind.ISSUING, "issuing")
    with raised("keystore.exists", Conflict):
        keys.create(KeyKind.ISSUING, "issuing")
    with raised("keystore.exists", Conflict):
        create_keystore(folder, PASSPHRASE, cost=CHEAP)
    assert open_keystore(folder, PASSPHRASE).entries() == [entry]
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "/etc/passwd", "A", "x" * 65, "a\n", "a\x00", "-a", "a-", ".hidden", "键", "a b"],
)
def test_name_that_is_no_name_is_refused(keys: Keystore, name: str) -> None:
    for use in (keys.issuing_key, keys.destroy, lambda text: keys.create(KeyKind.ISSUING, text)):
        with raised("keystore.key-name", MalformedInput):
            use(name)


def test_key_is_destroyed(folder: Path, keys: Keystore) -> None:
    keys.create(KeyKind.ISSUING, "issuing")
    (folder / "copy").hardlink_to(folder / "issuing.key.json")
    keys.destroy("issuing")
    assert keys.entries() == []
    assert set((folder / "copy").read_bytes()) == {0}


def test_folder_where_the_key_file_should_be_is_refused(folder: Path, keys: Keystore) -> None:
    (folder / "issuing.key.json").mkdir(mode=0o700)
    with pytest.raises((Corrupt, Misconfigured)):
        keys.issuing_key("issuing")


def test_pipe_where_the_key_file_should_be_does_not_block(folder: Path, keys: Keystore) -> None:
    os.mkfifo(folder / "issuing.key.json", 0o600)
    with raised("keystore.damaged", Corrupt):
        keys.issuing_key("issuing")


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with raised("keystore.exists", Conflict):
        create_keystore(tmp_path / "file", PASSPHRASE, cost=CHEAP)
    with raised("keystore.not-accessible", Misconfigured):
        create_keystore(tmp_path / "file" / "keys", PASSPHRASE, cost=CHEAP)


def test_disk_that_is_full_leaves_nothing_half_written(folder: Path, keys: Keystore) -> None:
    script = (
        "import resource, sys; from pathlib import Path; from adapters.keystore import open_keystore;"
        "from adapters.key_kinds import KeyKind; from ledger.errors import OnceledgerError\n"
        "keys = open_keystore(Path(sys.argv[1]), sys.argv[2])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n    keys.create(KeyKind.ISSUING, 'issuing')\nexcept OnceledgerError as error:\n    print(error.code)"
    )
    command = [sys.executable, "-c", script, str(folder), PASSPHRASE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "keystore.disk-full"
    assert [path.name for path in folder.iterdir()] == ["keystore.json"]


def test_read_only_folder_is_a_clear_error() -> None:
    # Not pytest's folder: only its owner may enter that one, and root must become somebody else to be refused at all.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    script = (
        "import os, sys; from pathlib import Path; from adapters.keystore import create_keystore;"
        "from adapters.master_key import ScryptCost; from ledger.errors import OnceledgerError\n"
        "if os.geteuid() == 0:\n    os.setegid(65534); os.seteuid(65534)\n"
        "try:\n    create_keystore(Path(sys.argv[1]), 'x', cost=ScryptCost(2, 1, 1))\n"
        "except OnceledgerError as error:\n    print(error.code)"
    )
    try:
        command = [sys.executable, "-c", script, str(folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "keystore.not-accessible"
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_error_in_the_middle_of_a_change_leaves_the_old_file(
    folder: Path, keys: Keystore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fails(*arguments: object) -> None:
        raise OSError(5, "input/output error")

    before = (folder / "keystore.json").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os if call == "fsync" else Path, call, fails)
        with raised("keystore.unavailable", Unavailable):
            change_passphrase(folder, PASSPHRASE, "new", cost=CHEAP)
    assert (folder / "keystore.json").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["keystore.json"]
    open_keystore(folder, PASSPHRASE)


# Secrets stay where they are


def forms(secret: bytes) -> set[str]:
    """How ``secret`` might look in a text."""
    return {secret.hex(), repr(secret)[2:-1], base64url.encode(secret), str(int.from_bytes(secret))}


@pytest.mark.parametrize("kind", [kind for kind in KeyKind if kind is not KeyKind.WRAPPING])
def test_no_repr_shows_a_secret(keys: Keystore, kind: KeyKind) -> None:
    entry = keys.create(kind, "key", SEED)
    use = {"issuing": keys.issuing_key, "root": keys.root_key, "account": keys.account, "secret": keys.secret}[kind]
    key = use("key")
    shown = f"{key!r} {key!s} {entry!r} {keys!r} {keys._master!r} {PASSPHRASE!r}"
    assert not any(form in shown for form in forms(SEED))
    assert not hasattr(key, "__dict__")


@pytest.mark.parametrize("copying", [pickle.dumps, copy.copy, copy.deepcopy])
def test_no_key_is_pickled_or_copied(keys: Keystore, copying: Callable[[Any], Any]) -> None:
    for kind in (KeyKind.ISSUING, KeyKind.ROOT, KeyKind.ACCOUNT, KeyKind.SECRET):
        keys.create(kind, str(kind))
    held = [
        keys,
        keys._master,
        keys.issuing_key("issuing"),
        keys.root_key("root"),
        keys.account("account"),
        keys.secret("secret"),
    ]
    for key in held:
        with raised("keys.not-portable", NotPermitted):
            copying(key)
    for copying_deeply in (pickle.dumps, copy.deepcopy):
        with raised("keys.not-portable", NotPermitted):
            copying_deeply([key])


def shown_with_local_values(error: BaseException | None) -> str:
    """What the worst of error reporters would print: every frame below this file with its local values, of this error
    and of all that it was raised over."""
    shown = ""
    while error is not None:
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
        frames = [frame for frame in report.stack if frame.filename != __file__]
        shown += f"{error!r} {vars(error)}" + "".join(traceback.StackSummary.from_list(frames).format())
        shown += "".join(f"{name} = {value}" for frame in frames for name, value in (frame.locals or {}).items())
        error = error.__context__
    return shown


def test_no_traceback_shows_a_secret_even_with_local_values(folder: Path, keys: Keystore) -> None:
    for kind in (KeyKind.ISSUING, KeyKind.ACCOUNT):
        keys.create(kind, str(kind), SEED)
    signer, account = keys.issuing_key("issuing"), keys.account("account")
    (folder / "renamed.key.json").write_bytes((folder / "issuing.key.json").read_bytes())
    (folder / "renamed.key.json").chmod(0o600)
    failing: list[Callable[[], object]] = [
        lambda: signer.sign("text"),  # type: ignore[arg-type]  # what a careless caller passes
        lambda: signer.sign_many([b"x", None]),  # type: ignore[list-item]  # likewise
        lambda: account.sign_digest(b"short"),
        lambda: account.sign_transaction({"chainId": 1}),
        lambda: keys.issuing_key("renamed"),
        lambda: keys.account("issuing"),
        lambda: keys.create(KeyKind.ISSUING, "issuing", SEED),
        lambda: open_keystore(folder, PASSPHRASE + "!"),
    ]
    for number, call in enumerate(failing):
        with pytest.raises(OnceledgerError) as caught:
            call()
        shown = shown_with_local_values(caught.value)
        assert "self = " in shown or "document = " in shown, number
        assert not any(form in shown for form in forms(SEED)), number
        assert PASSPHRASE not in shown, number


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_secret_of_another_size_is_refused(keys: Keystore, secret: bytes) -> None:
    for kind in (KeyKind.ISSUING, KeyKind.ROOT, KeyKind.ACCOUNT, KeyKind.SECRET):
        with raised("keys.secret", MalformedInput):
            keys.create(kind, "key", secret)
    assert keys.entries() == []


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32])
def test_account_secret_outside_the_group_is_refused(secret: bytes) -> None:
    with raised("keys.secret", MalformedInput):
        Secp256k1Account(secret)


# Arguments


@pytest.mark.parametrize("message", ["text", None, 7, bytearray(b"x"), memoryview(b"x")])
def test_message_that_is_not_bytes_is_refused(message: Any) -> None:
    with raised("keys.not-bytes", MalformedInput):
        Ed25519Key(SEED).sign(message)


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33), "x" * 32, None])
def test_digest_that_is_none_is_refused(digest: Any) -> None:
    with raised("keys.digest", MalformedInput):
        Secp256k1Account(SEED).sign_digest(digest)


TRANSACTION = {"chainId": 1, "nonce": 0, "gasPrice": 0, "gas": 21_000, "to": bytes(20), "value": 0, "data": b""}


@pytest.mark.parametrize(
    "change",
    [
        {"chainId": None},
        {"chainId": "1"},
        {"nonce": -1},
        {"gas": 2**300},
        {"to": bytes(19)},
        {"value": 1.5},
        {"unknown": 1},
        {"maxFeePerGas": 1},
    ],
)
def test_transaction_with_a_wrong_field_is_refused(change: dict[str, Any]) -> None:
    with raised("keys.transaction", MalformedInput):
        Secp256k1Account(SEED).sign_transaction({**TRANSACTION, **change})


@pytest.mark.parametrize("field", ["chainId", "nonce", "gasPrice", "gas"])
def test_transaction_without_a_field_is_refused(field: str) -> None:
    with raised("keys.transaction", MalformedInput):
        Secp256k1Account(SEED).sign_transaction({name: value for name, value in TRANSACTION.items() if name != field})


# The page

PAGE = (ROOT / "docs" / "formats" / "key-file.md").read_text(encoding="utf-8")


def test_page_shows_real_files(folder: Path) -> None:
    given = 0

    def counted(size: int) -> bytes:
        nonlocal given
        given += size
        return bytes(range(given - size, given))

    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    create_keystore(folder, "一次提交", cost=CHEAP, random=counted).create(KeyKind.ISSUING, "issuing-2026", secret)
    shown = [line[4:] + "\n" for line in PAGE.splitlines() if line.startswith("    {")]
    assert shown == [(folder / name).read_text() for name in ("keystore.json", "issuing-2026.key.json")]


def test_page_is_enough_to_open_the_files() -> None:
    store, key = (json.loads(line) for line in PAGE.splitlines() if line.startswith("    {"))
    kdf = store["kdf"]
    stretched = hashlib.scrypt(
        "一次提交".encode(), salt=base64url.decode(kdf["salt"]), n=kdf["n"], r=kdf["r"], p=kdf["p"], dklen=32
    )
    master = opened_by_a_stranger(stretched, store)
    assert master == bytes(range(0x10, 0x30))
    assert opened_by_a_stranger(master, key).hex().startswith("9d61b19d")


def opened_by_a_stranger(cipher_key: bytes, document: dict[str, Any]) -> bytes:
    bound = {name: value for name, value in document.items() if name not in ("nonce", "sealed", "checksum")}
    text = json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()
    return AESGCM(cipher_key).decrypt(base64url.decode(document["nonce"]), base64url.decode(document["sealed"]), text)
