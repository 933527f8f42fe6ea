"""The validators of the embedded chain: a few keys in one process that seal as Hyperledger Besu's validators do.

A Besu network writes exactly a quorum of seals under a block, of round 0 as long as nobody fails, and lets the
validators propose in turn, in ascending order of their addresses, from block 1 on. So does this: the proposer and those
that follow it seal. There is no agreement among them, one process holds all keys: the blocks say who sealed, not that
several parties did.
"""

from __future__ import annotations

from collections.abc import Sequence

from coincurve import PrivateKey

from ledger.errors import Misconfigured
from ledger.keccak import address_of_public_key
from ledger.qbft import quorum


class SealingValidators:
    """Keys that seal. They stay in memory; where they are kept is the caller's affair."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """``keys``: distinct secp256k1 private keys, 32 bytes each, at least one.

        Raises Misconfigured ``chain.validator-keys``.
        """
        try:
            pairs = sorted(
                (address_of_public_key(key.public_key.format(compressed=False)), key) for key in map(PrivateKey, keys)
            )
        except (ValueError, TypeError):
            raise _bad_keys() from None
        self._keys = [key for _, key in pairs]
        self.addresses: tuple[bytes, ...] = tuple(address for address, _ in pairs)
        """Addresses, 20 bytes each, ascending: the validator set."""
        if not pairs or len(set(self.addresses)) != len(pairs):
            raise _bad_keys()

    def proposer(self, number: int) -> bytes:
        """Address that proposes block ``number`` (from 1 on)."""
        return self.addresses[(number - 1) % len(self.addresses)]

    def seal(self, number: int, digest: bytes) -> tuple[bytes, ...]:
        """A quorum of seals (65 bytes each, r || s || v) on the seal digest of block ``number``; deterministic."""
        first = (number - 1) % len(self._keys)
        sealing = (self._keys[first:] + self._keys[:first])[: quorum(len(self._keys))]
        return tuple(key.sign_recoverable(digest, hasher=None) for key in sealing)


def _bad_keys() -> Misconfigured:
    return Misconfigured(
        "chain.validator-keys",
        "The validator keys are not distinct secp256k1 private keys of 32 bytes.",
        "Restore the key files of the embedded chain's validators.",
    )
