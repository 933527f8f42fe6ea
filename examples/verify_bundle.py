# fmt: off
"""Verify certificates with nothing of ours: this file was written from docs/formats/*.md alone.
    python examples/verify_bundle.py BUNDLE... --trust-pack FILE --root FILE [--status-pack FILE] [--as-of YYYY-MM-DD]
Needs no installation of ours: pip install cryptography eth-keys 'eth-hash[pycryptodome]' tuf==7.0.1
Start with steps(). Exit code: 0 valid, 1 invalid, 3 cannot be checked (the worst of the files), 2 wrong usage."""
import argparse, base64, contextlib, hashlib, io, itertools, json, re, struct, zlib, zoneinfo  # noqa: E401, I001
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from eth_hash.auto import keccak
from eth_keys.datatypes import Signature
from tuf.ngclient._internal.trusted_metadata_set import EnvelopeType, TrustedMetadataSet  # of tuf.ngclient.Updater
V2, BUNDLE = "https://www.w3.org/ns/credentials/v2", ["onceledger-bundle", 1, "eddsa-jcs-2022+rfc9162-sha256+qbft"]
MEMBERS = {"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "credentialStatus"}
PROOF = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
EVENTS = {"anchor": "Anchored(uint64,uint64,bytes32,uint64,bytes32,uint64,uint256)",
          "status": "Published(uint64,uint64,uint64,bytes32,uint64,bytes32,uint256)"}
EVENT = r'{"header":T,"logIndex":\d+,"receipt":\[(T,?)*\],"receiptIndex":\d+}'  # members and kinds of values, T: a text
FORM = (rf'\[({EVENT}|null),({{"index":\d+,"path":T,"size":\d+}}|null),({{"entry":T,"path":T,"size":\d+}}|null),'
        rf'\[({{"chunk":\d+,"content":T,"keyHash":T,"list":\d+,"path":T,"publication":{EVENT}(,"reasons":(T|null))?,'
        r'"signature":T,"version":\d+},?){0,4}\],\[({"content":T,"url":T},?){0,4}\]\]')
VOID, HELD, NEVER, CLOCK_TOLERANCE, MAX_STATUS_AGE = 3, 4, 1 << 63, 300, 7 * 86_400
def demand(condition: Any, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)
def parse(data: bytes, most: int = 1 << 20) -> Any:  # texts: canonical-json.md; signatures: data-integrity.md
    def in_order(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        demand(len(dict(pairs)) == len(pairs), "JSON names a member twice")
        return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))  # so that canonical() need not sort
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", data.decode())  # without its strings
    depth = max(itertools.accumulate((mark in "[{") - (mark in "]}") for mark in bare), default=0)
    numbers = {*re.findall(r"[^\s\[\]{},:]+", bare)} - {"true", "false", "null"}
    is_safe = all(str(int(one)) == one and abs(int(one)) < 2**53 for one in numbers) and depth <= 64
    demand(is_safe and len(data) <= most, "JSON is too large, nests too deep or has a number that is not safe")
    return value if canonical(value := json.loads(data.decode(), object_pairs_hook=in_order)) else None  # or raises
def canonical(value: Any) -> bytes: return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
def from64(text: str | bytes) -> bytes:  # a status pack has bytes where a bundle has texts
    data = text if isinstance(text, bytes) else base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    demand(text in (data, base64.urlsafe_b64encode(data).decode().rstrip("=")), "a text is not base64url")
    return data
