"""The verifier of examples/ was written from the pages alone. Here it is held against the product's, file by file."""

from __future__ import annotations

import ast
import copy
import json
import struct
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nacl.signing import SigningKey

from examples import verify_bundle as example
from ledger import base64url, canonical_json, status_pack, trust_pack, trust_pack_signing
from ledger.block_header import parse_header
from ledger.digest import Digest
from ledger.policy import CLOCK_TOLERANCE
from ledger.reasons import Result
from ledger.trust_description import TrustDescription, ValidatorSet
from ledger.verdict import Verification
from ledger.verification import Verifier

if TYPE_CHECKING:
    from issued_batch import IssuedBatch

pytest_plugins = ("issued_batch",)

SOURCE = Path(example.__file__)
DATES = (None, date(2026, 6, 30), date(2020, 6, 1), date(2800, 12, 31))
Json = dict[str, Any]


def test_it_has_300_lines_and_imports_nothing_of_ours() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "relative"]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - sys.stdlib_module_names == {"cryptography", "eth_hash", "eth_keys", "tuf"}
    assert not any(isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("exec", "eval", "__import__")
                   for node in ast.walk(ast.parse(text)))  # fmt: skip


def test_it_names_the_packages_that_it_imports_and_so_does_the_page() -> None:
    wanted = "pip install cryptography eth-keys 'eth-hash[pycryptodome]' tuf==7.0.1"
    project = tomllib.loads((SOURCE.parent.parent / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    assert "tuf==7.0.1" in project, "the example uses that version's internals: change it there and on the page too"
    assert wanted in (example.__doc__ or "")
    assert wanted in (SOURCE.parent.parent / "docs" / "architecture.md").read_text("utf-8")


def test_what_fails_without_words_gets_some(issued: IssuedBatch) -> None:
    whole = json.loads(issued.bundles["in force"])
    whole["credential"]["validFrom"] = "2001-01-01"
    pack = issued.pack_of(issued.open_trust)
    trust = example.read_trust(pack, issued.pinned_root, issued.now)
    told = example.verify(canonical_json.canonicalize(whole), trust, {}, issued.now)
    assert told == ("invalid", 2, "a signature is wrong, or a part is missing (InvalidSignature)")


class Both:
    """Both verifiers with the same holdings."""

    def __init__(
        self, issued: IssuedBatch, trust: TrustDescription, *, status: bool, as_of: date | None = None
    ) -> None:
        pack = issued.pack_of(trust)
        self._trust = example.read_trust(pack, issued.pinned_root, issued.now)
        self._lists = example.read_status_pack(issued.status_pack) if status else {}
        self._now, self._as_of = issued.now, as_of
        read = trust_pack.load(pack, pinned_root=issued.pinned_root, now=issued.now).trust
        self._ours = Verifier(read, now=issued.now, as_of=as_of, status=issued.statuses() if status else None)

    def agree(self, bundle: bytes, what: str = "") -> Verification:
        """What ours says, if the example says the same at the same step."""
        ours = self._ours.verify_bytes(bundle)
        verdict, step, why = example.verify(bundle, self._trust, self._lists, self._now, self._as_of)
        assert verdict == ours.result.value, (what, ours.decisive.code, why)
        # what has a wrong form, the example may find only where it uses it
        assert ours.decisive.check.step in (1, step), (what, ours.decisive.code, why)
        return ours


def holdings(issued: IssuedBatch) -> Iterator[tuple[TrustDescription, bool]]:
    for trust in (issued.open_trust, issued.closed_trust, retired(issued)):
        yield from ((trust, False), (trust, True))


def retired(issued: IssuedBatch) -> TrustDescription:
    """The network after its validators were replaced: everything up to the checkpoint was sealed by former ones."""
    (old,) = issued.closed_trust.chain.validator_sets
    border = issued.closed_trust.checkpoints[-1].block
    new = ValidatorSet(border + 1, None, tuple(bytes([number]) * 20 for number in range(4)))
    sets = (replace(old, to_block=border), new)
    return replace(issued.closed_trust, block=border + 1, chain=replace(issued.closed_trust.chain, validator_sets=sets))


@pytest.mark.parametrize("as_of", DATES, ids=str)
def test_same_verdict_on_every_bundle(issued: IssuedBatch, as_of: date | None) -> None:
    seen: set[str] = set()
    for trust, status in holdings(issued):
        both = Both(issued, trust, status=status, as_of=as_of)
        for name, bundle in issued.bundles.items():
            seen.add(both.agree(bundle, name).result.value)
    assert seen >= ({"valid", "invalid", "cannot be checked"} if as_of in DATES[:2] else {"invalid"})


EXPECTED = {
    "in force": Result.VALID,
    "resumed": Result.VALID,
    "successor": Result.VALID,
    "of another agency": Result.VALID,
    "revoked, older status": Result.VALID,
    "revoked": Result.INVALID,
    "held": Result.INVALID,
    "void": Result.INVALID,
    "superseded": Result.INVALID,
    "expired": Result.INVALID,
    "not valid yet": Result.INVALID,
    "not anchored": Result.CANNOT_CHECK,
    "without status": Result.CANNOT_CHECK,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_bundle_shows_what_its_name_says(issued: IssuedBatch, name: str) -> None:
    assert Both(issued, issued.open_trust, status=False).agree(issued.bundles[name]).result is EXPECTED[name]


def test_history_takes_the_place_of_seals_of_former_validators(issued: IssuedBatch) -> None:
    verdict = Both(issued, retired(issued), status=False).agree(issued.bundles["in force, with history"])
    assert [found.code for found in verdict.findings if found.check.step == 5] == ["anchored.passed-by-history"]
    assert verdict.decisive.code == "status.publication-by-former-validators"
    without = Both(issued, retired(issued), status=False).agree(issued.bundles["in force"])
    assert without.decisive.code == "anchored.history-needed"


# ---------------------------------------------------------------------------------------------- one thing altered


def flipped(text: str, place: float) -> str:
    data = bytearray(base64url.decode(text))
    data[min(int(place * len(data)), len(data) - 1)] ^= 1
    return base64url.encode(bytes(data))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every part of a JSON value, with its place."""
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def put(whole: Json, path: tuple[Any, ...], value: Any) -> bytes:
    changed = copy.deepcopy(whole)
    at: Any = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return canonical_json.canonicalize(changed)


def without(whole: Json, path: tuple[Any, ...]) -> bytes:
    changed = copy.deepcopy(whole)
    at: Any = changed
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    return canonical_json.canonicalize(changed)


def alterations(whole: Json) -> Iterator[tuple[str, bytes]]:
    """A bundle with one thing altered, for every thing in it: each member left out, added or emptied, each text and
    number changed, each binary part with a byte flipped at its beginning, in its middle, near and at its end."""
    for path, value in places(whole):
        where = "/".join(map(str, path))
        if path:
            yield f"{where} left out", without(whole, path)
            yield f"{where} emptied", put(whole, path, {dict: {}, list: [], str: "", int: 0}[type(value)])
            yield f"{where} null", put(whole, path, None)
        if isinstance(value, dict) and path:
            yield f"{where} with another member", put(whole, (*path, "zz"), "x")
        elif isinstance(value, int):
            yield f"{where} false", put(whole, path, False)
            yield f"{where} true", put(whole, path, True)
            yield f"{where} below nothing", put(whole, path, -1)
            yield f"{where} a text", put(whole, path, str(value))
            yield f"{where} + 1", put(whole, path, value + 1)
            yield f"{where} - 1", put(whole, path, max(value - 1, 0))
            yield f"{where} enormous", put(whole, path, 2**53 - 1)
        elif isinstance(value, str) and value:
            yield f"{where} false", put(whole, path, False)
            yield f"{where} in a list", put(whole, path, [value])
            yield f"{where} longer", put(whole, path, value + "A")
            yield f"{where} other character", put(whole, path, value[:-1] + chr(ord(value[-1]) ^ 1))
            if path[0] in ("inclusion", "anchor", "history", "status"):
                for place in (0.0, 0.02, 0.25, 0.5, 0.75, 0.98, 1.0):
                    yield f"{where} flipped at {place}", put(whole, path, flipped(value, place))


ALTERED = [
    ("in force", "open_trust"),
    ("revoked", "open_trust"),
    ("in force, with history", "closed_trust"),
    ("in force, with history", "open_trust"),  # where the history is not used
]


@pytest.mark.parametrize(("name", "trust"), ALTERED)
def test_same_verdict_on_every_alteration(issued: IssuedBatch, name: str, trust: str) -> None:
    """By a pack of a while later, which would have the key by then: whether an unknown one is a point of the curve at
    all, the example does not compute, and with an older pack tells it from a new key by nothing."""
    described: TrustDescription = getattr(issued, trust)
    both, results = Both(issued, replace(described, time=described.time + CLOCK_TOLERANCE), status=False), []
    for what, altered in alterations(json.loads(issued.bundles[name])):
        results.append(both.agree(altered, what).result)
    assert len(results) > 300
    assert results.count(Result.INVALID) > 200


def test_same_verdict_on_every_alteration_of_what_is_not_used(issued: IssuedBatch) -> None:
    """Without an event neither the place in the batch nor the history says anything; their forms count all the same."""
    both, bundle = Both(issued, issued.open_trust, status=False), json.loads(issued.bundles["in force, with history"])
    del bundle["anchor"]
    results = {
        what: both.agree(altered, what).result
        for what, altered in alterations(bundle)
        if what.startswith(("inclusion/", "history/"))
    }
    for part, number in (("inclusion", "index"), ("history", "size")):
        assert results[f"{part}/{number} + 1"] is results[f"{part}/path flipped at 0.5"] is Result.CANNOT_CHECK
        assert results[f"{part}/{number} false"] is results[f"{part}/path longer"] is Result.INVALID
    assert results["history/entry longer"] is Result.INVALID


def test_a_status_pack_outweighs_damaged_statuses(issued: IssuedBatch) -> None:
    both, bundle = Both(issued, issued.open_trust, status=True), json.loads(issued.bundles["in force"])
    found = {
        both.agree(altered, what).result for what, altered in alterations(bundle) if what.startswith("status/0/content")
    }
    assert found >= {Result.VALID}


def test_what_is_revoked_stays_invalid_when_another_list_is_damaged(issued: IssuedBatch) -> None:
    bundle = json.loads(issued.bundles["revoked"])
    both = Both(issued, issued.open_trust, status=False)
    assert both.agree(without(bundle, ("status", 1))).result is Result.INVALID


PARTS = ("credential", "context", "inclusion", "anchor", "history", "status")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("trust", ["open_trust", "closed_trust"])
def test_same_verdict_when_a_part_is_of_another_bundle(issued: IssuedBatch, part: str, trust: str) -> None:
    both = Both(issued, getattr(issued, trust), status=False)
    bundles = {name: json.loads(data) for name, data in issued.bundles.items()}
    ours = bundles["in force, with history"]
    for name, other in bundles.items():
        if part in other and other[part] != ours[part]:
            both.agree(put(ours, (part,), other[part]), f"{part} of {name}")


def test_parts_of_another_agency_make_nothing_valid(issued: IssuedBatch) -> None:
    both = Both(issued, issued.open_trust, status=False)
    ours, other = (json.loads(issued.bundles[name]) for name in ("in force", "of another agency"))
    mixed = {**ours, "anchor": other["anchor"], "inclusion": other["inclusion"]}
    assert both.agree(canonical_json.canonicalize(mixed)).decisive.code == "inclusion.path-wrong"
    mixed = {**ours, "anchor": other["anchor"]}
    assert not both.agree(canonical_json.canonicalize(mixed)).verified
    mixed = {**ours, "status": other["status"]}
    assert both.agree(canonical_json.canonicalize(mixed)).decisive.code == "status.unknown"


# --------------------------------------------------------------------------------------- another trust description


def changed_networks(issued: IssuedBatch) -> Iterator[tuple[str, TrustDescription]]:
    trust = issued.closed_trust
    chain, validators = trust.chain, trust.chain.validator_sets[0].validators
    strangers = tuple(bytes([number]) * 20 for number in range(1, 5))
    sets = {
        "one validator replaced": (*validators[:3], strangers[0]),
        "a validator more": (*validators, strangers[0]),
        "a validator less": validators[:3],
        "other validators": strangers,
        "another order": validators[::-1],
    }
    for name, members in sets.items():
        yield name, replace(trust, chain=replace(chain, validator_sets=(ValidatorSet(0, None, members),)))
    yield "another chain", replace(trust, chain=replace(chain, chain_id=chain.chain_id + 1))
    yield "another AnchorRegistry", replace(trust, chain=replace(chain, anchor_registry=bytes(20)))
    yield "another StatusRegistry", replace(trust, chain=replace(chain, status_registry=bytes(20)))
    (kind,), first, others = trust.types, trust.agencies[0], trust.agencies[1:]
    yield (
        "no types",
        replace(trust, types=(), agencies=tuple(replace(one, accreditations=()) for one in trust.agencies)),
    )
    yield "a type of records", replace(trust, types=(replace(kind, kind="record"),))
    yield "no contexts", replace(trust, types=(replace(kind, contexts=()),))
    yield "no accreditations", replace(trust, agencies=tuple(replace(a, accreditations=()) for a in trust.agencies))
    yield "fewer claims", replace(trust, types=(replace(kind, fields=kind.fields[:1]),))
    yield "another zone", replace(trust, types=(replace(kind, zone="America/Phoenix"),))
    yield (
        "another type id",
        replace(
            trust,
            types=(replace(kind, type_id=7),),
            agencies=tuple(replace(one, accreditations=()) for one in trust.agencies),
        ),
    )
    yield "no agencies", replace(trust, agencies=())
    keyless = (replace(first, keys=()), *others)
    yield "no keys", replace(trust, agencies=keyless)
    yield (
        "no keys, long ago",
        replace(
            issued.open_trust,
            time=1_700_000_000,
            agencies=tuple(replace(one, status_since=0) for one in keyless),
        ),
    )
    created = json.loads(issued.bundles["in force"])["credential"]["proof"]["created"]
    signed = int(datetime.fromisoformat(created).timestamp())
    for seconds in (299, 300):
        moved = tuple(replace(one, status_since=0) for one in keyless)
        yield f"no keys, {seconds} s later", replace(issued.open_trust, time=signed + seconds, agencies=moved)
    yield (
        "an agency with another id",
        replace(trust, agencies=(replace(others[0], agency_id=2), replace(first, agency_id=9))),
    )
    (key,) = first.keys
    anchored = parse_header(base64url.decode(json.loads(issued.bundles["in force"])["anchor"]["header"])).time
    moments = {"before": anchored - 1, "at": anchored, "between anchor and status": anchored + 1, "for ever": 0}
    for name, since in {**moments, "after": trust.time + 1}.items():
        spoiled = replace(first, keys=(replace(key, compromised_since=since),))
        yield f"compromised {name}", replace(trust, agencies=(spoiled, *others), time=trust.time + 60)
    spoiled = replace(first, keys=(replace(key, compromised_since=trust.time + 1),))
    yield (
        "compromised, and no checkpoint",
        replace(issued.open_trust, agencies=(spoiled, *others), time=trust.time + 60),
    )
    (closed,) = trust.checkpoints
    other_log = (replace(closed, root=Digest(closed.root[::-1])),)
    yield "another log", replace(trust, checkpoints=other_log)
    yield "a shorter log", replace(trust, checkpoints=(replace(closed, size=closed.size - 1),))
    yield "a longer log", replace(trust, checkpoints=(replace(closed, size=closed.size + 1),))


STILL_VALID = {"another order", "another zone", "compromised after", "compromised, and no checkpoint"}


def test_same_verdict_under_every_other_description(issued: IssuedBatch) -> None:
    still_valid, count = set(), 0
    for what, trust in changed_networks(issued):
        both, count = Both(issued, trust, status=False), count + 1
        for name, bundle in issued.bundles.items():
            if both.agree(bundle, f"{what}: {name}").verified and name.startswith("in force"):
                still_valid.add(what)
    assert (still_valid, count) == (STILL_VALID, 30)


@pytest.mark.parametrize("days", [-400, -1, 6, 8, 400])
def test_same_verdict_at_another_time(issued: IssuedBatch, days: int) -> None:
    moved = copy.copy(issued)
    moved.now = issued.now + timedelta(days=days)
    for trust in (issued.open_trust, issued.closed_trust):
        both = Both(moved, trust, status=True)
        for name, bundle in issued.bundles.items():
            both.agree(bundle, name)


# ------------------------------------------------------------------------------------------------- forms of the file


def texts(bundle: bytes) -> Iterator[tuple[str, bytes, Result]]:
    text = bundle.decode()
    pretty = json.dumps(dict(reversed(json.loads(text).items())), indent=2).encode()
    yield "indented, reordered, escaped", pretty, Result.VALID
    yield (
        "an unknown member at the top",
        text.replace('"format"', '"future":[true,{"a":null}],"format"').encode(),
        Result.VALID,
    )
    yield "a later version", text.replace('"version":1}', '"version":2}').encode(), Result.CANNOT_CHECK
    yield "a version that is true", text.replace('"version":1}', '"version":true}').encode(), Result.CANNOT_CHECK
    yield "another suite", text.replace("+qbft", "+ibft").encode(), Result.CANNOT_CHECK
    yield "another format", text.replace("onceledger-bundle", "onceledger-bandle").encode(), Result.INVALID
    yield "a member twice", text.replace('"format"', '"version":1,"format"').encode(), Result.INVALID
    yield "a member twice, escaped", text.replace('"format"', '"\\u0076ersion":1,"format"').encode(), Result.INVALID
    yield "a fraction", text.replace('"logIndex":0', '"logIndex":0.0', 1).encode(), Result.INVALID
    yield "an exponent", text.replace('"logIndex":0', '"logIndex":0e1', 1).encode(), Result.INVALID
    yield "minus zero", text.replace('"logIndex":0', '"logIndex":-0', 1).encode(), Result.INVALID
    yield "a negative place", text.replace('"logIndex":0', '"logIndex":-1', 1).encode(), Result.INVALID
    yield "an unsafe number", text.replace('"format"', '"future":9007199254740992,"format"').encode(), Result.INVALID
    yield "not a number", text.replace('"format"', '"future":NaN,"format"').encode(), Result.INVALID
    yield "half a character", text.replace('"format"', '"future":"\\ud842","format"').encode(), Result.INVALID
    yield "64 levels", text.replace('"format"', f'"future":{"[" * 63}{"]" * 63},"format"').encode(), Result.VALID
    yield "65 levels", text.replace('"format"', f'"future":{"[" * 64}{"]" * 64},"format"').encode(), Result.INVALID
    yield "100,000 levels", b"[" * 100_000, Result.INVALID
    yield "a byte order mark", b"\xef\xbb\xbf" + bundle, Result.INVALID
    yield "UTF-16", text.encode("utf-16"), Result.INVALID
    yield "something behind", bundle + b"{}", Result.INVALID
    yield "nothing", b"", Result.INVALID
    yield "an array", b"[]", Result.INVALID
    yield "too large", text.replace('"format"', f'"future":"{"x" * (1 << 20)}","format"').encode(), Result.INVALID
    yield "padded base64", text.replace('","receiptIndex"', '=","receiptIndex"').encode(), Result.VALID


def test_same_verdict_on_every_form_of_the_text(issued: IssuedBatch) -> None:
    both = Both(issued, issued.open_trust, status=False)
    for what, data, expected in texts(issued.bundles["in force"]):
        assert both.agree(data, what).result is expected, what


# ----------------------------------------------------------------------------------------------------- trust packs


def altered_packs(issued: IssuedBatch) -> Iterator[tuple[str, bytes]]:
    good, newer = json.loads(issued.pack_of(issued.open_trust)), json.loads(issued.pack_of(issued.closed_trust))
    for part in ("root", "timestamp", "snapshot", "targets", "trust"):
        yield f"without {part}", canonical_json.canonicalize({name: good[name] for name in good if name != part})
        yield f"{part} of another pack", canonical_json.canonicalize({**good, part: newer[part]})
        if part != "root":
            yield f"{part} altered", canonical_json.canonicalize({**good, part: good[part].replace("1", "2", 1)})
    yield "roles interchanged", canonical_json.canonicalize({**good, "snapshot": good["targets"]})
    yield "of a later version", canonical_json.canonicalize({**good, "version": 2})
    yield "no pack", b"{}"
    yield "expired", issued.pack_of(issued.open_trust, expires=issued.now - timedelta(seconds=1))
    stranger = SigningKey(bytes(32))
    signers = {bytes(stranger.verify_key): lambda data: stranger.sign(data).signature}
    terms = trust_pack_signing.RootKeys(tuple(signers), 1, issued.now + timedelta(days=1))
    mine = trust_pack_signing.make(issued.open_trust, root=terms, expires=terms.expires, signers=signers)
    yield "of one's own making", mine


def accepts(load: Callable[[], Any]) -> bool:
    try:
        load()
    except Exception:
        return False
    return True


def test_both_accept_and_refuse_the_same_trust_packs(issued: IssuedBatch) -> None:
    refused = 0
    for what, data in altered_packs(issued):
        ours = accepts(partial(trust_pack.load, data, pinned_root=issued.pinned_root, now=issued.now))
        assert accepts(partial(example.read_trust, data, issued.pinned_root, issued.now)) is ours, what
        refused += not ours
    assert refused >= 16


def altered_status_packs(good: bytes) -> Iterator[tuple[str, bytes]]:
    """The lists of a status pack as they lie in it: 26 bytes of magic, 8 of time, 4 of count; 129 bytes and three parts
    each."""
    head, at, lists = good[:38], 38, []
    while at < len(good):
        end = at + 129 + sum(struct.unpack(">3I", good[at + 117 : at + 129]))
        lists.append(good[at:end])
        at = end

    def pack(*kept: bytes, count: int | None = None) -> bytes:
        return head[:34] + struct.pack(">I", len(kept) if count is None else count) + b"".join(kept)

    first, *others = lists
    assert pack(*lists) == good
    yield "no list", pack()
    yield "one list", pack(first)
    yield "trailing bytes", good + bytes(1)
    yield "trailing list", pack(*lists, count=len(lists) - 1)
    yield "a list too few", pack(*lists, count=len(lists) + 1)
    yield "a list twice", pack(first, *lists)
    yield "another order", pack(*others, first)
    yield "another magic", good.replace(b"pack-v1", b"pack-v2", 1)
    for cut in (0, 10, 37, 38, 60, 166, 170, len(good) - 1):
        yield f"cut off at {cut}", good[:cut]
    for purpose in (0, 3, 255):
        yield f"purpose {purpose}", pack(first[:8] + bytes([purpose]) + first[9:], *others)
    yield "version 0", pack(first[:9] + bytes(8) + first[17:], *others)
    for chunks in (0, 15, 16, 2048, 2049, 2**32 - 1):
        yield f"{chunks} chunks", pack(first[:17] + struct.pack(">I", chunks) + first[21:], *others)
    yield "a part that is longer than all", pack(*lists[:-1], lists[-1][:125] + b"\xff" * 4 + lists[-1][129:])


def test_both_accept_and_refuse_the_same_status_packs(issued: IssuedBatch) -> None:
    read, refused = [], []
    for what, data in altered_status_packs(issued.status_pack):
        is_ours = accepts(partial(status_pack.load, data))
        assert accepts(partial(example.read_status_pack, data)) is is_ours, what
        (read if is_ours else refused).append(what)
    assert read == ["no list", "one list", "16 chunks", "2048 chunks"]
    assert len(refused) == 23


def test_both_follow_a_new_root_and_refuse_one_that_is_older_than_the_pin(issued: IssuedBatch) -> None:
    pack = issued.pack_of(issued.open_trust)
    added = SigningKey(bytes(range(32)))
    everybody = {**issued.signers, bytes(added.verify_key): lambda data: added.sign(data).signature}
    terms = trust_pack_signing.RootKeys(tuple(everybody), 3, issued.now + timedelta(days=9))
    rotated = trust_pack_signing.rotate_root(
        pack, root=terms, expires=terms.expires, old_signers=issued.signers, new_signers=everybody
    )
    assert example.read_trust(rotated, issued.pinned_root, issued.now)["block"] == issued.open_trust.block
    newest = trust_pack_signing.pinned_root(rotated, 2)
    assert example.read_trust(rotated, newest, issued.now)["block"] == issued.open_trust.block
    with pytest.raises(ValueError, match="older root"):
        example.read_trust(pack, newest, issued.now)


# ---------------------------------------------------------------------------------------------------- command line


def run(issued: IssuedBatch, folder: Path, *names: str, more: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    (folder / "trust.pack").write_bytes(issued.pack_of(issued.open_trust))
    (folder / "root.json").write_bytes(issued.pinned_root)
    (folder / "status.pack").write_bytes(issued.status_pack)
    for name in names:
        (folder / f"{name}.bundle.json").write_bytes(issued.bundles[name])
    files = [str(folder / f"{name}.bundle.json") for name in names]
    held = ["--trust-pack", str(folder / "trust.pack"), "--root", str(folder / "root.json")]
    command = [sys.executable, "-I", str(SOURCE), *files, *held, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("in force",), 0),
        (("in force", "not anchored"), 3),
        (("in force", "not anchored", "revoked"), 1),
    ],
)
def test_command_line(issued: IssuedBatch, tmp_path: Path, names: tuple[str, ...], code: int) -> None:
    done = run(issued, tmp_path, *names)
    assert (done.returncode, done.stderr) == (code, "")
    words = [line.split(".bundle.json: ")[1] for line in done.stdout.splitlines()]
    assert words[0] == "valid (step 10: all steps passed)"
    assert [word.partition(" (step")[0] for word in words] == ["valid", "cannot be checked", "invalid"][: len(names)]


def test_command_line_with_a_status_pack_and_a_date(issued: IssuedBatch, tmp_path: Path) -> None:
    more = ("--status-pack", str(tmp_path / "status.pack"))
    assert run(issued, tmp_path, "revoked, older status", more=more).returncode == 1
    assert run(issued, tmp_path, "revoked, older status", more=(*more, "--as-of", "2026-06-30")).returncode == 0
    assert run(issued, tmp_path, "in force", more=("--as-of", "2026-06-30")).returncode == 3


@pytest.mark.parametrize("more", [("--as-of", "2026-02-30"), ("--status-pack", "nowhere"), ("--surprise",)])
def test_wrong_usage(issued: IssuedBatch, tmp_path: Path, more: tuple[str, ...]) -> None:
    assert run(issued, tmp_path, "in force", more=more).returncode == 2
