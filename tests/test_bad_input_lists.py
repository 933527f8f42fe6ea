"""Status lists that are bombs, through both doors (``test_bad_input`` has the table)."""

from __future__ import annotations

import json
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_client import NUMBERS, Client, opened, serving
from cli_office import shared_files
from refusals import measured, unharmed
from test_bad_input_bundles import MOST_MEMORY, trust

from adapters.bootstrap import Installation
from api.tokens import Role
from ledger import base64url, canonical_json, status_list, status_pack
from ledger.bundle import MAX_BUNDLE_BYTES
from ledger.errors import MalformedInput

MIB = 1 << 20


def bomb(megabytes: int) -> bytes:
    """A zlib stream that inflates to so many MiB of zeros: the same kilobyte over and over."""
    deflater = zlib.compressobj(9)
    head = deflater.compress(b"") + deflater.flush(zlib.Z_FULL_FLUSH)
    piece = deflater.compress(bytes(MIB)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return head + piece * megabytes


GIGABYTES = bomb(4096)
IN_A_BUNDLE = base64url.encode(bomb(600))
"""As much as a bundle can hold."""


@pytest.fixture(scope="module", autouse=True)
def bombs_are_bombs() -> None:
    inflater = zlib.decompressobj()
    assert inflater.decompress(GIGABYTES, 64 * MIB) == bytes(64 * MIB)
    assert inflater.unconsumed_tail
    assert len(GIGABYTES) < 5 * MIB
    assert MAX_BUNDLE_BYTES // 2 < len(IN_A_BUNDLE) < MAX_BUNDLE_BYTES - 100_000


def bundle_with(bundle: bytes, part: str) -> bytes:
    whole = json.loads(bundle)
    whole["status"][0][part] = IN_A_BUNDLE
    return canonical_json.canonicalize(whole)


@pytest.mark.parametrize("part", ["content", "reasons"])
def test_a_status_list_that_inflates_to_gigabytes(tmp_path: Path, part: str) -> None:
    path = tmp_path / "x.bundle.json"
    path.write_bytes(bundle_with(shared_files().bundle().read_bytes(), part))
    told, peak = measured("verify", path, *trust()[:4], "--json")  # without a status pack that would make up for it
    assert (told.code, told.json["code"]) == (3, "status.proof-wrong")
    (found,) = [one for one in told.json["checks"] if one["check"] == "status"]
    assert found["cure"]["zh"]
    assert found["cure"]["en"]
    assert peak < MOST_MEMORY


@pytest.mark.parametrize("part", ["packed_difference", "packed_reasons", "packed_publication"])
def test_a_status_list_that_inflates_to_gigabytes__in_a_status_pack(tmp_path: Path, part: str) -> None:
    files = shared_files()
    good = status_pack.load(files.status_pack.read_bytes())
    spoiled: list[Any] = [replace(one, **{part: GIGABYTES}) for one in good.lists]
    pack, bundle = tmp_path / "status-pack.bin", tmp_path / "x.bundle.json"
    pack.write_bytes(status_pack.write(good.made_at, spoiled))
    whole = json.loads(files.bundle().read_bytes())
    del whole["status"]
    bundle.write_bytes(canonical_json.canonicalize(whole))
    arguments = ("--trust-pack", files.trust_pack, "--root", files.root, "--status-pack", pack, "--json")
    told, peak = measured("verify", bundle, *arguments)
    assert (told.code, told.json["code"]) == (3, "status.proof-wrong")
    assert peak < MOST_MEMORY
    shown, peak = measured("status-pack", "show", pack, "--json")
    assert "Traceback" not in shown.err
    assert peak < MOST_MEMORY


def test_a_status_list_that_inflates_to_gigabytes__of_other_software() -> None:
    """An ``encodedList``: gzip, with the multibase letter in front."""
    packed = zlib.compressobj(9, wbits=31)
    head = packed.compress(b"") + packed.flush(zlib.Z_FULL_FLUSH)
    piece = packed.compress(bytes(MIB)) + packed.flush(zlib.Z_FULL_FLUSH)
    text = "u" + base64url.encode(head + piece * 4096)
    tracemalloc.start()
    try:
        with pytest.raises(MalformedInput) as caught:
            status_list.decode_list(text)
        assert tracemalloc.get_traced_memory()[1] < 64 * MIB
    finally:
        tracemalloc.stop()
    assert caught.value.code == "status-list.size"


@pytest.fixture
def inst(tmp_path: Path) -> Iterator[Installation]:
    with opened(tmp_path) as installation:
        yield installation


def test_a_status_list_that_inflates_to_gigabytes__over_http(inst: Installation) -> None:
    with serving(inst) as client:
        bundle = published(client)
        for part in ("content", "reasons"):
            whole = json.loads(bundle_with(json.dumps(bundle).encode(), part))
            for one in whole["status"]:
                one["version"] += 1  # newer than what the service holds, so that it is looked at
            tracemalloc.start()
            with unharmed(inst.settings.data):
                answer = client.post("/verify", json={"bundle": whole})
                peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            # what cannot be proven says nothing: the service's own newest list speaks
            assert (answer.status_code, answer.json()["result"]) == (200, "valid")
            assert peak < 64 * MIB


def published(client: Client) -> dict[str, Any]:
    client.issue()
    client.anchor()
    assert client.post("/agencies/1/publish", Role.OPERATOR, json={}).status_code == 200
    bundle: dict[str, Any] = client.bundle(NUMBERS[0]).json()
    assert bundle["status"]
    return bundle
