"""The contract of ``ledger.records_port.Records``, over every implementation."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from records_cases import (
    AGENCY,
    IMPLEMENTATIONS,
    KEY,
    KIND,
    LIST,
    MARK,
    NOW,
    OTHER,
    agency,
    anchored,
    approved,
    batch,
    change,
    chunks,
    draft,
    header,
    imported,
    issued,
    move,
    number,
    open_implementation,
    outgoing,
    pending,
    prepared,
    publication,
)

from adapters import records_batches
from adapters.records import SqlRecords
from ledger.credential_states import State
from ledger.errors import Conflict, MalformedInput, NotFound, OnceledgerError
from ledger.records import KeyRow, NewDraft, StatusListRow, TypeRow, revision
from ledger.records_port import Records


@pytest.fixture(params=IMPLEMENTATIONS)
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlRecords]:
    opened = open_implementation(request.param, tmp_path)
    port: Records = opened  # mypy holds the adapter to the port here
    yield opened
    port.close()


def refused(code: str, step: Callable[[], object]) -> OnceledgerError:
    """``step`` fails with ``code``, and says nothing of a row's content."""
    with pytest.raises(OnceledgerError) as caught:
        step()
    assert caught.value.code == code
    assert MARK.decode() not in "".join(traceback.format_exception(caught.value))
    return caught.value


# Agencies, types, keys, notes


def test_agencies_are_replaced_and_listed_by_id(records: SqlRecords) -> None:
    records.save_agency(agency(OTHER))
    records.save_agency(agency(AGENCY))
    records.save_agency(replace(agency(AGENCY), host="b.example"))
    assert records.agency(AGENCY) == replace(agency(AGENCY), host="b.example")
    assert [row.agency_id for row in records.agencies()] == [AGENCY, OTHER]
    refused("agency.unknown", lambda: records.agency(99))


def test_types_are_replaced_and_listed_by_id(records: SqlRecords) -> None:
    rows = [TypeRow(2, "B", "1", "https://b/", b"\x00b"), TypeRow(1, "A", "1", "https://a/", b"a")]
    for row in (*rows, replace(rows[0], type_version="2")):
        records.save_type(row)
    assert records.types() == [rows[1], replace(rows[0], type_version="2")]
    assert records.type(1) == rows[1]
    refused("type.unknown", lambda: records.type(3))


def test_keys_belong_to_one_agency_and_come_oldest_first(records: SqlRecords) -> None:
    rows = [KeyRow(AGENCY, 4, "k4", "z6Mk4", NOW), KeyRow(AGENCY, 2, "k2", "z6Mk2", NOW)]
    for row in (*rows, KeyRow(OTHER, 3, "k3", "z6Mk3", NOW)):
        records.save_key(row)
    assert records.keys(AGENCY) == [rows[1], rows[0]]


def test_notes_are_replaced(records: SqlRecords) -> None:
    assert records.note("pack") is None
    records.save_note("pack", b"1")
    records.save_note("pack", b"\x00\xff")
    assert records.note("pack") == b"\x00\xff"


@pytest.mark.parametrize("value", [2**63, 2**64])
def test_a_number_that_no_database_holds_is_malformed(records: SqlRecords, value: int) -> None:
    refused("records.value", lambda: records.type(value))


def test_a_lone_surrogate_is_malformed(records: SqlRecords) -> None:
    refused("records.value", lambda: records.by_number(AGENCY, KIND, MARK.decode() + "\ud800"))


# Imports and drafts


def test_an_import_keeps_its_drafts_and_its_outcome(records: SqlRecords) -> None:
    seen = 0

    def rows() -> Iterator[Sequence[NewDraft]]:
        nonlocal seen
        for chunk in chunks(250):
            seen += len(chunk)
            yield chunk

    import_id = records.add_import(header(), rows(), outcome=lambda: (seen - 247, b'{"rows":253}'))
    expected = replace(header(), import_id=import_id, accepted=250, refused=3, report=b'{"rows":253}')
    assert records.import_row(AGENCY, import_id) == expected
    [row] = records.by_number(AGENCY, KIND, number(17))
    assert (row.version, row.state, row.source_row, row.import_id) == (1, State.DRAFT, 17, import_id)
    assert (row.clerk, row.reviewer, row.valid_until) == ("clerk", None, "2030-12-31T23:59:59Z")
    assert (row.uuid, row.leaf, row.key_id, row.batch_id, row.issued_at) == (None,) * 5
    assert records.count(AGENCY, KIND) == {State.DRAFT: 250}


