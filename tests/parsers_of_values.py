"""Everything that reads texts and JSON values from outside; ``parsers`` has the type of the table and the rest."""

from __future__ import annotations

import json
from typing import Final
from zoneinfo import ZoneInfo

import paper_bundle as paper
from forgeries import part
from parsers import Parser
from small_type import definition

from adapters import node_json, settings
from cli import inputs
from ledger import (
    anchor_log,
    base58,
    base64url,
    bundle,
    canonical_json,
    cid,
    credential,
    data_integrity,
    merkle,
    multikey,
    status_list,
    type_context,
    type_labels,
    type_schema,
    unixfs,
    validity,
    validity_rule,
)
from ledger.errors import Corrupt, Misconfigured
from offices import moments, pack_terms

_ORIGIN = anchor_log.origin(1337, paper.REGISTRIES["AnchorRegistry"])
_ROOT = merkle.Tree.from_leaves(merkle.leaf_hash(b"leaf")).root
_CID = unixfs.cid_of(b"content")
_BITS = bytes(status_list.new_list(131_072))
_UTC = ZoneInfo("UTC")
_PUBLIC = paper.KEY.public_key().public_bytes_raw()
_DEFINITION = definition()

TEXT: Final[dict[str, Parser]] = {
    "ledger.anchor_log.parse_body": Parser(
        lambda text: anchor_log.parse_body(text, _ORIGIN),
        (anchor_log.Checkpoint(5, _ROOT, 1, 1).body(_ORIGIN),),
        lambda found: anchor_log.Checkpoint(*found, 1, 1).body(_ORIGIN),
    ),
    "ledger.base58.decode": Parser(base58.decode, (base58.encode(b"\0" + _PUBLIC),), base58.encode),
    "ledger.base64url.decode": Parser(base64url.decode, (base64url.encode(_PUBLIC),), base64url.encode),
    "ledger.cid.Cid.from_text": Parser(cid.Cid.from_text, (str(_CID),), str),
    "ledger.multikey.multikey_bytes": Parser(multikey.multikey_bytes, (paper.MULTIKEY,)),
    "ledger.multikey.decode": Parser(multikey.decode, (paper.MULTIKEY,), multikey.encode_ed25519),
    "ledger.multikey.key_hash": Parser(multikey.key_hash, (paper.MULTIKEY,)),
    "ledger.status_list.decode_list": Parser(status_list.decode_list, (status_list.encode_list(_BITS),)),
    "ledger.validity.beginning": Parser(
        lambda text: validity.beginning(text, _UTC),
        ("2026-01-01", "2026-01-01T00:00:00+08:00"),
    ),
    "ledger.validity.end": Parser(lambda text: validity.end(text, _UTC), ("2026-12-31", "2026-12-31T23:59:59Z")),
    "offices.moments.parse_moment": Parser(moments.parse_moment, ("2026-01-01", "2026-01-01T00:00:00+08:00")),
    "offices.moments.parse_time": Parser(moments.parse_time, ("2026-01-01", "2026-01-01T00:00:00+08:00")),
    "offices.pack_terms.validator_account": Parser(pack_terms.validator_account, ("0x" + "a1" * 20,)),
    "cli.inputs.parse_age": Parser(inputs.parse_age, ("7d", "any")),
    "adapters.settings.read_settings": Parser(
        lambda text: settings.read_settings(workers=text, data=text or "x"), ("2",), also=(Misconfigured,)
    ),
}

JSON: Final[dict[str, Parser]] = {
    "ledger.bundle.read_event_proof": Parser(bundle.read_event_proof, (part("anchor"),), bundle.event_proof_json),
    "ledger.canonical_json.canonicalize": Parser(canonical_json.canonicalize, (part("credential"),), json.loads),
    "ledger.credential.read": Parser(credential.read, (part("credential"),), lambda found: found.document),
    "ledger.data_integrity.verify_proof": Parser(
        lambda value: data_integrity.verify_proof(value if isinstance(value, dict) else {"proof": value}, _PUBLIC),
        (part("credential"),),
    ),
    "ledger.type_context.check_context": Parser(
        lambda value: type_context.check_context(value, "DogLicence", frozenset(("dogName", "keeperName"))),
        (json.loads(paper.CONTEXT),),
    ),
    "ledger.type_labels.parse_fields": Parser(
        lambda value: type_labels.parse_fields(value, type_schema.compile_schema(_DEFINITION["schema"])),
        (_DEFINITION["fields"],),
    ),
    "ledger.type_labels.parse_label": Parser(
        lambda value: type_labels.parse_label(value, ""), ({"zh": "名", "en": "x"},)
    ),
    "ledger.type_schema.compile_schema": Parser(type_schema.compile_schema, (_DEFINITION["schema"],)),
    "ledger.validity_rule.parse_rule": Parser(validity_rule.parse_rule, ({"rule": "none"},)),
    "ledger.validity_rule.parse_day": Parser(validity_rule.parse_day, ("2026-01-01",), str),
    "adapters.node_json.quantity": Parser(node_json.quantity, ("0x10",), hex, (Corrupt,)),
    "adapters.node_json.data": Parser(node_json.data, ("0x0a",), lambda data: "0x" + data.hex(), (Corrupt,)),
    "adapters.node_json.objects": Parser(node_json.objects, ([{"a": 1}],), lambda same: same, (Corrupt,)),
}
