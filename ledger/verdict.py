"""What a verification says: one result, and one finding for each check that was reached.

Failed beats cannot be checked beats passed: invalid | cannot be checked | valid
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.reasons import CHECKS, REASONS, Check, Outcome, Reason, Result
from ledger.trust_description import Agency, CredentialTypeEntry


class NotVerified(Exception):
    """Raised by ``Verification.raise_for_failure``; carries the verification."""

    def __init__(self, verification: Verification) -> None:
        super().__init__(verification.decisive.en)
        self.verification = verification


class Verification(NamedTuple):
    """The verdict, and one finding per check that was reached, in the order of the sequence.

    ``issuer`` and ``kind`` are the trust pack's entries; ``anchored_at`` and ``status_at`` are Unix seconds of proven
    blocks; ``successor`` is the leaf of the credential that replaces a superseded one. ``precedes_anchor``: a past
    moment was asked about at which the credential was not anchored yet, so that nobody could rely on it.
    """

    result: Result
    findings: tuple[Reason, ...]
    issuer: Agency | None = None
    kind: CredentialTypeEntry | None = None
    anchored_at: int | None = None
    block: int | None = None
    status_at: int | None = None
    successor: bytes | None = None
    precedes_anchor: bool = False

    @property
    def verified(self) -> bool:
        """Whether the result is valid."""
        return self.result is Result.VALID

    @property
    def decisive(self) -> Reason:
        """The first finding that decides the result (the last one when all passed)."""
        wanted = {Result.INVALID: Outcome.FAILED, Result.CANNOT_CHECK: Outcome.CANNOT_CHECK}.get(self.result)
        return next((found for found in self.findings if found.outcome is wanted), self.findings[-1])

    def finding(self, check: Check) -> Reason | None:
        """What one check said; none when the sequence ended before it."""
        return next((found for found in self.findings if found.check is check), None)

    def raise_for_failure(self) -> None:
        """Raise NotVerified unless valid."""
        if not self.verified:
            raise NotVerified(self)


def untrusted(code: str = "trust.unusable") -> Verification:
    """The verdict when the trust pack itself cannot be used: nothing can be checked."""
    return stopped(code)


def stopped(code: str) -> Verification:
    """The sequence ended at ``code``; what came before it passed."""
    reason = REASONS[code]
    passed = tuple(REASONS[_PASSED[check]] for check in CHECKS[: CHECKS.index(reason.check)])
    return Verification(result_of([reason]), (*passed, reason))


_PASSED: Final = {CHECKS[0]: "trust.accepted", CHECKS[1]: "well-formed.passed"}


@lru_cache(maxsize=1024)
def concluded(codes: tuple[str, ...]) -> tuple[Result, tuple[Reason, ...]]:
    """The result and the findings of reason codes; most of the certificates of a folder have the same."""
    findings = tuple([REASONS[code] for code in codes])
    return result_of(findings), findings


def result_of(findings: Sequence[Reason]) -> Result:
    """Failed beats cannot be checked beats passed; what does not apply says nothing."""
    outcomes = {found.outcome for found in findings}
    if Outcome.FAILED in outcomes:
        return Result.INVALID
    return Result.CANNOT_CHECK if Outcome.CANNOT_CHECK in outcomes else Result.VALID