def test_an_import_of_another_agency_is_unknown(records: SqlRecords) -> None:
    import_id = imported(records, 3)
    refused("import.unknown", lambda: records.import_row(OTHER, import_id))
    refused("import.unknown", lambda: records.approve(OTHER, import_id, "reviewer"))
    refused("credential.unknown", lambda: records.credential(OTHER, 1))
    assert records.by_number(OTHER, KIND, number(1)) == []


def test_an_import_that_breaks_off_leaves_nothing(records: SqlRecords) -> None:
    def broken() -> Iterator[Sequence[NewDraft]]:
        yield from chunks(200)
        raise Conflict("import.too-many-bad-rows", "Too many.")

    refused("import.too-many-bad-rows", lambda: records.add_import(header(), broken()))
    assert records.count(None, None) == {}
    assert records.existing_numbers(AGENCY, KIND, [number(row) for row in range(1, 201)]) == {}
    assert records.approve(AGENCY, imported(records, 200), "reviewer") == 200


@pytest.mark.parametrize("rows", [[1, 2, 1], [2, 50]], ids=["twice in the import", "kept already"])
def test_a_number_that_exists_stops_the_whole_import(records: SqlRecords, rows: list[int]) -> None:
    imported(records, 1, first=50)
    new = [draft(row) for row in rows]
    error = refused("credential.number-exists", lambda: records.add_import(header(), [new]))
    assert (error.detail["first_row"], error.detail["last_row"]) == (rows[0], rows[-1])
    assert records.count(None, None) == {State.DRAFT: 1}


def test_the_same_number_may_exist_in_another_agency_type_or_version(records: SqlRecords) -> None:
    imported(records, 1)
    records.add_import(header(OTHER), chunks(1))
    records.add_import(header(type_id=KIND + 1), chunks(1))
    records.add_import(header(), [[draft(1, version=2)]])
    assert [row.version for row in records.by_number(AGENCY, KIND, number(1))] == [1, 2]
    assert records.count(AGENCY, None) == {State.DRAFT: 3}
    assert records.count(None, KIND) == {State.DRAFT: 3}


def test_many_numbers_are_found_at_once(records: SqlRecords) -> None:
    imported(records, 300)
    records.add_import(header(), [[draft(7, version=3), draft(7, version=2)]])
    found = records.by_numbers(AGENCY, KIND, [number(row) for row in (7, *range(290, 12_000), 7)])
    assert sorted(found) == [number(row) for row in (7, *range(290, 301))]
    assert [row.version for row in found[number(7)]] == [1, 2, 3]
    assert records.by_numbers(OTHER, KIND, [number(7)]) == records.by_numbers(AGENCY, KIND, []) == {}


def test_others_write_while_a_register_is_read(records: SqlRecords) -> None:
    def reading() -> Iterator[Sequence[NewDraft]]:
        for at, chunk in enumerate(chunks(200)):
            records.save_note(f"note {at}", b"x")
            yield chunk
            assert records.count(None, None) == {}, "nothing of it is kept before all of it is read"

    assert records.approve(AGENCY, records.add_import(header(), reading()), "reviewer") == 200
    assert records.note("note 1") == b"x"


def test_of_two_imports_with_the_same_numbers_one_is_kept(records: SqlRecords) -> None:
    def overtaken() -> Iterator[Sequence[NewDraft]]:
        yield from chunks(100)
        assert records.existing_numbers(AGENCY, KIND, [number(3)]) == {}
        imported(records, 5)

    refused("credential.number-exists", lambda: records.add_import(header(), overtaken()))
    assert records.count(None, None) == {State.DRAFT: 5}


def test_a_correction_must_replace_a_credential_of_its_agency(records: SqlRecords) -> None:
    [theirs] = approved(records, 1, agency_id=OTHER)
    for pk in (theirs, 4711):
        new = [draft(1, version=2, supersedes=pk)]
        refused("credential.unknown", partial(records.add_import, header(), [new]))
    assert records.count(AGENCY, None) == {}


def test_existing_numbers_are_found_among_many(records: SqlRecords) -> None:
    imported(records, 300)
    asked = [number(row) for row in range(200, 12_200)]
    assert records.existing_numbers(AGENCY, KIND, asked) == dict.fromkeys(
        (number(row) for row in range(200, 301)), None
    )
    assert records.existing_numbers(OTHER, KIND, asked) == {}


