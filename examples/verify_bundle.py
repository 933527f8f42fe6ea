"""Verify certificates with nothing of ours: this file was written from docs/formats/*.md alone.

    python examples/verify_bundle.py BUNDLE... --trust-pack FILE --root FILE [--status-pack FILE] [--as-of YYYY-MM-DD]

Steps have the numbers of docs/formats/bundle.md. One that raises makes the certificate invalid; one that cannot be made
says why. Exit code: 0 valid, 1 invalid, 3 cannot be checked (the worst of the files), 2 wrong usage.
"""

# fmt: off - set closer than the rest of the repository, to be read in one sitting: start with steps(), below
import argparse
import base64
import hashlib
import io
import json
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
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

EXIT_CODES = {"invalid": 1, "cannot be checked": 3, "valid": 0}  # the worst first
BUNDLE = ["onceledger-bundle", 1, "eddsa-jcs-2022+rfc9162-sha256+qbft"]
MEMBERS = {
    "@context",
    "id",
    "type",
    "issuer",
    "validFrom",
    "validUntil",
    "credentialSubject",
    "credentialStatus",
    "proof",
}
PROOF = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
ANCHORED = "Anchored(uint64,uint64,bytes32,uint64,bytes32,uint64,uint256)"
PUBLISHED = "Published(uint64,uint64,uint64,bytes32,uint64,bytes32,uint256)"
VOID, HELD, FOREVER, CLOCK_TOLERANCE, MAX_STATUS_AGE = 3, 4, 1 << 63, 300, 7 * 86_400


def demand(condition: Any, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)


# Texts and signatures: canonical-json.md, data-integrity.md
def parse(data: bytes, most: int = 1 << 20) -> Any:
    def in_order(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        demand(len(dict(pairs)) == len(pairs), "JSON names a member twice")
        return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))

    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", data.decode())  # without its strings
    depth = max(accumulate((mark in "[{") - (mark in "]}") for mark in bare), default=0)
    numbers = set(re.findall(r"[^\s\[\]{},:]+", bare)) - {"true", "false", "null"}
    safe = all(re.fullmatch("0|-?[1-9][0-9]{0,15}", one) and abs(int(one)) < 2**53 for one in numbers)
    demand(safe and depth <= 64 and len(data) <= most, "JSON too large or too deep, or with a number that is not safe")
    value = json.loads(data.decode(), object_pairs_hook=in_order)
    return value if canonical(value) else None  # raises for a lone surrogate


def canonical(value: Any) -> bytes:  # of what parse() made: its members are in order
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def from64(text: str | bytes) -> bytes:  # a status pack has bytes where a bundle has texts
    data = text if isinstance(text, bytes) else base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    demand(text in (data, base64.urlsafe_b64encode(data).decode().rstrip("=")), "a text is not base64url")
    return data


def from58(text: str) -> bytes:
    number, zeros = 0, len(text[1:]) - len(text[1:].lstrip("1"))
    demand(text[0] == "z" and len(text) <= 257, "a text is not base58btc")
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
    for point in (key, signature[:32]):  # OpenSSL takes points of small order; these are their five y
        demand(int.from_bytes(point, "little") % 2**255 % p not in (0, 1, p - 1, eighth, p - eighth), "small order")
    demand(int.from_bytes(signature[32:], "little") < group, "the signature is not canonical")
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


def tree_root(leaves: list[bytes]) -> bytes:
    half = 1 << (len(leaves) - 1).bit_length() >> 1
    return sha256(b"\1", tree_root(leaves[:half]), tree_root(leaves[half:])) if half else leaves[0]


# Blocks: sealed-header.md, receipt-proof.md
def to_rlp(item: Any) -> bytes:
    body, base = (item, 0x80) if isinstance(item, bytes) else (b"".join(map(to_rlp, item)), 0xC0)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    head = bytes([base + len(body)]) if len(body) < 56 else bytes([base + 55 + len(size)]) + size
    return body if base == 0x80 and len(body) == 1 and body[0] < 0x80 else head + body


