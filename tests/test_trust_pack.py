"""Trust packs: made by a threshold of ministries, and believed by those alone who pinned their root."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
import trust_samples as samples
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.signer import Signature
from trust_samples import NOW, WEEK, A, B, C, D, E, F, first_pack, root_keys, signers
from tuf.api.exceptions import DownloadHTTPError
from tuf.api.metadata import Metadata
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig
from weak_keys import WEAK

from ledger import canonical_json, trust_document, trust_pack_signing
from ledger.digest import Digest, sha256
from ledger.errors import Conflict, MalformedInput, Misconfigured, OnceledgerError
from ledger.seen_versions import SeenVersions
from ledger.trust_description import TrustDescription
from ledger.trust_pack import TrustPack, load
from ledger.trust_pack_files import MAX_PACK_BYTES, PackFiles, from_static_files, read, to_static_files, write

FIRST = first_pack()
PIN = trust_pack_signing.pinned_root(FIRST)
LATER_TRUST = replace(samples.DESCRIPTION, block=4800, time=samples.TIME)
SECOND = trust_pack_signing.next_pack(FIRST, LATER_TRUST, expires=NOW + WEEK, signers=signers(B, C))
PARTS = ("timestamp", "snapshot", "targets", "trust")


def rotated(pack: bytes = SECOND, **changes: Any) -> bytes:
    """A pack whose root has D in place of C, signed by A and B of old and by B and D."""
    wanted: dict[str, Any] = {
        "root": root_keys(A, B, D),
        "expires": NOW + WEEK,
        "old_signers": signers(A, B),
        "new_signers": signers(B, D),
    }
    return trust_pack_signing.rotate_root(pack, **{**wanted, **changes})


THIRD = rotated()


def accepted(
    pack: bytes, *, pin: bytes = PIN, now: datetime = NOW, newest_seen: SeenVersions | None = None
) -> TrustPack:
    return load(pack, pinned_root=pin, now=now, newest_seen=newest_seen)


def refusal(pack: bytes, **given_: Any) -> MalformedInput:
    with pytest.raises(MalformedInput) as caught:
        accepted(pack, **given_)
    return caught.value


def refused(pack: bytes, **given_: Any) -> str:
    return refusal(pack, **given_).code


def part(name: str, value: bytes, pack: bytes = FIRST) -> bytes:
    """``pack`` with another part of that name."""
    return write(replace(read(pack), **{name: value}))  # type: ignore[arg-type]  # names and values are PackFiles' own


def resigned(metadata: bytes, change: Callable[[dict[str, Any]], object], *ministries: samples.Ministry) -> bytes:
    """A part whose signed content was changed, signed anew by ``ministries`` (none: the old signatures stay)."""
    value = json.loads(metadata)
    change(value["signed"])
    if not ministries:
        return canonical_json.canonicalize(value)
    value["signatures"] = []
    changed: Metadata[Any] = Metadata.from_dict(value)
    for ministry in ministries:
        key_id = next(k for k, key in ROOT_KEYS.items() if key["keyval"]["public"] == ministry.public.hex())
        changed.signatures[key_id] = Signature(key_id, ministry.sign(changed.signed_bytes).hex())
    return changed.to_bytes()


ROOT_KEYS: dict[str, Any] = json.loads(PIN)["signed"]["keys"] | json.loads(read(THIRD).roots[1])["signed"]["keys"]


# --- the good ---------------------------------------------------------------------------------------------------------


def test_a_pack_signed_by_two_of_three_is_accepted() -> None:
    pack = accepted(FIRST)
    assert pack.trust == samples.DESCRIPTION
    assert pack.files.trust == trust_document.to_bytes(samples.DESCRIPTION)
    assert pack.expires == NOW + WEEK
    assert pack.seen == SeenVersions(1, 1, 1, 1, sha256(pack.files.trust))


@pytest.mark.parametrize("by", [(A, B), (A, C), (B, C), (A, B, C)], ids=["ab", "ac", "bc", "abc"])
def test_any_two_ministries_suffice(by: tuple[samples.Ministry, ...]) -> None:
    assert accepted(first_pack(by=by)).trust == samples.DESCRIPTION


def test_the_next_pack_is_accepted_after_the_first() -> None:
    pack = accepted(SECOND, newest_seen=accepted(FIRST).seen)
    assert pack.trust == LATER_TRUST
    assert (pack.seen.root, pack.seen.timestamp, pack.seen.snapshot, pack.seen.targets) == (1, 2, 2, 2)


def test_the_same_pack_is_accepted_again() -> None:
    pack = accepted(SECOND)
    assert accepted(SECOND, newest_seen=pack.seen) == pack


def test_a_rotated_root_is_followed_from_the_first_pin_and_from_its_own() -> None:
    assert accepted(THIRD, newest_seen=accepted(SECOND).seen).seen.root == 2
    assert accepted(THIRD, pin=trust_pack_signing.pinned_root(THIRD, 2)).seen.root == 2


def test_three_rotations_in_a_row_are_followed() -> None:
    pack = rotated(THIRD, root=root_keys(B, D, E), old_signers=signers(B, D), new_signers=signers(D, E))
    pack = rotated(pack, root=root_keys(D, E, F, threshold=3), old_signers=signers(D, E), new_signers=signers(D, E, F))
    assert accepted(pack).seen.root == 4


def test_the_same_members_renew_their_root() -> None:
    late = NOW + samples.YEAR + timedelta(days=1)
    pack = rotated(root=root_keys(A, B, C, expires=late + samples.YEAR), expires=late + WEEK, new_signers=signers(A, C))
    assert accepted(pack, now=late).seen.root == 2


def test_unknown_members_of_the_metadata_are_kept_and_covered_by_the_signatures() -> None:
    with_note = resigned(read(FIRST).timestamp, lambda signed: signed.update({"x-note": [1]}), A, B)
    assert accepted(part("timestamp", with_note)).trust == samples.DESCRIPTION
    without = resigned(with_note, lambda signed: signed.pop("x-note"))
    assert refused(part("timestamp", without)) == "trust-pack.not-signed-by-root"


def test_unknown_members_of_the_pack_are_ignored() -> None:
    value = json.loads(FIRST)
    assert accepted(json.dumps({**value, "comment": "hello"}).encode()).trust == samples.DESCRIPTION


# --- the forger -------------------------------------------------------------------------------------------------------


def test_a_pack_of_ones_own_making_is_refused() -> None:
    own = trust_pack_signing.make(
        samples.DESCRIPTION, root=root_keys(D, E, F), expires=NOW + WEEK, signers=signers(D, E)
    )
    assert accepted(own, pin=trust_pack_signing.pinned_root(own)).trust == samples.DESCRIPTION
    assert refused(own) == "trust-pack.not-signed-by-root"


def test_a_pack_of_ones_own_making_behind_the_true_root_is_refused() -> None:
    own = trust_pack_signing.make(
        samples.DESCRIPTION, root=root_keys(D, E, F), expires=NOW + WEEK, signers=signers(D, E)
    )
    assert refused(write(replace(read(own), roots=(PIN,)))) == "trust-pack.not-signed-by-root"


def test_a_root_rotated_by_new_keys_alone_is_refused() -> None:
    stolen = trust_pack_signing.make(
        samples.DESCRIPTION, root=root_keys(D, E, F), expires=NOW + WEEK, signers=signers(D, E)
    )
    second_root = json.loads(read(stolen).roots[0])
    second_root["signed"]["version"] = 2
    second_root["signatures"] = []
    metadata: Metadata[Any] = Metadata.from_dict(second_root)
    for ministry in (D, E):
        key_id = next(k for k, key in metadata.signed.keys.items() if key.keyval["public"] == ministry.public.hex())
        metadata.signatures[key_id] = Signature(key_id, ministry.sign(metadata.signed_bytes).hex())
    forged = write(replace(read(stolen), roots=(PIN, metadata.to_bytes())))
    assert refused(forged) == "trust-pack.not-signed-by-root"


def test_a_root_rotated_by_old_keys_alone_is_refused() -> None:
    second_root = resigned(read(THIRD).roots[1], lambda signed: None, A, C)
    error = refusal(write(replace(read(THIRD), roots=(PIN, second_root))))
    assert error.code == "trust-pack.too-few-signatures"
    assert error.cause.startswith("1 members")  # C is no member of the new root


def test_a_root_rotated_by_one_old_member_is_refused() -> None:
    second_root = resigned(read(THIRD).roots[1], lambda signed: None, B, D)
    forged = write(replace(read(THIRD), roots=(PIN, second_root)))
    error = refusal(forged)
    assert (error.code, error.detail["role"]) == ("trust-pack.too-few-signatures", "root")


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_one_signature_of_two_is_too_few(role: str) -> None:
    metadata = json.loads(getattr(read(FIRST), role))
    metadata["signatures"].pop()
    pack = part(role, canonical_json.canonicalize(metadata))
    # below the timestamp a missing signature shows first as another hash than the one that was bound
    assert refused(pack) == ("trust-pack.too-few-signatures" if role == "timestamp" else "trust-pack.mixed")


def test_one_signature_given_twice_counts_once() -> None:
    metadata = json.loads(read(FIRST).timestamp)
    metadata["signatures"][1] = metadata["signatures"][0]
    assert refused(part("timestamp", canonical_json.canonicalize(metadata))) == "trust-pack.metadata"


def test_one_signature_under_two_key_ids_counts_once() -> None:
    metadata = json.loads(read(FIRST).timestamp)
    metadata["signatures"][1]["sig"] = metadata["signatures"][0]["sig"]
    assert refused(part("timestamp", canonical_json.canonicalize(metadata))) == "trust-pack.too-few-signatures"


def test_a_root_that_names_one_key_twice_is_refused_as_a_pin() -> None:
    """TUF counts key ids, which are free text: here one ministry alone would be two."""
    root = json.loads(PIN)["signed"]
    key_id = next(k for k, key in root["keys"].items() if key["keyval"]["public"] == A.public.hex())
    root["keys"]["second-name"] = dict(root["keys"][key_id])
    for role in root["roles"].values():
        role["keyids"] = [key_id, "second-name"]
    root["keys"] = {k: root["keys"][k] for k in (key_id, "second-name")}
    metadata: Metadata[Any] = Metadata.from_dict({"signed": root, "signatures": []})
    for name in (key_id, "second-name"):
        metadata.signatures[name] = Signature(name, A.sign(metadata.signed_bytes).hex())
    with pytest.raises(Misconfigured) as caught:
        accepted(FIRST, pin=metadata.to_bytes())
    assert caught.value.code == "trust-pack.pinned-root"


SPELLINGS: list[Callable[[str], str]] = [
    str.upper, str.title, lambda text: " " + text, lambda text: text + " ", lambda text: text[:2] + " " + text[2:],
    lambda text: text + "\n",
]  # fmt: skip


@pytest.mark.parametrize("spelt", SPELLINGS, ids=["upper", "title", "before", "after", "inside", "line"])
def test_one_key_in_two_spellings_is_not_two(spelt: Callable[[str], str]) -> None:
    """One ministry alone, under two names, in hex of another case or with a space: a pin and a rotation."""

    def alone(public: dict[str, str], version: int, *others: samples.Ministry) -> bytes:
        root = json.loads(PIN)["signed"]
        keys = {k: v for k, v in ROOT_KEYS.items() if v["keyval"]["public"] in [one.public.hex() for one in others]}
        root |= {"version": version, "keys": keys | {
            name: {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": text}}
            for name, text in public.items()
        }}  # fmt: skip
        for role in root["roles"].values():
            role["keyids"] = list(root["keys"])
        metadata: Metadata[Any] = Metadata.from_dict({"signed": json.loads(json.dumps(root)), "signatures": []})
        signed = metadata.signed_bytes
        for key_id in public:
            metadata.signatures[key_id] = Signature(key_id, D.sign(signed).hex())
        for key_id, key in keys.items():
            signer = next(one for one in others if one.public.hex() == key["keyval"]["public"])
            metadata.signatures[key_id] = Signature(key_id, signer.sign(signed).hex())
        data: bytes = metadata.to_bytes()
        return data

    names = {"first": D.public.hex(), "second": spelt(D.public.hex())}
    with pytest.raises(Misconfigured) as caught:
        accepted(FIRST, pin=alone(names, 1))
    assert caught.value.code == "trust-pack.pinned-root"
    pack = write(replace(read(THIRD), roots=(PIN, alone(names, 2, A, B))))
    assert refused(pack) == "trust-pack.root-key"


@pytest.mark.parametrize("public", WEAK.values(), ids=WEAK)
def test_a_root_with_a_key_that_anybody_can_sign_with_is_refused(public: bytes) -> None:
    """As a pin and in a rotation that enough members signed: TUF itself takes it."""

    def weaken(signed: dict[str, Any]) -> None:
        signed["keys"]["x"] = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": public.hex()}}

    rotated = resigned(read(THIRD).roots[1], weaken, A, B)
    assert refused(write(replace(read(THIRD), roots=(PIN, rotated)))) == "trust-pack.root-key"
    with pytest.raises(Misconfigured) as caught:
        accepted(FIRST, pin=resigned(PIN, weaken, A, B))
    assert caught.value.code == "trust-pack.pinned-root"


def test_a_rotation_to_a_root_that_names_one_key_twice_is_refused() -> None:
    root = json.loads(read(THIRD).roots[1])["signed"]
    ids = {
        ministry: next(k for k, v in ROOT_KEYS.items() if v["keyval"]["public"] == ministry.public.hex())
        for ministry in (A, B)
    }
    root["keys"] = {ids[A]: ROOT_KEYS[ids[A]], ids[B]: ROOT_KEYS[ids[B]], "x": ROOT_KEYS[ids[B]]}
    for role in root["roles"].values():
        role["keyids"] = list(root["keys"])
    metadata: Metadata[Any] = Metadata.from_dict({"signed": json.loads(json.dumps(root)), "signatures": []})
    for ministry, key_id in ids.items():
        metadata.signatures[key_id] = Signature(key_id, ministry.sign(metadata.signed_bytes).hex())
    pack = write(replace(read(THIRD), roots=(PIN, metadata.to_bytes())))
    assert refused(pack) == "trust-pack.root-key-repeated"


def test_a_root_that_names_a_member_without_a_key_is_followed() -> None:
    """TUF allows it; such a member just cannot sign."""
    root = resigned(
        read(THIRD).roots[1], lambda signed: [role["keyids"].append("ghost") for role in signed["roles"].values()], A, B
    )
    pack = write(replace(read(THIRD), roots=(PIN, root)))
    assert accepted(pack, newest_seen=accepted(SECOND).seen).seen.root == 2


@pytest.mark.parametrize("role", PARTS)
def test_a_part_of_another_pack_is_refused(role: str) -> None:
    mixed = part(role, getattr(read(SECOND), role))
    expected = {"trust": "trust-pack.description-altered"}
    assert refused(mixed) == expected.get(role, "trust-pack.mixed")


def test_parts_of_two_packs_of_one_version_are_refused() -> None:
    """Both were signed, say in a muddle between ministries: what belongs together is bound by hash, not by number."""
    other = trust_pack_signing.make(LATER_TRUST, root=root_keys(A, B, C), expires=NOW + WEEK, signers=signers(A, C))
    theirs = read(other)
    assert refused(write(replace(read(FIRST), targets=theirs.targets, trust=theirs.trust))) == "trust-pack.mixed"


def test_an_altered_description_is_refused() -> None:
    trust = read(FIRST).trust.replace("教育厅".encode(), "教育部".encode())
    assert refused(part("trust", trust)) == "trust-pack.description-altered"


def test_a_longer_description_is_refused() -> None:
    assert refused(part("trust", read(FIRST).trust + b" ")) == "trust-pack.description-altered"


def test_targets_without_a_description_are_refused() -> None:
    def rename(signed: dict[str, Any]) -> None:
        signed["targets"] = {"other.json": signed["targets"]["trust.json"]}

    assert refused(rebuilt(rename)) == "trust-pack.description-missing"


def test_targets_without_sha256_are_refused() -> None:
    def weaken(signed: dict[str, Any]) -> None:
        signed["targets"]["trust.json"]["hashes"] = {"md5": "0" * 32}

    assert refused(rebuilt(weaken)) == "trust-pack.description-missing"


def rebuilt(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The first pack with changed targets, everything signed anew by two ministries."""
    files = read(FIRST)
    targets = resigned(files.targets, change, A, B)

    def bind(name: str, content: bytes) -> Callable[[dict[str, Any]], object]:
        meta = {"version": 1, "length": len(content), "hashes": {"sha256": sha256(content).hex()}}
        return lambda signed: signed["meta"].update({name: meta})

    snapshot = resigned(files.snapshot, bind("targets.json", targets), A, B)
    timestamp = resigned(files.timestamp, bind("snapshot.json", snapshot), A, B)
    return write(replace(files, targets=targets, snapshot=snapshot, timestamp=timestamp))


