"""A register that comes in over a connection instead of as a file with a name."""

from __future__ import annotations

from hashlib import file_digest
from io import BufferedRandom

from adapters.bootstrap import Installation, now
from adapters.row_files import read_rows
from issuers.check_rows import Threshold
from issuers.import_register import ImportReport, Register, import_register
from issuers.mapping import ImportMapping
from ledger.credential_type import parse_type
from ledger.records import AgencyRow, TypeRow


def import_stream(
    inst: Installation,
    agency: AgencyRow,
    type_row: TypeRow,
    stream: BufferedRandom,
    suffix: str,
    mapping: ImportMapping,
    *,
    clerk: str,
    dry_run: bool = False,
    threshold: Threshold | None = None,
) -> ImportReport:
    """Import a register from ``stream`` (seekable, binary). ``suffix`` says what it is, in lower case (".csv").

    Raises what ``adapters.row_files.read_rows`` and ``issuers.import_register`` raise.
    """
    stream.seek(0)
    digest = file_digest(stream, "sha256").digest()
    stream.seek(0)
    opened = read_rows(stream, suffix)
    return import_register(
        records=inst.records,
        agency=agency,
        type_row=type_row,
        kind=parse_type(type_row.definition),
        mapping=mapping,
        register=Register(suffix, digest, opened.header, opened.rows),
        clerk=clerk,
        now=now(),
        threshold=threshold,
        dry_run=dry_run,
    )