def test_approving_again_changes_nothing(records: SqlRecords) -> None:
    first, second = imported(records, 5), imported(records, 5, first=100)
    assert records.approve(AGENCY, first, "reviewer") == 5
    assert records.approve(AGENCY, first, "somebody else") == 0
    assert records.by_number(AGENCY, KIND, number(1))[0].reviewer == "reviewer"
    assert records.count(AGENCY, KIND) == {State.APPROVED: 5, State.DRAFT: 5}
    assert records.approve(AGENCY, second, "reviewer") == 5


def test_approved_drafts_come_oldest_first_up_to_the_limit(records: SqlRecords) -> None:
    pks = approved(records, 250)
    some = records.approved(AGENCY, KIND, 120)
    assert [row.credential_pk for row in some] == sorted(pks)[:120]
    assert (some[16].claims, some[16].valid_until) == (draft(17).claims, "2030-12-31T23:59:59Z")
    assert some[17].valid_until is None
    assert records.approved(OTHER, KIND, 10) == records.approved(AGENCY, KIND + 1, 10) == []


# Issuing


def test_issuing_keeps_what_it_made_and_erases_the_claims(records: SqlRecords) -> None:
    pks = pending(records, 250)
    assert records.approved(AGENCY, KIND, 10) == []
    row = records.credential(AGENCY, pks[16])
    made = issued(row.credential_pk)
    assert (row.uuid, row.leaf, row.cid, row.wrapped_key) == (made.uuid, made.leaf, made.cid, made.wrapped_key)
    assert (row.status_index, row.revocation_list, row.key_id, row.issued_at) == (made.status_index, LIST, KEY, NOW)
    assert (row.state, row.reviewer) == (State.PENDING_ANCHOR, "reviewer")
    assert records.count(AGENCY, KIND) == {State.PENDING_ANCHOR: 250}


def test_issuing_some_leaves_the_others_approved(records: SqlRecords) -> None:
    pks = approved(records, 100)
    records.record_issued(AGENCY, KEY, LIST, NOW, [issued(pk) for pk in pks if pk % 3 == 0])
    assert [row.credential_pk for row in records.approved(AGENCY, KIND, 200)] == [pk for pk in pks if pk % 3]
    records.record_issued(AGENCY, KEY, LIST, NOW, [])
    records.record_issued(AGENCY, KEY, LIST, NOW, [issued(pk) for pk in reversed(pks) if pk % 3])
    assert records.count(AGENCY, KIND) == {State.PENDING_ANCHOR: 100}


@pytest.mark.parametrize("wrong", ["draft", "issued before", "twice", "another agency's", "another type's", "unknown"])
def test_issuing_what_is_not_approved_keeps_nothing(records: SqlRecords, wrong: str) -> None:
    pks = approved(records, 10)
    match wrong:
        case "draft":
            imported(records, 1, first=50)
            bad = records.by_number(AGENCY, KIND, number(50))[0].credential_pk
        case "issued before":
            [bad] = pending(records, 1, first=50)
        case "twice":
            bad = pks[3]
        case "another agency's":
            [bad] = approved(records, 1, agency_id=OTHER)
        case "another type's":
            records.approve(AGENCY, records.add_import(header(type_id=KIND + 1), chunks(1)), "reviewer")
            bad = records.approved(AGENCY, KIND + 1, 1)[0].credential_pk
        case _:
            bad = 4711
    before = records.count(None, None)
    rows = [issued(pk) for pk in (*pks, bad)]
    refused("credential.state", lambda: records.record_issued(AGENCY, KEY, LIST, NOW, rows))
    refused("credential.state", lambda: records.record_issued(AGENCY, KEY, LIST, NOW, rows[::-1]))
    assert records.count(None, None) == before
    assert [row.claims for row in records.approved(AGENCY, KIND, 10)] == [draft(row).claims for row in range(1, 11)]


# Batches


def test_pending_credentials_are_streamed_oldest_first(records: SqlRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_batches, "_PAGE", 40)
    pks = pending(records, 120)
    expected = [(pk, issued(pk).leaf) for pk in pks]
    assert list(records.pending(AGENCY, KIND, KEY, 10**6)) == expected
    assert list(records.pending(AGENCY, KIND, KEY, 95)) == expected[:95]
    assert list(records.pending(AGENCY, KIND, KEY, 0)) == list(records.pending(AGENCY, KIND, KEY + 1, 9)) == []


def test_pending_groups_leave_out_what_is_in_a_batch(records: SqlRecords) -> None:
    pks = pending(records, 10)
    pending(records, 4, agency_id=OTHER)
    assert records.pending_groups() == [(AGENCY, KIND, KEY, 10, NOW), (OTHER, KIND, KEY, 4, NOW)]
    prepared(records, pks)
    assert records.pending_groups() == [(OTHER, KIND, KEY, 4, NOW)]