def test_a_description_that_breaks_a_rule_is_refused_though_it_is_signed() -> None:
    broken = replace(samples.DESCRIPTION, block=10)
    pack = trust_pack_signing.make(broken, root=root_keys(A, B, C), expires=NOW + WEEK, signers=signers(A, B))
    assert refused(pack) == "trust-description.future"


# --- time -------------------------------------------------------------------------------------------------------------


def test_an_expired_pack_is_refused_with_its_own_code() -> None:
    assert accepted(FIRST, now=NOW + WEEK - timedelta(seconds=1)).trust == samples.DESCRIPTION
    error = refusal(FIRST, now=NOW + WEEK)
    assert (error.code, error.detail) == (
        "trust-pack.expired",
        {"role": "timestamp", "expired": "2026-11-09T08:00:00+00:00"},
    )


def test_a_pack_whose_root_expired_is_refused() -> None:
    pack = trust_pack_signing.make(
        samples.DESCRIPTION,
        root=root_keys(A, B, C, expires=NOW),
        expires=NOW + WEEK,
        signers=signers(A, B),
    )
    error = refusal(pack, pin=trust_pack_signing.pinned_root(pack))
    assert (error.code, error.detail["role"]) == ("trust-pack.expired", "root")


def test_an_expired_pin_still_leads_to_a_newer_root() -> None:
    late = NOW + samples.YEAR + timedelta(days=1)
    pack = rotated(root=root_keys(A, B, D, expires=late + WEEK), expires=late + WEEK)
    assert accepted(pack, now=late).seen.root == 2


