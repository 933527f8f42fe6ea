"""How things stand: what waits, what is stuck, what runs out soon, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from adapters.bootstrap import TRUST_PACK_NOTE, Installation, now
from ledger.chain_port import BlockRef
from ledger.credential_states import State
from ledger.errors import MalformedInput, NotFound, OnceledgerError
from ledger.records import AgencyRow, BatchRow, KeyRow, WaitingImport
from ledger.registry_calls import call, result
from ledger.trust_description import AgencyStatus
from ledger.trust_folding import AccreditationState
from offices.agencies import registry
from offices.issuing import lists_due
from offices.pack_changes import unsaid
from offices.pack_terms import PackTerms, terms_of
from offices.whose_root import root_is_elsewhere

KEY_WARNING: Final = 30 * 86_400
"""Seconds before its end at which a key is shown as running out."""

PACK_WARNING: Final = timedelta(days=2)
"""Time before its end at which a trust pack should be followed by the next."""

_STANDINGS: Final[dict[int, AgencyStatus]] = {1: "active", 2: "suspended", 3: "suspended", 4: "merged"}
"""``AgencyStatus`` of the TrustRegistry; either of the two kinds of suspension."""


class Step(StrEnum):
    """What to do next; the doors have a sentence for each."""

    DEPLOY = "deploy"
    FOUND_OR_JOIN = "found-or-join"
    ROOT_ELSEWHERE = "root-elsewhere"
    IMPORT_PACK = "import-pack"
    ADD_AGENCY = "add-agency"
    ADD_TYPE = "add-type"
    ACCREDIT = "accredit"
    NEW_KEY = "new-key"
    SETTLE = "settle"
    RETRY = "retry"
    APPROVE = "approve"
    ISSUE = "issue"
    ANCHOR = "anchor"
    PUBLISH = "publish"
    MAKE_PACK = "make-pack"
    IMPORT = "import"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class KeyReport:
    """A key; ``left`` is the seconds until it runs out, 0 once it has ended."""

    key: KeyRow
    left: int

    @property
    def ends_soon(self) -> bool:
        """Whether it is time for the next one."""
        return self.left < KEY_WARNING


@dataclass(frozen=True, slots=True)
class AgencyReport:
    """One agency. ``standing`` is what the chain says, None when it does not answer. ``counts``: type name -> state ->
    credentials; ``oldest`` in Unix seconds; ``stuck`` batches were prepared or sent and are not settled; ``unsettled``
    counts signed transactions whose end is not known; ``lacks_key``: it has none in force and something to sign.
    ``imports`` wait for a reviewer. ``lists_due`` have changes that no version shows, or are signed by a former key;
    ``lists_unsettled`` a newest version that was prepared and is not on the chain: verifiers do not know it either."""

    agency: AgencyRow
    standing: AgencyStatus | None
    counts: dict[str, dict[State, int]]
    pending: int
    oldest: int | None
    batches: dict[str, int]
    stuck: tuple[BatchRow, ...]
    unsettled: int
    lists_due: tuple[int, ...]
    lists_unsettled: tuple[int, ...]
    keys: tuple[KeyReport, ...]
    imports: tuple[WaitingImport, ...]
    lacks_key: bool = False

    def count(self, state: State) -> int:
        """Credentials in a state, over all types."""
        return sum(states.get(state, 0) for states in self.counts.values())


@dataclass(frozen=True, slots=True)
class Overview:
    """The installation. ``head`` is None, and ``chain_problem`` says why, when the chain does not answer.
    ``pack_changes`` counts what the chain says by now and the newest trust pack does not. ``step_of``: the agency of
    the step, if it is one of an agency."""

    deployed: bool
    head: BlockRef | None
    chain_id: int | None
    chain_problem: OnceledgerError | None
    types: int
    agencies: tuple[AgencyReport, ...]
    pack: PackTerms | None
    pack_due: bool
    pack_changes: int
    step: Step
    step_of: AgencyRow | None = None


def overview(inst: Installation) -> Overview:
    """Read all of it from the records, and the chain's head if it answers."""
    head = chain_id = problem = None
    try:
        head, chain_id = inst.chain.head(), inst.chain.chain_id()
    except OnceledgerError as error:
        problem = error
    try:
        inst.contracts()
        deployed = True
    except NotFound:
        deployed = False
    answers = deployed and head is not None
    agencies = tuple(_agency(inst, row, answers=answers) for row in inst.records.agencies())
    rights = _rights(inst) if answers and any(map(_is_keyless, agencies)) else None
    agencies = tuple(replace(one, lacks_key=_is_keyless(one) and _signs(one, rights)) for one in agencies)
    types = len(inst.records.types())
    pack = _pack(inst)
    changes = len(unsaid(inst)) if answers else 0
    pack_due = pack is None or changes > 0 or pack.expires.timestamp() - PACK_WARNING.total_seconds() < now()
    if not deployed and inst.settings.chain_url:
        step, of = Step.FOUND_OR_JOIN, None
    elif deployed and _is_elsewhere(inst):
        # Agencies, types and the next pack are made where the root authority's keys are.
        step, of = _step(deployed, types, agencies, False, rights) if agencies else (Step.ROOT_ELSEWHERE, None)
        if pack_due and step in (Step.ROOT_ELSEWHERE, Step.IMPORT, Step.NOTHING):
            step, of = Step.IMPORT_PACK, None
    else:
        step, of = _step(deployed, types, agencies, pack_due, rights)
    return Overview(deployed, head, chain_id, problem, types, agencies, pack, pack_due, changes, step, of)