def test_a_batch_lists_its_members_by_leaf(records: SqlRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_batches, "_PAGE", 30)
    pks = pending(records, 90)
    batch_id = prepared(records, pks)
    assert records.batch(batch_id) == replace(batch(90), batch_id=batch_id)
    members = list(records.in_batch(batch_id))
    assert [row.credential_pk for row in members] == pks[::-1]
    assert [row.leaf_index for row in members] == list(range(90))
    assert list(records.in_batch(batch_id + 1)) == []
    refused("batch.unknown", lambda: records.batch(batch_id + 1))


@pytest.mark.parametrize(
    "wrong", ["taken", "twice", "another key's", "another agency's", "approved", "void", "unknown"]
)
def test_a_batch_with_a_member_that_is_not_free_is_not_kept(records: SqlRecords, wrong: str) -> None:
    pks = pending(records, 10)
    row = batch(11, root=b"x" * 32)
    bad = 4711
    match wrong:
        case "taken":
            [bad] = pending(records, 1, first=50)
            prepared(records, [bad])
        case "twice":
            bad = pks[0]
        case "another key's":
            [bad] = approved(records, 1, first=50)
            records.record_issued(AGENCY, KEY + 1, LIST, NOW, [issued(bad)])
        case "another agency's":
            [bad] = pending(records, 1, agency_id=OTHER)
        case "approved":
            [bad] = approved(records, 1, first=50)
        case "void":
            [bad] = pending(records, 1, first=50)
            move(records, bad, State.VOID)
    before = records.batches(None)
    refused("batch.member-taken", lambda: records.prepare_batch(row, zip((*pks, bad), range(11), strict=True)))
    assert records.batches(None) == before
    assert [pk for pk, _ in records.pending(AGENCY, KIND, KEY, 99)] == pks


def test_two_members_cannot_share_a_leaf(records: SqlRecords) -> None:
    pks = pending(records, 2)
    refused("records.constraint", lambda: records.prepare_batch(batch(2), [(pk, 0) for pk in pks]))
    assert records.batches(None) == []


def test_a_root_exists_once_per_agency(records: SqlRecords) -> None:
    pks = pending(records, 4)
    prepared(records, pks[:2])
    refused("batch.root-exists", lambda: prepared(records, pks[2:]))
    prepared(records, pks[2:], root=b"another root, same agency.......")


def test_of_two_workers_one_forms_the_batch(records: SqlRecords) -> None:
    pks = pending(records, 500)
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def work(name: int) -> None:
        start.wait()
        try:
            prepared(records, pks, root=bytes([name]) * 32)
            outcomes.append("formed")
        except Conflict as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["batch.member-taken"] * 3 + ["formed"]
    [formed] = records.batches(AGENCY, "prepared")
    assert [row.credential_pk for row in records.in_batch(formed.batch_id)] == pks[::-1]


def test_a_batch_goes_from_prepared_to_anchored(records: SqlRecords) -> None:
    pks = pending(records, 10)
    batch_id = prepared(records, pks)
    move(records, pks[4], State.VOID)
    records.batch_submitted(batch_id, b"first")
    records.batch_submitted(batch_id, b"second")
    assert [row.tx_hash for row in records.batches(AGENCY, "submitted")] == [b"second"]
    final = replace(
        records.batch(batch_id),
        state="anchored",
        tx_hash=b"mined",
        block_number=12,
        block_time=NOW,
        log_position=3,
        gas_used=64_000,
        evidence=b"proof",
    )
    for _ in range(2):
        records.batch_anchored(final)
        assert records.batch(batch_id) == final
        assert records.count(AGENCY, KIND) == {State.ANCHORED: 9, State.VOID: 1}
    records.batch_submitted(batch_id, b"late")
    assert records.batch(batch_id) == final
    assert refused("batch.state", lambda: records.batch_refused(batch_id, "late")).code
    assert records.batches(AGENCY, "submitted") == []


