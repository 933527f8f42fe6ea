"""Verify certificates with nothing of ours: this file was written from docs/formats/*.md alone.

    python examples/verify_bundle.py BUNDLE... --trust-pack FILE --root FILE [--status-pack FILE] [--as-of YYYY-MM-DD]

Steps have the numbers of docs/formats/bundle.md. Whatever goes wrong in one makes the certificate invalid, except
CannotCheck. Exit code, the worst of the files: 0 valid, 1 invalid, 3 cannot be checked; 2 wrong usage.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import zlib
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from eth_hash.auto import keccak
from eth_keys.datatypes import Signature
from tuf.api.metadata import Metadata

V2, SUITE = "https://www.w3.org/ns/credentials/v2", "eddsa-jcs-2022+rfc9162-sha256+qbft"
ANCHORED = "Anchored(uint64,uint64,bytes32,uint64,bytes32,uint64,uint256)"
PUBLISHED = "Published(uint64,uint64,uint64,bytes32,uint64,bytes32,uint256)"
VOID, HELD, FOREVER, CLOCK_TOLERANCE, MAX_STATUS_AGE = 3, 4, 1 << 63, 300, 7 * 86_400
EXIT_CODES = {"invalid": 1, "cannot be checked": 3, "valid": 0}  # the worst first


class CannotCheck(Exception):
    """Something is missing, or newer than what we hold: that says nothing against the certificate."""


def demand(condition: Any, otherwise: str, error: type[Exception] = ValueError) -> None:
    if not condition:
        raise error(otherwise)


# Texts: canonical-json.md, data-integrity.md
def parse(data: bytes, most: int = 1 << 20) -> Any:
    def in_order(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        demand(len(dict(pairs)) == len(pairs), "JSON names a member twice")
        return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))

    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", data.decode())  # without its strings
    depth = max(accumulate((mark in "[{") - (mark in "]}") for mark in bare), default=0)
    demand(len(data) <= most and depth <= 64, "JSON is too large or nests too deep")
    for word in set(re.findall(r"[^\s\[\]{},:]+", bare)) - {"true", "false", "null"}:
        demand(re.fullmatch("0|-?[1-9][0-9]{0,15}", word) and abs(int(word)) < 2**53, "JSON has an unsafe number")
    value = json.loads(data.decode(), object_pairs_hook=in_order)
    canonical(value)  # refuses lone surrogates
    return value


def canonical(value: Any) -> bytes:  # of what parse() made: there members are in order
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def from64(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    demand(base64.urlsafe_b64encode(data).decode().rstrip("=") == text, "a text is not base64url")
    return data


def from58(text: str) -> bytes:
    demand(text[0] == "z" and len(text) <= 257, "a text is not base58btc")
    number, zeros = 0, len(text[1:]) - len(text[1:].lstrip("1"))
    for letter in text[1:]:
        number = 58 * number + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(letter)
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def inflate(data: bytes, most: int) -> bytes:
    stream = zlib.decompressobj()
    whole = stream.decompress(data, most + 1)
    demand(len(whole) <= most and stream.eof and not stream.unused_data, "not one whole zlib stream of the right size")
    return whole


def check_signature(key: bytes, signature: bytes, message: bytes) -> None:
    p, group = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    eighth = 2707385501144840649318225287225658788936804267575313519463743609750303402022  # y of points of order 8
    demand(len(signature) == 64 and int.from_bytes(signature[32:], "little") < group, "the signature is not canonical")
    for point in (key, signature[:32]):  # OpenSSL takes points of small order; these are their five y
        y = int.from_bytes(point, "little") % 2**255
        demand(y < p and y not in (0, 1, p - 1, eighth, p - eighth), "a key or nonce is of small order")
    Ed25519PublicKey.from_public_bytes(key).verify(signature, message)


# Trees: merkle-tree.md. A leaf is sha256(b"\0", data), a node sha256(b"\1", left, right).
def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def check_path(data: bytes, index: int, size: int, path: bytes, root: bytes) -> None:
    demand(0 <= index < size <= 1 << 63, "the index is not below the size")
    inner, at = (index ^ (size - 1)).bit_length(), sha256(b"\0", data)
    demand(len(path) == 32 * (inner + (index >> inner).bit_count()), "the path has another length")
    for level, start in enumerate(range(0, len(path), 32)):
        is_right, sibling = level >= inner or index >> level & 1, path[start : start + 32]
        at = sha256(b"\1", sibling, at) if is_right else sha256(b"\1", at, sibling)
    demand(at == root, "the path does not lead to the root")


def tree_root(leaves: list[bytes]) -> bytes:
    half = 1 << (len(leaves) - 1).bit_length() >> 1
    return sha256(b"\1", tree_root(leaves[:half]), tree_root(leaves[half:])) if half else leaves[0]


# Blocks: sealed-header.md, receipt-proof.md
def to_rlp(item: Any) -> bytes:
    body = item if isinstance(item, bytes) else b"".join(map(to_rlp, item))
    size, base = (len(body).bit_length() + 7) // 8, 0x80 if isinstance(item, bytes) else 0xC0
    if base == 0x80 and len(body) == 1 and body[0] < 0x80:
        return bytes(body)
    return (bytes([base + len(body)]) if len(body) < 56 else bytes([base + 55 + size]) + len(body).to_bytes(size, "big")) + body


def rlp(data: bytes) -> Any:
    def items(rest: memoryview) -> list[Any]:
        found: list[Any] = []
        while rest:
            start, size = (0, 1) if rest[0] < 0x80 else (1, (rest[0] - 0x80) % 0x40)
            if size > 55:
                start, size = size - 54, int.from_bytes(rest[1 : size - 54], "big")
            body = rest[start : start + size]
            found.append(bytes(body) if rest[0] < 0xC0 else items(body))
            rest = rest[start + size :]
        return found

    (whole,) = items(memoryview(data))
    demand(to_rlp(whole) == data, "not RLP in its one canonical spelling")
    return whole


def check_seals(fields: list[bytes], validators: list[bytes]) -> None:
    vanity, listed, vote, turn, seals = rlp(fields[12])
    demand(fields[13] == b"ctical byzantine fault tolerance" and fields[7] == b"\1" and fields[8], "no QBFT header")
    demand(listed in ([], sorted(validators)), "the header lists other validators")
    demand(-(-2 * len(validators) // 3) <= len(seals) <= len(validators), "too few seals, or too many")
    digest = keccak(to_rlp([*fields[:12], to_rlp([vanity, listed, vote, turn, []]), *fields[13:]]))
    keys = [Signature(signature_bytes=seal).recover_public_key_from_msg_hash(digest) for seal in seals]
    sealers = {key.to_canonical_address() for key in keys}
    demand(len(sealers) == len(seals) and sealers <= set(validators), "a seal is not by a validator in force")


def receipt_under(root: bytes, index: int, nodes: list[bytes]) -> bytes:
    demand(0 <= index < 1 << 24 and len(nodes) <= 10 and all(len(node) <= 532 for node in nodes[:-1]), "too large")
    path = to_rlp(index.to_bytes((index.bit_length() + 7) // 8, "big")).hex()
    for node in nodes:
        parts, packed = rlp(node), ""
        demand(keccak(node) == root and len(parts) in (2, 17), "a node of the receipt proof is another one")
        shared = path[:1]
        if len(parts) == 2:
            packed = parts[0].hex()
            demand(re.match("[13]|[02]0", packed), "a path has a wrong prefix")
            shared = packed[1 if packed[0] in "13" else 2 :]
        if packed[:1] in ("2", "3"):
            demand(shared == path and node is nodes[-1], "the proof is of another receipt")
            return bytes(parts[1])
        demand(shared and path.startswith(shared), "the proof is of another receipt")
        root, path = parts[1] if packed else parts[int(shared, 16)], path[len(shared) :]
    raise ValueError("the receipt proof ends early")


def open_event(proof: Any, contract: str, signature: str, chain_id: int) -> tuple[Any, list[Any]]:
    """The header's fields and the event's values. They belong together; nothing says yet that they are true."""
    fields, sizes = rlp(from64(proof["header"])), {0: 32, 1: 32, 2: 20, 3: 32, 4: 32, 5: 32, 6: 256, 13: 32, 14: 8}
    demand(15 <= len(fields) <= 24 and all(len(fields[at]) == size for at, size in sizes.items()), "no block header")
    receipt = receipt_under(fields[5], proof["receiptIndex"], [from64(node) for node in proof["receipt"]])
    status, _, _, logs = rlp(receipt[1:] if 1 <= receipt[0] <= 4 else receipt)
    address, topics, data = logs[proof["logIndex"]]
    demand(status == b"\1" and address == bytes.fromhex(contract[2:]), "the event is of another contract")
    demand(topics[0] == keccak(signature.encode()) and len(data) == 32 * (8 - len(topics)), "it is another event")
    values = topics[1:] + [data[at : at + 32] for at in range(0, len(data), 32)]
    event = [
        value if kind == "bytes32" else int.from_bytes(value, "big")
        for kind, value in zip(re.findall("[a-z0-9]+", signature.partition("(")[2]), values, strict=True)
    ]
    demand(event[6] == chain_id, "the event is of another chain")
    return fields, event


# What a verifier holds: trust-pack.md, trust-description.md, status-pack.md, status-list.md
def read_trust(data: bytes, pinned: bytes, now: datetime) -> Any:
    pack, root, parts = parse(data, 8 << 20), Metadata.from_bytes(pinned), {}
    demand((pack["format"], pack["version"]) == ("onceledger-trust-pack", 1), "no trust pack of this version")
    demand(root.signed.version <= len(pack["root"]), "the pack is older than the pinned root")
    for text in [pinned, *map(str.encode, pack["root"][root.signed.version :])]:
        keys, new = [key["keyval"]["public"] for key in parse(text)["signed"]["keys"].values()], Metadata.from_bytes(text)
        demand(new.signed.version == root.signed.version + (text != pinned) and len({*keys}) == len(keys), "a wrong root")
        for trusted in (root, new):
            trusted.signed.verify_delegate("root", new.signed_bytes, new.signatures)
        root = new
    for role in ("timestamp", "snapshot", "targets"):
        part = Metadata.from_bytes(pack[role].encode())
        root.signed.verify_delegate(role, part.signed_bytes, part.signatures)
        demand(parse(pack[role].encode())["signed"]["_type"] == role, f"the {role} is something else")
        demand(not root.signed.is_expired(now) and not part.signed.is_expired(now), f"the pack has expired ({role})")
        parts[role] = part.signed
    named = parts["timestamp"].snapshot_meta, parts["snapshot"].meta["targets.json"], parts["targets"].targets["trust.json"]
    for name, file in zip(("snapshot", "targets", "trust"), named, strict=True):
        file.verify_length_and_hashes(pack[name].encode())
        demand(name == "trust" or file.version == parts[name].version, "parts of different packs")
    trust = parse(pack["trust"].encode(), 6 << 20)
    demand((trust["format"], trust["version"], trust["chain"]["engine"]) == ("onceledger-trust", 1, "qbft"), "unknown")
    return trust


def read_status_pack(data: bytes) -> dict[int, Any]:
    """List id -> purpose, version, chunks, publication, reasons, difference; all of it unproven."""
    demand(data[:26] == b"onceledger-status-pack-v1\n", "not a status pack")
    lists, at = {}, 38
    for _ in range(*struct.unpack(">I", data[34:38])):
        list_id, *head, a, b, c = struct.unpack(">QBQIIII", data[at : at + 33])
        lists[list_id] = *head, data[at + 33 :][:a], data[at + 33 + a :][:b], data[at + 33 + a + b :][:c]
        at += 33 + a + b + c
    demand(at == len(data), "the status pack is cut off")
    return lists


def read_publication(data: bytes) -> dict[str, Any]:
    receipt, log, size, count = struct.unpack(">IIIB", data[:13])
    header, at, nodes = data[13 : 13 + size], 13 + size, []
    for _ in range(count):
        ...


def read_reasons(file: bytes) -> list[tuple[int, int, int, int]]:
    """For each entry: index, kind (1 revoked, 2 superseded, 3 void, 4 held), since, until."""

    def column(at: int, count: int, width: int) -> list[int]:  # the first bytes of all numbers, then the second, …
        return [int.from_bytes(file[at + i : at + count * width : count], "big") for i in range(count)]

    demand(file[:22] == b"onceledger-reasons-v1\n", "not a file of reasons")
    n, t = struct.unpack(">II", file[22:30])
    times, indexes, kinds = [*accumulate(column(30, t, 5))], accumulate(column(30 + 5 * t, n, 3)), column(30 + 5 * t + 3 * n, n, 1)
    since, ended = column(30 + 5 * t + 4 * n, n, 3), sum(kind >> 4 & 1 for kind in kinds)
    until = iter(column(30 + 5 * t + 7 * n, ended, 3))
    demand(len(file) == 30 + 5 * t + 7 * n + 3 * ended + 32 * kinds.count(0x22), "malformed reasons")
    ends = [times[next(until)] if kind & 0x10 else FOREVER for kind in kinds]
    return [(*entry[:2], times[entry[2]], entry[3]) for entry in zip(indexes, [kind & 15 for kind in kinds], since, ends)]
