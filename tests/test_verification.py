"""One thing altered in a good bundle, for every thing in it: the first check that fails is the one that looks at it.

``test_trust_argument`` tries what forgers have, ``test_reason_codes`` every answer, ``test_verification_mutations``
random damage, ``test_verify_bundle_example`` holds all of it to a verifier that shares no line with this one.
"""

from __future__ import annotations

import copy
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import paper_bundle as paper
import pytest
from forgeries import NOW, OTHER_KEY, OTHER_MULTIKEY, PLAIN, Forgery, made, network, verdict

from ledger import base64url, canonical_json, status_pack, status_reasons
from ledger.credential import PURPOSES
from ledger.reasons import Outcome, Result
from ledger.trust_description import TrustDescription
from ledger.verdict import NotVerified, Verification
from ledger.verification import Verifier

if TYPE_CHECKING:
    from issued_batch import IssuedBatch

pytest_plugins = ("issued_batch",)

Path = tuple[Any, ...]
GOOD: dict[str, Any] = json.loads(made().bundle)
TRUSTS = {"seals": network(), "history": network(closed=True)}
VERIFIERS = {name: Verifier(trust, now=NOW) for name, trust in TRUSTS.items()}
"""One for all alterations: what it remembers of the good bundle must not help a bad one."""
CHECKS_BY_PART = {
    "format": {"well-formed"},
    "version": {"well-formed"},
    "suite": {"well-formed"},
    "credential": {"well-formed", "signature"},
    "context": {"well-formed"},
    "inclusion": {"well-formed", "inclusion"},
    "anchor": {"well-formed", "anchored"},
    "history": {"well-formed", "anchored"},
    "status": {"well-formed", "status"},
}


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every part of a JSON value below the top, with its place."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key), item
        yield from places(item, (*path, key))


def is_binary(path: Path, value: Any) -> bool:
    return isinstance(value, str) and len(value) >= 20 and path[0] in ("inclusion", "anchor", "history", "status")


BINARY = [path for path, value in places(GOOD) if is_binary(path, value)]
assert len(BINARY) >= 16


def changed(path: Path, value: Any, *, leave_out: bool = False) -> bytes:
    whole = at = dict(GOOD)
    for key in path[:-1]:
        at[key] = copy.copy(at[key])
        at = at[key]
    if leave_out:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return canonical_json.canonicalize(whole)


def alterations(path: Path, value: Any) -> Iterator[tuple[str, bytes]]:
    """What can be done to one part: left out, of another kind, one more or less, a letter or a place shifted."""
    yield "left out", changed(path, None, leave_out=True)
    for other in (None, True, [], {}, "", 0, -1, 2**53 - 1, "x", ["x"], {"x": 1}):
        if other != value or type(other) is not type(value):
            yield f"replaced by {other!r}", changed(path, other)
    if type(value) is int:
        yield "+ 1", changed(path, value + 1)
        yield "- 1", changed(path, value - 1)
    elif isinstance(value, str):
        for letters in (value + "A", value[1:], value[:-1], value[1:] + value[:1], value[::-1], value.swapcase()):
            if letters != value:
                yield f"written {letters[:9]!r}", changed(path, letters)
    elif isinstance(value, list):
        for items in (value[1:], value[::-1], value + value, value[1:] + value[:1]):
            if items != value:
                yield f"{len(items)} entries", changed(path, items)
    elif isinstance(value, dict):
        yield "with another member", changed(path, value | {"zz": 1})


def check(told: Verification, part: str, trust: str, what: str) -> None:
    """Not valid, at a check that looks at the part; or valid, and then nothing that counts is another."""
    if told.verified:
        assert same_meaning(told, part, trust), what
    else:
        assert told.decisive.check.name in CHECKS_BY_PART[part], (what, told.decisive.code)


def same_meaning(told: Verification, part: str, trust: str) -> bool:
    """Under seals the history is not looked at, and under the history the seals are not; what the verdict says is the
    same. Another order of the statuses, or a part twice,
    says the same too."""
    original = VERIFIERS[trust].verify_bytes(made().bundle)
    unread = {"seals": "history", "history": "anchor"}[trust]
    return told == original and part in (unread, "status", "context")


