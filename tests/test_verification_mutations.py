"""Random damage to what a verifier reads: it always answers, and no damage makes anything valid that was not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import paper_bundle as paper
import pytest
from forgeries import FORGED, NOW, Forgery, made, network, pack_signed_by, part, signers
from hypothesis import given
from hypothesis import strategies as st

from ledger import bundle as bundles
from ledger import status_pack, trust_pack_signing
from ledger.errors import MalformedInput
from ledger.reasons import Result
from ledger.trust_pack_signing import RootKeys
from ledger.verification import Verifier
from verifiers.verify import Holdings, open_holdings, verify

if TYPE_CHECKING:
    from issued_batch import IssuedBatch

pytest_plugins = ("issued_batch",)

Edit = tuple[int, int, bytes]
"""At a place (counted round the end), so many bytes taken out, these put in."""

EDITS = st.lists(
    st.tuples(
        st.integers(0, 2**32),
        st.integers(0, 4),
        st.binary(max_size=4) | st.text('{}[]",:0123456789-.eE\\utrfalsn ', max_size=6).map(str.encode),
    ),
    min_size=1,
    max_size=5,
)
OPEN, CLOSED = network(), network(closed=True)
FORGERIES = {
    "no anchor": Forgery(FORGED, without=frozenset(("anchor", "history"))).bundle(),
    "no quorum": Forgery(FORGED, sealers=paper.VALIDATORS[:2]).bundle(),
    "of another type": Forgery(event={"type_id": 9}).bundle(),
    "another's evidence": Forgery(FORGED).bundle(anchor=part("anchor")),
    "expired": Forgery(paper.DOCUMENT | {"validUntil": "2026-09-01"}).bundle(),
}


def edited(data: bytes, edits: Sequence[Edit]) -> bytes:
    for place, taken, put in edits:
        at = place % (len(data) + 1)
        data = data[:at] + put + data[at + taken :]
    return data


@given(EDITS, st.sampled_from([OPEN, CLOSED]))
def test_a_damaged_bundle_is_answered_and_valid_only_as_the_same(edits: list[Edit], trust: Any) -> None:
    data = edited(made().bundle, edits)
    told = Verifier(trust, now=NOW).verify_bytes(data)
    if told.verified:
        assert bundles.read(data).canonical == made().credential
        assert told == Verifier(trust, now=NOW).verify_bytes(made().bundle)
    else:
        assert told.findings[-1].en


@pytest.mark.parametrize("name", FORGERIES)
@given(EDITS)
def test_no_damage_makes_a_bad_bundle_valid(name: str, edits: list[Edit]) -> None:
    verifier = Verifier(OPEN, now=NOW)
    assert verifier.verify_bytes(FORGERIES[name]).result is not Result.VALID
    assert verifier.verify_bytes(edited(FORGERIES[name], edits)).result is not Result.VALID


@given(st.binary(max_size=300) | st.binary(max_size=300).map(b'{"format":"onceledger-bundle",'.__add__))
def test_arbitrary_bytes_are_answered(data: bytes) -> None:
    assert not Verifier(OPEN, now=NOW).verify_bytes(data).verified


MINISTRIES = signers(1, 2, 3)
PACK = pack_signed_by(MINISTRIES, RootKeys(tuple(MINISTRIES), 2, NOW + timedelta(days=365)))
PINNED = trust_pack_signing.pinned_root(PACK)


@given(EDITS)
def test_a_damaged_trust_pack_is_unusable_or_says_the_same(edits: list[Edit]) -> None:
    holdings = Holdings(trust_pack=edited(PACK, edits), pinned_root=PINNED)
    opened = open_holdings(holdings=holdings, now=NOW)
    told = verify(opened=opened, bundle=made().bundle)
    if opened.pack is None:
        assert opened.problem is not None
        assert (told.result, told.decisive.code) == (Result.CANNOT_CHECK, "trust.unusable")
    else:
        assert opened.pack.trust == OPEN
        assert told.verified


@given(EDITS)
def test_a_damaged_status_pack_revokes_nothing_and_brings_nothing_back(issued: IssuedBatch, edits: list[Edit]) -> None:
    try:
        pack = status_pack.load(edited(issued.status_pack, edits))
    except MalformedInput as error:
        assert error.code.startswith("status-pack.")
        return
    damaged, without, whole = (issued.verifier(status=one) for one in (pack, None, issued.statuses()))
    for name in ("in force", "revoked", "held", "void", "superseded", "resumed", "without status"):
        results = [one.verify_bytes(issued.bundles[name]).result for one in (damaged, without, whole)]
        # each list is proven by itself: it speaks as it was published, or it is as if there were none
        assert results[0] in results[1:], name


def edits_everywhere(data: bytes) -> Iterator[Edit]:
    """A byte flipped, taken out or doubled by turns, all along."""
    for place in range(len(data)):
        one = data[place : place + 1]
        yield place, 1, (bytes([one[0] ^ 1 << place % 8]), b"", one + one)[place % 3]


def test_a_status_pack_with_any_byte_altered_never_hides_a_revocation(issued: IssuedBatch) -> None:
    """The bundle has no status of its own here, so what the pack says is all there is."""
    bare = {name: without_status(issued.bundles[name]) for name in ("revoked", "void", "superseded", "held")}
    for number, edit in enumerate(edits_everywhere(issued.status_pack)):
        pack = loaded(partial(status_pack.load, edited(issued.status_pack, [edit])))
        if pack is not None:
            name = list(bare)[number % len(bare)]
            assert not issued.verifier(status=pack).verify_bytes(bare[name]).verified, (name, edit)


def without_status(bundle: bytes) -> bytes:
    whole = json.loads(bundle)
    del whole["status"]
    return json.dumps(whole, ensure_ascii=False).encode()


def loaded(load: Callable[[], status_pack.StatusPack]) -> status_pack.StatusPack | None:
    try:
        return load()
    except MalformedInput:
        return None
