"""Who may issue what: accreditations, their delegation and their end; suspension, readmission and merger."""

from __future__ import annotations

from authority.acts import Act
from ledger.chain_port import TransactionOutcome
from ledger.registry_calls import call


def accredit(*, act: Act, agency_id: int, type_id: int, until: int, may_delegate: bool = False) -> TransactionOutcome:
    """Let an agency issue a type until ``until`` (Unix seconds). ``act`` is the root's, or the admin's of an agency
    that may delegate this type itself (three deep at most, walked again at every anchor); it then ends no later than
    that agency's own."""
    return act(call("accredit(uint64,uint64,uint64,bool)", agency_id, type_id, until, may_delegate))


def end_accreditation(*, act: Act, agency_id: int, type_id: int) -> TransactionOutcome:
    """End it now; what hangs on it by delegation ends with it. ``act`` is the grantor's, the root's or, for what
    another agency gave, that of the agency's accreditor."""
    return act(call("endAccreditation(uint64,uint64)", agency_id, type_id))


def suspend(*, act: Act, agency_id: int) -> TransactionOutcome:
    """The agency can anchor and publish nothing until it is readmitted; what it issued stays as it is."""
    return act(call("suspendAgency(uint64)", agency_id))


def readmit(*, act: Act, agency_id: int) -> TransactionOutcome:
    """End a suspension. One by the root is ended by the root alone."""
    return act(call("readmitAgency(uint64)", agency_id))


def merge(*, act: Act, agency_id: int, successor_id: int) -> TransactionOutcome:
    """The agency goes up in its successor (root only). Its certificates stay valid and name the successor."""
    return act(call("mergeAgency(uint64,uint64)", agency_id, successor_id))