@pytest.mark.parametrize("trust", TRUSTS)
@pytest.mark.parametrize("part", CHECKS_BY_PART)
def test_an_altered_part_is_found_by_the_check_that_looks_at_it(part: str, trust: str) -> None:
    count = valid = 0
    for path, value in [((part,), GOOD[part]), *places(GOOD[part], (part,))]:
        for what, data in alterations(path, value):
            told = VERIFIERS[trust].verify_bytes(data)
            check(told, part, trust, f"{path} {what}")
            count, valid = count + 1, valid + told.verified
    assert count >= 12
    if part not in ("context", "history", "status"):
        assert valid == 0


@pytest.mark.parametrize("path", BINARY, ids=lambda path: "-".join(map(str, path)))
@pytest.mark.parametrize("trust", TRUSTS)
def test_every_byte_of_a_binary_part_counts(path: Path, trust: str) -> None:
    value: Any = GOOD
    for key in path:
        value = value[key]
    data, valid = base64url.decode(value), 0
    for place in range(len(data)):
        flipped = data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]
        told = VERIFIERS[trust].verify_bytes(changed(path, base64url.encode(flipped)))
        check(told, path[0], trust, f"{path} byte {place}")
        valid += told.verified
    # The header's own seals and counters say nothing where the history speaks, nor do the two bytes in which zlib tells
    # how it went to work (RFC 1950, section 2.2); all else counts to the last byte.
    if path[-1] == "content":
        assert valid <= 3
    else:
        assert valid == 0 or (path[0], trust) in (("history", "seals"), ("anchor", "history"))


def test_every_byte_of_the_credential_counts() -> None:
    """Of its text, so that members, names and the proof's own value are there."""
    start = made().bundle.index(made().credential)
    for place in range(start, start + len(made().credential)):
        data = bytearray(made().bundle)
        data[place] ^= 1
        told = verdict(bytes(data))
        assert not told.verified, place
        assert told.decisive.check.name in CHECKS_BY_PART["credential"], (place, told.decisive.code)


def test_what_means_the_same_is_as_valid() -> None:
    original = verdict(made().bundle)
    assert original.verified
    text = json.dumps(dict(reversed(GOOD.items())), indent=1)  # another order, spaces, escapes
    assert verdict(text.encode()) == original
    assert verdict(changed(("a member of later",), {"x": 1})) == original


@pytest.mark.parametrize("trust", TRUSTS)
def test_parts_of_another_bundle_make_nothing_valid(issued: IssuedBatch, trust: str) -> None:
    """Every pair of bundles of one network, every part of one in the other."""
    described: TrustDescription = issued.open_trust if trust == "seals" else issued.closed_trust
    verifier = Verifier(described, now=issued.now)
    bundles = {name: json.loads(data) for name, data in issued.bundles.items()}
    genuine = [whole["credential"] for name, whole in bundles.items() if is_anchored(issued, issued.bundles[name])]
    for name, ours in bundles.items():
        for other, theirs in bundles.items():
            for part in ("credential", "inclusion", "anchor", "history", "status"):
                if part in theirs and theirs[part] != ours.get(part):
                    mixed = ours | {part: theirs[part]}
                    if verifier.verify_bytes(canonical_json.canonicalize(mixed)).verified:
                        # with statuses of a week ago perhaps, as its holder may show it; never with another's place
                        assert mixed["credential"] in genuine, (name, other, part)


def is_anchored(issued: IssuedBatch, bundle: bytes) -> bool:
    """Whether the bundle passes all checks up to the dates; its status is another question."""
    findings = issued.verifier().verify_bytes(bundle).findings
    return len(findings) > 8 and all(
        found.outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE) for found in findings if found.check.step <= 8
    )


def test_reasons_that_are_not_the_published_ones_take_no_memory() -> None:
    """64 MiB in 64 kB of a bundle, asked of a verifier that has no status pack."""
    bomb = base64url.encode(zlib.compress(bytes(status_reasons.MAX_FILE_SIZE), 9))
    altered, verifier = changed(("status", 0, "reasons"), bomb), Verifier(TRUSTS["seals"], now=NOW)
    tracemalloc.start()
    try:
        told = verifier.verify_bytes(altered)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert (told.result, told.decisive.code) == (Result.CANNOT_CHECK, "status.proof-wrong")


