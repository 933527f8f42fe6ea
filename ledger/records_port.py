"""The port ``Records``: what an installation remembers, by concern, so that a use case asks for the part it touches.

Every row carries ``agency_id``: an installation may serve several agencies, none sees another's rows. Each method is
one transaction: durable on return, or nothing happened. Chains of custody (prepared before sent, sent before final)
are the use cases' work; the port only keeps what they say, and refuses what another process has overtaken.

Errors of every method, so that only others are named below:

* Unavailable ``records.locked``, ``records.disk-full``, ``records.unavailable``: nothing was kept, try again;
* Misconfigured ``records.read-only``, ``records.cannot-open``: the operator must mend what the message names;
* Corrupt ``records.corrupt``: the stored bytes are damaged;
* MalformedInput ``records.value``: a number beyond 63 bits, or a text that is not Unicode;
* Conflict ``records.constraint``: the rows contradict what is kept, in a way that no code below names.

Methods may be called from several threads and processes. What is read while an iterable handed to ``prepare_batch`` is
drained belongs to that transaction and sees what it has kept so far; writing there is a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from ledger.credential_states import State
from ledger.records import (
    AgencyRow,
    ApprovedDraft,
    BatchRow,
    CredentialRow,
    ImportRow,
    Issued,
    KeyRow,
    NewDraft,
    OutgoingRow,
    PublicationRow,
    StatusChange,
    StatusListRow,
    TypeRow,
    WaitingImport,
)


class AgencyRecords(Protocol):
    """Agencies, their keys, and the credential types that all of them share."""

    def save_agency(self, agency: AgencyRow) -> None:
        """Insert or replace."""

    def agency(self, agency_id: int) -> AgencyRow:
        """NotFound ``agency.unknown``."""

    def agencies(self) -> list[AgencyRow]:
        """All, by id."""

    def save_type(self, row: TypeRow) -> None:
        """The version of the type from now on. Earlier versions stay; the same version is replaced."""

    def type(self, type_id: int) -> TypeRow:
        """The version saved last. NotFound ``type.unknown``."""

    def types(self) -> list[TypeRow]:
        """All, each in the version saved last, by id."""

    def type_versions(self) -> list[TypeRow]:
        """All versions of all types, by id and then in the order in which they were first saved."""

    def save_key(self, row: KeyRow) -> None:
        """Insert or replace."""

    def keys(self, agency_id: int) -> list[KeyRow]:
        """Keys of an agency, oldest first."""


class DraftRecords(Protocol):
    """From a register's rows to drafts, approved drafts and issued credentials."""

    def add_import(
        self,
        row: ImportRow,
        drafts: Iterable[Sequence[NewDraft]],
        *,
        outcome: Callable[[], tuple[int, bytes]] | None = None,
    ) -> int:
        """Keep an import and all its drafts, or nothing; returns the import's id.

        ``drafts`` comes in chunks and is drained before the transaction begins: a register is read once, memory stays
        flat, and others may write meanwhile. ``row.import_id`` is ignored, ``accepted`` is counted, and ``outcome``,
        asked when the last draft is in, gives (refused, report) where only the last row of the file decides them.

        Raises Conflict ``credential.number-exists`` when (agency, type, number, version) exists, NotFound
        ``credential.unknown`` when a draft replaces a credential that is not there, ``credential.state`` when it
        replaces one that is not in force, and whatever ``drafts`` raises.
        """

    def import_row(self, agency_id: int, import_id: int) -> ImportRow:
        """NotFound ``import.unknown``, with the numbers of those that wait (``waiting``)."""

    def waiting_imports(self, agency_id: int) -> list[WaitingImport]:
        """Imports with drafts that wait for a reviewer, oldest first."""

    def existing_numbers(self, agency_id: int, type_id: int, numbers: Sequence[str]) -> dict[str, int | None]:
        """Those of ``numbers`` that some credential of this agency and type bears already.

        None where one is or was in use; the newest version where every one was rejected, or is void and never should
        have existed: then the number may come in again, as the next version.
        """

    def approve(self, agency_id: int, import_id: int, reviewer: str) -> int:
        """Drafts of an import become approved; returns how many. Safe to repeat: the first reviewer stays.

        NotFound ``import.unknown``.
        """

    def reject_import(self, agency_id: int, import_id: int) -> int:
        """What of an import is not issued becomes rejected, and its claims are erased; returns how many. Repeatable.

        NotFound ``import.unknown``.
        """

    def approved(self, agency_id: int, type_id: int, limit: int, after: int = 0) -> list[ApprovedDraft]:
        """The next approved drafts, oldest first; those behind credential ``after`` of an earlier answer, so that one
        may read on while the first are still being issued."""

    def record_issued(self, agency_id: int, key_id: int, list_id: int, issued_at: int, rows: Sequence[Issued]) -> None:
        """Approved -> pending anchor; the draft's claims are erased.

        ``rows`` are of one type, and fastest in the order of ``approved``. Conflict ``credential.state`` if one is not
        approved, or is of another agency or type: nothing is kept then.
        """

    def erase_traces(self) -> None:
        """What was erased leaves the disk too, logs included: called at the end of a run, since it takes longer than a
        row. While somebody else reads, traces may stay until the next time, or until the records are opened again."""