def test_the_time_zone_of_now_does_not_matter() -> None:
    east = (NOW + WEEK).astimezone(samples.SHANGHAI)
    assert refused(FIRST, now=east) == "trust-pack.expired"
    assert accepted(FIRST, now=east - timedelta(seconds=1)).expires == NOW + WEEK


# --- older than known -------------------------------------------------------------------------------------------------


def test_an_older_pack_is_refused_after_a_newer_one() -> None:
    error = refusal(FIRST, newest_seen=accepted(SECOND).seen)
    assert (error.code, error.detail["role"]) == ("trust-pack.rolled-back", "timestamp")


def test_an_older_root_is_refused_after_a_newer_one() -> None:
    error = refusal(SECOND, newest_seen=accepted(THIRD).seen)
    assert (error.code, error.detail["role"]) == ("trust-pack.rolled-back", "root")


def test_a_pack_older_than_the_pinned_root_is_refused() -> None:
    assert refused(SECOND, pin=trust_pack_signing.pinned_root(THIRD, 2)) == "trust-pack.rolled-back"


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_an_older_part_under_a_newer_timestamp_is_refused(role: str) -> None:
    seen = replace(accepted(SECOND).seen, **{role: 3})
    assert refusal(SECOND, newest_seen=seen).detail["role"] == role