def test_two_statuses_are_asked_for_and_not_one() -> None:
    for number in range(len(PURPOSES)):
        told = verdict(changed(("status", number), None, leave_out=True))
        assert (told.result, told.decisive.code) == (Result.CANNOT_CHECK, "status.unknown")


def test_the_newest_proven_status_wins_wherever_it_comes_from(issued: IssuedBatch) -> None:
    older = issued.bundles["revoked, older status"]
    assert issued.verifier().verify_bytes(older).verified
    told = issued.verifier(status=issued.statuses()).verify_bytes(older)
    assert (told.result, told.decisive.code) == (Result.INVALID, "status.revoked")
    # the other way round: a pack from before, and the bundle that was refreshed since
    fresh = issued.verifier(status=status_pack.load(issued.first_status_pack)).verify_bytes(issued.bundles["revoked"])
    assert (fresh.result, fresh.decisive.code) == (Result.INVALID, "status.revoked")


@pytest.mark.parametrize("trust", ["open", "closed"])
def test_what_a_verifier_remembers_changes_no_verdict(issued: IssuedBatch, trust: str) -> None:
    description = issued.open_trust if trust == "open" else issued.closed_trust
    days = (None, issued.now - timedelta(seconds=2), issued.now - timedelta(days=2))
    for day in days:
        long = Verifier(description, now=issued.now, status=issued.statuses(), as_of=day)
        told = [long.verify_bytes(data) for data in issued.bundles.values()]
        assert told == [long.verify_bytes(data) for data in issued.bundles.values()]
        for data, verdict_of_long in zip(issued.bundles.values(), told, strict=True):
            alone = Verifier(description, now=issued.now, status=issued.statuses(), as_of=day)
            assert alone.verify_bytes(data) == verdict_of_long


def test_a_list_known_to_be_newer_is_remembered_too(issued: IssuedBatch) -> None:
    newest = {one.list_id: one.version + 1 for one in issued.statuses().lists}
    verifier = Verifier(issued.open_trust, now=issued.now, status=issued.statuses(), newest_versions=newest)
    for _ in range(2):
        assert verifier.verify_bytes(issued.bundles["in force"]).decisive.code == "status.newer-on-chain"


def test_a_verdict_that_is_not_valid_can_be_raised() -> None:
    verdict(made().bundle).raise_for_failure()
    told = verdict(b"")
    with pytest.raises(NotVerified) as caught:
        told.raise_for_failure()
    assert (caught.value.verification, str(caught.value)) == (told, told.decisive.en)
    assert verdict(made().bundle, now=NOW).decisive.code == "policy.passed"


def test_a_description_newer_than_its_names_does_not_call_what_they_lack_a_lie() -> None:
    said = Forgery(PLAIN | {"credentialSubject": {"degree": "PhD"}}).bundle()
    block = network().block
    codes = [
        Verifier(network(), now=NOW, known_to=known_to).verify_bytes(said).decisive.code
        for known_to in (None, block, paper.BLOCK, paper.BLOCK - 1)
    ]
    assert codes == [*["entitled.claim-unknown"] * 3, "entitled.newer-than-pack"]


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (301, "signature.key-not-of-issuer"),
        (300, "signature.key-not-of-issuer"),
        (299, "signature.key-newer-than-pack"),
    ],
)
def test_a_slow_clock_makes_no_liar_of_an_office(seconds: int, code: str) -> None:
    """Its key was registered after the pack was made, and by its clock it signed before. A forger gains nothing by it,
    who could as well write a later time."""
    stamp = datetime.fromtimestamp(network().time - seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = verdict(Forgery(key=OTHER_KEY, method=f"{paper.ISSUER}#{OTHER_MULTIKEY}", created=stamp).bundle())
    assert told.decisive.code == code
    assert told.result is (Result.CANNOT_CHECK if seconds < 300 else Result.INVALID)
