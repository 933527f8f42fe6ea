"""The table of digests against a plain dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from issuers.seen_rows import SeenRows


@given(st.lists(st.binary(max_size=2), max_size=300))
def test_it_answers_like_a_dictionary(texts: list[bytes]) -> None:
    seen, model = SeenRows(), dict[bytes, int]()
    for row, text in enumerate(texts, 1):
        assert seen.first(text, row) == model.get(text)
        model.setdefault(text, row)


def test_it_forgets_nothing_while_it_grows() -> None:
    seen = SeenRows()
    texts = [str(number).encode() for number in range(5000)]
    assert [seen.first(text, row) for row, text in enumerate(texts, 1)] == [None] * 5000
    assert [seen.first(text, 9999) for text in texts] == list(range(1, 5001))