def _is_elsewhere(inst: Installation) -> bool:
    try:
        return root_is_elsewhere(inst)
    except MalformedInput:
        return False


def _is_keyless(one: AgencyReport) -> bool:
    return one.standing != "merged" and not any(key.left for key in one.keys)


def _signs(one: AgencyReport, rights: Sequence[AccreditationState] | None) -> bool:
    """Whether an agency needs a key: something waits to be signed, or it may issue and hands its right on to nobody.
    One that only accredits others, or may issue nothing, needs none."""
    if one.pending or one.count(State.DRAFT) or one.count(State.APPROVED):
        return True
    owner, known = one.agency.agency_id, rights or ()
    return any(each.agency_id == owner for each in known) and not any(each.grantor_id == owner for each in known)


def _rights(inst: Installation) -> list[AccreditationState] | None:
    """Accreditations in force, as the chain says; None when it does not answer."""
    try:
        known = registry(inst).accreditations.values()
    except OnceledgerError:
        return None
    return [one for one in known if one.ended_at is None and one.until > now()]


def _agency(inst: Installation, agency: AgencyRow, *, answers: bool) -> AgencyReport:
    records, owner = inst.records, agency.agency_id
    groups = [group for group in records.pending_groups() if group[0] == owner]
    batches = records.batches(owner)
    sender = inst.keys.account(agency.sender).address
    return AgencyReport(
        agency=agency,
        standing=_standing(inst, agency) if answers else None,
        counts={row.name: found for row in records.types() if (found := records.count(owner, row.type_id))},
        pending=sum(group[3] for group in groups),
        oldest=min((group[4] for group in groups), default=None),
        batches=dict(Counter(batch.state for batch in batches)),
        stuck=tuple(batch for batch in batches if batch.state in ("prepared", "submitted")),
        unsettled=len(records.unsettled(sender)),
        # A node that is silent is not waited for again, agency by agency.
        lists_due=tuple(lists_due(inst, agency) if answers else records.lists_to_publish(owner)),
        lists_unsettled=lists_unsettled(inst, owner),
        imports=tuple(records.waiting_imports(owner)),
        keys=tuple(KeyReport(key, max(0, key.valid_until - now())) for key in records.keys(owner)),
    )


def lists_unsettled(inst: Installation, agency_id: int) -> tuple[int, ...]:
    """Lists whose newest version is not known to be on the chain."""
    pairs = inst.records.status_lists(agency_id)
    newest = (inst.records.publication(pair.list_id + offset) for pair in pairs for offset in (0, 1))
    return tuple(row.list_id for row in newest if row is not None and row.state != "published")


def lists_behind(inst: Installation) -> int:
    """How many lists of all agencies say something else here than in what verifiers can have."""
    return sum(len({*lists_due(inst, row), *lists_unsettled(inst, row.agency_id)}) for row in inst.records.agencies())


def _standing(inst: Installation, agency: AgencyRow) -> AgencyStatus | None:
    try:
        answer = inst.chain.simulate(bytes(20), inst.contracts().trust, call("agencyOf(uint64)", agency.agency_id))
    except OnceledgerError:
        return None
    return _STANDINGS.get(result("uint8,address,uint64,uint64", answer)[0])


def _pack(inst: Installation) -> PackTerms | None:
    pack = inst.records.note(TRUST_PACK_NOTE)
    try:
        return None if pack is None else terms_of(pack)
    except MalformedInput:
        return None


def _step(
    deployed: bool,
    types: int,
    agencies: Sequence[AgencyReport],
    pack_due: bool,
    rights: Sequence[AccreditationState] | None,
) -> tuple[Step, AgencyRow | None]:
    """The step, and the agency that it is about."""
    if not deployed:
        return Step.DEPLOY, None
    if not agencies:
        return Step.ADD_AGENCY, None
    if not types:
        return Step.ADD_TYPE, None
    if rights == [] and not any(one.keys for one in agencies):
        return Step.ACCREDIT, agencies[0].agency
    waiting: tuple[tuple[Step, Callable[[AgencyReport], object]], ...] = (
        (Step.NEW_KEY, lambda one: one.lacks_key),
        (Step.SETTLE, lambda one: one.stuck),
        (Step.RETRY, lambda one: one.count(State.ANCHOR_REFUSED)),
        (Step.ISSUE, lambda one: one.count(State.APPROVED)),
        (Step.ANCHOR, lambda one: one.pending),
        (Step.PUBLISH, lambda one: one.lists_due or one.lists_unsettled),
        (Step.APPROVE, lambda one: one.count(State.DRAFT)),
    )
    for step, waits in waiting:
        of = next((one.agency for one in agencies if waits(one)), None)
        if of is not None:
            return step, of
    if pack_due:
        return Step.MAKE_PACK, None
    if any(one.counts for one in agencies):
        return Step.NOTHING, None
    return Step.IMPORT, next((one.agency for one in agencies if any(key.left for key in one.keys)), agencies[0].agency)