def from58(text: str) -> bytes:
    number, digits = 0, text[1:].lstrip("1")
    for digit in digits[:256]:
        number = 58 * number + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(digit)
    demand(text[:1] == "z" and len(text) <= 257, "a text is not base58btc")
    return bytes(len(text) - 1 - len(digits)) + number.to_bytes((number.bit_length() + 7) // 8, "big")
def inflate(data: bytes, most: int) -> bytes:
    whole = (stream := zlib.decompressobj()).decompress(data, most + 1)
    demand(len(whole) <= most and stream.eof and not stream.unused_data, "not one whole zlib stream of the right size")
    return whole
def check_signature(key: bytes, signature: bytes, message: bytes) -> None:
    p, group = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
    weak = {0, 1, p - 1, y8, p - y8}  # OpenSSL takes points of small order: those with these y
    demand(not weak & {int.from_bytes(one, "little") % 2**255 % p for one in (key, signature[:32])}, "small order")
    demand(int.from_bytes(signature[32:], "little") < group, "the signature is not canonical")
    Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
def sha256(*parts: Any) -> bytes: return hashlib.sha256(b"".join(parts)).digest()  # trees: merkle-tree.md
def check_path(data: Any, index: int, size: int, path: bytes, root: bytes) -> None:
    inner, at = (index ^ (size - 1)).bit_length(), sha256(b"\0", data)
    demand(0 <= index < size and len(path) == 32 * (inner + (index >> inner).bit_count()), "a path of another length")
    for level, start in enumerate(range(0, len(path), 32)):
        is_right, sibling = level >= inner or index >> level & 1, path[start : start + 32]
        at = sha256(b"\1", sibling, at) if is_right else sha256(b"\1", at, sibling)
    demand(at == root, "the path does not lead to the root")
def to_rlp(item: Any) -> bytes:  # blocks: sealed-header.md, receipt-proof.md
    body, base = (item, 0x80) if isinstance(item, bytes) else (b"".join(map(to_rlp, item)), 0xC0)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    head = bytes([base + len(body)]) if len(body) < 56 else bytes([base + 55 + len(size)]) + size
    return body if base == 0x80 and len(body) == 1 and body[0] < 0x80 else head + body
def rlp(data: bytes) -> Any:
    def items(rest: memoryview) -> Any:
        while rest:
            start, size = (0, 1) if rest[0] < 0x80 else (1, (rest[0] - 0x80) % 0x40)
            if size > 55:
                start, size = size - 54, int.from_bytes(rest[1 : size - 54], "big")
            yield bytes(rest[start : start + size]) if rest[0] < 0xC0 else [*items(rest[start : start + size])]
            rest = rest[start + size :]
    (whole,) = items(memoryview(data))
    demand(to_rlp(whole) == data, "not RLP in its one canonical spelling")
    return whole
def check_seals(fields: list[Any], number: int, trust: Any) -> bool:  # False: others may have come into force since
    in_force = trust["chain"]["validatorSets"][-1]
    validators = sorted(bytes.fromhex(one[2:]) for one in in_force["validators"])
    vanity, listed, vote, turn, seals = rlp(fields[12])
    is_qbft = fields[13] == b"ctical byzantine fault tolerance" and fields[7] == b"\1" and number >= in_force["from"]
    is_ours = listed in ([], validators) and 2 * len(validators) <= 3 * len(seals) <= 3 * len(validators)
    digest = keccak(to_rlp([*fields[:12], to_rlp([vanity, listed, vote, turn, []]), *fields[13:]]))
    keys = [Signature(seal).recover_public_key_from_msg_hash(digest) for seal in seals if is_ours]
    demand(is_qbft and number and len(sealers := {key.to_canonical_address() for key in keys}) == len(keys), "no QBFT")
    is_sealed = is_ours and sealers <= {*validators}
    demand(is_sealed or (number > trust["block"] and listed != validators), "not sealed by the validators in force")
    return is_sealed
def open_event(proof: Any, trust: Any, where: str) -> tuple[Any, ...]:  # what belongs together, true or not
    chain, dated = trust["chain"], [*trust["checkpoints"], trust]
    header, *nodes = [from64(part) for part in (proof["header"], *proof["receipt"])]
    fields, index, walked, event = rlp(header), proof["receiptIndex"], "", EVENTS[where]
    key, at = to_rlp(index.to_bytes((index.bit_length() + 7) // 8, "big")).hex(), fields[5]
    for node in nodes:  # from the root to the leaf, whose second part is the receipt; the way there spells the key
        demand(keccak(node) == at, "a node of the receipt proof is not the one named")
        parts = rlp(node)
        packed = parts[0].hex() if len(parts) == 2 else "1" + key[len(walked)]
        walked += packed[1 if packed[0] in "13" else 2 :]
        at = parts[1] if len(parts) == 2 else parts[int(packed[1], 16)]
    demand(walked == key and packed[0] in "23" and proof["logIndex"] >= 0, "the proof is of another receipt")
    address, topics, data = (receipt := rlp(at[1:] if 1 <= at[0] <= 4 else at))[3][proof["logIndex"]]
    demand(receipt[0] == b"\1" and "0x" + address.hex() == chain["contracts"][where], "the event is another contract's")
    words = zip(event.split(","), topics[1:] + [data[at : at + 32] for at in range(0, len(data), 32)], strict=True)
    values = [word if kind == "bytes32" else int.from_bytes(word, "big") for kind, word in words]
    demand(topics[0] == keccak(event.encode()) and values[6] == chain["id"], "another event, or of another chain")
    number, when = (int.from_bytes(fields[at], "big") for at in (8, 11))
    demand(all(when >= o["time"] if number > o["block"] else when <= o["time"] for o in dated), "of another time")
    return fields, number, when, values
def read_trust(data: bytes, pinned: bytes, now: datetime) -> Any:  # trust-pack.md, trust-description.md
    pack, trusted = parse(data, 8 << 20), TrustedMetadataSet(pinned, EnvelopeType.METADATA)
    trusted.reference_time = now
    demand([pack["format"], pack["version"]] == ["onceledger-trust-pack", 1], "no trust pack of this version")
    own = pack["root"][trusted.root.version - 1 :]
    demand([parse(r.encode())["signed"] for r in own[:1]] == [parse(pinned)["signed"]], "another or an older root")
    for role, text in [*(("root", r) for r in own[1:]), *((r, pack[r]) for r in ("timestamp", "snapshot", "targets"))]:
        getattr(trusted, f"update_{role}")(text.encode())
    trusted.targets.targets["trust.json"].verify_length_and_hashes(pack["trust"].encode())
    trust = parse(pack["trust"].encode(), 6 << 20)
    demand([trust["format"], trust["version"], trust["chain"]["engine"]] == ["onceledger-trust", 1, "qbft"], "unknown")
    return trust
def read_status_pack(data: bytes) -> dict[int, Any]:
    magic, _, count, lists = *struct.unpack(">26sQI", (stream := io.BytesIO(data)).read(38)), {}
    names = "list", "purpose", "version", "chunks", "keyHash", "signature", "publication", "reasons", "difference"
    for _ in range(min(count, 65_536)):
        values = struct.unpack(">QBQI32s64sIII", stream.read(129))
        parts = struct.unpack("%ds%ds%ds" % values[6:], stream.read(sum(values[6:])))  # noqa: UP031
        demand(values[0] not in lists and values[1] in (1, 2) and values[2] and 16 <= values[3] <= 2048, "no such list")
        lists[values[0]] = dict(zip(names, values[:6] + parts, strict=True))
    demand((magic, stream.read()) == (b"onceledger-status-pack-v1\n", b"") and [*lists] == sorted(lists), "not whole")
    return lists
def read_reasons(file: bytes) -> list[tuple[int, int, int, int]]:  # index, kind, since, until
    def column(count: int, width: int) -> list[int]:  # the first bytes of all numbers, then the second ones, …
        return [int.from_bytes(bytes(n), "big") for n in zip(*[stream.read(count) for _ in range(width)], strict=True)]
    magic, n, dates = struct.unpack(">22sII", (stream := io.BytesIO(file)).read(30))
    times, indexes, kinds = [*itertools.accumulate(column(dates, 5))], itertools.accumulate(column(n, 3)), column(n, 1)
    since, until = column(n, 3), iter(column(sum(kind >> 4 & 1 for kind in kinds), 3))
    demand(magic == b"onceledger-reasons-v1\n" and len(stream.read()) == 32 * kinds.count(0x22), "no file of reasons")
    return [(index, kind & 15, times[begin], times[next(until)] if kind & 16 else NEVER)
            for index, kind, begin in zip(indexes, kinds, since, strict=True)]
def check_statement(part: Any, trust: Any, at: int, event: Any) -> None:  # is it the agency's own list
    agencies, key_hash = {one["id"]: one for one in trust["agencies"]}, from64(part["keyHash"])
    owner = acting = agencies[event[1] >> 32]
    while acting["status"] == "merged" and acting["statusSince"] <= at:
        acting = agencies[acting["successor"]]
    key = next(one for one in owner["keys"] + acting["keys"] if sha256(from58(one["multikey"])) == key_hash)
    demand(key["validFrom"] <= at < min({key["validUntil"], key["retiredAt"], key["compromisedSince"]} - {None}), "old")
    said = b"onceledger-status-v1\n", bytes.fromhex(trust["chain"]["contracts"]["status"][2:]), *event
    check_signature(from58(key["multikey"])[2:], from64(part["signature"]), struct.pack(">21s20sQQQ32sQ32sQ", *said))
def prove(part: Any, index: int, trust: Any, latest: int) -> Any:  # version, when published, is the bit set, reasons
    proof, is_chunk = part["publication"], "content" in part
    if not is_chunk:  # from a status pack
        packed = io.BytesIO(inflate(proof, 256 << 10))
        receipt, log, size, count = struct.unpack(">IIIB", packed.read(13))
        header, nodes = packed.read(size), [packed.read(int.from_bytes(packed.read(4), "big")) for _ in range(count)]
        proof = {"header": header, "receipt": nodes, "receiptIndex": receipt, "logIndex": log}
    fields, number, published, event = open_event(proof, trust, "status")
    demand(check_seals(fields, number, trust) and published <= latest, "sealed by others, or of the future")
    check_statement(part, trust, published, event)
    _, list_id, version, root, chunks, digest, _ = event
    file = inflate(from64(part["reasons"]), 64 << 20) if part.get("reasons") is not None else b""
    demand([list_id, version] == [part["list"], part["version"]] and (not file or sha256(file) == digest), "another's")
    told = read_reasons(file) if file else []
    if is_chunk:
        bits, first = bytearray(inflate(from64(part["content"]), 1024)), 8192 * part["chunk"]
        check_path(bits, part["chunk"], chunks, from64(part["path"]), root)
    else:  # the whole list, which follows from its reasons
        bits, first = bytearray(inflate(part["difference"], 1024 * chunks) if part["difference"] else 1024 * chunks), 0
        for one in [one for one, kind, _, until in told if until == NEVER and (kind == HELD) == (part["purpose"] == 2)]:
            bits[one // 8] ^= 0x80 >> one % 8
        level = [sha256(b"\0", bits[at : at + 1024]) for at in range(0, 1024 * chunks, 1024)]
        while len(level) > 1:
            level = [sha256(b"\1", *level[i : i + 2]) if level[i + 1 :] else level[i] for i in range(0, len(level), 2)]
        demand(level == [root], "not the list that was published")
    demand(index >= 8192 * chunks or first <= index < first + 8 * len(bits), "another part of the list")
    is_set = index >= 8192 * chunks or bool(bits[(index - first) // 8] >> (7 - index % 8) & 1)
    return version, published, is_set, told if file and (is_set or not is_chunk) else None
def form(value: Any) -> str: return re.sub(r'(?<=[:,[])"(?:[^"\\]|\\.)*"(?=[],}])', "T", canonical(value).decode())
def names_in(value: Any) -> set[str]: return {*re.findall(r'"((?:[^"\\]|\\.)*)":', canonical(value).decode())}
def moment(text: str, zone: Any, is_end: bool = False) -> datetime:  # its beginning, or the first moment after it
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return datetime.combine(date.fromisoformat(text) + timedelta(days=is_end), time(), zone)
    demand(re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", text), "no date")
    return datetime.fromisoformat(text) + timedelta(seconds=is_end)
def steps(data: bytes, trust: Any, lists: dict[int, Any], now: datetime, as_of: date | None) -> Any:
    """As in bundle.md: yields the number of each step, and a text where it cannot be made; raises where it fails."""
    chain, clock, anchored_at = trust["chain"], int(now.timestamp()), None
    yield 1  # well-formed, with the context that the credential names
    demand((bundle := parse(data))["format"] == BUNDLE[0], "not a bundle")
    if repr([bundle["format"], bundle.get("version"), bundle.get("suite")]) != repr(BUNDLE):  # True equals 1
        return (yield "it is of a version that we do not know")
    anchor, place, history, statuses = *map(bundle.get, ("anchor", "inclusion", "history")), bundle.get("status", [])
    demand(re.fullmatch(FORM, form([anchor, place, history, statuses, bundle["context"]])), "a part has another form")
    demand(all(len(from64(one["path"])) in range(0, 2049, 32) for one in (place, history, *statuses) if one), "no path")
    credential, contexts = bundle["credential"], {c["url"]: c["content"] for c in bundle["context"][::-1]}  # the first
    entry = from64(history["entry"]) if history else b""
    (v2, context), (base, name) = credential["@context"], credential["type"]
    demand((v2, base) == (V2, "VerifiableCredential") and credential.keys() - {"proof"} <= MEMBERS, "unlike ours")
    demand(from64(context.rpartition("/")[2]) == sha256(contexts[context].encode()), "not the context that it names")
    yield 2  # signed by a key of the issuer
    agency: Any = next((agency for agency in trust["agencies"] if agency["did"] == credential["issuer"]), {})
    if not agency and credential["issuer"] > "":
        return (yield "the trust pack does not know the issuer")
    proof, unsigned = dict(credential["proof"]), {name: credential[name] for name in credential if name != "proof"}
    signature, (did, _, text) = from58(proof.pop("proofValue")), proof["verificationMethod"].partition("#")
    multikey, created = from58(text), moment(proof.get("created", now.isoformat("T", "seconds")), UTC)
    demand(did == agency["did"] and len(multikey) == 34 and multikey[:2] == b"\xed\x01", "the key is not the issuer's")
    demand(created.timestamp() <= clock + CLOCK_TOLERANCE, "it was signed in the future")
    key = next((key for key in agency["keys"] if key["multikey"] == text), None)
    if key is None:
        demand("created" not in proof or created.timestamp() > trust["time"] - CLOCK_TOLERANCE, "no such key then")
        return (yield "the key is newer than the trust pack")
    demand(proof == {**proof, **PROOF, "@context": [V2, context]} and len(proof) == 5 + ("created" in proof), "unlike")
    check_signature(multikey[2:], signature, sha256(canonical(proof)) + sha256(canonical(unsigned)))
    yield 5  # anchored, first half: the event
    yield bool(anchor) or "it is not anchored yet"
    fields, number, block_time, event = open_event(anchor, trust, "anchor") if anchor else ([], 0, 0, ())
    yield 4  # in the batch that was anchored
    yield bool(place) or "it is not in a batch yet"
    if place and event:
        demand(place["size"] == event[3], "the batch has another size")
        check_path(canonical(credential), place["index"], place["size"], from64(place["path"]), event[2])
    yield 5  # second half: who stands behind the block
    if event:
        demand(block_time <= clock + CLOCK_TOLERANCE, "the block is of the future")
        closed, anchored_at = {one["size"]: one["root"] for one in trust["checkpoints"]}, block_time
        if number > max((one["block"] for one in trust["checkpoints"]), default=-1):
            anchored_at = block_time if check_seals(fields, number, trust) else (yield "validators newer than the pack")
        elif not history or history["size"] > max(closed):
            anchored_at = yield "it is older than the last checkpoint, and has no history path to one that we know"
        else:
            log_root, contract = (bytes.fromhex(o[2:]) for o in (closed[history["size"]], chain["contracts"]["anchor"]))
            check_path(entry, event[5], history["size"], from64(history["path"]), log_root)
            here = (b"onceledger-anchor-v1\n", chain["id"], contract, number, block_time, *event[:6])
            demand(struct.unpack(">21sQ20sQQ4xQQ32sQ32sQ", entry) == here, "the history path of another anchor")
    yield 6  # by the issuer, for this type, with this key
    kind = next((kind for kind in trust["types"] if kind["name"] == name), None)
    yield bool(kind) or "the trust pack does not know the type"
    if kind:
        claims = {one["name"]: {m["name"] for m in one.get("members", ())} for one in kind["fields"]} | {"id": set()}
        ours, subject = (agency["id"], kind["id"], sha256(multikey)), credential["credentialSubject"].items()
        demand(kind["kind"] == "credential" and (not event or (*event[:2], event[4]) == ours), "another's")
        listed = {*(one["url"] for one in kind["contexts"]), *(one["type"] for one in agency["accreditations"])}
        is_known = {context, kind["id"]} <= listed and all(n in claims and names_in(v) <= claims[n] for n, v in subject)
        demand(is_known or anchored_at is None or number > trust["block"], "a context, claim or right that is none")
        yield is_known or "a context, a claim or an accreditation that the trust pack does not know; it may be older"
    yield 7  # with a key that was not compromised then
    if (since := key["compromisedSince"]) is not None:
        demand(anchor and (anchored_at is None or anchored_at < since), "the key was compromised before")
        yield anchored_at is not None or "the key was compromised, and when it was anchored is not proven"
    yield 8  # within its dates
    zone, until = zoneinfo.ZoneInfo(kind["zone"] if kind else "UTC"), credential.get("validUntil")
    at = datetime.combine(as_of, time(23, 59, 59), zone) if as_of else now
    demand(moment(credential["validFrom"], zone) <= at and (not until or at < moment(until, zone, True)), "out of date")
    yield 9  # neither revoked, superseded, void nor held: says the newest proven version of each list
    asked, oldest = int(at.timestamp()), NEVER
    for one in credential.get("credentialStatus") or []:
        list_id, index, proven = int(one["statusListCredential"].rpartition("/")[2]), int(one["statusListIndex"]), []
        demand(list_id >> 32 == agency["id"], "the status list is not the issuer's")
        for part in [*statuses, lists.get(list_id)]:
            with contextlib.suppress(Exception):
                proven += [prove(part, index, trust, clock + CLOCK_TOLERANCE)] if part["list"] == list_id else []
        yield lists.get(list_id, {"version": 0})["version"] <= max((o[0] for o in proven), default=-1) or "not proven"
        for _, published, is_set, told in sorted(proven, key=lambda one: one[0])[-1:]:
            ours = [one for one in told or () if one[0] == index and (is_set or one[3] < NEVER)]
            oldest, is_bare = min(oldest, published), is_set and all(until < NEVER for *_, until in ours)
            against = not is_bare and [kind for _, kind, since, until in ours if kind == VOID or since <= asked < until]
            demand(not against and not (is_bare and asked >= published), "revoked, superseded, void or held")
            gap = one["statusPurpose"] == "suspension" and told is None and not is_set and as_of and asked < published
            yield not (is_bare or gap) or "revoked or held by now or once, and nobody says whether it was then"
    yield 10  # a policy of ours: the status is not older than a week
    yield asked - oldest <= MAX_STATUS_AGE or "the status is too old"
def verify(data: bytes, trust: Any, lists: Any, now: datetime, as_of: date | None = None) -> tuple[str, int, str]:
    step, unclear = 0, [] if trust else [("cannot be checked", 0, "the trust pack cannot be used")]
    try:
        for told in steps(data, trust, lists, now, as_of) if trust else ():
            step = told if type(told) is int else step
            unclear += [("cannot be checked", step, told)] if isinstance(told, str) else []
    except Exception as why:  # whatever a forged or malformed part leads to
        return "invalid", step, f"{str(why) or 'a signature is wrong, or a part is missing'} ({type(why).__name__})"
    return min(unclear, key=lambda one: one[1], default=("valid", 10, "all steps passed"))
def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("bundles", metavar="BUNDLE", nargs="+", type=argparse.FileType("rb"))
    for name, needed in (("--trust-pack", True), ("--root", True), ("--status-pack", False)):
        options.add_argument(name, metavar="FILE", required=needed, type=argparse.FileType("rb"))
    options.add_argument("--as-of", metavar="YYYY-MM-DD", type=date.fromisoformat)
    given, now, trust, lists = options.parse_args(), datetime.now(UTC), None, {}
    with contextlib.suppress(Exception):  # what cannot be read proves nothing
        trust = read_trust(given.trust_pack.read(), given.root.read(), now)
        lists = read_status_pack(given.status_pack.read())
    told = [(file.name, *verify(file.read(2 << 20), trust, lists, now, given.as_of)) for file in given.bundles]
    print(*map("{0[0]}: {0[1]} (step {0[2]}: {0[3]})".format, told), sep="\n")
    raise SystemExit(min({"invalid": 1, "cannot be checked": 3}.get(verdict, 9) for _, verdict, *_ in told) % 9)
if __name__ == "__main__":
    main()
