"""Content identifiers, DAG-PB nodes and UnixFS files: vectors first, then what must be refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import base58, dag_pb, unixfs
from ledger.cid import DAG_PB, RAW, Cid
from ledger.digest import Digest
from ledger.errors import Corrupt, MalformedInput, OnceledgerError
from ledger.unixfs import CHUNK_SIZE, FileNode

VECTORS = Path(__file__).parent / "vectors"
NODES = sorted((VECTORS / "dag-pb").glob("*/*.dag-pb"))
KUBO = json.loads((VECTORS / "unixfs-kubo.json").read_text())
EMPTY_RAW = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


@cache
def longest() -> bytes:
    """The deterministic content that unixfs-kubo.json describes under "generator"; every file there begins it."""
    size = max(case["size"] for case in KUBO["files"])
    return b"".join(sha256(number.to_bytes(8)).digest() for number in range(-(-size // 32)))[:size]


def generated(size: int) -> bytes:
    return longest()[:size]


def raised(code: str, kind: type[OnceledgerError] = MalformedInput) -> Any:
    """A context in which exactly this error must be raised."""
    return pytest.raises(kind, check=lambda error: error.code == code)


# Content identifiers


@given(st.sampled_from([RAW, DAG_PB]), st.binary(min_size=32, max_size=32))
def test_cid_survives_both_forms(codec: int, digest: bytes) -> None:
    cid = Cid(codec, Digest(digest))
    assert Cid.from_bytes(cid.to_bytes()) == cid
    assert Cid.from_text(str(cid)) == cid
    assert len(str(cid)) == 59


def test_cid_of_version_0_is_refused() -> None:
    with raised("cid.version"):
        Cid.from_text("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n")
    with raised("cid.version"):
        Cid.from_bytes(b"\x12\x20" + bytes(32))


def test_cid_of_another_codec_is_refused() -> None:
    with raised("cid.codec"):
        Cid.from_text("bafyreihjsq5okmwdasf4hoiauwxv3vxjuwh2kuh4k5pgzzi3hanepxusjm")


def test_cid_of_another_hash_is_refused() -> None:
    with raised("cid.hash"):
        Cid.from_bytes(b"\x01\x55\x1b\x20" + bytes(32))


def test_cid_with_an_identity_hash_is_refused() -> None:
    with raised("cid.hash"):
        Cid.from_bytes(b"\x01\x55\x00\x04data")


@pytest.mark.parametrize("change", [lambda raw: raw[:-1], lambda raw: raw + b"\x00", lambda raw: raw[:4]])
def test_cid_of_another_length_is_refused(change: Callable[[bytes], bytes]) -> None:
    raw = change(Cid(RAW, Digest(bytes(32))).to_bytes())
    with raised("cid.length"):
        Cid.from_bytes(raw)
    with pytest.raises(MalformedInput):
        Cid.from_text("b" + base64.b32encode(raw).decode().rstrip("=").lower())


def test_cid_in_upper_case_is_refused() -> None:
    for text in (EMPTY_RAW.upper(), "b" + EMPTY_RAW[1:].upper(), "B" + EMPTY_RAW[1:]):
        with raised("cid.malformed"):
            Cid.from_text(text)


def test_cid_with_padding_is_refused() -> None:
    with raised("cid.malformed"):
        Cid.from_text(EMPTY_RAW + "======")


def test_cid_whose_spare_bits_are_set_is_refused() -> None:
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    last = alphabet[alphabet.index(EMPTY_RAW[-1]) | 1]
    assert last != EMPTY_RAW[-1]
    with raised("cid.malformed"):
        Cid.from_text(EMPTY_RAW[:-1] + last)


def test_cid_of_other_base_is_refused() -> None:
    with raised("cid.malformed"):
        Cid.from_text("zb2rhhFAEMepUBbGyP1k8tGfz7BSciKXP6GHuUeUsJBaK6cqG")


def test_cid_that_is_a_megabyte_long_is_refused() -> None:
    with raised("cid.length"):
        Cid.from_text("b" + "a" * 1_000_000)


@given(st.one_of(st.text(max_size=130), st.from_regex("b[a-z2-7]{56,60}", fullmatch=True)))
def test_any_text_is_one_spelling_of_a_cid_or_refused(text: str) -> None:
    try:
        cid = Cid.from_text(text)
    except MalformedInput:
        return
    assert str(cid) == text


@given(st.binary(max_size=40))
def test_any_bytes_are_the_form_of_a_cid_or_refused(data: bytes) -> None:
    try:
        cid = Cid.from_bytes(data)
    except MalformedInput:
        return
    assert cid.to_bytes() == data


# DAG-PB nodes


@pytest.mark.parametrize("path", NODES, ids=[path.parent.name for path in NODES])
def test_node_vector_decodes_encodes_and_has_its_cid(path: Path) -> None:
    block = path.read_bytes()
    node = dag_pb.decode(block)
    assert dag_pb.encode(node) == block
    assert str(Cid(DAG_PB, Digest(sha256(block).digest()))) == path.stem


@pytest.mark.parametrize("path", NODES, ids=[path.parent.name for path in NODES])
def test_node_vector_means_what_its_dag_json_says(path: Path) -> None:
    expected = json.loads(next(path.parent.glob("*.dag-json")).read_text())
    node = dag_pb.decode(path.read_bytes())
    links: list[dict[str, Any]] = []
    for link in node.links:
        shown: dict[str, Any] = {"Hash": {"/": "b" + base64.b32encode(link.hash).decode().rstrip("=").lower()}}
        if link.hash[:2] == b"\x12\x20":
            shown["Hash"] = {"/": base58.encode(link.hash)}
        shown |= {"Name": link.name} if link.name is not None else {}
        shown |= {"Tsize": link.tsize} if link.tsize is not None else {}
        links.append(shown)
    data = {} if node.data is None else {"Data": {"/": {"bytes": base64.b64encode(node.data).decode().rstrip("=")}}}
    assert {**data, "Links": links} == expected


def test_vectors_are_there() -> None:
    assert len(NODES) == 17


LINK = b"\x0a\x24" + Cid(RAW, Digest(bytes(32))).to_bytes()


def message(body: bytes) -> bytes:
    """A node with one link."""
    return b"\x12" + dag_pb.varint(len(body)) + body


@pytest.mark.parametrize(
    ("desc", "block", "code"),
    [
        ("data before links", b"\x0a\x01x" + message(LINK), "dag-pb.field"),
        ("data twice", b"\x0a\x01x\x0a\x01x", "dag-pb.field"),
        ("unknown field", b"\x1a\x00", "dag-pb.field"),
        ("data as a number", b"\x08\x01", "dag-pb.field"),
        ("link as a number", b"\x10\x01", "dag-pb.field"),
        ("field number zero", b"\x02\x00", "dag-pb.field"),
        ("name before hash", message(b"\x12\x01a" + LINK), "dag-pb.field"),
        ("tsize before name", message(LINK + b"\x18\x01\x12\x01a"), "dag-pb.field"),
        ("hash twice", message(LINK + LINK), "dag-pb.field"),
        ("tsize twice", message(LINK + b"\x18\x01\x18\x01"), "dag-pb.field"),
        ("unknown field in a link", message(LINK + b"\x22\x00"), "dag-pb.field"),
        ("tsize as bytes", message(LINK + b"\x1a\x00"), "dag-pb.field"),
        ("name as a number", message(LINK + b"\x10\x00"), "dag-pb.field"),
        ("no hash", message(b"\x12\x01a"), "dag-pb.no-hash"),
        ("empty link", message(b""), "dag-pb.no-hash"),
        ("empty hash", message(b"\x0a\x00"), "dag-pb.no-hash"),
        ("name not UTF-8", message(LINK + b"\x12\x01\xff"), "dag-pb.name"),
        ("cut in data", b"\x0a\x05abc", "dag-pb.cut-off"),
        ("cut in a link", message(LINK)[:-1], "dag-pb.cut-off"),
        ("cut after a key", b"\x0a", "dag-pb.varint"),
        ("length of ten bytes and more", b"\x0a" + b"\x80" * 10 + b"\x01", "dag-pb.varint"),
        ("length over 64 bits", b"\x0a" + b"\xff" * 9 + b"\x02", "dag-pb.varint"),
        ("length with a needless byte", b"\x0a\x81\x00x", "dag-pb.varint"),
        ("key with a needless byte", b"\x8a\x00\x01x", "dag-pb.varint"),
        ("over 2 MiB", b"\x0a\x81\x80\x80\x01" + bytes(1 << 21), "dag-pb.too-large"),
    ],
)
def test_node_is_refused(desc: str, block: bytes, code: str) -> None:
    with raised(code):
        dag_pb.decode(block)


@given(st.binary(max_size=200))
def test_any_block_is_the_one_form_of_a_node_or_refused(block: bytes) -> None:
    try:
        node = dag_pb.decode(block)
    except MalformedInput:
        return
    assert dag_pb.encode(node) == block


@given(
    st.lists(
        st.builds(
            dag_pb.Link,
            st.binary(min_size=1, max_size=40),
            st.none() | st.text(max_size=10),
            st.none() | st.integers(0, 2**64 - 1),
        ),
        max_size=5,
    ),
    st.none() | st.binary(max_size=50),
)
def test_any_node_survives_its_block(links: list[dag_pb.Link], data: bytes | None) -> None:
    node = dag_pb.Node(tuple(links), data)
    assert dag_pb.decode(dag_pb.encode(node)) == node


# Files


@pytest.mark.parametrize("case", KUBO["files"], ids=[str(case["size"]) for case in KUBO["files"]])
def test_file_has_the_cid_that_kubo_gives(case: dict[str, Any]) -> None:
    assert KUBO["profile"] == unixfs.PROFILE
    assert str(unixfs.cid_of(generated(case["size"]))) == case["cid"]


@pytest.mark.parametrize("case", KUBO["zeros"], ids=[str(case["size"]) for case in KUBO["zeros"]])
def test_file_of_zeros_with_three_levels_of_nodes_has_the_cid_that_kubo_gives(case: dict[str, Any]) -> None:
    full, rest = divmod(case["size"], CHUNK_SIZE)
    digests = [sha256(bytes(CHUNK_SIZE)).digest()] * full + [sha256(bytes(rest)).digest()] * bool(rest)
    assert str(unixfs.root_of(digests, case["size"])) == case["cid"]


def test_pieces_do_not_matter() -> None:
    content = generated(3 * CHUNK_SIZE + 5)
    whole = unixfs.cid_of(content)
    for size in (1000, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, len(content)):
        assert unixfs.cid_of(content[at : at + size] for at in range(0, len(content), size)) == whole
    assert unixfs.cid_of([b"", content, b""]) == whole


def test_no_pieces_are_the_empty_file() -> None:
    assert str(unixfs.cid_of(iter(()))) == str(unixfs.cid_of(b"")) == EMPTY_RAW


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2 * CHUNK_SIZE + 2), st.integers(1, CHUNK_SIZE * 2))
def test_blocks_give_the_content_again(size: int, piece: int) -> None:
    content = generated(size)
    blocks = list(unixfs.blocks_of(content[at : at + piece] for at in range(0, size, piece)))
    root = blocks[-1][0]
    assert root == unixfs.cid_of(content)
    assert b"".join(unixfs.content_of(root, dict(blocks).__getitem__, max_size=size)) == content


@pytest.mark.parametrize("leaves", [1, 2, 174, 175, 174 * 174, 174 * 174 + 1])
def test_tree_has_as_few_nodes_as_its_leaves_need(leaves: int) -> None:
    size = leaves * CHUNK_SIZE
    digests = [sha256(number.to_bytes(8)).digest() for number in range(leaves)]
    root = unixfs.root_of(digests, size)
    nodes = 0
    level = leaves
    while level > 1:
        level = -(-level // 174)
        nodes += level
    known: dict[Cid, bytes] = {}
    tree = unixfs._Tree()
    for digest in digests:
        known |= dict(tree.add(unixfs._Part(Cid(RAW, Digest(digest)), CHUNK_SIZE, CHUNK_SIZE)))
    known |= dict(tree.finish())
    assert len(known) == nodes
    assert tree.root == root


def test_root_of_too_few_leaves_is_refused() -> None:
    with raised("unixfs.sizes"):
        unixfs.root_of([bytes(32)], CHUNK_SIZE + 1)


# What a store that lies can send


class Blocks:
    """A store of blocks that a forger may fill."""

    def __init__(self, content: bytes = b"") -> None:
        self.known = dict(unixfs.blocks_of(content))
        self.root = list(unixfs.blocks_of(content))[-1][0]

    def add(self, block: bytes, codec: int = DAG_PB) -> Cid:
        cid = Cid(codec, Digest(sha256(block).digest()))
        self.known[cid] = block
        return cid

    def read(self, root: Cid, max_size: int = 1 << 40) -> bytes:
        return b"".join(unixfs.content_of(root, self.known.__getitem__, max_size=max_size))


def test_altered_leaf_is_refused() -> None:
    blocks = Blocks(generated(2 * CHUNK_SIZE))
    leaf = next(iter(blocks.known))
    blocks.known[leaf] = bytes(CHUNK_SIZE)
    with raised("unixfs.block-altered", Corrupt):
        blocks.read(blocks.root)


def test_altered_node_is_refused() -> None:
    blocks = Blocks(generated(2 * CHUNK_SIZE))
    first, second = list(blocks.known)[:2]
    blocks.known[blocks.root] = unixfs.encode_node(FileNode((second, first), (CHUNK_SIZE,) * 2), [CHUNK_SIZE] * 2)
    with raised("unixfs.block-altered", Corrupt):
        blocks.read(blocks.root)


def test_node_that_lies_about_a_leaf_is_refused() -> None:
    blocks = Blocks()
    leaf = blocks.add(b"four", RAW)
    root = blocks.add(unixfs.encode_node(FileNode((leaf,), (5,)), [4]))
    with raised("unixfs.sizes-lie", Corrupt):
        blocks.read(root)


def test_node_that_lies_about_a_node_is_refused() -> None:
    blocks = Blocks()
    leaf = blocks.add(b"four", RAW)
    inner = blocks.add(unixfs.encode_node(FileNode((leaf,), (4,)), [4]))
    root = blocks.add(unixfs.encode_node(FileNode((inner,), (40,)), [4]))
    with raised("unixfs.sizes-lie", Corrupt):
        blocks.read(root)


def test_few_nodes_that_make_exabytes_are_refused_before_a_byte_is_given() -> None:
    blocks = Blocks()
    cid, size = blocks.add(bytes(1000), RAW), 1000
    for _ in range(6):
        cid, size = blocks.add(unixfs.encode_node(FileNode((cid,) * 174, (size,) * 174), [size] * 174)), 174 * size
    with raised("unixfs.too-large"):
        next(unixfs.content_of(cid, blocks.known.__getitem__, max_size=1 << 30))


def test_endlessly_nested_nodes_are_refused() -> None:
    blocks = Blocks()
    cid = blocks.add(b"x", RAW)
    for _ in range(20):
        cid = blocks.add(unixfs.encode_node(FileNode((cid,), (1,)), [1]))
    with raised("unixfs.too-deep"):
        blocks.read(cid)


LEAF = Cid(RAW, Digest(bytes(32)))


def file_node(data: bytes, links: int = 1) -> bytes:
    """A node with ``data`` and so many links."""
    return dag_pb.encode(dag_pb.Node((dag_pb.Link(LEAF.to_bytes(), "", 5),) * links, data))


@pytest.mark.parametrize(
    ("desc", "block", "code"),
    [
        ("directory", file_node(b"\x08\x01"), "unixfs.node"),
        ("raw type", file_node(b"\x08\x00\x18\x05\x20\x05"), "unixfs.node"),
        ("symbolic link", file_node(b"\x08\x04\x18\x05\x20\x05"), "unixfs.node"),
        ("content of its own", file_node(b"\x08\x02\x12\x01x\x18\x01", 0), "unixfs.node"),
        ("no data", dag_pb.encode(dag_pb.Node()), "unixfs.node"),
        ("mode", file_node(b"\x08\x02\x18\x05\x20\x05\x38\x01"), "unixfs.node"),
        ("packed sizes", file_node(b"\x08\x02\x18\x05\x22\x01\x05"), "unixfs.node"),
        ("sizes that do not add up", file_node(b"\x08\x02\x18\x06\x20\x05"), "unixfs.sizes"),
        ("a size too many", file_node(b"\x08\x02\x18\x05\x20\x05", 0), "unixfs.sizes"),
        ("a size too few", file_node(b"\x08\x02\x18\x05\x20\x05", 2), "unixfs.sizes"),
        ("no links", file_node(b"\x08\x02\x18\x00", 0), "unixfs.sizes"),
        ("link to nothing", file_node(b"\x08\x02\x18\x05\x20\x05\x20\x00", 2), "unixfs.sizes"),
        ("175 links", file_node(b"\x08\x02\x18\xaf\x01" + b"\x20\x01" * 175, 175), "unixfs.sizes"),
        (
            "link of another codec",
            dag_pb.encode(
                dag_pb.Node((dag_pb.Link(b"\x01\x71\x12\x20" + bytes(32), "", 5),), b"\x08\x02\x18\x05\x20\x05")
            ),
            "cid.codec",
        ),
    ],
)
def test_file_node_is_refused(desc: str, block: bytes, code: str) -> None:
    with raised(code):
        unixfs.decode_node(block)


@given(st.binary(max_size=60))
def test_any_file_node_data_is_read_or_refused(data: bytes) -> None:
    try:
        node = unixfs.decode_node(file_node(b"\x08\x02" + data))
    except MalformedInput:
        return
    assert node.size == sum(node.sizes)
