from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import base64url
from ledger.errors import MalformedInput


@given(st.binary(max_size=200))
def test_what_is_written_is_read_and_is_rfc_4648(data: bytes) -> None:
    text = base64url.encode(data)
    assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert base64url.encode_bytes(data) == text.encode()
    assert base64url.decode(text) == data


@given(st.text(alphabet="ABCDEFabcdef0189-_+/= \n.é", max_size=9))
def test_each_value_has_one_text(text: str) -> None:
    try:
        data = base64url.decode(text)
    except MalformedInput as refused:
        assert refused.code == "base64url.malformed"
    else:
        assert base64url.encode(data) == text


@pytest.mark.parametrize("text", ["A", "AB", "AAB", "AA==", "A A", "AA\n", "AA+A", "AA/A", "é", "AAAAA"])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(MalformedInput):
        base64url.decode(text)
