"""The issuing office: bring in a register, issue, anchor, change status, publish."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import file_digest
from pathlib import Path

from adapters.bootstrap import Installation, now, random, read_file
from adapters.row_files import open_rows
from issuers.anchor import Anchoring, anchor
from issuers.check_rows import Threshold
from issuers.import_register import ImportReport, Register, import_register
from issuers.issue import issue
from issuers.mapping import ImportMapping
from issuers.parse_mapping import code_list_names, parse_mapping
from issuers.publish_status import Publishing, is_outdated, publish_status
from issuers.supersede import supersede_anchored
from ledger.credential_states import State
from ledger.credential_type import parse_type
from ledger.errors import Conflict, Corrupt, MalformedInput, NotFound, OnceledgerError
from ledger.multikey import key_hash
from ledger.records import AgencyRow, BatchRow, KeyRow, PublicationRow, TypeRow
from ledger.registry_calls import acting_agency, result

MAX_MAPPING_BYTES = 1 << 20
"""A mapping or a code list; real ones have a few kB."""


_OVERTAKEN = frozenset(("credential.state", "status.list-exists"))
"""Another process issued the same drafts, or made the first status list, in between."""


def _nothing(_: int) -> None:
    """No progress bar."""


def read_mapping(path: Path) -> ImportMapping:
    """A mapping with the code lists beside it. Raises MalformedInput ``mapping.*``, NotFound ``mapping.missing``."""
    try:
        data = read_file(path, MAX_MAPPING_BYTES)
        lists = {name: read_file(path.parent / name, MAX_MAPPING_BYTES) for name in code_list_names(data)}
    except OSError as error:
        missing = Path(error.filename or path).name
        raise NotFound(
            "mapping.missing",
            f"The mapping or its code list {missing} cannot be read.",
            "Check the path.",
            name=missing,
        ) from None
    return parse_mapping(data, lists)


def import_file(
    inst: Installation,
    agency: AgencyRow,
    type_row: TypeRow,
    file: Path,
    mapping: ImportMapping,
    *,
    clerk: str,
    dry_run: bool = False,
    threshold: Threshold | None = None,
    progress: Callable[[int], None] = _nothing,
    report: ImportReport | None = None,
) -> ImportReport:
    """Import a register file (CSV, TSV, JSONL, XLSX). ``report`` is filled also when it is refused."""
    with open_rows(file) as opened, file.open("rb") as raw:
        return import_register(
            records=inst.records,
            agency=agency,
            type_row=type_row,
            kind=parse_type(type_row.definition),
            mapping=mapping,
            register=Register(file.suffix.lower(), file_digest(raw, "sha256").digest(), opened.header, opened.rows),
            clerk=clerk,
            now=now(),
            threshold=threshold,
            dry_run=dry_run,
            progress=progress,
            report=report,
        )


def issue_approved(
    inst: Installation, agency: AgencyRow, type_row: TypeRow, *, progress: Callable[[int], None] = _nothing
) -> int:
    """Issue everything approved of an agency and type with its newest key; returns how many.

    Another process may issue the same at the same time: each credential is issued by one of them.
    """
    key = current_key(inst, agency)
    issued = 0

    def count(done: int) -> None:
        nonlocal issued
        issued += done
        progress(done)

    waiting = None
    with inst.press() as press:
        while True:
            try:
                issue(
                    records=inst.records,
                    blobs=inst.blobs,
                    press=press,
                    agency=agency,
                    kind=parse_type(type_row.definition),
                    type_row=type_row,
                    key=key,
                    now=now,
                    random=random,
                    list_size=inst.settings.list_size,
                    progress=count,
                )
            except Conflict as overtaken:
                # What was sealed in vain nobody points to. Whoever was faster went a step on; if nobody did, it is no
                # race and would never end.
                before, waiting = waiting, _waiting(inst, agency, type_row)
                if overtaken.code not in _OVERTAKEN or waiting == before:
                    raise
            else:
                return issued


def _waiting(inst: Installation, agency: AgencyRow, type_row: TypeRow) -> tuple[int, int]:
    """How many are approved, and how many status lists there are."""
    approved = inst.records.count(agency.agency_id, type_row.type_id).get(State.APPROVED, 0)
    return approved, len(inst.records.status_lists(agency.agency_id))


def anchor_pending(
    inst: Installation, agency: AgencyRow, *, on_settled: Callable[[BatchRow], object] | None = None
) -> list[BatchRow]:
    """Anchor what is pending of an agency, one batch per type and key; settles what a crash left behind first, and has
    anchored corrections take their predecessors' place. ``on_settled`` as of ``issuers.anchor``.

    Raises like ``issuers.anchor``, when everything else of the agency is done; Unavailable at once.
    """
    work = Anchoring(
        records=inst.records,
        blobs=inst.blobs,
        chain=inst.chain,
        sender=inst.sender(agency.sender, agency.agency_id),
        contracts=inst.contracts(),
        now=now,
        random=random,
    )
    keys = {row.key_id: row for row in inst.records.keys(agency.agency_id)}
    groups = {
        (type_id, key_id) for owner, type_id, key_id, *_ in inst.records.pending_groups() if owner == agency.agency_id
    }
    for state in ("prepared", "submitted"):
        groups |= {(batch.type_id, batch.key_id) for batch in inst.records.batches(agency.agency_id, state)}
    settled: list[BatchRow] = []
    failed: OnceledgerError | None = None
    for type_id, key_id in sorted(groups):
        hashed = key_hash(keys[key_id].multikey)
        try:
            settled += anchor(
                work,
                agency_id=agency.agency_id,
                type_id=type_id,
                key_id=key_id,
                key_hash=hashed,
                on_settled=on_settled,
            )
        except (Conflict, Corrupt) as error:
            failed = failed or error
    supersede_anchored(inst.records, agency.agency_id, now())
    if failed is not None:
        raise failed
    return settled


def publish_lists(
    inst: Installation,
    agency: AgencyRow,
    *,
    every_list: bool = False,
    on_published: Callable[[PublicationRow], object] | None = None,
) -> list[PublicationRow]:
    """Publish the agency's changed status lists (all of them: a fresh date without a change), as the agency itself or,
    after a merger, as the last one in the line of its successors. ``on_published`` as of ``publish_status``.

    Raises NotFound ``issue.no-key``, Conflict ``publish.successor-elsewhere``; like ``publish_status``.
    """
    if not inst.records.status_lists(agency.agency_id):
        return []
    acting = _acting(inst, agency)
    work = Publishing(
        records=inst.records,
        chain=inst.chain,
        sender=inst.sender(acting.sender, acting.agency_id),
        signer=inst.keys.issuing_key(current_key(inst, acting).key_name),
        contracts=inst.contracts(),
        now=now,
    )
    return publish_status(work, agency_id=agency.agency_id, every_list=every_list, on_published=on_published)


def lists_due(inst: Installation, agency: AgencyRow) -> list[int]:
    """Lists that ``publish_lists`` would publish now: what changed, and, where chain and key can tell, what a former
    key signed or somebody else overtook. Those that were prepared and not settled are not counted for that alone."""
    changed = set(inst.records.lists_to_publish(agency.agency_id))
    try:
        acting = _acting(inst, agency)
        signer = key_hash(current_key(inst, acting).multikey)
        for pair in inst.records.status_lists(agency.agency_id):
            for list_id in (pair.list_id, pair.list_id + 1):
                newest = inst.records.publication(list_id)
                if newest is None or newest.state != "published" or list_id in changed:
                    continue
                if is_outdated(inst.records, inst.chain, inst.contracts(), list_id, signer):
                    changed.add(list_id)
    except OnceledgerError:
        pass  # without a key in force or an answering chain nothing is published either
    return sorted(changed)


def _acting(inst: Installation, agency: AgencyRow) -> AgencyRow:
    """Who acts for the agency: itself, or after mergers its last successor, if that one works here."""
    answer = inst.chain.simulate(bytes(20), inst.contracts().trust, acting_agency(agency.agency_id))
    (acting,) = result("uint64", answer)
    found = next((row for row in inst.records.agencies() if row.agency_id == acting), None)
    if found is None:
        raise Conflict(
            "publish.successor-elsewhere",
            f"The agency was merged into agency {acting}, which does not work with this installation.",
            "Have it publish where its accounts and keys are, from a copy of these records.",
            successor=acting,
        )
    return found


def current_key(inst: Installation, agency: AgencyRow) -> KeyRow:
    """The agency's newest key that has not run out, and was not retired or compromised here. Raises NotFound
    ``issue.no-key``."""
    usable = [key for key in inst.records.keys(agency.agency_id) if key.valid_until > now()]
    if not usable:
        raise NotFound(
            "issue.no-key", "The agency has no issuing key in force.", "Register a new one: onceledger key new."
        )
    return usable[-1]


def numbered_lines(text: str) -> dict[str, int]:
    """Business numbers and the line where each stands first. Blank lines and repetitions fall out.

    Raises MalformedInput ``numbers.none``.
    """
    numbers: dict[str, int] = {}
    for line, number in enumerate(map(str.strip, text.splitlines()), 1):
        if number:
            numbers.setdefault(number, line)
    if not numbers:
        raise MalformedInput(
            "numbers.none", "No business number was given.", "Give one a line, in a file or on standard input."
        )
    return numbers
