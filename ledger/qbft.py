"""QBFT headers as Hyperledger Besu makes them: the extraData codec, the block hash, the seals.

    extraData = RLP [vanity (32 bytes), [validator (20 bytes) ...], vote, round, [seal (65 bytes, r || s || v) ...]]
    vote      = [] or [recipient (20 bytes), 0xff to add or empty to drop]

    block hash  = Keccak-256 of the header with extraData of round 0 and without seals
    seal digest = Keccak-256 of the header with extraData of its real round and without seals: what a seal signs

Source: EEA QBFT blockchain consensus protocol 1.0 section 5, and Besu's ``QbftExtraDataCodec``, ``BftBlockHashing``,
``BftCommitSealsValidationRule``, ``BftValidatorsValidationRule`` and ``SECPSignature``, whose rules are followed:

* a quorum is ceil(2n/3) distinct members of the set in force after the parent; the same signer twice, or one seal by an
  outsider, spoils the header even when a quorum of others remains;
* the recovery id is 0 or 1, r and s are from 1 to n-1. Besu accepts s in the upper half though it never makes one, so
  it is accepted here: refusing it would let one dishonest validator make a block that the network takes and nobody can
  verify. The block hash does not cover seals, so nothing is gained by respelling one;
* validators are listed in ascending order; a network with a validator contract lists none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coincurve import PublicKey

from ledger import strict_rlp
from ledger.block_header import MAX_HEADER_SIZE, Header, encode_header
from ledger.digest import Digest
from ledger.errors import MalformedInput
from ledger.keccak import ADDRESS_SIZE, address_of_public_key, keccak256

MIX_HASH = Digest(b"ctical byzantine fault tolerance")
"""mixHash of every QBFT and IBFT 2.0 header."""
VANITY_SIZE = 32
SEAL_SIZE = 65
VOTE_ADD = b"\xff"
VOTE_DROP = b""

_ASK_AGAIN = "Ask the network for the block again."


@dataclass(frozen=True, slots=True)
class ExtraData:
    """Decoded extraData. ``vote`` is (recipient, VOTE_ADD or VOTE_DROP) or None."""

    vanity: bytes
    validators: tuple[bytes, ...]
    vote: tuple[bytes, bytes] | None
    round: int
    seals: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """What a quorum of validators sealed. Only ``verify_seals`` makes one."""

    hash: Digest
    number: int
    time: int
    receipts_root: Digest
    sealers: tuple[bytes, ...]


def quorum(validators: int) -> int:
    """Seals that a set of ``validators`` members needs: ceil(2n/3)."""
    return -(-2 * validators // 3)


def decode_extra_data(data: bytes) -> ExtraData:
    """Raises MalformedInput ``rlp.malformed``; also for the IBFT 2.0 codec, whose round is four fixed bytes."""
    parts = strict_rlp.decode_list(data, max_size=MAX_HEADER_SIZE)
    if len(parts) != 5:
        raise strict_rlp.malformed("QBFT extraData has five items")
    vanity, validators, vote, round_number, seals = parts
    return ExtraData(
        vanity=strict_rlp.string(vanity, VANITY_SIZE),
        validators=tuple([strict_rlp.string(item, ADDRESS_SIZE) for item in strict_rlp.items(validators)]),
        vote=_vote(strict_rlp.items(vote)),
        round=strict_rlp.uint(round_number, 4),
        seals=tuple([strict_rlp.string(item, SEAL_SIZE) for item in strict_rlp.items(seals)]),
    )


def encode_extra_data(extra: ExtraData) -> bytes:
    """The extraData bytes of ``extra``."""
    return strict_rlp.encode(
        [extra.vanity, extra.validators, extra.vote or (), strict_rlp.encode_uint(extra.round), extra.seals]
    )


def block_hash(header: Header) -> Digest:
    """Hash by which the network names the block. Raises MalformedInput ``rlp.malformed`` for other extraData.

    The genesis block has no round and no seals: its hash covers extraData as it is.
    """
    if header.number == 0:
        return keccak256(encode_header(header))
    return _block_hash(header, decode_extra_data(header.extra_data))


def seal_digest(header: Header) -> Digest:
    """Digest that a validator signs to seal ``header``."""
    return _seal_digest(header, decode_extra_data(header.extra_data))


def recover_sealers(header: Header) -> list[bytes]:
    """Addresses that made the header's seals, in the order of the seals; any key at all could be among them.

    Raises MalformedInput ``rlp.malformed``, ``qbft.seal-malformed`` or ``qbft.recovery-id``.
    """
    extra = decode_extra_data(header.extra_data)
    return _recover(_seal_digest(header, extra), extra.seals)


def verify_seals(header: Header, validators: Sequence[bytes]) -> SealedBlock:
    """The block that a quorum of ``validators`` (20-byte addresses, the set in force after the parent) sealed.

    In this order, raises MalformedInput
    ``qbft.validator-set`` (the caller's set is empty, repeats a member or is not of addresses),
    ``qbft.genesis`` (block 0 has no seals: it is known by its hash),
    ``rlp.malformed`` (extraData),
    ``qbft.not-qbft`` (mixHash or difficulty are not QBFT's),
    ``qbft.other-validators`` (the header lists a set, and another one),
    ``qbft.too-few-seals``, ``qbft.too-many-seals`` (more than members: they are not recovered at all),
    ``qbft.seal-malformed``, ``qbft.recovery-id``,
    ``qbft.sealed-twice`` (two seals of one signer), ``qbft.outside-seal`` (a signer who is not a member).
    """
    members = sorted(set(validators))
    if not members or len(members) != len(validators) or any(len(member) != ADDRESS_SIZE for member in members):
        raise MalformedInput(
            "qbft.validator-set",
            "The validator set is empty, repeats a member or holds something that is not an address.",
            "Use the validator set of the trust pack.",
        )
    if header.number == 0:
        raise MalformedInput(
            "qbft.genesis", "The genesis block carries no seals.", "Compare its hash with the trust pack's."
        )
    extra = decode_extra_data(header.extra_data)
    if header.mix_hash != MIX_HASH or header.difficulty != 1:
        raise MalformedInput("qbft.not-qbft", "The header is not one of a QBFT network.", _ASK_AGAIN)
    if extra.validators and list(extra.validators) != members:
        raise MalformedInput(
            "qbft.other-validators",
            "The header lists another validator set than the one in force.",
            "Use a trust pack that covers the block.",
            number=header.number,
        )
    needed = quorum(len(members))
    if len(extra.seals) < needed:
        raise MalformedInput(
            "qbft.too-few-seals",
            f"The header has {len(extra.seals)} seals; a quorum needs {needed}.",
            _ASK_AGAIN,
            number=header.number,
        )
    if len(extra.seals) > len(members):
        raise MalformedInput("qbft.too-many-seals", "The header has more seals than validators.", _ASK_AGAIN)
    digest = _seal_digest(header, extra)
    sealers = _recover(digest, extra.seals)
    if len(set(sealers)) != len(sealers):
        raise MalformedInput("qbft.sealed-twice", "Two seals of the header are by one signer.", _ASK_AGAIN)
    if not set(sealers).issubset(members):
        raise MalformedInput(
            "qbft.outside-seal",
            "A seal of the header is not by a validator, or the header was changed after it was sealed.",
            _ASK_AGAIN,
            number=header.number,
        )
    return SealedBlock(
        hash=digest if extra.round == 0 else _block_hash(header, extra),
        number=header.number,
        time=header.time,
        receipts_root=header.receipts_root,
        sealers=tuple(sealers),
    )


def is_of_others(header: Header, validators: Sequence[bytes]) -> bool:
    """Whether a QBFT header leaves open that others than ``validators`` were in force: it lists none, or others.

    It proves nothing: anybody may write such a header. False for what is no header of a QBFT network.
    """
    try:
        extra = decode_extra_data(header.extra_data)
    except MalformedInput:
        return False
    return header.mix_hash == MIX_HASH and header.difficulty == 1 and list(extra.validators) != sorted(validators)


def _vote(parts: list[strict_rlp.Item]) -> tuple[bytes, bytes] | None:
    if not parts:
        return None
    if len(parts) != 2:
        raise strict_rlp.malformed("a vote has a recipient and a direction")
    recipient, direction = strict_rlp.string(parts[0], ADDRESS_SIZE), strict_rlp.string(parts[1])
    if direction not in (VOTE_ADD, VOTE_DROP):
        raise strict_rlp.malformed("a vote's direction is 0xff or empty")
    return recipient, direction


def _block_hash(header: Header, extra: ExtraData) -> Digest:
    return keccak256(encode_header(header, extra_data=encode_extra_data(replace(extra, round=0, seals=()))))


def _seal_digest(header: Header, extra: ExtraData) -> Digest:
    return keccak256(encode_header(header, extra_data=encode_extra_data(replace(extra, seals=()))))


def _recover(digest: Digest, seals: Sequence[bytes]) -> list[bytes]:
    return [_signer(digest, seal) for seal in seals]


def _signer(digest: Digest, seal: bytes) -> bytes:
    if seal[64] > 1:
        raise MalformedInput("qbft.recovery-id", "A seal's recovery id is neither 0 nor 1.", _ASK_AGAIN)
    try:
        key = PublicKey.from_signature_and_message(seal, digest, hasher=None)
    except ValueError:  # r or s out of range, or r the abscissa of no point
        raise MalformedInput(
            "qbft.seal-malformed", "A seal is not a recoverable secp256k1 signature.", _ASK_AGAIN
        ) from None
    return address_of_public_key(key.format(compressed=False))
