"""What holders and verifiers get: a file of evidence for every certificate, the trust pack, the status pack."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from adapters.bootstrap import Installation
from examples.demo.founding import Office
from ledger.credential_type import parse_type
from ledger.records import BatchRow, CredentialRow
from ledger.trust_pack_signing import pinned_root
from offices import evidence
from offices.refresh import refresh_bundle

PACK_LIFETIME: Final = timedelta(days=7)
ROOT_LIFETIME: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate in somebody's hands: its bundle is at ``name`` below the folder of bundles, ``row`` its row in the
    issuer's records at that time, ``zone`` the time zone of its type."""

    name: str
    type_name: str
    zone: str
    row: CredentialRow

    def dates_speak(self, at: datetime) -> str | None:
        """The reason why its dates alone make it invalid at ``at``, if they do."""
        if at < datetime.fromisoformat(self.row.valid_from):
            return "validity.not-yet-valid"
        until = self.row.valid_until
        # The last second is still covered.
        if until is not None and at >= datetime.fromisoformat(until) + timedelta(seconds=1):
            return "validity.expired"
        return None


def write_bundles(
    inst: Installation, batches: Iterable[BatchRow], folder: Path, progress: Callable[[int], None]
) -> list[Paper]:
    """A file for every certificate of ``batches``: TYPE/row-00002.bundle.json, by the row of the register."""
    papers = []
    kinds = {row.type_id: parse_type(row.definition) for row in inst.records.types()}
    for batch in batches:
        kind = kinds[batch.type_id]
        (folder / kind.name).mkdir(exist_ok=True)
        for row, bundle in evidence.bundles_of(inst, batch.batch_id):
            version = "" if row.version == 1 else f"-version-{row.version}"
            name = f"{kind.name}/row-{row.source_row or 0:05d}{version}.bundle.json"
            if (folder / name).exists():
                name = f"{kind.name}/import-{row.import_id}-row-{row.source_row or 0:05d}{version}.bundle.json"
            (folder / name).write_bytes(bundle)
            papers.append(Paper(name, kind.name, str(kind.zone), row))
            progress(1)
    return papers


def refresh_bundles(inst: Installation, papers: Iterable[Paper], old: Path, new: Path) -> None:
    """What the holders of ``papers`` get when they bring their ``old`` bundles to be refreshed, into ``new``."""
    for paper in papers:
        (new / paper.name).parent.mkdir(parents=True, exist_ok=True)
        (new / paper.name).write_bytes(refresh_bundle(inst, (old / paper.name).read_bytes()))


def trust_pack(inst: Installation, *, close_log: bool = False) -> bytes:
    """The next trust pack, signed by the ministries."""
    moment = datetime.now(UTC)
    return evidence.make_trust_pack(
        inst, expires=moment + PACK_LIFETIME, root_expires=moment + ROOT_LIFETIME, close_log=close_log
    )


def write_packs(inst: Installation, trust: Path, root: Path, status: Path) -> None:
    """Trust pack, the root that verifiers pin, and status pack."""
    pack = trust_pack(inst)
    trust.write_bytes(pack)
    root.write_bytes(pinned_root(pack))
    status.write_bytes(evidence.status_pack_of(inst))


def of_office(papers: Iterable[Paper], office: Office) -> list[Paper]:
    """The papers that an office issued."""
    return [paper for paper in papers if paper.row.agency_id == office.row.agency_id]