def test_members_of_a_refused_batch_leave_it_and_can_be_tried_again(records: SqlRecords) -> None:
    pks = pending(records, 10)
    batch_id = prepared(records, pks)
    move(records, pks[4], State.VOID)
    for _ in range(2):
        records.batch_refused(batch_id, "NotAccredited")
        assert records.count(AGENCY, KIND) == {State.ANCHOR_REFUSED: 9, State.VOID: 1}
    assert (records.batch(batch_id).state, records.batch(batch_id).refusal) == ("refused", "NotAccredited")
    assert list(records.in_batch(batch_id)) == []
    assert list(records.pending(AGENCY, KIND, KEY, 99)) == []
    assert {records.credential(AGENCY, pk).batch_id for pk in pks} == {None}
    for late in (
        lambda: records.batch_anchored(records.batch(batch_id)),
        lambda: records.batch_submitted(batch_id, b"late"),
    ):
        refused("batch.state", late)
    assert records.retry_refused(OTHER, KIND) == 0
    assert [records.retry_refused(AGENCY, KIND) for _ in range(2)] == [9, 0]
    assert [pk for pk, _ in records.pending(AGENCY, KIND, KEY, 99)] == [pk for pk in pks if pk != pks[4]]


def test_an_unknown_batch_is_not_found(records: SqlRecords) -> None:
    refused("batch.unknown", lambda: records.batch_submitted(1, b"tx"))
    refused("batch.unknown", lambda: records.batch_anchored(replace(batch(1), batch_id=1)))
    refused("batch.unknown", lambda: records.batch_refused(1, "no"))


def test_batches_are_chosen_by_agency_and_state(records: SqlRecords) -> None:
    ids = [prepared(records, pending(records, 2, first=10 * at), root=bytes([at]) * 32) for at in range(1, 4)]
    records.batch_submitted(ids[1], b"tx")
    assert [row.batch_id for row in records.batches(None)] == ids
    assert [row.batch_id for row in records.batches(AGENCY, "prepared")] == [ids[0], ids[2]]
    assert records.batches(OTHER) == []


# Corrections


def test_a_correction_supersedes_when_it_is_anchored(records: SqlRecords) -> None:
    [old] = anchored(records, 1)
    records.approve(AGENCY, records.add_import(header(), [[draft(1, version=2, supersedes=old)]]), "reviewer")
    [ready] = records.approved(AGENCY, KIND, 9)
    new = ready.credential_pk
    assert records.superseding(AGENCY) == []
    records.record_issued(AGENCY, KEY, LIST, NOW, [issued(new)])
    batch_id = prepared(records, [new])
    assert records.superseding(AGENCY) == []
    records.batch_anchored(records.batch(batch_id))
    assert [(row.credential_pk, row.supersedes) for row in records.superseding(AGENCY)] == [(new, old)]
    assert records.superseding(OTHER) == []
    records.link_superseded(AGENCY, old, new)
    assert [row.credential_pk for row in records.superseding(AGENCY)] == [new], "linked is not yet superseded"
    move(records, old, State.SUPERSEDED)
    assert records.superseding(AGENCY) == []
    assert [(row.state, row.supersedes, row.superseded_by) for row in records.by_number(AGENCY, KIND, number(1))] == [
        (State.SUPERSEDED, None, new),
        (State.ANCHORED, old, None),
    ]


@pytest.mark.parametrize("stage", ["draft", "approved", "pending", "anchored"])
@pytest.mark.parametrize("end", [State.REVOKED, State.VOID])
def test_nothing_is_revoked_or_void_without_its_open_correction(records: SqlRecords, stage: str, end: State) -> None:
    [old] = anchored(records, 1)
    import_id = records.add_import(header(), [[draft(1, version=2, supersedes=old)]])
    new = records.by_number(AGENCY, KIND, number(1))[-1].credential_pk
    if stage != "draft":
        records.approve(AGENCY, import_id, "reviewer")
    if stage in ("pending", "anchored"):
        records.record_issued(AGENCY, KEY, LIST, NOW, [issued(new)])
    if stage == "anchored":
        records.batch_anchored(records.batch(prepared(records, [new])))
    before = records.count(AGENCY, KIND)
    refused("credential.state", lambda: move(records, old, end))
    assert (records.count(AGENCY, KIND), records.status_changes(LIST)) == (before, [])
    together = {"draft": State.REJECTED, "approved": State.REJECTED, "pending": State.VOID, "anchored": end}[stage]
    steps = [(pk, to, records.credential(AGENCY, pk)) for pk, to in ((new, together), (old, end))]
    changes = [(pk, to, None if row.uuid is None else change(row, to, since=NOW)) for pk, to, row in steps]
    records.change_status(AGENCY, changes)
    assert [row.state for row in records.by_number(AGENCY, KIND, number(1))] == [end, together]
    assert records.superseding(AGENCY) == []


