"""Everything that reads bytes from outside, with something that it reads and, where there is one, the writer.
``parsers_of_values`` has those that read texts and JSON values.

``test_parsers`` feeds each of them arbitrary input and damaged samples. A function that looks like a parser and is in
none of the two tables fails there.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import paper_bundle as paper
from cli_office import shared_files
from forgeries import NOW, good, made, network, pack_signed_by, part, signers
from small_type import definition

from adapters import key_file, row_files, xlsx_rows
from api import tokens
from cli import inputs
from issuers import cells, parse_mapping
from ledger import (
    anchor_log,
    base64url,
    block_header,
    bundle,
    canonical_json,
    chain_walk,
    cid,
    credential_type,
    dag_pb,
    data_integrity,
    event_proofs,
    kept_walk,
    key_envelope,
    merkle,
    multikey,
    qbft,
    receipt_proof,
    registry_events,
    sealing,
    seen_versions,
    status_list,
    status_pack,
    status_reasons,
    strict_rlp,
    tree_file,
    trust_document,
    trust_pack,
    trust_pack_files,
    trust_pack_signing,
    trust_reading,
    unixfs,
)  # fmt: skip
from ledger.digest import sha256
from ledger.errors import Conflict, Corrupt, Misconfigured, NotPermitted, OnceledgerError
from ledger.registry_events import Contracts
from ledger.trust_pack_signing import RootKeys
from offices import pack_terms
from offices.dev_samples import MAPPING


@dataclass(frozen=True)
class Parser:
    """``read`` raises MalformedInput or one of ``also``. ``write`` gives a sample's own form back from what was read;
    it is left out where another form of the same value is read, too. ``late`` makes a sample that takes its time."""

    read: Callable[[Any], Any]
    samples: tuple[Any, ...]
    write: Callable[[Any], Any] | None = None
    also: tuple[type[OnceledgerError], ...] = ()
    late: Callable[[], Any] | None = None

    def all_samples(self) -> tuple[Any, ...]:
        return self.samples if self.late is None else (*self.samples, self.late())


def _header() -> bytes:
    return base64url.decode(part("anchor")["header"])


def _in_file(read: Callable[[Path], Any]) -> Callable[[bytes], Any]:
    def read_bytes(data: bytes) -> Any:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "file"
            path.touch(0o600)
            path.write_bytes(data)
            return read(path)

    return read_bytes


def _rows(kind: str) -> Callable[[bytes], Any]:
    return lambda data: list(row_files.read_rows(io.BytesIO(data), kind).rows)


def _xlsx(data: bytes) -> Any:
    header, found = xlsx_rows.xlsx_rows(io.BytesIO(data))
    return header, list(found)


def _status_pack() -> bytes:
    return shared_files().status_pack.read_bytes()


def _workbook() -> bytes:
    from openpyxl import Workbook

    book, file = Workbook(), io.BytesIO()
    book.active.append(["number", "fullName"])
    book.active.append(["R-1", "张三"])
    book.save(file)
    return file.getvalue()


_BUNDLE = good()
assert _BUNDLE.anchor
assert _BUNDLE.history
assert _BUNDLE.inclusion
_HEADER = block_header.parse_header(_header())
_NODES = [base64url.decode(node) for node in _BUNDLE.anchor.receipt]
_RECEIPT = receipt_proof.verify_proof(_HEADER.receipts_root, 0, _NODES)
_LOG = receipt_proof.decode_receipt(_RECEIPT).logs[0]
_CONTRACTS = Contracts(*(paper.REGISTRIES[name] for name in ("TrustRegistry", "AnchorRegistry", "StatusRegistry")))
_TREE = merkle.Tree.from_leaves(b"".join(merkle.leaf_hash(bytes([at])) for at in range(5)))
_CID = unixfs.cid_of(b"content")
_NODE = next(block for _, block in unixfs.blocks_of(bytes(600_000)) if len(block) < 1_000)
_WRAPPING = key_envelope.WrappingKey(bytes(32))
_ENVELOPE = _WRAPPING.wrap(bytes(32), b"binding", bytes(12))
_SEALED = sealing.seal(b"content", bytes(range(32)))
_SEEN = seen_versions.SeenVersions(1, 1, 1, 1, sha256(b""))
_MINISTRIES = signers(1, 2, 3)
_PACK = pack_signed_by(_MINISTRIES, RootKeys(tuple(_MINISTRIES), 2, NOW + timedelta(days=365)))
_PIN = trust_pack_signing.pinned_root(_PACK)
_FILES = trust_pack_files.read(_PACK)
_BITS = bytes(status_list.new_list(131_072))
_REASONS = status_reasons.encode([status_reasons.Entry(7, "revoked", paper.TIME, None, None)])
_PUBLIC = paper.KEY.public_key().public_bytes_raw()
_CODES = b"code\tvalue\na\tb\n"
_ENTRY = anchor_log.AnchorEntry.from_bytes(_BUNDLE.history.entry)
_LOG_ROOT = made().trust.checkpoints[0].root
_INCLUSION = _BUNDLE.inclusion
_ROOT = merkle.root_from_path(merkle.leaf_hash(made().credential), paper.PLACE, paper.SIZE, _INCLUSION.path)

BYTES: Final[dict[str, Parser]] = {
    "ledger.anchor_log.AnchorEntry.from_bytes": Parser(
        anchor_log.AnchorEntry.from_bytes, (_BUNDLE.history.entry,), lambda entry: entry.to_bytes()
    ),
    "ledger.anchor_log.verify_history": Parser(
        lambda path: anchor_log.verify_history(_ENTRY, path, paper.LOG_SIZE, _LOG_ROOT), (_BUNDLE.history.path,)
    ),
    "ledger.block_header.parse_header": Parser(block_header.parse_header, (_header(),), block_header.encode_header),
    "ledger.bundle.read": Parser(bundle.read, (made().bundle,)),
    "ledger.canonical_json.parse": Parser(canonical_json.parse, (made().bundle,)),
    "ledger.canonical_json.parse_canonical": Parser(
        canonical_json.parse_canonical, (made().credential,), canonical_json.canonicalize
    ),
    "ledger.canonical_json.is_canonical": Parser(canonical_json.is_canonical, (made().credential,)),
    "ledger.chain_walk.Walked.from_bytes": Parser(
        chain_walk.Walked.from_bytes,
        (chain_walk.Walked(9, sha256(b"h"), sha256(b"g"), ((3, sha256(b"p")),)).to_bytes(),),
        lambda walked: walked.to_bytes(),
    ),
    "ledger.kept_walk.KeptWalk.from_bytes": Parser(
        kept_walk.KeptWalk.from_bytes,
        (
            kept_walk.KeptWalk(
                sha256(b"n"), chain_walk.Walked(9, sha256(b"h"), sha256(b"g"), ((3, sha256(b"p")),)), {1: 5, 7: 2}
            ).to_bytes(),
        ),
        lambda kept: kept.to_bytes(),
    ),
    "ledger.cid.Cid.from_bytes": Parser(cid.Cid.from_bytes, (_CID.to_bytes(),), lambda found: found.to_bytes()),
    "ledger.credential_type.parse_type": Parser(credential_type.parse_type, (json.dumps(definition()).encode(),)),
    "ledger.dag_pb.read_varint": Parser(lambda data: dag_pb.read_varint(data, 0), (b"\x80\x01",)),
    "ledger.dag_pb.read_bytes": Parser(lambda data: dag_pb.read_bytes(data, 0), (b"\x02ab",)),
    "ledger.dag_pb.decode": Parser(dag_pb.decode, (_NODE,), dag_pb.encode),
    "ledger.data_integrity.verify_signature": Parser(
        lambda signature: data_integrity.verify_signature(signature, b"message", _PUBLIC),
        (paper.KEY.sign(b"message"),),
    ),
    "ledger.event_proofs.from_json": Parser(event_proofs.from_json, (json.dumps(part("anchor")).encode(),)),
    "ledger.key_envelope.WrappingKey.unwrap": Parser(
        lambda envelope: _WRAPPING.unwrap(envelope, b"binding"), (_ENVELOPE,), also=(NotPermitted, Corrupt)
    ),
    "ledger.key_envelope.recipients": Parser(key_envelope.recipients, (_ENVELOPE,)),
    "ledger.key_envelope.with_recipients": Parser(
        lambda envelope: key_envelope.with_recipients(envelope, ()), (_ENVELOPE,), lambda same: same, (Conflict,)
    ),
    "ledger.merkle.root_from_path": Parser(lambda path: merkle.root_from_path(bytes(32), 1, 5, path), (_TREE.path(1),)),
    "ledger.merkle.verify_inclusion": Parser(
        lambda path: merkle.verify_inclusion(merkle.leaf_hash(made().credential), paper.PLACE, paper.SIZE, path, _ROOT),
        (_INCLUSION.path,),
    ),
    "ledger.merkle.verify_consistency": Parser(
        lambda path: merkle.verify_consistency(3, 5, path, bytes(32), _TREE.root), ()
    ),
    "ledger.multikey.from_multikey_bytes": Parser(multikey.from_multikey_bytes, (b"\xed\x01" + _PUBLIC,)),
    "ledger.multikey.check_ed25519_point": Parser(multikey.check_ed25519_point, (_PUBLIC,)),
    "ledger.qbft.decode_extra_data": Parser(qbft.decode_extra_data, (_HEADER.extra_data,), qbft.encode_extra_data),
    "ledger.qbft.verify_seals": Parser(
        lambda data: qbft.verify_seals(block_header.parse_header(data), paper.validators()), (_header(),)
    ),
    "ledger.receipt_proof.decode_receipt": Parser(
        receipt_proof.decode_receipt, (_RECEIPT,), receipt_proof.encode_receipt
    ),
    "ledger.receipt_proof.verify_proof": Parser(
        lambda leaf: receipt_proof.verify_proof(_HEADER.receipts_root, 0, [*_NODES[:-1], leaf]), (_NODES[-1],)
    ),
    "ledger.registry_events.decode_event": Parser(
        lambda data: registry_events.decode_event(
            _LOG.address, [data[at : at + 32] for at in range(0, 128, 32)], data[128:], _CONTRACTS
        ),
        (b"".join(_LOG.topics) + _LOG.data,),
    ),
    "ledger.sealing.open_stream": Parser(
        lambda data: b"".join(sealing.open_stream((data[:9], data[9:]), bytes(range(32)))),
        (_SEALED,),
        also=(NotPermitted, Corrupt),
    ),
    "ledger.seen_versions.SeenVersions.from_bytes": Parser(
        seen_versions.SeenVersions.from_bytes, (_SEEN.to_bytes(),), lambda seen: seen.to_bytes()
    ),
    "ledger.status_list.inflate": Parser(
        lambda data: status_list.inflate(data, 131_072), (base64url.decode(status_list.encode_list(_BITS)[1:]),)
    ),
    "ledger.status_list.verify_chunk": Parser(
        lambda chunk: status_list.verify_chunk(
            chunk, 0, 16, status_list.chunk_proof(_BITS, 0)[2], status_list.root(_BITS)
        ),
        (bytes(1024),),
    ),
    "ledger.status_pack.load": Parser(
        status_pack.load, (), lambda pack: status_pack.write(pack.made_at, pack.lists), late=_status_pack
    ),
    "ledger.status_reasons.decode": Parser(status_reasons.decode, (_REASONS,)),
    "ledger.status_reasons.decompress": Parser(status_reasons.decompress, (status_reasons.compress(_REASONS),)),
    "ledger.status_reasons.decompress_matching": Parser(
        lambda data: status_reasons.decompress_matching(data, sha256(_REASONS)), (status_reasons.compress(_REASONS),)
    ),
    "ledger.strict_rlp.decode": Parser(
        lambda data: strict_rlp.decode(data, max_size=1 << 20), (_header(), b"\x83abc"), strict_rlp.encode
    ),
    "ledger.strict_rlp.decode_list": Parser(
        lambda data: strict_rlp.decode_list(data, max_size=1 << 20), (_header(),), strict_rlp.encode
    ),
    "ledger.tree_file.from_bytes": Parser(
        tree_file.from_bytes, (tree_file.to_bytes(_TREE),), tree_file.to_bytes, (Corrupt,)
    ),
    "ledger.trust_pack.load": Parser(lambda data: trust_pack.load(data, pinned_root=_PIN, now=NOW), (_PACK,)),
    "offices.pack_terms.terms_of": Parser(pack_terms.terms_of, (_PACK,)),
    "offices.pack_terms.versions_of": Parser(pack_terms.versions_of, (_PACK,)),
    "ledger.trust_pack_files.read": Parser(trust_pack_files.read, (_PACK,)),
    "ledger.trust_pack_files.to_static_files": Parser(trust_pack_files.to_static_files, (_PACK,)),
    "ledger.trust_pack_files.from_static_files": Parser(
        lambda data: trust_pack_files.from_static_files(
            trust_pack_files.to_static_files(_PACK) | {"metadata/timestamp.json": data}
        ),
        (_FILES.timestamp,),
    ),
    "ledger.trust_pack_files.signed_part": Parser(trust_pack_files.signed_part, (_FILES.targets,)),
    "ledger.trust_pack_signing.pinned_root": Parser(trust_pack_signing.pinned_root, (_PACK,)),
    "ledger.trust_reading.parse": Parser(
        trust_reading.parse, (trust_document.to_bytes(network()),), trust_document.to_bytes
    ),
    "ledger.unixfs.decode_node": Parser(unixfs.decode_node, (_NODE,)),
    "issuers.cells.parse_code_list": Parser(lambda data: cells.parse_code_list("x.tsv", data), (_CODES,)),
    "issuers.parse_mapping.code_list_names": Parser(parse_mapping.code_list_names, (MAPPING.encode(),)),
    "issuers.parse_mapping.parse_mapping": Parser(parse_mapping.parse_mapping, (MAPPING.encode(),)),
    "adapters.row_files.read_rows": Parser(_rows(".csv"), (b"a,b\n1,2\n",)),
    "adapters.row_files.read_rows (tsv)": Parser(_rows(".tsv"), (b"a\tb\n1\t2\n",)),
    "adapters.row_files.read_rows (jsonl)": Parser(_rows(".jsonl"), (b'{"a":1}\n{"a":2}\n',)),
    "adapters.xlsx_rows.xlsx_rows": Parser(_xlsx, (_workbook(),)),
    "adapters.key_file.read_document": Parser(_in_file(key_file.read_document), (b'{"a":1}',), also=(Corrupt,)),
    "api.tokens.Tokens": Parser(
        _in_file(lambda path: tokens.Tokens(path).holder("x")),
        (b'{"format":"onceledger-tokens","tokens":[],"version":1}',),
        also=(Misconfigured,),
    ),
    "cli.inputs.utf8": Parser(inputs.utf8, ("张三".encode(),), str.encode),
}
