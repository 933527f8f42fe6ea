"""Every error that onceledger raises on purpose.

    OnceledgerError
    ├── MalformedInput       the caller's bytes or arguments are wrong          (caller's fault)
    ├── NotFound             a thing that was named does not exist
    ├── Conflict             it exists already, or its state forbids the step
    ├── NotPermitted         who asks may not do this
    ├── Unavailable          a chain, store or database cannot be reached now   (try again)
    ├── Corrupt              what a store or a node returned is not what was stored
    └── Misconfigured        a setting, file or port that the operator must mend

An error carries a published ``code`` (``docs/problems.md`` lists all of them, a test compares), the ``cause`` in one
sentence and the ``cure`` in one more. Neither may contain personal data: name the row, the field and the rule, never
the value.
"""

from __future__ import annotations

from typing import Any


class OnceledgerError(Exception):
    """Base of the tree. ``code`` is stable and machine readable; ``cause`` and ``cure`` are for people."""

    def __init__(self, code: str, cause: str, cure: str = "", **detail: Any) -> None:
        super().__init__(f"{cause} {cure}".strip())
        self.code = code
        self.cause = cause
        self.cure = cure
        self.detail = detail

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive a trip between worker processes."""
        return (_rebuild, (type(self), self.code, self.cause, self.cure, self.detail))


def _rebuild(kind: type[OnceledgerError], code: str, cause: str, cure: str, detail: dict[str, Any]) -> OnceledgerError:
    return kind(code, cause, cure, **detail)


class MalformedInput(OnceledgerError):
    """The caller's bytes or arguments are wrong; sending them again changes nothing."""


class NotFound(OnceledgerError):
    """A thing that was named does not exist here."""


class Conflict(OnceledgerError):
    """It exists already, or its present state forbids the step."""


class NotPermitted(OnceledgerError):
    """Who asks may not do this."""


class Unavailable(OnceledgerError):
    """A chain, store or database cannot be reached now; the same call may succeed later."""


class Corrupt(OnceledgerError):
    """What a store or a node returned is not what was stored, or does not fit its proof."""


class Misconfigured(OnceledgerError):
    """A setting, a file or a port that the operator must mend."""
