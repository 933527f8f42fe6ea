"""The examples in docs/formats are computed again, so that whoever builds from a page alone builds what we built."""

from __future__ import annotations

import hmac
import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import base58, multikey, status_list, status_reasons, status_statement
from ledger.anchor_log import AnchorEntry, AnchorLog, origin
from ledger.canonical_json import canonicalize, parse
from ledger.data_integrity import ProofTemplate, signing_input
from ledger.digest import Digest
from ledger.merkle import Tree, leaf_hash, node_hash, verify_inclusion
from ledger.registry_events import Published

FORMATS = Path(__file__).parent.parent / "docs" / "formats"
COUNTED_SEED = bytes(range(32))
A, B, C = (leaf_hash(data) for data in (b"a", b"b", b"c"))


def page(name: str) -> str:
    return (FORMATS / f"{name}.md").read_text(encoding="utf-8")


def code_lines(name: str) -> list[str]:
    return [line[4:] for line in page(name).splitlines() if line.startswith("    ")]


def hex_column(name: str, first: str, last: str) -> bytes:
    """The bytes of the annotated dump from the line that begins with ``first`` to the one that begins with ``last``."""
    lines = code_lines(name)
    begin = next(at for at, line in enumerate(lines) if line.startswith(first))
    end = next(at for at, line in enumerate(lines) if at >= begin and line.startswith(last))
    return bytes.fromhex("".join(re.split(r"\s{3,}", line)[0] for line in lines[begin : end + 1]))


@pytest.mark.parametrize("name", ["canonical-json", "data-integrity", "merkle-tree", "anchor-log", "status-list"])
def test_page_has_an_example_a_format_and_numbered_steps(name: str) -> None:
    headings = re.findall(r"^## (.+)$", page(name), flags=re.MULTILINE)
    assert headings[0] == "Example"
    assert any(heading.startswith("Format") for heading in headings)
    assert headings[-1] == "Verify"
    assert re.search(r"^1\. .+\n(?:.+\n)*?2\. ", page(name).split("## Verify")[1], flags=re.MULTILINE)


def test_canonical_json_example() -> None:
    given, expected = code_lines("canonical-json")[:2]
    assert canonicalize(parse(given.encode())) == expected.encode()


def test_data_integrity_example() -> None:
    key = Ed25519PrivateKey.from_private_bytes(COUNTED_SEED)
    public = key.public_key().public_bytes_raw()
    text = page("data-integrity")
    assert public.hex() in text
    document, config = (json.loads(line) for line in code_lines("data-integrity") if line.startswith("{"))
    method = f"did:web:agency.example#{multikey.encode_ed25519(public)}"
    assert config["verificationMethod"] == method
    assert canonicalize(document).decode() in text
    assert canonicalize(config).decode() in text
    signed = signing_input(document, config)
    assert signed[:32].hex() in text
    assert signed[32:].hex() in text
    signature = key.sign(signed)
    assert signature.hex() in text
    secured = parse(ProofTemplate(document["@context"], method, config["created"]).secure(document, key.sign))
    assert secured["proof"]["proofValue"] == "z" + base58.encode(signature)
    assert secured["proof"]["proofValue"] in text


def test_merkle_example() -> None:
    text = page("merkle-tree")
    tree = Tree.from_leaves(A + B + C)
    for value in (A, B, C, node_hash(A, B), tree.root):
        assert value.hex() in text
    for index, parts in ((0, [B, C]), (2, [node_hash(A, B)])):
        assert tree.path(index) == b"".join(parts)
        shown = " ".join(f"{part.hex()[:4]}…{part.hex()[-4:]}" for part in parts)
        assert f"path of leaf {index}   {shown}" in text
    verify_inclusion(C, 1, 2, tree.path(2), tree.root)  # as the page warns


def test_padding_example() -> None:
    leaf = leaf_hash(hmac.digest(COUNTED_SEED, (0).to_bytes(8, "big"), "sha256"))
    assert leaf.hex() in page("merkle-tree")


def test_anchor_log_example() -> None:
    contract = bytes(range(20))
    entry = AnchorEntry(
        chain_id=1337,
        contract=contract,
        block=100,
        time=1_790_000_000,
        log_index=0,
        agency_id=3,
        type_id=7,
        root=A,
        size=64,
        key_hash=multikey.key_hash("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"),
        index=0,
    )
    assert entry.to_bytes() == hex_column("anchor-log", "6f6e63", "0000000000000000 ")
    assert leaf_hash(entry.to_bytes()).hex() in page("anchor-log")
    body = AnchorLog([entry]).checkpoint(100, 1_790_000_000).body(origin(1337, contract))
    assert body.splitlines() == code_lines("anchor-log")[-3:]


def test_status_list_example() -> None:
    text = page("status-list")
    bits = status_list.new_list(131_072)
    status_list.put(bits, 94_567, True)
    assert bits[11_820] == 1
    number, chunk, _ = status_list.chunk_proof(bits, 94_567)
    assert (number, chunk[556]) == (11, 1)
    assert status_list.root(bits).hex() in text
    shown = next(line for line in code_lines("status-list") if line.startswith("encodedList "))
    assert status_list.decode_list(shown.split()[1]) == bits


def test_status_statement_example() -> None:
    data = hex_column("status-list", "6f6e63656c65646765722d7374617475732d76310a  ", "0000000000000539")
    reasons = hex_column("status-list", "6f6e63", "022a69")
    bits = status_list.new_list(131_072)
    status_list.put(bits, 94_567, True)
    digest = Digest(sha256(reasons).digest())
    event = Published(7, 7 << 32 | 1, 4, status_list.root(bits), 16, digest, 1337)
    registry = data[21:41]
    assert data == status_statement.statement(registry, event)
    assert len(data) == status_statement.STATEMENT_SIZE
    assert f"{len(data)} bytes, numbers big-endian" in page("status-list")
    key = Ed25519PrivateKey.from_private_bytes(COUNTED_SEED)
    text = multikey.encode_ed25519(key.public_key().public_bytes_raw())
    assert text in page("status-list")
    assert multikey.key_hash(text).hex() in page("status-list")
    assert key.sign(data) == hex_column("status-list", "17d083", "da75a8")


def test_order_of_indexes_example() -> None:
    first = ", ".join(map(str, status_list.permutation(COUNTED_SEED, 131_072)[:4]))
    assert f"the first are {first}." in page("status-list")


def test_reasons_example() -> None:
    data = hex_column("status-list", "6f6e63", "022a69")
    entry = status_reasons.Entry(94_567, "superseded", 1_790_000_000, successor=Digest(A))
    assert data == status_reasons.encode([entry])
    assert sha256(data).hexdigest() in page("status-list")