def test_an_old_pack_behind_a_new_root_is_refused() -> None:
    """A and B signed it and are members still, so TUF's own signatures pass; the versions do not."""
    old = write(replace(read(FIRST), roots=read(THIRD).roots))
    assert accepted(old).seen.root == 2
    assert refused(old, newest_seen=accepted(THIRD).seen) == "trust-pack.rolled-back"


def test_two_packs_of_one_version_are_told() -> None:
    other = trust_pack_signing.next_pack(
        FIRST, replace(LATER_TRUST, block=4801), expires=NOW + WEEK, signers=signers(A, B)
    )
    assert refused(other, newest_seen=accepted(SECOND).seen) == "trust-pack.forked"


def test_one_timestamp_over_two_packs_is_told() -> None:
    assert refused(SECOND, newest_seen=replace(accepted(SECOND).seen, snapshot=1, targets=1)) == "trust-pack.forked"


def test_versions_may_start_anew_once_the_old_members_are_powerless() -> None:
    """Thieves with two keys signed a pack of the highest version there is; all three members are replaced."""
    frozen = SeenVersions(1, 2**53 - 1, 2**53 - 1, 2**53 - 1, sha256(b"what the thieves said"))
    clean = rotated(root=root_keys(D, E, F), new_signers=signers(D, E))
    assert accepted(clean, newest_seen=frozen).seen.timestamp == 3
    # C alone replaced: what A and B signed still counts, so do the versions
    assert refused(THIRD, newest_seen=frozen) == "trust-pack.rolled-back"
    # A alone kept: nothing that needs two signatures can be of old
    nearly = rotated(root=root_keys(A, E, F), new_signers=signers(A, E))
    assert accepted(nearly, newest_seen=frozen).seen.timestamp == 3


