"""One thing done for every agency: what one of them may not do does not keep the others waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cli.choices import chosen_agency
from cli.problems import INVALID, problem, report
from cli.session import Session
from ledger.errors import OnceledgerError, Unavailable

if TYPE_CHECKING:
    from adapters.bootstrap import Installation
    from ledger.records import AgencyRow

Failure = tuple["AgencyRow", OnceledgerError]


def each_agency(inst: Installation, host: str | None, act: Callable[[AgencyRow], None]) -> list[Failure]:
    """``act`` for the agency named, or for all; returns what went wrong with whom.

    The error of a single agency is raised, and so is Unavailable at once: the chain or the records are the same for
    all of them.
    """
    agencies = inst.records.agencies() if host is None else [chosen_agency(inst, host)]
    failed: list[Failure] = []
    for agency in agencies:
        try:
            act(agency)
        except Unavailable:
            raise
        except OnceledgerError as error:
            if len(agencies) == 1:
                raise
            failed.append((agency, error))
    return failed


def tell(session: Session, failed: list[Failure]) -> list[dict[str, Any]]:
    """Say which agencies failed, and why; returns the same for a program."""
    if not session.as_json:
        for agency, error in failed:
            session.err.print(session.text("agency.failed", host=agency.host), style="bold red", soft_wrap=True)
            report(error, session)
    return [{"agency": agency.agency_id, "host": agency.host, **problem(error, INVALID)} for agency, error in failed]
