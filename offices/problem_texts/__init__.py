"""Chinese for errors, by code: cause and cure. The English stands where the error is raised.

One module for a few areas (an area is what stands before the code's dot). ``{name}`` is filled from the error's
details, ``{cause}`` and ``{cure}`` with the English. Every code has its row, and a row asks only for what every
such error carries; ``tests/test_problems_page.py`` compares, and ``docs/problems.md`` is made from here.
"""

from __future__ import annotations

from typing import Final

from offices.problem_texts.chain import CHAIN
from offices.problem_texts.doors import DOORS
from offices.problem_texts.offices import OFFICES
from offices.problem_texts.reading import READING
from offices.problem_texts.registers import REGISTERS
from offices.problem_texts.status import STATUS
from offices.problem_texts.storage import STORAGE
from offices.problem_texts.trust import TRUST

PROBLEMS_ZH: Final[dict[str, tuple[str, str]]] = {
    **READING,
    **TRUST,
    **STATUS,
    **CHAIN,
    **STORAGE,
    **REGISTERS,
    **OFFICES,
    **DOORS,
}
"""Code -> (cause, cure)."""
