"""Whose seals an installation on a network trusts: its pack's validators, else those that its settings state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nodes import node, serving
from office import CHEAP, settings
from trust_samples import DESCRIPTION, first_pack
from web3 import Web3

from adapters.bootstrap import create_installation, open_installation
from adapters.embedded_chain import EmbeddedChain
from adapters.embedded_provider import EmbeddedProvider
from adapters.evm import EvmChain
from adapters.pack_validators import PackValidators
from adapters.sealing_validators import SealingValidators
from ledger.block_header import Header
from ledger.errors import Corrupt, Misconfigured, NotFound, OnceledgerError
from ledger.trust_description import ValidatorSet
from offices import evidence
from offices.root import found

OURS = SealingValidators([bytes([number]) * 32 for number in range(1, 5)])
OTHERS = tuple(bytes([number]) * 20 for number in range(1, 5))
STATED = ", ".join("0x" + one.hex() for one in OURS.addresses)


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[EmbeddedChain]:
    made = EmbeddedChain.create(tmp_path / "network", chain_id=7, validators=OURS, clock=lambda: 1_790_000_000)
    made.mine_empty()
    yield made
    made.close()


@pytest.fixture
def header(chain: EmbeddedChain) -> Header:
    return EvmChain(Web3(EmbeddedProvider(chain)), lambda _: None).unverified_header(1)


def pack_of(validators: tuple[bytes, ...]) -> bytes:
    sets = (ValidatorSet(0, None, validators),)
    return first_pack(replace(DESCRIPTION, chain=replace(DESCRIPTION.chain, validator_sets=sets)))


def refusal(trusted: PackValidators, header: Header) -> OnceledgerError:
    with pytest.raises(OnceledgerError) as caught:
        trusted(header)
    return caught.value


def test_the_pack_goes_before_what_is_stated(header: Header) -> None:
    PackValidators(STATED, lambda: None)(header)
    PackValidators("", lambda: pack_of(tuple(OURS.addresses)))(header)
    told = refusal(PackValidators(STATED, lambda: pack_of(OTHERS)), header)
    assert (type(told), told.code) == (Corrupt, "chain.not-sealed")


def test_a_newer_pack_is_taken_up(header: Header) -> None:
    packs = [pack_of(OTHERS)]
    trusted = PackValidators("", lambda: packs[-1])
    assert refusal(trusted, header).code == "chain.not-sealed"
    packs.append(pack_of(tuple(OURS.addresses)))
    trusted(header)


def test_nobody_named_them(header: Header) -> None:
    told = refusal(PackValidators(" ", lambda: None), header)
    assert (type(told), told.code) == (NotFound, "trust-pack.validators-unknown")
    for wrong in ("0x12", STATED + ",", "yes", STATED.replace("0x", "0y")):
        told = refusal(PackValidators(wrong, lambda: None), header)
        assert (type(told), told.code) == (Misconfigured, "settings.validators")


def test_a_network_is_founded_and_described_over_http(tmp_path: Path, chain: EmbeddedChain) -> None:
    with serving(node(EmbeddedProvider(chain))) as url:
        silent = settings(tmp_path / "data", chain_url=url)
        create_installation(silent, cost=CHEAP)
        with open_installation(silent) as inst, pytest.raises(NotFound) as caught:
            found(inst)
        assert caught.value.code == "trust-pack.validators-unknown"
        with open_installation(settings(tmp_path / "data", chain_url=url, validators=STATED)) as inst:
            found(inst)
            soon = datetime.now(UTC) + timedelta(days=7)
            evidence.make_trust_pack(inst, expires=soon, root_expires=soon, validators=tuple(OURS.addresses))
        with open_installation(silent) as inst:  # the pack says it from now on
            assert inst.chain.head().number == chain.head().number
