"""Python's recursion limit, set back after libraries have raised it.

web3.py and py-evm (through py-ecc) raise the limit of the whole process from 1,000 to 100,000 when they are imported.
With such a limit a document nested deeply enough makes a parser overflow the real stack, and the interpreter dies
instead of raising RecursionError. A module that imports one of them calls ``restore_recursion_limit`` right after.
"""

from __future__ import annotations

import sys

RECURSION_LIMIT = 1_000
"""Python's own."""


def restore_recursion_limit() -> None:
    """Sets the limit back. For the import of a module, when the stack is shallow."""
    sys.setrecursionlimit(RECURSION_LIMIT)