def test_what_was_seen_is_kept_and_read_again() -> None:
    seen = accepted(SECOND).seen
    assert SeenVersions.from_bytes(seen.to_bytes()) == seen


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"null",
        b"{}",
        accepted(FIRST).seen.to_bytes().replace(b'"root":1', b'"root":"1"'),
        accepted(FIRST).seen.to_bytes().replace(b'"root":1', b'"root":true'),
        accepted(FIRST).seen.to_bytes().replace(b"trust-seen", b"trust-pack"),
        b'{"format":"onceledger-trust-seen","root":1,"snapshot":1,"targets":1,"timestamp":1,"trust":"00"}',
        b'{"format":"onceledger-trust-seen","root":1,"snapshot":1,"targets":1,"timestamp":1,"trust":5}',
    ],
    ids=["array", "null", "empty", "text", "boolean", "format", "short", "number"],
)
def test_a_broken_memory_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedInput) as caught:
        SeenVersions.from_bytes(data)
    assert caught.value.code == "trust-pack.seen-malformed"


# --- malformed --------------------------------------------------------------------------------------------------------


def test_the_pack_may_be_no_pack() -> None:
    assert refused(b'{"format":"onceledger-bundle"}') == "trust-pack.not-a-pack"
    assert refused(b"[]") == "trust-pack.not-a-pack"
    assert refused(PIN) == "trust-pack.is-a-root"
    assert refused(b"") == "json.malformed"
    assert refused(FIRST.replace(b'"version":1}', b'"version":2}')) == "trust-pack.version-unknown"
    assert refused(FIRST.replace(b'"version":1}', b'"version":true}')) == "trust-pack.version-unknown"