class CredentialRecords(Protocol):
    """Credentials, found and counted, and the corrections among them."""

    def credential(self, agency_id: int, credential_pk: int) -> CredentialRow:
        """NotFound ``credential.unknown``."""

    def by_number(self, agency_id: int, type_id: int, business_number: str) -> list[CredentialRow]:
        """All versions, oldest first; empty when there is none."""

    def by_numbers(
        self, agency_id: int, type_id: int, business_numbers: Sequence[str]
    ) -> dict[str, list[CredentialRow]]:
        """The same for many at once; a number that no credential bears is left out."""

    def by_status_entry(self, agency_id: int, list_id: int, index: int, issued_at: int) -> CredentialRow | None:
        """The credential with this entry of a revocation list; ``issued_at`` (Unix seconds) is when it was signed."""

    def count(self, agency_id: int | None, type_id: int | None) -> dict[State, int]:
        """Credentials by state, None for all; a state that nothing is in is left out."""

    def superseding(self, agency_id: int) -> list[CredentialRow]:
        """Anchored credentials that replace an older one which is still in force, by the age of that one."""

    def link_superseded(self, agency_id: int, old_pk: int, new_pk: int) -> None:
        """Point the old version to the new one; repeatable. NotFound ``credential.unknown``."""


class BatchRecords(Protocol):
    """Batches, from pending credentials to anchored ones."""

    def pending(self, agency_id: int, type_id: int, key_id: int, limit: int) -> Iterator[tuple[int, bytes]]:
        """(credential, leaf) pending anchor and in no batch, oldest first, streamed."""

    def pending_groups(self) -> list[tuple[int, int, int, int, int]]:
        """(agency, type, key, how many, oldest issued_at) with credentials pending and in no batch."""

    def prepare_batch(self, batch: BatchRow, positions: Iterable[tuple[int, int]]) -> int:
        """Keep a batch with its members' (credential, leaf index); returns its id (``batch.batch_id`` is ignored).

        ``positions`` is drained once, fastest in the order of ``pending``. Conflict ``batch.member-taken`` when a
        member is not pending and free (any more), ``batch.root-exists`` when the agency has a batch of this root:
        nothing is kept then.
        """

    def batch(self, batch_id: int) -> BatchRow:
        """NotFound ``batch.unknown``."""

    def batches(self, agency_id: int | None, state: str | None = None) -> list[BatchRow]:
        """By id."""

    def batch_of_root(self, agency_id: int, root: bytes) -> BatchRow | None:
        """The agency's batch with this root, if there is one."""

    def member(self, batch_id: int, leaf_index: int) -> CredentialRow | None:
        """The member at a leaf; none where padding is."""

    def in_batch(self, batch_id: int) -> Iterator[CredentialRow]:
        """Members by leaf index, streamed."""

    def batch_submitted(self, batch_id: int, tx_hash: bytes) -> None:
        """prepared -> submitted; repeatable, and nothing once it is anchored. Conflict ``batch.state`` if refused."""

    def batch_anchored(self, batch: BatchRow) -> None:
        """Keep the evidence; its pending credentials become anchored.

        Repeatable. Conflict ``batch.state`` if it is refused.
        """

    def batch_refused(self, batch_id: int, refusal: str, *, pending_again: bool = False) -> None:
        """The chain refused it for good: members leave the batch and become *anchor refused*, or stay pending where
        only this root was refused (``pending_again``).

        Repeatable. Conflict ``batch.state`` if it is anchored.
        """

    def retry_refused(self, agency_id: int, type_id: int, key_id: int | None = None) -> int:
        """Anchor refused -> pending anchor, of one key or of all; returns how many."""

    def refused_groups(self, agency_id: int) -> list[tuple[int, int]]:
        """(type, key) with credentials in state anchor refused."""

    def refused(self, agency_id: int, type_id: int, key_id: int, limit: int) -> list[CredentialRow]:
        """The next in state anchor refused, oldest first."""

    def reopen_refused(self, agency_id: int, claims: Sequence[tuple[int, bytes]]) -> None:
        """Anchor refused -> approved: (credential, claims as ``NewDraft`` has them). What issuing had added is erased,
        wrapped keys included, so that the old content cannot be opened any more.

        Conflict ``credential.state`` if one is not refused, or of another agency: nothing is kept then.
        """