@pytest.mark.parametrize("end", [State.REVOKED, State.VOID])
def test_what_came_to_its_end_has_no_correction(records: SqlRecords, end: State) -> None:
    [old] = anchored(records, 1)
    move(records, old, end)
    late = partial(records.add_import, header(), [[draft(1, version=2, supersedes=old)]])
    refused("credential.state", late)
    assert records.count(AGENCY, KIND) == {end: 1}


def test_links_need_both_ends_in_the_agency(records: SqlRecords) -> None:
    mine, theirs = pending(records, 1)[0], pending(records, 1, agency_id=OTHER)[0]
    for old, new in ((mine, theirs), (theirs, mine), (mine, 4711)):
        refused("credential.unknown", partial(records.link_superseded, AGENCY, old, new))


# Status lists


def test_the_newest_list_with_room_is_used(records: SqlRecords) -> None:
    full = StatusListRow(LIST, AGENCY, KIND, 100, b"a" * 32, 0)
    fresh = StatusListRow(LIST + 2, AGENCY, KIND, 100, b"b" * 32, 0)
    assert records.status_list_for(AGENCY, KIND) is None
    records.add_status_list(full)
    records.add_status_list(fresh)
    assert records.status_list_for(AGENCY, KIND) == fresh
    assert [records.take_indexes(LIST + 2, 60) for _ in range(3)] == [(0, 60), (60, 40), (100, 0)]
    assert records.status_list_for(AGENCY, KIND) == full
    assert records.status_lists(AGENCY) == [full, replace(fresh, used=100)]
    assert records.status_list_for(AGENCY, KIND + 1) is records.status_list_for(OTHER, KIND) is None
    refused("status.list-unknown", lambda: records.take_indexes(LIST + 4, 1))


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_pairs_of_lists_cannot_overlap(records: SqlRecords, offset: int) -> None:
    records.add_status_list(StatusListRow(LIST, AGENCY, KIND, 100, b"a" * 32, 0))
    row = StatusListRow(LIST + offset, AGENCY, KIND, 100, b"b" * 32, 0)
    refused("status.list-exists", lambda: records.add_status_list(row))


def test_no_index_is_given_out_twice(records: SqlRecords) -> None:
    records.add_status_list(StatusListRow(LIST, AGENCY, KIND, 1_000, b"a" * 32, 0))
    taken: list[int] = []

    def work() -> None:
        while True:
            first, count = records.take_indexes(LIST, 37)
            if not count:
                return
            taken.extend(range(first, first + count))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1_000))


def test_changes_are_listed_by_index_and_time(records: SqlRecords) -> None:
    one, two, three = anchored(records, 3)
    move(records, three, State.REVOKED)
    for since in (NOW, NOW + 60):
        move(records, two, State.HELD, since=since)
        move(records, two, State.ANCHORED, since=since + 30)
    move(records, one, State.HELD, since=NOW + 5)
    move(records, two, State.HELD, since=NOW + 90)
    entries = [(row.index, row.reason, row.since, row.until) for row in records.status_changes(LIST + 1)]
    assert entries == [
        (one - 1, "held", NOW + 5, None),
        (two - 1, "held", NOW, NOW + 30),
        (two - 1, "held", NOW + 60, NOW + 90),
        (two - 1, "held", NOW + 90, None),
    ]
    assert [(row.index, row.reason, row.actor) for row in records.status_changes(LIST)] == [
        (three - 1, "revoked", "officer")
    ]
    assert records.count(AGENCY, KIND) == {State.HELD: 2, State.REVOKED: 1}


def test_one_call_may_end_a_hold_and_revoke(records: SqlRecords) -> None:
    [pk] = anchored(records, 1)
    move(records, pk, State.HELD)
    row = records.credential(AGENCY, pk)
    resume, revoke = change(row, State.ANCHORED, until=NOW + 9), change(row, State.REVOKED, since=NOW + 9)
    records.change_status(AGENCY, [(pk, State.ANCHORED, resume), (pk, State.REVOKED, revoke)])
    assert records.credential(AGENCY, pk).state is State.REVOKED
    assert [row.until for row in records.status_changes(LIST + 1)] == [NOW + 9]
    assert records.count(AGENCY, KIND) == {State.REVOKED: 1}


def test_a_hold_that_was_never_listed_cannot_be_ended_on_the_list(records: SqlRecords) -> None:
    [pk] = anchored(records, 1)
    records.change_status(AGENCY, [(pk, State.HELD, None)])
    refused("credential.state", lambda: move(records, pk, State.ANCHORED))
    assert records.credential(AGENCY, pk).state is State.HELD


