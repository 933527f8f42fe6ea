"""Verify certificates with nothing of ours: this file was written from docs/formats/*.md alone.

    python examples/verify_bundle.py BUNDLE... --trust-pack FILE --root FILE [--status-pack FILE] [--as-of YYYY-MM-DD]

Steps have the numbers of docs/formats/bundle.md. A step that raises CannotCheck could not be made; any other exception
makes the certificate invalid. Exit code: 0 valid, 1 invalid, 3 cannot be checked (the worst file's), 2 wrong usage.
"""
# fmt: off - set closer than the rest of the repository, to be read in one sitting
import argparse
import base64
import hashlib
import json
import re
import struct
import zlib
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from eth_hash.auto import keccak
from eth_keys.datatypes import Signature
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet  # what tuf.ngclient.Updater is made of
from tuf.ngclient.config import EnvelopeType

SUITE, V2 = "eddsa-jcs-2022+rfc9162-sha256+qbft", "https://www.w3.org/ns/credentials/v2"
ANCHORED = "Anchored(uint64,uint64,bytes32,uint64,bytes32,uint64,uint256)"
PUBLISHED = "Published(uint64,uint64,uint64,bytes32,uint64,bytes32,uint256)"
PROOF = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
MEMBERS = {"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "credentialStatus"}
VOID, FOREVER, CLOCK_TOLERANCE, MAX_STATUS_AGE = 3, 1 << 63, 300, 7 * 86_400
EXIT_CODES = {"invalid": 1, "cannot be checked": 3, "valid": 0}  # the worst first

class CannotCheck(Exception):
    """Something is missing, or newer than what we hold: that says nothing against the certificate."""

def demand(condition: Any, otherwise: str, error: type[Exception] = ValueError) -> None:
    if not condition:
        raise error(otherwise)

# Texts and signatures: canonical-json.md, data-integrity.md
def parse(data: bytes, most: int = 1 << 20) -> Any:
    def in_order(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        demand(len(dict(pairs)) == len(pairs), "JSON names a member twice")
        return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", data.decode())  # without its strings
    depth = max(accumulate((mark in "[{") - (mark in "]}") for mark in bare), default=0)
    numbers = set(re.findall(r"[^\s\[\]{},:]+", bare)) - {"true", "false", "null"}
    safe = all(re.fullmatch("0|-?[1-9][0-9]{0,15}", one) and abs(int(one)) < 2**53 for one in numbers)
    demand(safe and depth <= 64 and len(data) <= most, "JSON is too large or too deep, or has a fraction")
    value = json.loads(data.decode(), object_pairs_hook=in_order)
    return value if canonical(value) else None  # a lone surrogate cannot be encoded

def canonical(value: Any) -> bytes:  # of what parse() made: its members are in order
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

def from64(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    demand(base64.urlsafe_b64encode(data).decode().rstrip("=") == text, "a text is not base64url")
    return data

def from58(text: str) -> bytes:
    number, zeros, letters = 0, len(text[1:]) - len(text[1:].lstrip("1")), text[1:257]
    for letter in letters:
        number = 58 * number + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(letter)
    demand(text == "z" + letters, "a text is not base58btc")
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
    inner, at = (index ^ (size - 1)).bit_length(), sha256(b"\0", data)
    demand(0 <= index < size and len(path) == 32 * (inner + (index >> inner).bit_count()), "a path of another length")
    for level, start in enumerate(range(0, len(path), 32)):
        is_right, sibling = level >= inner or index >> level & 1, path[start : start + 32]
        at = sha256(b"\1", sibling, at) if is_right else sha256(b"\1", at, sibling)
    demand(at == root, "the path does not lead to the root")

def tree_root(level: list[bytes]) -> bytes:
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [sha256(b"\1", *pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]

# Blocks: sealed-header.md, receipt-proof.md
def to_rlp(item: Any) -> bytes:
    body, base = (item, 0x80) if isinstance(item, bytes) else (b"".join(map(to_rlp, item)), 0xC0)
    if base == 0x80 and len(body) == 1 and body[0] < 0x80:
        return bytes(body)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return (bytes([base + len(body)]) if len(body) < 56 else bytes([base + 55 + len(size)]) + size) + body

def rlp(data: bytes) -> Any:
    def items(rest: memoryview) -> list[Any]:
        found: list[Any] = []
        while rest:
            start, size = (0, 1) if rest[0] < 0x80 else (1, (rest[0] - 0x80) % 0x40)
            if size > 55:
                start, size = size - 54, int.from_bytes(rest[1 : size - 54], "big")
            body, is_text, rest = rest[start : start + size], rest[0] < 0xC0, rest[start + size :]
            found.append(bytes(body) if is_text else items(body))
        return found
    (whole,) = items(memoryview(data))
    demand(to_rlp(whole) == data, "not RLP in its one canonical spelling")
    return whole

def check_seals(fields: list[Any], validators: list[bytes]) -> None:
    vanity, listed, vote, turn, seals = rlp(fields[12])
    is_qbft = fields[13] == b"ctical byzantine fault tolerance" and fields[7] == b"\1" and fields[8]
    demand(is_qbft and listed in ([], sorted(validators)), "not a QBFT header, or one that lists other validators")
    demand(-(-2 * len(validators) // 3) <= len(seals) <= len(validators), "too few seals, or too many")
    digest = keccak(to_rlp([*fields[:12], to_rlp([vanity, listed, vote, turn, []]), *fields[13:]]))
    keys = [Signature(signature_bytes=seal).recover_public_key_from_msg_hash(digest) for seal in seals]
    sealers = {key.to_canonical_address() for key in keys}
    demand(len(sealers) == len(seals) and sealers <= set(validators), "a seal is not by a validator in force")

def receipt_under(root: bytes, index: int, nodes: list[bytes]) -> bytes:
    path = to_rlp(index.to_bytes((index.bit_length() + 7) // 8, "big")).hex()
    for node in nodes:
        demand(keccak(node) == root, "a node of the receipt proof is not the one named")
        parts = rlp(node)
        if len(parts) == 17:  # a branch is like an extension by one nibble
            parts = [bytes.fromhex("1" + path[0]), parts[int(path[0], 16)]]
        packed, root = parts[0].hex(), parts[1]
        shared = packed[1 if packed[0] in "13" else 2 :]
        demand(re.match("[13]|[02]0", packed) and path.startswith(shared), "the proof is of another receipt")
        path = path[len(shared) :]
        if packed[0] in "23" and path == "" and node is nodes[-1]:
            return root
    raise ValueError("the receipt proof does not end at its receipt")

def open_event(proof: Any, contract: str, signature: str, chain_id: int) -> tuple[list[Any], int, int, list[Any]]:
    """Header fields, block number, time, event: they belong together, and nothing says yet that they are true."""
    fields, sizes = rlp(from64(proof["header"])), {0: 32, 1: 32, 2: 20, 3: 32, 4: 32, 5: 32, 6: 256, 13: 32, 14: 8}
    demand(15 <= len(fields) <= 24 and all(len(fields[at]) == size for at, size in sizes.items()), "no block header")
    receipt = receipt_under(fields[5], proof["receiptIndex"], [from64(node) for node in proof["receipt"]])
    status, _, _, logs = rlp(receipt[1:] if 1 <= receipt[0] <= 4 else receipt)
    address, topics, data = logs[proof["logIndex"]]
    demand(status == b"\1" and address == bytes.fromhex(contract[2:]), "the event is of another contract")
    words, kinds = topics[1:] + [data[at : at + 32] for at in range(0, len(data), 32)], re.findall("(uint|bytes)[0-9]", signature)
    event = [int.from_bytes(word, "big") if kind == "uint" else word for kind, word in zip(kinds, words, strict=True)]
    demand(topics[0] == keccak(signature.encode()) and event[6] == chain_id, "another event, or of another chain")
    return fields, int.from_bytes(fields[8], "big"), int.from_bytes(fields[11], "big"), event

# What a verifier holds: trust-pack.md, trust-description.md, status-pack.md, status-list.md
def read_trust(data: bytes, pinned: bytes, now: datetime) -> Any:
    pack, trusted = parse(data, 8 << 20), TrustedMetadataSet(pinned, EnvelopeType.METADATA)
    trusted.reference_time = now
    demand((pack["format"], pack["version"]) == ("onceledger-trust-pack", 1), "no trust pack of this version")
    demand(trusted.root.version <= len(pack["root"]), "the pack is older than the pinned root")
    for root in pack["root"][trusted.root.version :]:
        trusted.update_root(root.encode())
    trusted.update_timestamp(pack["timestamp"].encode())
    trusted.update_snapshot(pack["snapshot"].encode())
    trusted.update_targets(pack["targets"].encode())
    trusted.targets.targets["trust.json"].verify_length_and_hashes(pack["trust"].encode())
    trust = parse(pack["trust"].encode(), 6 << 20)
    demand((trust["format"], trust["version"], trust["chain"]["engine"]) == ("onceledger-trust", 1, "qbft"), "unknown")
    return trust

def read_status_pack(data: bytes) -> dict[int, list[Any]]:
    """List id -> purpose, version, chunks, publication, reasons, difference; all of it unproven."""
    lists, at = {}, 38
    for _ in range(*struct.unpack(">34xI", data[:38])):
        list_id, *head, first, second, third = struct.unpack(">QBQIIII", data[at : at + 33])
        ends = [*accumulate((at + 33, first, second, third))]
        lists[list_id], at = [*head, *[data[ends[i] : ends[i + 1]] for i in range(3)]], ends[3]
    demand(data[:26] == b"onceledger-status-pack-v1\n" and at == len(data), "not a status pack, or cut off")
    return lists

def read_publication(data: bytes) -> dict[str, Any]:
    (receipt, log), rest, parts = struct.unpack(">II", data[:8]), data[8:12] + data[13:], []
    while rest:
        size = 4 + int.from_bytes(rest[:4], "big")
        parts, rest = [*parts, base64.urlsafe_b64encode(rest[4:size]).decode().rstrip("=")], rest[size:]
    return {"header": parts[0], "receipt": parts[1:], "receiptIndex": receipt, "logIndex": log}

def read_reasons(file: bytes) -> list[tuple[int, int, int, int]]:
    """For each entry: index, kind (1 revoked, 2 superseded, 3 void, 4 held), since, until."""
    def column(at: int, count: int, width: int) -> list[int]:  # the first bytes of all numbers, then the second ones, …
        return [int.from_bytes(file[at + i : at + count * width : count], "big") for i in range(count)]
    magic, n, t = struct.unpack(">22sII", file[:30])
    times, indexes = [*accumulate(column(30, t, 5))], accumulate(column(30 + 5 * t, n, 3))
    kinds, since, end = column(30 + 5 * t + 3 * n, n, 1), column(30 + 5 * t + 4 * n, n, 3), 30 + 5 * t + 7 * n
    until = column(end, sum(kind >> 4 & 1 for kind in kinds), 3)
    demand(magic == b"onceledger-reasons-v1\n" and len(file) == end + 3 * len(until) + 32 * kinds.count(0x22), "no file of reasons")
    return [(index, kind & 15, times[begin], times[until.pop(0)] if kind & 16 else FOREVER)
            for index, kind, begin in zip(indexes, kinds, since, strict=True)]