def test_a_pack_that_lacks_a_part_is_refused() -> None:
    for name in ("root", *PARTS):
        value = json.loads(FIRST)
        del value[name]
        assert refused(json.dumps(value).encode()) == "trust-pack.not-a-pack"


def test_a_pack_with_a_part_that_is_an_object_is_refused() -> None:
    for name in ("root", *PARTS):
        value = json.loads(FIRST)
        value[name] = {} if name != "root" else [{}]
        assert refused(json.dumps(value).encode()) == "trust-pack.not-a-pack"


def test_a_pack_without_roots_is_refused() -> None:
    assert refused(json.dumps({**json.loads(FIRST), "root": []}).encode()) == "trust-pack.not-a-pack"


def test_a_gap_between_roots_is_refused() -> None:
    third = rotated(THIRD, root=root_keys(B, D, E), old_signers=signers(B, D), new_signers=signers(D, E))
    files = read(third)
    gapped = json.dumps({**json.loads(third), "root": [files.roots[0].decode(), files.roots[2].decode()]}).encode()
    assert refused(gapped) == "trust-pack.root-gap"


def test_a_pack_that_lacks_its_first_root_is_refused() -> None:
    missing = json.dumps({**json.loads(THIRD), "root": [read(THIRD).roots[1].decode()]}).encode()
    assert refused(missing) == "trust-pack.root-gap"


def test_too_large_a_pack_is_refused_before_it_is_read() -> None:
    assert refused(b" " * (MAX_PACK_BYTES + 1)) == "json.too-large"


def test_a_nesting_bomb_as_pack_is_refused() -> None:
    assert refused(b"[" * 100_000) == "trust-pack.not-a-pack"


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_a_nesting_bomb_as_part_is_refused(role: str) -> None:
    assert refused(part(role, b'{"signed":' + b"[" * 100_000)) == "trust-pack.metadata"


def test_a_member_named_twice_in_a_part_is_refused() -> None:
    twice = read(FIRST).timestamp.replace(b'"version":1}', b'"version":1,"version":1}')
    assert twice != read(FIRST).timestamp
    assert refused(part("timestamp", twice)) == "trust-pack.metadata"


def test_roles_in_each_others_place_are_refused() -> None:
    files = read(FIRST)
    assert refused(write(replace(files, timestamp=files.snapshot, snapshot=files.timestamp))) in (
        "trust-pack.metadata",
        "trust-pack.mixed",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", "1"),
        ("version", 0),
        ("version", None),
        ("expires", "tomorrow"),
        ("expires", 5),
        ("spec_version", "2.0.0"),
        ("meta", []),
        ("meta", {"snapshot.json": {"version": "1"}}),
        ("_type", "root"),
        ("_type", ["timestamp"]),
    ],
)
def test_odd_metadata_raises_our_error_only(name: str, value: object) -> None:
    odd = resigned(read(FIRST).timestamp, lambda signed: signed.update({name: value}))
    assert refused(part("timestamp", odd)) == "trust-pack.metadata"


@pytest.mark.parametrize(
    "pin",
    [
        b"",
        b"{}",
        b"[" * 100_000,
        read(FIRST).timestamp,
        PIN.replace(b'"threshold":2', b'"threshold":1'),
        PIN.replace(b'"version":1}', b'"version":1,"version":1}'),
    ],
    ids=["empty", "object", "bomb", "timestamp", "altered", "member twice"],
)
def test_a_pin_that_is_no_root_is_the_operators_to_mend(pin: bytes) -> None:
    with pytest.raises(Misconfigured) as caught:
        accepted(FIRST, pin=pin)
    assert caught.value.code == "trust-pack.pinned-root"


