"""Check digits: the standards' own examples, every single slip of the pen, and arbitrary text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.china_identifiers import (
    birth_date,
    credit_code_check,
    is_credit_code,
    is_organisation_code,
    is_resident_id,
    organisation_code_check,
    resident_id_check,
)

RESIDENT_IDS = ["11010519491231002X", "440524188001010014"]  # GB 11643-1999, annex A
CREDIT_CODES = ["91350100M000100Y43", "91110000600037341L", "91310110666007217T"]


@pytest.mark.parametrize("number", RESIDENT_IDS)
def test_examples_of_the_standard_for_identity_numbers(number: str) -> None:
    assert is_resident_id(number)
    assert resident_id_check(number[:17]) == number[17]


def test_birth_date_is_in_the_number() -> None:
    assert birth_date("11010519491231002X") == "1949-12-31"


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_known_credit_codes(code: str) -> None:
    assert is_credit_code(code)
    assert credit_code_check(code[:17]) == code[17]
    assert is_organisation_code(code[8:17])
    assert organisation_code_check(code[8:16]) == code[16]


@pytest.mark.parametrize("number", RESIDENT_IDS)
@pytest.mark.parametrize("place", range(18))
def test_every_wrong_digit_of_an_identity_number_is_seen(number: str, place: int) -> None:
    for digit in "0123456789X":
        if digit != number[place]:
            assert not is_resident_id(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize("code", CREDIT_CODES)
@pytest.mark.parametrize("place", range(18))
def test_every_wrong_character_of_a_credit_code_is_seen(code: str, place: int) -> None:
    for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        if character != code[place]:
            assert not is_credit_code(code[:place] + character + code[place + 1 :])


@pytest.mark.parametrize("place", range(16))
def test_exchanged_neighbours_of_an_identity_number_are_seen(place: int) -> None:
    number = RESIDENT_IDS[0]
    exchanged = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert exchanged == number or not is_resident_id(exchanged)


def test_birth_date_that_does_not_exist() -> None:
    first17 = "11010520230230002"
    assert not is_resident_id(first17 + resident_id_check(first17))


@pytest.mark.parametrize(
    "text", ["", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002x", "11010519491231002X\n"]
)
def test_other_writing_of_an_identity_number_is_refused(text: str) -> None:
    assert not is_resident_id(text)


@given(st.text(max_size=20))
def test_any_text_is_answered(text: str) -> None:
    assert is_resident_id(text) in (True, False)
    assert is_credit_code(text) in (True, False)
    assert is_organisation_code(text) in (True, False)


@given(st.from_regex(r"[0-9]{17}", fullmatch=True))
def test_exactly_one_check_character_fits(first17: str) -> None:
    assert resident_id_check(first17) in "0123456789X"
    assert sum(is_resident_id(first17 + last) for last in "0123456789X") <= 1
