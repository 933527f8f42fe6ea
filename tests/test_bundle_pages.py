"""The examples of docs/formats/credential.md and bundle.md are made again, and verified by both verifiers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from paper_bundle import CONTEXT, CONTEXT_URL, DOCUMENT, REGISTRIES, TIME, description, made

from examples import verify_bundle as example
from ledger import base64url, canonical_json, trust_document
from ledger.bundle import MAX_BUNDLE_BYTES
from ledger.keccak import keccak256
from ledger.merkle import leaf_hash
from ledger.policy import CLOCK_TOLERANCE, MAX_STATUS_AGE
from ledger.registry_events import Anchored, Published, topic_of
from ledger.trust_description import TrustDescription
from ledger.verification import Verifier

FORMATS = Path(__file__).parent.parent / "docs" / "formats"
PAPER = made()
NOW = datetime.fromtimestamp(TIME + 2 * 86_400, UTC)


def page(name: str) -> str:
    return (FORMATS / f"{name}.md").read_text(encoding="utf-8")


def shown(name: str) -> Any:
    return json.loads(page(name).split("```json\n")[1].split("```")[0])


@pytest.mark.parametrize("name", ["credential", "bundle"])
def test_page_has_an_example_a_format_and_numbered_steps(name: str) -> None:
    headings = re.findall(r"^## (.+)$", page(name), flags=re.MULTILINE)
    assert (headings[0], headings[1], headings[-1]) == ("Example", "Format", "Verify")


def test_credential_example() -> None:
    text, credential = page("credential"), canonical_json.parse(PAPER.credential)
    assert shown("credential") == credential
    assert {name: value for name, value in credential.items() if name != "proof"} == DOCUMENT
    assert f"{len(PAPER.credential):,} bytes in canonical form" in text
    assert leaf_hash(PAPER.credential).hex() in text
    assert f"    {CONTEXT.decode()}\n" in text
    assert f"its context, {len(CONTEXT)} of them" in text
    assert sha256(CONTEXT).hexdigest() in text
    assert base64url.encode(sha256(CONTEXT).digest()) == CONTEXT_URL.rpartition("/")[2]


def parts(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from parts(item, f"{path}/{key}")
    else:
        yield path, value


def test_bundle_example() -> None:
    text, bundle = page("bundle"), json.loads(PAPER.bundle)
    assert f"{len(PAPER.bundle):,} bytes in canonical form" in " ".join(text.split())
    assert sha256(PAPER.bundle).hexdigest() in text
    elided, whole = shown("bundle"), dict(bundle)
    del elided["credential"], whole["credential"]
    here, there = dict(parts(elided)), dict(parts(whole))
    assert here.keys() == there.keys()
    for path, value in here.items():
        if isinstance(value, str) and "…" in value:
            begin, _, end = value.partition("…")
            assert there[path].startswith(begin), path
            assert there[path].endswith(end), path
        else:
            assert value == there[path], path


@pytest.mark.parametrize("trust", [PAPER.trust, description()], ids=["by history", "by seals"])
def test_the_example_is_valid_for_both_verifiers(trust: TrustDescription) -> None:
    assert Verifier(trust, now=NOW).verify_bytes(PAPER.bundle).verified
    described = example.parse(trust_document.to_bytes(trust))
    assert example.verify(PAPER.bundle, described, {}, NOW) == ("valid", 10, "all steps passed")


def test_the_page_has_the_numbers_of_the_code() -> None:
    text = " ".join(page("bundle").split())
    assert f"{MAX_BUNDLE_BYTES:,} bytes" in text
    assert text.count(f"{CLOCK_TOLERANCE} s after now") == 3
    assert f"at most {MAX_STATUS_AGE.days} days" in text


@pytest.mark.parametrize("event", [Anchored, Published])
def test_the_page_has_the_signatures_of_the_events(event: type[Anchored] | type[Published]) -> None:
    (signature,) = re.findall(rf"`({event.__name__}\([a-z0-9,]+\))`", page("bundle"))
    assert topic_of(event) == keccak256(signature.encode())
    names = next(line for line in page("bundle").splitlines() if signature in line).split("|")[3].split(",")
    assert len(names) == len(event.__dataclass_fields__)
    assert sum(name.endswith("*") for name in names) == {Anchored: 3, Published: 2}[event]
    assert f"{event.__name__}(" in example.EVENTS["anchor" if event is Anchored else "status"]
    assert len(REGISTRIES) == 3
