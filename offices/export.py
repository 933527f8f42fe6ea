"""Everything of an agency as a folder that needs neither this software's server nor its database.

    README.txt                      how to verify what lies here
    agency.json                     identifiers, names, keys
    trust-pack.json, root.json      for verifiers; the root is what they pin
    status-pack.bin                 the status lists as published
    types/NAME-VERSION.type.json    the definitions
    bundles/BATCH/UUID.bundle.json  every issued credential with its evidence; bundles/unanchored/ has none yet
    records/credentials.jsonl       every version with number, state and where it stands
    records/batches.jsonl, records/status-changes.jsonl

The folder holds certificates in the clear: it is made for the agency and for nobody else (mode 0700).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from adapters.bootstrap import Installation, now
from issuers.make_bundle import make_bundle
from issuers.make_status_pack import make_status_pack
from ledger.credential import id_of
from ledger.errors import Conflict, Misconfigured, NotFound, Unavailable
from ledger.records import AgencyRow, BatchRow, CredentialRow, StatusChange
from offices.evidence import bundling, newest_pack
from offices.root_pin import pinned_root

_ENOSPC: Final = 28
_README: Final = """\
This folder is an export of onceledger. Verify every certificate in it, without a server or a network:

    onceledger verify bundles --trust-pack trust-pack.json --root root.json --status-pack status-pack.bin

or with examples/verify_bundle.py, which shares no line with onceledger. Take root.json from the root authority's own
publication instead of this folder if the folder came from somebody else. A trust pack expires: get the newest one.

本文件夹为 onceledger 的导出。以上命令可在无服务器、无网络的情况下核验其中每一份证照。若文件夹来自他人，
请改用根授权机构公布的 root.json；信任包会过期，请获取最新的一份。
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: credentials of all states, bundles, batches."""

    credentials: int
    bundles: int
    batches: int


def export(inst: Installation, agency: AgencyRow, folder: Path, *, progress: Callable[[int], None]) -> Exported:
    """Write the export to ``folder``, which must not exist; it appears when it is complete. ``progress`` is told of
    each credential; ``credentials_to_export`` counts them.

    Raises Conflict ``export.folder-exists``, NotFound ``trust-pack.none``, Misconfigured ``export.not-writable``,
    Unavailable ``export.disk-full``, and what records and content store raise.
    """
    if folder.exists():
        raise Conflict("export.folder-exists", "The folder for the export exists already.", "Name a new one.")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    try:
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700, parents=True)
        done = _write(inst, agency, unfinished, progress)
        unfinished.rename(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if error.errno == _ENOSPC:
            raise Unavailable(
                "export.disk-full", "The disk is full; the unfinished export was removed.", "Free some space."
            ) from None
        raise Misconfigured(
            "export.not-writable",
            f"The folder for the export cannot be written: {error.strerror}.",
            "Name a folder that this account may write.",
        ) from None
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return done


def credentials_to_export(inst: Installation, agency: AgencyRow) -> int:
    """How many credentials (versions) an export will have."""
    return sum(inst.records.count(agency.agency_id, None).values())


def export_files(
    inst: Installation, agency: AgencyRow, progress: Callable[[int], None] = lambda _: None
) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The export's files one after another: name, pieces of the content. ``progress`` is told of each credential.

    Raises NotFound ``trust-pack.none`` before the first, and what records and content store raise.
    """
    records, owner = inst.records, agency.agency_id
    pack = newest_pack(inst)
    yield "README.txt", (_README.encode(),)
    yield "trust-pack.json", (pack,)
    yield "root.json", (pinned_root(inst),)
    yield "status-pack.bin", (_status_pack(inst, owner),)
    yield "agency.json", ((json.dumps(_agency(inst, agency), ensure_ascii=False, indent=1) + "\n").encode(),)
    for kind in records.type_versions():
        yield f"types/{kind.name}-{kind.type_version}.type.json", (kind.definition,)
    work = bundling(inst)
    for row in _by_batch(inst, owner):
        if row.cid is not None:
            place = str(row.batch_id) if row.batch_id is not None else "unanchored"
            yield f"bundles/{place}/{bundle_name(row)}", (make_bundle(work, row),)
        progress(1)
    types = {kind.type_id: kind.name for kind in records.types()}
    yield "records/batches.jsonl", _lines(map(_batch, records.batches(owner)))
    yield "records/status-changes.jsonl", _lines(map(_change, _changes(inst, owner)))
    yield "records/credentials.jsonl", _lines(_credential(row, types[row.type_id]) for row in _by_batch(inst, owner))