STEPS = {
    State.DRAFT: {State.REJECTED},
    State.APPROVED: {State.REJECTED},
    State.PENDING_ANCHOR: {State.VOID},
    State.ANCHOR_REFUSED: {State.VOID},
    State.ANCHORED: {State.HELD, State.SUPERSEDED, State.REVOKED, State.VOID},
    State.HELD: {State.ANCHORED, State.SUPERSEDED, State.REVOKED, State.VOID},
    State.REJECTED: set(),
    State.SUPERSEDED: set(),
    State.REVOKED: set(),
    State.VOID: set(),
}


def in_state(records: SqlRecords, state: State, row: int) -> int:
    """A credential, made from ``row``, brought into ``state``."""
    match state:
        case State.DRAFT | State.REJECTED:
            imported(records, 1, first=row)
            pk = records.by_number(AGENCY, KIND, number(row))[0].credential_pk
            if state is State.REJECTED:
                records.change_status(AGENCY, [(pk, State.REJECTED, None)])
        case State.APPROVED:
            [pk] = approved(records, 1, first=row)
        case State.PENDING_ANCHOR | State.ANCHOR_REFUSED:
            [pk] = pending(records, 1, first=row)
            if state is State.ANCHOR_REFUSED:
                records.batch_refused(prepared(records, [pk], root=row.to_bytes(32, "big")), "NotAccredited")
        case _:
            [pk] = anchored(records, 1, first=row)
            if state is not State.ANCHORED:
                move(records, pk, state)
    assert records.credential(AGENCY, pk).state is state
    return pk


@pytest.mark.parametrize("state", list(State))
def test_only_the_steps_of_the_state_machine_are_taken(records: SqlRecords, state: State) -> None:
    for at, wanted in enumerate(State, start=1):
        pk = in_state(records, state, at)
        row = records.credential(AGENCY, pk)
        until = NOW if wanted is State.ANCHORED else None
        changes = [(pk, wanted, None if row.status_index is None else change(row, wanted, until=until))]
        if wanted in STEPS[state]:
            records.change_status(AGENCY, changes)
            assert records.credential(AGENCY, pk).state is wanted
        else:
            refused("credential.state", partial(records.change_status, AGENCY, changes))
            assert records.credential(AGENCY, pk).state is state


def test_of_many_changes_all_happen_or_none(records: SqlRecords) -> None:
    pks = anchored(records, 20)
    rows = [records.credential(AGENCY, pk) for pk in pks]
    changes = [(row.credential_pk, State.REVOKED, change(row, State.REVOKED)) for row in rows]
    for bad, code in (
        ((pks[3], State.HELD, change(rows[3], State.HELD)), "credential.state"),
        ((4711, State.REVOKED, None), "credential.unknown"),
    ):
        refused(code, partial(records.change_status, AGENCY, [*changes, bad]))
    refused("credential.unknown", lambda: records.change_status(OTHER, changes))
    assert records.status_changes(LIST) == records.status_changes(LIST + 1) == []
    assert records.count(AGENCY, KIND) == {State.ANCHORED: 20}
    records.change_status(AGENCY, changes)
    assert len(records.status_changes(LIST)) == 20


@pytest.mark.parametrize("wrong", ["index", "list", "credential", "kind of list", "ends what it begins"])
def test_a_change_cannot_hit_another_credential(records: SqlRecords, wrong: str) -> None:
    pk, _ = anchored(records, 2)
    row = records.credential(AGENCY, pk)
    right = change(row, State.REVOKED)
    bad = {
        "index": replace(right, index=right.index + 1),
        "list": replace(right, list_id=LIST + 2),
        "credential": replace(right, credential_pk=pk + 1),
        "kind of list": replace(right, list_id=LIST + 1),
        "ends what it begins": replace(right, until=NOW),
    }[wrong]
    refused("status.other-entry", lambda: records.change_status(AGENCY, [(pk, State.REVOKED, bad)]))
    assert records.credential(AGENCY, pk).state is State.ANCHORED


def test_a_rejected_draft_loses_its_claims(records: SqlRecords) -> None:
    pks = approved(records, 3)
    records.change_status(AGENCY, [(pks[1], State.REJECTED, None)])
    assert [row.credential_pk for row in records.approved(AGENCY, KIND, 9)] == [pks[0], pks[2]]
    refused("credential.state", lambda: records.record_issued(AGENCY, KEY, LIST, NOW, [issued(pks[1])]))


# Publications


