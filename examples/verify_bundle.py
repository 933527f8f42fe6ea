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
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
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

def open_event(proof: Any, chain: Any, contract: str, signature: str) -> tuple[list[Any], int, int, list[Any]]:
    """Header fields, block number, time, event: they belong together, and nothing says yet that they are true."""
    fields, sizes = rlp(from64(proof["header"])), {0: 32, 1: 32, 2: 20, 3: 32, 4: 32, 5: 32, 6: 256, 13: 32, 14: 8}
    demand(15 <= len(fields) <= 24 and all(len(fields[at]) == size for at, size in sizes.items()), "no block header")
    receipt = receipt_under(fields[5], proof["receiptIndex"], [from64(node) for node in proof["receipt"]])
    status, _, _, logs = rlp(receipt[1:] if 1 <= receipt[0] <= 4 else receipt)
    address, topics, data = logs[proof["logIndex"]]
    words = topics[1:] + [data[at : at + 32] for at in range(0, len(data), 32)]
    is_ours = status == b"\1" and address.hex() == chain["contracts"][contract][2:]
    demand(is_ours and topics[0] == keccak(signature.encode()), "another contract's event, or another event")
    kinds = re.findall("(uint|bytes)[0-9]", signature)
    event = [int.from_bytes(word, "big") if kind == "uint" else word for kind, word in zip(kinds, words, strict=True)]
    demand(event[6] == chain["id"], "the event is of another chain")
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
    """List id -> purpose, version, chunks, and three zlib streams: publication, reasons, difference. All unproven."""
    lists, at = {}, 38
    for _ in range(*struct.unpack(">34xI", data[:38])):
        list_id, *head, first, second, third = struct.unpack(">QBQIIII", data[at : at + 33])
        ends = [*accumulate((at + 33, first, second, third))]
        lists[list_id], at = [*head, *[data[begin:end] for begin, end in pairwise(ends)]], ends[3]
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
    times, indexes, at = [*accumulate(column(30, t, 5))], accumulate(column(30 + 5 * t, n, 3)), 30 + 5 * t + 3 * n
    kinds, since = column(at, n, 1), column(at + n, n, 3)
    until = iter(column(at + 4 * n, sum(kind >> 4 & 1 for kind in kinds), 3))
    demand(magic == b"onceledger-reasons-v1\n", "not a file of reasons")
    return [(index, kind & 15, times[begin], times[next(until)] if kind & 16 else FOREVER)
            for index, kind, begin in zip(indexes, kinds, since, strict=True)]

