"""The life of a credential as its issuer keeps it (``docs/formats/credential.md``).

    draft ──approve──> approved ──issue──> pending anchor ──anchor──> anchored ──hold──> held ──resume──> anchored
      │                   │                  │      │                  │                  │
      └──reject──> rejected                  │      └─refuse─> anchor refused ─retry─> pending anchor
                                             │                        │      └──reopen──> approved
                                             └──────────void──────────┴──void / revoke / supersede──> (final)

What was refused because its key ended cannot be retried: it is reopened, and issued anew with another key.

*Expired* is derived from the dates and never stored. ``void`` means that it never should have existed; it is possible
before and after anchoring. What is final stays final.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ledger.errors import Conflict


class State(StrEnum):
    """Stored state of a credential."""

    DRAFT = "draft"
    REJECTED = "rejected"
    APPROVED = "approved"
    PENDING_ANCHOR = "pending_anchor"
    ANCHOR_REFUSED = "anchor_refused"
    ANCHORED = "anchored"
    HELD = "held"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    VOID = "void"


class Action(StrEnum):
    """What may be done to a credential."""

    APPROVE = "approve"
    REJECT = "reject"
    ISSUE = "issue"
    ANCHOR = "anchor"
    REFUSE = "refuse"
    RETRY = "retry"
    REOPEN = "reopen"
    HOLD = "hold"
    RESUME = "resume"
    SUPERSEDE = "supersede"
    REVOKE = "revoke"
    VOID = "void"


TRANSITIONS: Final[dict[tuple[State, Action], State]] = {
    (State.DRAFT, Action.APPROVE): State.APPROVED,
    (State.DRAFT, Action.REJECT): State.REJECTED,
    (State.APPROVED, Action.REJECT): State.REJECTED,
    (State.APPROVED, Action.ISSUE): State.PENDING_ANCHOR,
    (State.PENDING_ANCHOR, Action.ANCHOR): State.ANCHORED,
    (State.PENDING_ANCHOR, Action.REFUSE): State.ANCHOR_REFUSED,
    (State.PENDING_ANCHOR, Action.VOID): State.VOID,
    (State.ANCHOR_REFUSED, Action.RETRY): State.PENDING_ANCHOR,
    (State.ANCHOR_REFUSED, Action.REOPEN): State.APPROVED,
    (State.ANCHOR_REFUSED, Action.VOID): State.VOID,
    (State.ANCHORED, Action.HOLD): State.HELD,
    (State.HELD, Action.RESUME): State.ANCHORED,
    (State.ANCHORED, Action.SUPERSEDE): State.SUPERSEDED,
    (State.ANCHORED, Action.REVOKE): State.REVOKED,
    (State.ANCHORED, Action.VOID): State.VOID,
    (State.HELD, Action.SUPERSEDE): State.SUPERSEDED,
    (State.HELD, Action.REVOKE): State.REVOKED,
    (State.HELD, Action.VOID): State.VOID,
}

FINAL: Final = frozenset((State.REJECTED, State.SUPERSEDED, State.REVOKED, State.VOID))


def after(state: State, action: Action) -> State:
    """The state that ``action`` leads to; raises Conflict ``credential.state`` where it is not allowed."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        possible = sorted(a.value for s, a in TRANSITIONS if s is state)
        raise Conflict(
            "credential.state",
            f"A credential in state {state.value} cannot be the object of {action.value}.",
            f"Possible now: {', '.join(possible) or 'nothing: the state is final'}.",
            state=state.value,
            action=action.value,
            possible=possible,
        ) from None


def states_allowing(action: Action) -> tuple[State, ...]:
    """The states from which ``action`` is allowed."""
    return tuple(state for state, possible in TRANSITIONS if possible is action)