@given(st.binary(max_size=100))
def test_arbitrary_bytes_raise_our_errors_only(data: bytes) -> None:
    with pytest.raises(OnceledgerError):
        accepted(data)


@settings(deadline=None)
@given(st.sampled_from(["roots", *PARTS]), st.data())
def test_a_pack_with_a_changed_byte_is_never_accepted_as_another(name: str, data: st.DataObject) -> None:
    files = read(THIRD)
    content = files.roots[1] if name == "roots" else getattr(files, name)
    place = data.draw(st.integers(0, len(content) - 1))
    changed = content[:place] + bytes([data.draw(st.integers(32, 126))]) + content[place + 1 :]
    parts = {"roots": (PIN, changed)} if name == "roots" else {name: changed}
    try:
        pack = write(replace(files, **parts))
        loaded = accepted(pack)
    except (OnceledgerError, UnicodeDecodeError):  # the latter from building the pack, not from loading it
        return
    assert loaded.trust == accepted(THIRD).trust


@settings(deadline=None)
@given(st.sampled_from(["timestamp", "snapshot", "targets", "root"]), st.data())
def test_odd_values_anywhere_in_the_metadata_raise_our_errors_only(role: str, data: st.DataObject) -> None:
    files = read(THIRD)
    document = json.loads(files.roots[1] if role == "root" else getattr(files, role))
    place: Any = document
    while True:
        step = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place)))))
        if not isinstance(place[step], (dict, list)) or not place[step] or data.draw(st.integers(0, 3)) == 0:
            break
        place = place[step]
    place[step] = data.draw(st.none() | st.integers(-1, 3) | st.text(max_size=5) | st.just([]) | st.just({"a": [1]}))
    content = canonical_json.canonicalize(document)
    parts: dict[str, Any] = {"roots": (PIN, content)} if role == "root" else {role: content}
    try:
        loaded = accepted(write(replace(files, **parts)))
    except OnceledgerError:
        return
    assert loaded.trust == accepted(THIRD).trust


# --- making -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [(), (A,), (D, E)], ids=["nobody", "one", "strangers"])
def test_too_few_signers_make_no_pack(by: tuple[samples.Ministry, ...]) -> None:
    with pytest.raises(OnceledgerError) as caught:
        first_pack(by=by)
    assert caught.value.code == "trust-pack.too-few-signers"


def test_a_stranger_among_the_signers_is_refused() -> None:
    with pytest.raises(OnceledgerError) as caught:
        first_pack(by=(A, B, D))
    assert caught.value.code == "trust-pack.signer-wrong"


def test_a_signer_that_signs_something_else_is_refused() -> None:
    with pytest.raises(OnceledgerError) as caught:
        trust_pack_signing.make(
            samples.DESCRIPTION,
            root=root_keys(A, B, C),
            expires=NOW + WEEK,
            signers={**signers(A, B), C.public: lambda data: C.sign(data + b"!")},
        )
    assert caught.value.code == "trust-pack.signer-wrong"


def test_a_rotation_needs_the_threshold_of_the_old_and_of_the_new() -> None:
    for short in ({"old_signers": signers(A)}, {"new_signers": signers(D)}):
        with pytest.raises(OnceledgerError) as caught:
            rotated(root=root_keys(D, E, F), **{"new_signers": signers(D, E), **short})
        assert caught.value.code == "trust-pack.too-few-signers"


@pytest.mark.parametrize(
    "root", [root_keys(A, A, B), root_keys(A, B, threshold=3), root_keys(A, B, threshold=0), root_keys(threshold=1)]
)
def test_an_impossible_root_is_refused(root: trust_pack_signing.RootKeys) -> None:
    with pytest.raises(MalformedInput) as caught:
        trust_pack_signing.make(samples.DESCRIPTION, root=root, expires=NOW + WEEK, signers=signers(A, B))
    assert caught.value.code == "trust-pack.root-keys"


def test_a_ministry_with_a_key_of_small_order_is_refused() -> None:
    weak = trust_pack_signing.RootKeys([A.public, B.public, WEAK["+1"]], 2, NOW + WEEK)
    with pytest.raises(MalformedInput) as caught:
        trust_pack_signing.make(samples.DESCRIPTION, root=weak, expires=NOW + WEEK, signers=signers(A, B))
    assert caught.value.code == "multikey.weak-point"