def rlp(data: bytes) -> Any:
    def items(rest: memoryview) -> Iterator[Any]:
        while rest:
            start, size = (0, 1) if rest[0] < 0x80 else (1, (rest[0] - 0x80) % 0x40)
            if size > 55:
                start, size = size - 54, int.from_bytes(rest[1 : size - 54], "big")
            yield bytes(rest[start : start + size]) if rest[0] < 0xC0 else [*items(rest[start : start + size])]
            rest = rest[start + size :]

    (whole,) = items(memoryview(data))
    demand(to_rlp(whole) == data, "not RLP in its one canonical spelling")
    return whole


def check_seals(fields: list[Any], number: int, in_force: Any) -> None:
    validators = sorted(bytes.fromhex(one[2:]) for one in in_force["validators"])
    vanity, listed, vote, turn, seals = rlp(fields[12])
    is_qbft = fields[13] == b"ctical byzantine fault tolerance" and fields[7] == b"\1" and number >= in_force["from"]
    demand(is_qbft and number and listed in ([], validators), "not a header of the validators in force")
    demand(-(-2 * len(validators) // 3) <= len(seals) <= len(validators), "too few seals, or too many")
    digest = keccak(to_rlp([*fields[:12], to_rlp([vanity, listed, vote, turn, []]), *fields[13:]]))
    keys = [Signature(signature_bytes=seal).recover_public_key_from_msg_hash(digest) for seal in seals]
    sealers = {key.to_canonical_address() for key in keys}
    demand(len(sealers) == len(seals) and sealers <= {*validators}, "a seal is not by a validator in force")


def open_event(proof: Any, chain: Any, event: str) -> tuple[Any, ...]:
    """Header fields, block number, time, values: they belong together, and nothing says yet that they are true."""
    header, *nodes = [from64(part) for part in (proof["header"], *proof["receipt"])]
    fields, index, walked = rlp(header), proof["receiptIndex"], ""
    key, at = to_rlp(index.to_bytes((index.bit_length() + 7) // 8, "big")).hex(), fields[5]
    demand(len(header) <= 1 << 16 and 15 <= len(fields) <= 24 and 1 <= len(nodes) <= 10, "not a block header")
    for node in nodes:  # from the root to the leaf, whose second part is the receipt; the way there spells the key
        demand(keccak(node) == at, "a node of the receipt proof is not the one named")
        parts = rlp(node)
        packed = parts[0].hex() if len(parts) == 2 else "1" + key[len(walked)]
        walked += packed[1 if packed[0] in "13" else 2 :]
        at = parts[1] if len(parts) == 2 else parts[int(packed[1], 16)]
    demand(walked == key and packed[0] in "23", "the receipt proof is of another receipt")
    status, _, _, logs = rlp(at[1:] if 1 <= at[0] <= 4 else at)
    address, topics, data = logs[proof["logIndex"]]
    contract = chain["contracts"]["anchor" if event == ANCHORED else "status"]
    demand(status == b"\1" and "0x" + address.hex() == contract, "the event is of another contract")
    words = topics[1:] + [data[start : start + 32] for start in range(0, len(data), 32)]
    values = [
        word if "bytes" in kind else int.from_bytes(word, "big")
        for kind, word in zip(event.split(","), words, strict=True)
    ]
    demand(topics[0] == keccak(event.encode()) and values[6] == chain["id"], "another event, or of another chain")
    return fields, int.from_bytes(fields[8], "big"), int.from_bytes(fields[11], "big"), values


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


def read_status_pack(data: bytes) -> dict[int, Any]:
    """Lists by id, each like a status in a bundle, but with purpose and difference instead of a chunk. All unproven."""
    stream, lists = io.BytesIO(data), {}
    demand(stream.read(26) == b"onceledger-status-pack-v1\n", "not a status pack")
    for _ in range(struct.unpack(">QI", stream.read(12))[1]):
        list_id, purpose, version, _, *sizes = struct.unpack(">QBQIIII", stream.read(33))
        publication, reasons, difference = [stream.read(size) for size in sizes]
        lists[list_id] = {
            "list": list_id,
            "purpose": purpose,
            "version": version,
            "reasons": reasons,
            "difference": difference,
        }
        with suppress(ValueError, zlib.error, struct.error):
            proof = io.BytesIO(inflate(publication, 256 << 10))
            receipt, log, size, nodes = struct.unpack(">IIIB", proof.read(13))
            header, *receipts = (
                proof.read(size),
                *[proof.read(int.from_bytes(proof.read(4), "big")) for _ in range(nodes)],
            )
            lists[list_id]["publication"] = {
                "header": header,
                "receipt": receipts,
                "receiptIndex": receipt,
                "logIndex": log,
            }
    return lists


def read_reasons(file: bytes) -> list[tuple[int, int, int, int]]:
    """For each entry: index, kind (1 revoked, 2 superseded, 3 void, 4 held), since, until."""

    def column(count: int, width: int) -> list[int]:  # the first bytes of all numbers, then the second ones, …
        planes = [stream.read(count) for _ in range(width)]
        return [int.from_bytes(bytes(number), "big") for number in zip(*planes, strict=True)]

    stream = io.BytesIO(file)
    magic, n, dates = struct.unpack(">22sII", stream.read(30))
    times, indexes, kinds = [*accumulate(column(dates, 5))], accumulate(column(n, 3)), column(n, 1)
    since, until = column(n, 3), iter(column(sum(kind >> 4 & 1 for kind in kinds), 3))
    demand(
        magic == b"onceledger-reasons-v1\n" and len(stream.read()) == 32 * kinds.count(0x22), "not a file of reasons"
    )
    return [
        (index, kind & 15, times[begin], times[next(until)] if kind & 16 else FOREVER)
        for index, kind, begin in zip(indexes, kinds, since, strict=True)
    ]


def prove(part: Any, index: int, chain: Any) -> tuple[int, int, bool, Any]:
    """Version of a list, time of its publication, whether the bit is set, and the reasons if they count."""
    fields, number, published, (_, list_id, version, root, chunks, digest, _) = open_event(
        part["publication"], chain, PUBLISHED
    )
    check_seals(fields, number, chain["validatorSets"][-1])
    file = inflate(from64(part["reasons"]), 64 << 20) if part.get("reasons") else None
    demand(
        (list_id, version) == (part["list"], part["version"]) and (file is None or sha256(file) == digest),
        "another list",
    )
    told = None if file is None else read_reasons(file)
    if is_chunk := "content" in part:
        bits, first = bytearray(inflate(from64(part["content"]), 1024)), 8192 * part["chunk"]
        check_path(bits, part["chunk"], chunks, from64(part["path"]), root)
    else:  # a whole list: its bits follow from its reasons
        bits, first = bytearray(inflate(part["difference"], 1024 * chunks) if part["difference"] else 1024 * chunks), 0
        for one, kind, _, until in told:
            bits[one // 8] ^= 0x80 >> one % 8 if until == FOREVER and (kind == HELD) == (part["purpose"] == 2) else 0
        demand(
            tree_root([sha256(b"\0", bits[at : at + 1024]) for at in range(0, 1024 * chunks, 1024)]) == root,
            "another list",
        )
    demand(first <= index < first + 8 * len(bits), "another part of the list")
    is_set = bool(bits[(index - first) // 8] >> (7 - index % 8) & 1)
    return version, published, is_set, told if is_set or not is_chunk else None


def moment(text: str, zone: ZoneInfo, is_end: bool = False) -> datetime:
    """Where a validity begins, or the first moment that it does not cover any more: credential.md."""
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return datetime.combine(date.fromisoformat(text) + timedelta(days=is_end), time(), zone)
    demand(re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", text), "no date")
    return datetime.fromisoformat(text) + timedelta(seconds=is_end)


# The steps: bundle.md, credential.md
def steps(data: bytes, trust: Any, lists: dict[int, Any], now: datetime, as_of: date | None) -> Iterator[int | str]:
    """Yields the number of each step, and a text where it cannot be made; raises where it fails."""
    chain, clock, event, anchored_at = trust["chain"], int(now.timestamp()), [], None
    yield 1  # well-formed, with the context that the credential names
    bundle = parse(data)
    demand(bundle["format"] == BUNDLE[0], "not a bundle")
    if [bundle["format"], bundle["version"], bundle["suite"]] != BUNDLE:
        return (yield "it is of a version that we do not know")
    credential, contexts = bundle["credential"], {one["url"]: one["content"] for one in bundle["context"]}
    (v2, context), (base, name) = credential["@context"], credential["type"]
    is_ours = (v2, base) == ("https://www.w3.org/ns/credentials/v2", "VerifiableCredential")
    demand(
        is_ours and credential.keys() <= MEMBERS, "not exactly the contexts, types and members that a credential has"
    )
    demand(from64(context.rpartition("/")[2]) == sha256(contexts[context].encode()), "not the context that it names")
    yield 2  # signed by a key of the issuer
    agency = next((agency for agency in trust["agencies"] if agency["did"] == credential["issuer"]), None)
    if agency is None:
        return (yield "the trust pack does not know the issuer")
    proof, unsigned = dict(credential["proof"]), {name: credential[name] for name in credential if name != "proof"}
    signature, (did, _, text) = from58(proof.pop("proofValue")), proof["verificationMethod"].partition("#")
    multikey, created = from58(text), moment(proof.get("created", now.isoformat("T", "seconds")), ZoneInfo("UTC"))
    demand(did == agency["did"] and len(multikey) == 34 and multikey[:2] == b"\xed\x01", "the key is not the issuer's")
    demand(created.timestamp() <= clock + CLOCK_TOLERANCE, "it was signed in the future")
    key = next((key for key in agency["keys"] if key["multikey"] == text), None)
    if key is None:
        demand("created" not in proof or created.timestamp() > trust["time"], "the issuer had no such key then")
        return (yield "the key is newer than the trust pack")
    free = {name: proof[name] for name in ("verificationMethod", "created") if name in proof}
    demand(proof == {**PROOF, **free, "@context": credential["@context"]}, "the proof is of another kind")
    check_signature(multikey[2:], signature, sha256(canonical(proof)) + sha256(canonical(unsigned)))
    yield 5  # anchored, first half: the event
    if bundle.get("anchor"):
        fields, number, block_time, event = open_event(bundle["anchor"], chain, ANCHORED)
    else:
        yield "it is not anchored yet"
    yield 4  # in the batch that was anchored
    if not (place := bundle.get("inclusion")):
        yield "it is not in a batch yet"
    elif event:
        demand(place["size"] == event[3], "the batch has another size")
        check_path(canonical(credential), place["index"], place["size"], from64(place["path"]), event[2])
    yield 5  # second half: who stands behind the block
    if event:
        demand(block_time <= clock + CLOCK_TOLERANCE, "the block is of the future")
        history, closed = bundle.get("history"), {one["size"]: one["root"] for one in trust["checkpoints"]}
        anchored_at = block_time
        if number > max((one["block"] for one in trust["checkpoints"]), default=-1):
            check_seals(fields, number, chain["validatorSets"][-1])
        elif not history or history["size"] > max(closed):
            yield "it is older than the last checkpoint, and has no history path to a checkpoint that we know"
            anchored_at = None
        else:
            entry, log_root = from64(history["entry"]), bytes.fromhex(closed[history["size"]][2:])
            check_path(entry, event[5], history["size"], from64(history["path"]), log_root)
            log = (b"onceledger-anchor-v1\n", chain["id"], bytes.fromhex(chain["contracts"]["anchor"][2:]))
            told = struct.unpack(">21sQ20sQQ4xQQ32sQ32sQ", entry)
            demand(told == (*log, number, block_time, *event[:6]), "the history path is that of another anchor")
    yield 6  # by the issuer, for this type, with this key
    kind = next((kind for kind in trust["types"] if kind["name"] == name), None)
    if kind is None:
        yield "the trust pack does not know the type"
    else:
        urls, claims = [one["url"] for one in kind["contexts"]], {"id", *(field["name"] for field in kind["fields"])}
        demand(kind["kind"] == "credential" and context in urls, "not a context of the type")
        demand(credential["credentialSubject"].keys() <= claims, "a claim that the type does not know")
        told = (agency["id"], kind["id"], sha256(multikey))
        demand(
            not event or (event[0], event[1], event[4]) == told, "anchored by another agency, for another type or key"
        )
    yield 7  # with a key that was not compromised then
    if (since := key["compromisedSince"]) is not None:
        demand(bundle.get("anchor") and (anchored_at is None or anchored_at < since), "the key was compromised before")
        if anchored_at is None:
            yield "the key was compromised, and when it was anchored is not proven"
    yield 8  # within its dates
    zone, until = ZoneInfo(kind["zone"] if kind else "UTC"), credential.get("validUntil")
    at = datetime.combine(as_of + timedelta(days=1), time(), zone) - timedelta(seconds=1) if as_of else now
    demand(at >= moment(credential["validFrom"], zone), "not valid yet")
    demand(until is None or at < moment(until, zone, is_end=True), "expired")
    yield 9  # neither revoked, superseded, void nor held: says the newest proven version of each list
    asked, oldest = int(at.timestamp()), FOREVER
    for one in credential.get("credentialStatus") or []:
        list_id, index, proven = int(one["statusListCredential"].rpartition("/")[2]), int(one["statusListIndex"]), []
        demand(list_id >> 32 == agency["id"], "the status list is not the issuer's")
        for part in [lists.get(list_id), *bundle.get("status", [])]:
            with suppress(Exception):
                proven += [prove(part, index, chain)] if part["list"] == list_id else []
        if not proven:
            yield "there is no proven status"
            continue
        _, published, is_set, told = max(proven, key=lambda one: one[0])
        ours = [one for one in told or () if one[0] == index and (is_set or one[3] < FOREVER)]
        against = [kind for _, kind, since, until in ours if kind == VOID or since <= asked < until]
        oldest = min(oldest, published)
        demand(not against, "revoked, superseded, void or held")
        if is_set and all(until < FOREVER for *_, until in ours):
            demand(asked < published, "revoked or held, and nobody says why")
            yield "revoked or held by now, and nobody says since when"
        if told is None and not is_set and as_of and asked < published and one["statusPurpose"] == "suspension":
            yield "whether it was held then the bundle does not say"
    yield 10  # a policy of ours: the status is not older than a week
    if asked - oldest > MAX_STATUS_AGE:
        yield "the status is too old"


def verify(
    data: bytes, trust: Any, lists: dict[int, Any], now: datetime, as_of: date | None = None
) -> tuple[str, int, str]:
    """Verdict, the step that decides it, and why."""
    step, unclear = 0, []
    try:
        for told in steps(data, trust, lists, now, as_of):
            step = told if isinstance(told, int) else step
            unclear += [("cannot be checked", step, told)] if isinstance(told, str) else []
    except Exception as why:  # whatever a forged or malformed part leads to
        return "invalid", step, f"{why} ({type(why).__name__})"
    return min(unclear, key=lambda one: one[1], default=("valid", 10, "all steps passed"))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("bundles", metavar="BUNDLE", nargs="+", type=Path)
    options.add_argument("--trust-pack", type=Path, required=True)
    options.add_argument("--root", type=Path, required=True)
    options.add_argument("--status-pack", type=Path)
    options.add_argument("--as-of", type=date.fromisoformat)
    given, now, worst = options.parse_args(), datetime.now(UTC), "valid"
    try:
        bundles = [(file, file.read_bytes()) for file in given.bundles]
        lists = read_status_pack(given.status_pack.read_bytes()) if given.status_pack else {}
        pack, pinned = given.trust_pack.read_bytes(), given.root.read_bytes()
    except (OSError, ValueError, struct.error) as why:
        options.error(str(why))
    with suppress(Exception):
        trust = read_trust(pack, pinned, now)
    for file, data in bundles:
        verdict, step, why = verify(data, trust, lists, now, given.as_of)
        print(f"{file}: {verdict} (step {step}: {why})")
        worst = min(worst, verdict, key=[*EXIT_CODES].index)
    raise SystemExit(EXIT_CODES[worst])


if __name__ == "__main__":
    main()
