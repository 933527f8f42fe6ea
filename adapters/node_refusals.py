"""What a node means when it refuses: Ethereum nodes say it in words, each in its own.

The words are those of go-ethereum, Hyperledger Besu, Polygon Edge and the embedded chain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ledger.errors import Conflict, MalformedInput, OnceledgerError, Unavailable

_KNOWN = re.compile(r"already known|known transaction|already imported|already[ _]exists", re.IGNORECASE)
_REVERTED = re.compile(
    r"revert|vm execution error|invalid opcode|out of gas|stack (over|under)flow|bad jump", re.IGNORECASE
)
_INTERNAL_ERRORS = (-32603, -32005)
"""JSON-RPC codes of a node in trouble: internal error, limit exceeded."""

_MESSAGE = 1_000
"""Characters of a node's message that are read: more are no help, and words are searched for in it."""


class NodeError(Exception):
    """An error answer of a node. It never leaves the adapter."""

    def __init__(self, method: str, error: Any) -> None:
        super().__init__(method)
        content = error if isinstance(error, dict) else {}
        code, message = content.get("code"), content.get("message")
        self.method = method
        self.code = code if isinstance(code, int) else 0
        self.message = message[:_MESSAGE] if isinstance(message, str) else ""
        self.data = content.get("data")

    def unavailable(self) -> Unavailable:
        """The error for a request that a healthy node would answer."""
        return Unavailable(
            "chain.node-error",
            f"The node answered {self.method} with an error.",
            "Try again; if it stays so, look at the node's log.",
            message=self.message,
        )


def is_known(error: NodeError) -> bool:
    """Whether a node says that it has the transaction already."""
    return _KNOWN.search(error.message) is not None


def refusal(error: NodeError) -> OnceledgerError:
    """The error for a transaction that a node did not take."""
    for words, make in _REFUSALS:
        if words.search(error.message):
            return make(error.message)
    if error.code in _INTERNAL_ERRORS:
        return error.unavailable()
    return Conflict(
        "chain.refused",
        "The node refused the transaction.",
        "Read the node's reason; sign another transaction.",
        reason=error.message,
    )


def reverted(error: NodeError, names: Mapping[bytes, str]) -> OnceledgerError:
    """The error for a call that failed: Conflict ``chain.reverted`` with selector, name and data of the contract's
    error, or Unavailable ``chain.node-error`` when it was not the call that failed."""
    content = _revert_data(error.data)
    if not content and not _REVERTED.search(error.message):
        return error.unavailable()
    name = names.get(content[:4], "")
    return Conflict(
        "chain.reverted",
        f"The contract refused the call{f' ({name})' if name else ''}.",
        "See the contract's error for the rule that was broken.",
        selector="0x" + content[:4].hex() if len(content) >= 4 else "",
        name=name,
        data=content,
        reason=error.message,
    )


def _revert_data(told: Any) -> bytes:
    """Nodes put the revert data into ``data`` as hexadecimal text, some of them one level deeper."""
    if isinstance(told, dict):
        told = told.get("data")
    if not isinstance(told, str) or not re.fullmatch(r"0x(?:[0-9a-fA-F]{2})*", told):
        return b""
    return bytes.fromhex(told[2:])


def _conflict(code: str, cause: str, cure: str) -> Callable[[str], OnceledgerError]:
    return lambda message: Conflict(code, cause, cure, reason=message)


def _malformed(code: str, cause: str, cure: str) -> Callable[[str], OnceledgerError]:
    return lambda message: MalformedInput(code, cause, cure, reason=message)


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_REFUSALS: tuple[tuple[re.Pattern[str], Callable[[str], OnceledgerError]], ...] = (
    (
        _words(r"nonce too low|nonce is too low"),
        _conflict(
            "chain.nonce-too-low",
            "Another transaction of the account has that nonce.",
            "Sign it again with the account's next nonce.",
        ),
    ),
    (
        _words(r"nonce too high|nonce gap|too distant|too far in the future|lower nonce"),
        _conflict(
            "chain.nonce-gap",
            "A transaction of the account with a lower nonce is missing.",
            "Send the missing one first.",
        ),
    ),
    (
        _words(r"replacement transaction|underpriced"),
        _conflict(
            "chain.nonce-taken",
            "Another transaction of the account with that nonce waits in the node's pool.",
            "Wait until it is in a block, then sign again.",
        ),
    ),
    (
        _words(r"intrinsic gas"),
        _malformed(
            "chain.intrinsic-gas",
            "The transaction offers less gas than is due before it starts.",
            "Sign it with more gas.",
        ),
    ),
    (
        _words(r"(exceeds|above).*gas limit|gas limit.*(exceeds|too high)"),
        _malformed(
            "chain.gas-limit",
            "The transaction wants more gas than a block holds.",
            "Split the work over several transactions.",
        ),
    ),
    (
        _words(r"chain ?id|invalid sender"),
        _malformed(
            "chain.other-chain",
            "The transaction is signed for another chain.",
            "Sign it with this chain's id.",
        ),
    ),
    (
        _words(r"insufficient funds|upfront cost|insufficient balance"),
        _conflict(
            "chain.no-funds",
            "The account cannot pay for the transaction.",
            "Sign it with a gas price and a value of zero, or fund the account.",
        ),
    ),
    (
        _words(r"rlp|signature|malformed|decod|invalid transaction"),
        _malformed(
            "chain.transaction-malformed",
            "The bytes are not a signed transaction that the node reads.",
            "Sign the transaction again.",
        ),
    ),
)