def test_a_description_of_an_earlier_block_makes_no_next_pack() -> None:
    with pytest.raises(OnceledgerError) as caught:
        trust_pack_signing.next_pack(SECOND, samples.DESCRIPTION, expires=NOW + WEEK, signers=signers(A, B))
    assert caught.value.code == "trust-pack.older-description"


@pytest.mark.parametrize(
    "other",
    [
        {"chain_id": 7},
        {"genesis": Digest(bytes(32))},
        {"trust_registry": bytes(20)},
        {"anchor_registry": bytes(20)},
        {"status_registry": bytes(20)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_description_of_another_network_makes_no_next_pack(other: dict[str, Any]) -> None:
    """Say the AnchorRegistry was deployed anew: all that the former one anchored would be invalid with that pack."""
    moved = replace(LATER_TRUST, chain=replace(LATER_TRUST.chain, **other))
    with pytest.raises(Conflict) as caught:
        trust_pack_signing.next_pack(SECOND, moved, expires=NOW + WEEK, signers=signers(B, C))
    assert caught.value.code == "trust-pack.other-network"


def test_a_previous_pack_that_is_none_makes_no_next_pack() -> None:
    odd = part("targets", b'{"signed":{"_type":"targets"},"signatures":[]}')
    with pytest.raises(MalformedInput) as caught:
        trust_pack_signing.next_pack(odd, LATER_TRUST, expires=NOW + WEEK, signers=signers(A, B))
    assert caught.value.code == "trust-pack.metadata"


def test_a_root_version_that_is_not_there_cannot_be_pinned() -> None:
    for version in (0, 2):
        with pytest.raises(MalformedInput) as caught:
            trust_pack_signing.pinned_root(FIRST, version)
        assert caught.value.code == "trust-pack.root-gap"


def test_signing_is_repeatable() -> None:
    assert first_pack() == FIRST


# --- as a folder ------------------------------------------------------------------------------------------------------


def test_the_pack_is_a_tuf_repository_and_back() -> None:
    files = to_static_files(THIRD)
    assert sorted(files) == [
        "metadata/1.root.json",
        "metadata/2.root.json",
        "metadata/3.snapshot.json",
        "metadata/3.targets.json",
        "metadata/timestamp.json",
        f"targets/{sha256(read(THIRD).trust).hex()}.trust.json",
    ]
    assert from_static_files({**files, "metadata/1.targets.json": b"of another pack"}) == THIRD


@pytest.mark.parametrize("path", sorted(to_static_files(FIRST)))
def test_a_folder_that_lacks_a_file_is_refused(path: str) -> None:
    files = to_static_files(FIRST)
    del files[path]
    with pytest.raises(MalformedInput) as caught:
        from_static_files(files)
    assert (caught.value.code, caught.value.detail) == ("trust-pack.file-missing", {"path": path})


class FolderFetcher(FetcherInterface):
    """A web server that serves the folder."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def _fetch(self, url: str) -> list[bytes]:  # type: ignore[override]  # a list is an iterator's better self
        path = urlparse(url).path.lstrip("/")
        if path not in self._files:
            raise DownloadHTTPError("not there", 404)
        return [self._files[path]]


def test_the_client_of_python_tuf_fetches_the_description_from_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a TUF client needs nothing of ours."""
    folder = "tuf.ngclient._internal.trusted_metadata_set.datetime"
    monkeypatch.setattr(f"{folder}.datetime", _Clock)
    updater = Updater(
        metadata_dir=str(tmp_path),
        metadata_base_url="https://root.example/metadata/",
        target_dir=str(tmp_path),
        target_base_url="https://root.example/targets/",
        fetcher=FolderFetcher(to_static_files(THIRD)),
        config=UpdaterConfig(prefix_targets_with_hash=True),
        bootstrap=PIN,
    )
    info = updater.get_targetinfo("trust.json")
    assert info is not None
    assert Path(updater.download_target(info)).read_bytes() == read(THIRD).trust


class _Clock(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # stands still on purpose
        return NOW.astimezone(UTC)


# --- the whole size ---------------------------------------------------------------------------------------------------


def test_a_country_of_500_agencies_fits_its_size() -> None:
    """The size is a promise to whoever loads the pack over a telephone."""
    country: TrustDescription = samples.country(500)
    pack = first_pack(country)
    assert len(gzip.compress(pack, 9)) < 200_000
    assert len(accepted(pack).trust.agencies) == 500


def test_files_of_a_pack_are_its_exact_bytes() -> None:
    files = read(THIRD)
    assert isinstance(files, PackFiles)
    assert write(files) == THIRD