class StatusRecords(Protocol):
    """Status lists: indexes given out, changes noted, versions published."""

    def status_list_for(self, agency_id: int, type_id: int) -> StatusListRow | None:
        """The newest pair with room, or none."""

    def add_status_list(self, row: StatusListRow) -> None:
        """Keep a new pair. Conflict ``status.list-exists`` when one of its two ids is taken."""

    def status_lists(self, agency_id: int) -> list[StatusListRow]:
        """All pairs of an agency, by id."""

    def take_indexes(self, list_id: int, count: int) -> tuple[int, int]:
        """Reserve up to ``count`` ordinals of a pair: (first, how many). What was reserved is never given again.

        NotFound ``status.list-unknown``.
        """

    def change_status(self, agency_id: int, changes: Sequence[tuple[int, State, StatusChange | None]]) -> None:
        """(credential, new state, change): states and list rows move together, or not at all.

        A resume passes the change with ``until`` set: it closes the open hold. A credential may appear several times;
        its changes then happen in their order. Reject, hold, resume, supersede, revoke and void come this way, and the
        claims of what is rejected are erased; approving, issuing and anchoring have methods of their own.

        NotFound ``credential.unknown``; Conflict ``credential.state`` where the states' rules do not allow the step, or
        what is revoked or void would leave an open correction behind;
        Conflict ``status.other-entry`` when a change names another credential, list or index than the credential has.
        """

    def status_changes(self, list_id: int) -> list[StatusChange]:
        """All rows of one list (revocation or suspension), by index and time."""

    def lists_to_publish(self, agency_id: int) -> list[int]:
        """List ids that have no version yet, or changes that their newest version does not show (see
        ``PublicationRow.revision``). An unfinished version counts as a version: ``publication`` gives it."""

    def save_publication(self, row: PublicationRow) -> None:
        """Insert a version, or move it on.

        Conflict ``status.version-exists`` when the version exists with another content (another process was faster)
        or has come further already.
        """

    def publication(self, list_id: int, version: int | None = None) -> PublicationRow | None:
        """That version, or the newest; none when there is none."""

    def published(self, list_id: int) -> PublicationRow | None:
        """The newest version that is on the chain; none when there is none. Newer ones may be unfinished."""


class SendingRecords(Protocol):
    """Signed transactions, kept before they are sent."""

    def save_outgoing(self, row: OutgoingRow) -> None:
        """Insert, or move to another state. Durable before the transaction is sent.

        Conflict ``sender.purpose-taken`` when another transaction of this purpose is signed and not settled.
        """

    def outgoing(self, purpose: str) -> OutgoingRow | None:
        """The transaction of a purpose, if one was signed."""

    def unsettled(self, sender: bytes) -> list[OutgoingRow]:
        """Signed and not settled, by nonce."""


class Notes(Protocol):
    """Small named values of the installation: deployment addresses, pack versions."""

    def note(self, name: str) -> bytes | None:
        """The value, if it was ever saved."""

    def save_note(self, name: str, value: bytes) -> None:
        """Insert or replace."""

    def save_notes(self, values: Mapping[str, bytes]) -> None:
        """The same for several, all or none."""


class Records(
    AgencyRecords, DraftRecords, CredentialRecords, BatchRecords, StatusRecords, SendingRecords, Notes, Protocol
):
    """All of it: what ``adapters`` provide and ``bootstrap`` hands out."""

    def close(self) -> None:
        """Give up connections."""