def bundle_name(row: CredentialRow) -> str:
    """Name of an issued credential's bundle file: its random id, and nothing of what it says."""
    assert row.uuid is not None, "what has a bundle was issued"
    return f"{id_of(row.uuid).removeprefix('urn:uuid:')}.bundle.json"


def _write(inst: Installation, agency: AgencyRow, folder: Path, progress: Callable[[int], None]) -> Exported:
    bundles = 0
    for name in ("types", "bundles", "records"):
        (folder / name).mkdir()
    for name, pieces in export_files(inst, agency, progress):
        path = folder / name
        if name.startswith("bundles/"):
            path.parent.mkdir(exist_ok=True)
            bundles += 1
        with path.open("wb") as file:
            file.writelines(pieces)
    with (folder / "records" / "credentials.jsonl").open("rb") as file:
        credentials = sum(1 for _ in file)
    return Exported(credentials, bundles, len(inst.records.batches(agency.agency_id)))


def _changes(inst: Installation, agency_id: int) -> Iterator[StatusChange]:
    for pair in inst.records.status_lists(agency_id):
        for list_id in (pair.list_id, pair.list_id + 1):
            yield from inst.records.status_changes(list_id)


def _by_batch(inst: Installation, agency_id: int) -> Iterator[CredentialRow]:
    """All credentials of the agency: batch by batch, so that each tree is read once, then those in none."""
    records = inst.records
    for batch in records.batches(agency_id):
        yield from records.in_batch(batch.batch_id)
    # Row keys count up from 1 over all agencies and none is ever taken away.
    for pk in range(1, sum(records.count(None, None).values()) + 1):
        try:
            row = records.credential(agency_id, pk)
        except NotFound:
            continue
        if row.batch_id is None:
            yield row


def _status_pack(inst: Installation, agency_id: int) -> bytes:
    return make_status_pack(records=inst.records, agency_ids=[agency_id], now=now())


def _agency(inst: Installation, agency: AgencyRow) -> dict[str, Any]:
    keys = inst.records.keys(agency.agency_id)
    return {
        "id": agency.agency_id,
        "did": agency.did,
        "host": agency.host,
        "name": {"zh": agency.name_zh, "en": agency.name_en},
        "keys": [{"id": key.key_id, "multikey": key.multikey, "validUntil": key.valid_until} for key in keys],
    }


def _credential(row: CredentialRow, type_name: str) -> dict[str, Any]:
    return {
        "businessNumber": row.business_number,
        "type": type_name,
        "version": row.version,
        "state": row.state.value,
        "validFrom": row.valid_from,
        "validUntil": row.valid_until,
        "id": None if row.uuid is None else id_of(row.uuid),
        "leaf": None if row.leaf is None else row.leaf.hex(),
        "key": row.key_id,
        "batch": row.batch_id,
        "leafIndex": row.leaf_index,
        "statusList": row.revocation_list,
        "statusIndex": row.status_index,
        "supersedes": row.supersedes,
        "supersededBy": row.superseded_by,
        "record": row.credential_pk,
        "import": row.import_id,
        "sourceRow": row.source_row,
        "clerk": row.clerk,
        "reviewer": row.reviewer,
        "issuedAt": row.issued_at,
    }


def _batch(row: BatchRow) -> dict[str, Any]:
    return {
        "id": row.batch_id,
        "type": row.type_id,
        "key": row.key_id,
        "state": row.state,
        "root": row.root.hex(),
        "size": row.size,
        "credentials": row.credentials,
        "paddingSeed": row.padding_seed.hex(),
        "transaction": None if row.tx_hash is None else row.tx_hash.hex(),
        "block": row.block_number,
        "blockTime": row.block_time,
        "refusal": row.refusal,
    }


def _change(change: StatusChange) -> dict[str, Any]:
    return {
        "list": change.list_id,
        "index": change.index,
        "reason": change.reason,
        "since": change.since,
        "until": change.until,
        "successor": None if change.successor is None else change.successor.hex(),
        "record": change.credential_pk,
        "actor": change.actor,
    }


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield (json.dumps(row, ensure_ascii=False) + "\n").encode()