def moment(text: str, zone: ZoneInfo, is_end: bool = False) -> datetime:
    """Where a validity begins, or the first moment that it does not cover any more: credential.md."""
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return datetime.combine(date.fromisoformat(text) + timedelta(days=is_end), time(), zone)
    demand(re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", text), "no date")
    return datetime.fromisoformat(text) + timedelta(seconds=is_end)

# The steps: bundle.md, credential.md
def verify(data: bytes, trust: Any, lists: dict[int, list[Any]], now: datetime, as_of: date | None = None) -> Finding:
    """The verdict, the step that decides it, and why."""
    found: list[Finding] = []
    @contextmanager
    def step(number: int) -> Iterator[None]:
        try:
            yield
        except CannotCheck as why:
            found.append(("cannot be checked", number, str(why)))
        except Exception as why:  # whatever a malformed or forged part leads to
            found.append(("invalid", number, f"{type(why).__name__}: {why}"))
    chain, clock, event, anchored_at = trust["chain"], int(now.timestamp()), [], None
    with step(1):  # well-formed, with the context that the credential names
        bundle = parse(data)
        demand(bundle["format"] == "onceledger-bundle", "not a bundle")
        demand((bundle["version"], bundle["suite"]) == (1, SUITE), "a version that we do not know", CannotCheck)
        credential = bundle["credential"]
        (v2, context), (base, name) = credential["@context"], credential["type"]
        demand(credential.keys() <= MEMBERS and (v2, base) == (V2, "VerifiableCredential"), "no credential of ours")
        contents = [one["content"].encode() for one in bundle["context"] if one["url"] == context]
        demand(from64(context.rpartition("/")[2]) == sha256(contents[0]), "not the context that the credential names")
        document, proof = dict(credential), dict(credential["proof"])
        signature, issuer = from58(proof.pop("proofValue")), credential["issuer"]
    if found:
        return found[0]
    with step(2):  # signed by a key of the issuer
        agency = next((agency for agency in trust["agencies"] if agency["did"] == issuer), None)
        demand(agency, "the trust pack does not know the issuer", CannotCheck)
        did, _, text = proof["verificationMethod"].partition("#")
        multikey = from58(text)
        demand(did == issuer and len(multikey) == 34 and multikey[:2] == b"\xed\x01", "the key is not the issuer's")
        created = moment(proof["created"], ZoneInfo("UTC")).timestamp() if "created" in proof else clock
        demand(created <= clock + CLOCK_TOLERANCE, "signed in the future")
        key = next((key for key in agency["keys"] if key["multikey"] == text), None)
        demand(key or created > trust["time"], "the issuer had no such key then")
        demand(key, "the key is newer than the trust pack", CannotCheck)
        fixed = {name: proof[name] for name in proof.keys() - {"verificationMethod", "created"}}
        demand(fixed == {**PROOF, "@context": credential["@context"]}, "the proof is of another kind")
        unsigned = {name: credential[name] for name in credential if name != "proof"}
        check_signature(multikey[2:], signature, sha256(canonical(proof)) + sha256(canonical(unsigned)))
    if found:
        return found[0]
    kind = next((kind for kind in trust["types"] if kind["name"] == name), None)
    zone = ZoneInfo(kind["zone"] if kind else "UTC")
    at = now if as_of is None else datetime.combine(as_of + timedelta(days=1), time(), zone) - timedelta(seconds=1)
    with step(5):  # anchored, first half: the event
        demand(bundle.get("anchor"), "not anchored yet", CannotCheck)
        fields, number, block_time, event = open_event(bundle["anchor"], chain, "anchor", ANCHORED)
    with step(4):  # in the batch that was anchored
        demand(bundle.get("inclusion"), "not in a batch yet", CannotCheck)
        place = bundle["inclusion"]
        if event:
            demand(place["size"] == event[3], "the batch has another size")
            check_path(canonical(credential), place["index"], place["size"], from64(place["path"]), event[2])
    with step(5):  # second half: the block is sealed, or its anchor is in the log up to a signed checkpoint
        if event:
            demand(block_time <= clock + CLOCK_TOLERANCE, "the block is of the future")
            if number > max((one["block"] for one in trust["checkpoints"]), default=-1):
                check_seals(fields, number, chain)
            else:
                history, roots = bundle.get("history"), {one["size"]: one["root"] for one in trust["checkpoints"]}
                demand(history, "older than the last checkpoint: the history path is needed", CannotCheck)
                demand(history["size"] <= max(roots), "the checkpoint is newer than the trust pack", CannotCheck)
                entry, log_root = from64(history["entry"]), bytes.fromhex(roots[history["size"]][2:])
                check_path(entry, event[5], history["size"], from64(history["path"]), log_root)
                contract = bytes.fromhex(chain["contracts"]["anchor"][2:])
                told = (b"onceledger-anchor-v1\n", chain["id"], contract, number, block_time, *event[:6])
                logged = struct.unpack(">21sQ20sQQ4xQQ32sQ32sQ", entry)
                demand(told == logged, "the history path is that of another anchor")
            anchored_at = block_time
    with step(6):  # by the issuer, for this type, with this key
        demand(kind, "the trust pack does not know the type", CannotCheck)
        demand(kind["kind"] == "credential" and context in [one["url"] for one in kind["contexts"]], "no context of the type")
        claims = {"id", *(field["name"] for field in kind["fields"])}
        demand(credential["credentialSubject"].keys() <= claims, "a claim that the type does not know")
        told = (agency["id"], kind["id"], sha256(multikey))
        demand(not event or (event[0], event[1], event[4]) == told, "anchored by another agency, for another type or key")
    with step(7):  # with a key that was not compromised then
        since = FOREVER if key["compromisedSince"] is None else key["compromisedSince"]
        demand(since == FOREVER or bundle.get("anchor"), "a compromised key, and no anchor")
        demand(since == FOREVER or anchored_at is not None, "a compromised key, and an unproven anchor", CannotCheck)
        demand(since == FOREVER or anchored_at < since, "anchored after the key was compromised")
    with step(8):  # within its dates
        demand(at >= moment(credential["validFrom"], zone), "not valid yet")
        until = credential.get("validUntil")
        demand(until is None or at < moment(until, zone, is_end=True), "expired")
    with step(9):  # not revoked, superseded, void or held: what the newest proven list says of each purpose
        unclear, oldest, asked = "", clock, int(at.timestamp())
        for entry in credential.get("credentialStatus", []):
            list_id, index = int(entry["statusListCredential"].rpartition("/")[2]), int(entry["statusListIndex"])
            demand(list_id >> 32 == agency["id"], "the status list is not the issuer's")
            parts = [part for part in bundle.get("status", []) if part["list"] == list_id]
            proven = [*prove_packed(lists, list_id, index, chain), *prove_chunks(parts, index, chain)]
            if not proven:
                unclear = "no proven status"
                continue
            _, published, is_set, told = max(proven, key=lambda one: one[0])
            oldest, counted = min(oldest, published), [one for one in told or [] if one[0] == index and (is_set or one[3] < FOREVER)]
            demand(not any(kind == VOID or since <= asked < until for _, kind, since, until in counted), "revoked, …")
            if is_set and all(until < FOREVER for *_, until in counted):  # nobody says why, and since when
                demand(asked < published, "revoked or held")
                unclear = "revoked or held, nobody knows since when"
            if not is_set and told is None and as_of and asked < published and entry["statusPurpose"] == "suspension":
                unclear = "whether it was held then the bundle does not say"
        demand(not unclear, unclear, CannotCheck)
    with step(10):  # a policy of ours: the status is not older than a week
        demand(not unclear.. asked - oldest <= MAX_STATUS_AGE, "the status is too old", CannotCheck)
    return min(found, key=lambda one: ([*EXIT_CODES].index(one[0]), one[1]), default=("valid", 10, "all checks passed"))

def prove(proof, list_id, version, chain) -> event:
    fields, number, published, event = open_event(proof, chain, "status", PUBLISHED)
    demand(event[1:3] == [list_id, version])
    check_seals(fields, number, chain)
    return event, published

def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("bundles", nargs="+", type=Path)
    options.add_argument("--trust-pack", type=Path, required=True)
    options.add_argument("--root", type=Path, required=True)
    options.add_argument("--status-pack", type=Path)
    options.add_argument("--as-of", type=date.fromisoformat)
    given, now, worst = options.parse_args(), datetime.now(UTC), "valid"
    try:
        trust = read_trust(given.trust_pack.read_bytes(), given.root.read_bytes(), now)
        lists = read_status_pack(given.status_pack.read_bytes()) if given.status_pack else {}
    ...
    for file in given.bundles:
        verdict, number, why = verify(file.read_bytes(), trust, lists, now, given.as_of)
        print(f"{file}: {verdict} (step {number}: {why})")
    raise SystemExit(...)
