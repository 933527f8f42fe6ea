"""The validators that an installation on a network trusts: those of its newest trust pack; before there is one, those
that its settings state."""

from __future__ import annotations

from collections.abc import Callable

from ledger import trust_pack_files, trust_reading
from ledger.block_header import Header
from ledger.errors import Corrupt, Misconfigured, NotFound
from ledger.trust_description import ValidatorSet
from ledger.trusted_validators import TrustedValidators


class PackValidators:
    """A ``SealCheck`` that follows the newest pack, whichever process imported or made it."""

    def __init__(self, stated: str, newest_pack: Callable[[], bytes | None]) -> None:
        """``stated``: accounts as in the settings; ``newest_pack``: the pack kept in the records, or None."""
        self._stated = stated
        self._newest_pack = newest_pack
        self._trusted: TrustedValidators | None = None

    def __call__(self, header: Header) -> None:
        """Raises Corrupt ``chain.not-sealed``, NotFound ``trust-pack.validators-unknown``, Misconfigured
        ``settings.validators``."""
        if header.number == 0:
            return
        if self._trusted is not None:
            try:
                self._trusted.require_sealed(header)
                return
            except Corrupt:
                pass  # a newer pack may have come in meanwhile
        self._trusted = self._read()
        self._trusted.require_sealed(header)

    def _read(self) -> TrustedValidators:
        pack = self._newest_pack()
        if pack is not None:
            return TrustedValidators(trust_reading.parse(trust_pack_files.read(pack).trust).chain.validator_sets)
        if not self._stated.strip():
            raise NotFound(
                "trust-pack.validators-unknown",
                "Nobody said which validators seal this network's blocks.",
                "Take the root authority's pack (onceledger trust-pack import), or set ONCELEDGER_VALIDATORS.",
            )
        return TrustedValidators((ValidatorSet(0, None, tuple(map(_account, self._stated.split(",")))),))


def _account(text: str) -> bytes:
    try:
        account = bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        account = b""
    if len(account) != 20:
        raise Misconfigured(
            "settings.validators",
            "A validator in ONCELEDGER_VALIDATORS is not an account of 20 bytes in hexadecimal.",
            "Write each as 0x and 40 digits, with commas between them.",
        )
    return account
