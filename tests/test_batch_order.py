"""The order of a batch's leaves tells nobody whose neighbour a person is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import shake_256

import pytest

from issuers.anchor import _random_order as random_order


def stream(seed: int) -> Callable[[int], bytes]:
    """Random bytes that a seed repeats."""
    counter = iter(range(1 << 20))
    return lambda size: shake_256(b"%d %d" % (seed, next(counter))).digest(size)


@pytest.mark.parametrize("size", [1, 2, 63, 64, 8_191, 8_192, 8_193, 20_000])
def test_every_place_is_given_once(size: int) -> None:
    order = random_order(size, stream(size))
    assert sorted(order) == list(range(size))
    assert size < 63 or order.tolist() != list(range(size))


def test_another_chance_gives_another_order() -> None:
    assert random_order(1_000, stream(1)) == random_order(1_000, stream(1))
    assert random_order(1_000, stream(1)) != random_order(1_000, stream(2))


def test_all_orders_are_equally_likely() -> None:
    counts = Counter(tuple(random_order(4, stream(seed))) for seed in range(12_000))
    assert len(counts) == 24
    # 500 each are expected; chi-square with 23 degrees of freedom exceeds 60 once in 30,000 times
    assert sum((count - 500) ** 2 / 500 for count in counts.values()) < 60