def test_lists_are_due_until_a_version_shows_their_changes(records: SqlRecords) -> None:
    pks = anchored(records, 2)
    assert records.lists_to_publish(AGENCY) == [LIST, LIST + 1]
    assert records.lists_to_publish(OTHER) == []
    for list_id in (LIST, LIST + 1):
        records.save_publication(publication(list_id=list_id))
    assert records.lists_to_publish(AGENCY) == []
    move(records, pks[0], State.HELD)
    assert records.lists_to_publish(AGENCY) == [LIST + 1]
    records.save_publication(publication(2, list_id=LIST + 1))
    assert records.lists_to_publish(AGENCY) == []
    move(records, pks[0], State.ANCHORED)
    move(records, pks[1], State.REVOKED)
    assert records.lists_to_publish(AGENCY) == [LIST, LIST + 1]


def test_a_change_noted_while_a_version_is_made_keeps_the_list_due(records: SqlRecords) -> None:
    pks = anchored(records, 2)
    move(records, pks[0], State.REVOKED)
    read = records.status_changes(LIST)
    move(records, pks[1], State.REVOKED)
    records.save_publication(replace(publication(), revision=revision(read)))
    assert LIST in records.lists_to_publish(AGENCY)
    again = revision(records.status_changes(LIST))
    records.save_publication(replace(publication(2), revision=again))
    assert LIST not in records.lists_to_publish(AGENCY)


def test_a_publication_moves_on_and_never_back(records: SqlRecords) -> None:
    [_] = anchored(records, 1)
    first = publication()
    assert records.publication(LIST) is None
    records.save_publication(first)
    records.save_publication(first)
    final = replace(first, state="published", tx_hash=b"tx", block_time=NOW, evidence=b"proof")
    records.save_publication(replace(first, state="submitted"))
    records.save_publication(final)
    assert records.publication(LIST) == replace(final, revision=0)
    refused("status.version-exists", lambda: records.save_publication(first))
    for other in (replace(final, root=b"x" * 32), replace(final, reasons=b"x")):
        refused("status.version-exists", partial(records.save_publication, other))
    records.save_publication(publication(2))
    newest, older = records.publication(LIST), records.publication(LIST, 1)
    assert newest is not None
    assert older is not None
    assert (newest.version, older.state) == (2, "published")
    assert records.publication(LIST, 3) is records.publication(LIST + 1) is None


def test_the_newest_published_version_is_found_below_unfinished_ones_and_gaps(records: SqlRecords) -> None:
    [_] = anchored(records, 1)
    assert records.published(LIST) is None
    records.save_publication(publication())
    assert records.published(LIST) is None
    final = replace(publication(2), state="published", tx_hash=b"tx", block_time=NOW, evidence=b"proof")
    records.save_publication(final)
    records.save_publication(publication(9))
    assert records.published(LIST) == replace(final, revision=0)
    assert records.published(LIST + 1) is None


def test_a_publication_keeps_its_key_and_signature(records: SqlRecords) -> None:
    [_] = anchored(records, 1)
    row = replace(publication(), key_hash=bytes(range(32)), signature=bytes(range(64)))
    records.save_publication(row)
    records.save_publication(replace(row, state="published", evidence=b"proof"))
    kept = records.published(LIST)
    assert kept is not None
    assert (kept.key_hash, kept.signature) == (row.key_hash, row.signature)


# Sending


def test_a_purpose_has_one_transaction_until_it_is_settled(records: SqlRecords) -> None:
    first = outgoing("anchor:1", 4)
    assert records.outgoing("anchor:1") is None
    records.save_outgoing(first)
    records.save_outgoing(first)
    refused("sender.purpose-taken", lambda: records.save_outgoing(outgoing("anchor:1", 5)))
    assert records.outgoing("anchor:1") == first
    records.save_outgoing(replace(first, state="settled"))
    records.save_outgoing(outgoing("anchor:1", 6))
    assert records.outgoing("anchor:1") == outgoing("anchor:1", 6)


def test_unsettled_transactions_come_by_nonce(records: SqlRecords) -> None:
    for nonce in (9, 7, 8):
        records.save_outgoing(outgoing(f"anchor:{nonce}", nonce))
    records.save_outgoing(outgoing("anchor:8", 8, state="settled"))
    assert [row.nonce for row in records.unsettled(b"a" * 20)] == [7, 9]
    assert records.unsettled(b"b" * 20) == []


def test_errors_are_of_the_right_family(records: SqlRecords) -> None:
    assert isinstance(refused("credential.unknown", lambda: records.credential(AGENCY, 1)), NotFound)
    assert isinstance(refused("records.value", lambda: records.type(2**63)), MalformedInput)
