"""Parts for tests on the embedded chain: keys, a clock, signed transactions and a small contract."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account

from adapters.embedded_chain import EmbeddedChain
from adapters.evm_execution import contract_address
from adapters.sealing_validators import SealingValidators

CHAIN_ID = 20260
NOON = 1_790_000_000
VALIDATOR_KEYS = [bytes([0x10 + number]) * 32 for number in range(4)]
VALIDATORS = SealingValidators(VALIDATOR_KEYS)

# A call without data reverts with 0xdeadbeef. Any other adds one to slot 0, emits (topic: first word of the data; data:
# the new count) and returns the count.
COUNTER = bytes.fromhex(
    "36601457"
    + "63deadbeef60e01b600052"
    + "60046000fd"
    + "5b60016000540180600055600052"
    + "60003560206000a1"
    + "60206000f3"
)


def creating(runtime: bytes) -> bytes:
    """Code that deploys ``runtime``."""
    size = f"{len(runtime):02x}"
    return bytes.fromhex(f"60{size}600c60003960{size}6000f3") + runtime


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now: int = NOON

    def __call__(self) -> int:
        return self.now


class Sender:
    """An account that signs transactions, one nonce after the other."""

    def __init__(self, number: int = 1, nonce: int = 0) -> None:
        self.account: Any = Account.from_key(bytes([number]) * 32)
        self.address = bytes.fromhex(self.account.address[2:])
        self.nonce = nonce

    def sign(self, to: bytes | None, data: bytes = b"", **changes: Any) -> bytes:
        fields: dict[str, Any] = {
            "nonce": self.nonce,
            "gasPrice": 0,
            "gas": 500_000,
            "to": to or b"",
            "value": 0,
            "data": data,
            "chainId": CHAIN_ID,
        }
        fields.update(changes)
        if "maxFeePerGas" in changes:
            del fields["gasPrice"]
        if "nonce" not in changes:
            self.nonce += 1
        return bytes(self.account.sign_transaction(fields).raw_transaction)


def new_chain(folder: Path, clock: Clock | None = None) -> EmbeddedChain:
    return EmbeddedChain.create(folder, chain_id=CHAIN_ID, validators=VALIDATORS, clock=clock or Clock())


def reopened(folder: Path, clock: Clock | None = None) -> EmbeddedChain:
    return EmbeddedChain.open(folder, validators=VALIDATORS, clock=clock or Clock())


def with_counter(chain: EmbeddedChain, sender: Sender) -> bytes:
    """Deploys the counter and returns its address."""
    address = contract_address(sender.address, sender.nonce)
    chain.submit(sender.sign(None, creating(COUNTER)))
    return address


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")
