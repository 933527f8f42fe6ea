"""A stranger's text on somebody's terminal: shown whole, marked where it shows nothing, and never obeyed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cli.claim_rows import claim_rows
from cli.printable import CELL, json_text, printable
from cli.tables import table
from cli.verdicts import whole
from ledger.label import Label
from ledger.trust_description import FieldEntry

HOSTILE = ["\x9b2J", "\x1b[1m", "\x7f", "\x85", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\xad", "\udcff"]
BLANK = ["\u3164", "\u2800", "\u115f", "\u1160", "\uffa0", "\u034f", "\u17b4", "\U000e0100", "\ufe0f"]


@pytest.mark.parametrize("text", HOSTILE + BLANK)
def test_nothing_is_obeyed_or_invisible(text: str) -> None:
    assert printable(f"x{text}y").startswith("x\ufffd")
    shown = json_text({f"k{text}": [f"x{text}y"]})
    assert text[0] not in shown
    assert json.loads(shown) == {f"k{text}": [f"x{text}y"]}


@pytest.mark.parametrize("text", ["旺財", "𠮷䶮㛃", "买买提·艾力", "葛\U000e0100城", "Ægir", "e\u0301"])
def test_what_people_are_called_stays_readable(text: str) -> None:
    assert printable(text) == text
    assert text in json_text({"name": text})


@given(st.recursive(st.text() | st.integers() | st.none(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_programs_read_the_same_value(value: Any) -> None:
    shown = json_text(value)
    assert json.loads(shown) == value
    assert all(line.isprintable() for line in shown.split("\n"))


def test_a_cell_says_how_much_is_hidden() -> None:
    assert printable("x" * CELL) == "x" * CELL
    assert printable("x" * (CELL + 7)) == "x" * CELL + "… (+7)"
    assert printable("x" * 5_000, None) == "x" * 5_000


def test_a_claim_is_shown_whole_with_a_row_for_each_object() -> None:
    restriction = "only for use as a guard dog"
    fields = (FieldEntry("dog", Label("犬", "Dog"), (FieldEntry("long", Label("长", "Long")),)),)
    claims = {"dog": [{"x" * 380: "y", "long": "z" * 2_000}, {"long": restriction}]}
    rows = whole(claim_rows(fields, claims, "en"))
    assert [row[0].plain for row in rows] == ["Dog 1", "Dog 2"]
    console = Console(width=100)
    with console.capture() as captured:
        console.print(table(["a", "b"], rows))
    text = captured.get()
    assert restriction in text
    assert text.count("z") == 2_000
