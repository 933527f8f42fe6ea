"""A throw-away instance in a folder: embedded chain, registries, and one accredited agency per proof suite.

    folder/instance/       an installation like any other (``adapters.bootstrap``), with a mapping in mappings/
    folder/passphrase      its passphrase, made up here; mode 0600
    folder/sample.csv      a small register to try it with

It is founded beside its place and moved there when it is complete, so that a folder whose founding was interrupted is
founded anew and never half used. One process owns the folder.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from adapters.bootstrap import Installation, create_installation, open_installation
from adapters.folder_ownership import FolderOwnership, os_error
from adapters.master_key import ScryptCost
from adapters.settings import Settings, read_settings
from ledger import trust_pack
from ledger.data_integrity import CRYPTOSUITE
from ledger.errors import MalformedInput, Misconfigured
from ledger.label import Label
from ledger.records import AgencyRow
from offices import dev_samples
from offices.evidence import make_trust_pack, newest_pack
from offices.root import NewAgency, accredit_agency, add_agency, add_type, found, new_key
from offices.root_pin import pinned_root

ANNOUNCEMENT: Final = "dev.json"
"""File in the folder while the instance answers (``api.dev_server``); one that a crash left behind is removed."""

PACK_LIFETIME: Final = timedelta(days=30)
PACK_RENEWED_BEFORE: Final = timedelta(days=15)
"""On opening, a pack that ends sooner is followed by a new one."""

ROOT_LIFETIME: Final = timedelta(days=3650)

_NAME: Final = Label("试用机关", "Trial agency")
_COST: Final = ScryptCost(1 << 12)
"""The passphrase has 256 random bits and lies beside the keys: stretching it would only take time."""


@contextmanager
def open_dev(folder: Path, base_url: str) -> Iterator[Installation]:
    """Open the instance in ``folder`` under the address ``base_url``, founded first when there is none.

    Its agency's identifier and the contexts' addresses are of the ``base_url`` it was founded under. Raises
    MalformedInput ``dev.base-url``; Unavailable ``chain.owned`` when another process runs it; Misconfigured
    ``chain.not-writable`` or ``dev.passphrase-missing``; what its parts raise.
    """
    host = host_of(base_url)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise os_error(error, folder) from None
    ownership = FolderOwnership(folder)
    announcement = folder / ANNOUNCEMENT
    try:
        announcement.unlink(missing_ok=True)
        place = folder / "instance"
        if not place.exists():
            _found(folder, place, base_url, host)
        with open_installation(_settings(place, base_url, _passphrase(folder))) as inst:
            _renew_pack(inst)
            yield inst
    finally:
        announcement.unlink(missing_ok=True)
        ownership.release()


def issuers(inst: Installation) -> Mapping[str, AgencyRow]:
    """Proof suite -> the agency that issues with it."""
    return {CRYPTOSUITE: inst.records.agencies()[0]}


def host_of(base_url: str) -> str:
    """The did:web host of an address. Raises MalformedInput ``dev.base-url`` unless it is scheme and host alone."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
        raise _bad_address()
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise _bad_address()
    return parts.netloc.lower()


def _found(folder: Path, place: Path, base_url: str, host: str) -> None:
    building = folder / "instance.unfinished"
    try:
        if building.exists():
            shutil.rmtree(building)
        _write_private(folder / "passphrase", secrets.token_urlsafe(32))
        settings = _settings(building, base_url, _passphrase(folder))
        create_installation(settings, cost=_COST)
        with open_installation(settings) as inst:
            found(inst)
            agency = add_agency(inst, NewAgency(host, _NAME))
            kind = add_type(inst, dev_samples.definition())
            accredit_agency(inst, agency.agency_id, kind.type_id)
            new_key(inst, agency)
            _make_pack(inst)
        mappings = building / "mappings"
        mappings.mkdir(mode=0o700)
        (mappings / f"{dev_samples.MAPPING_NAME}.toml").write_text(dev_samples.MAPPING, "utf-8")
        (folder / "sample.csv").write_text(dev_samples.register(), "utf-8")
        building.rename(place)
    except OSError as error:
        raise os_error(error, folder) from None


def _settings(place: Path, base_url: str, passphrase: str) -> Settings:
    """Settings of the environment, save for what would lead to another installation's data."""
    return read_settings(
        data=place,
        passphrase=passphrase,
        database_url="",
        chain_url="",
        tokens_file=place / "tokens.json",
        public_url=base_url,
        # Identifiers are https whatever serves them, as did:web's and the status lists' are.
        context_base=f"https://{host_of(base_url)}",
    )


def _renew_pack(inst: Installation) -> None:
    pack, now = newest_pack(inst), datetime.now(UTC)
    try:
        left = trust_pack.load(pack, pinned_root=pinned_root(inst), now=now).expires - now
    except MalformedInput:
        left = timedelta()
    if left < PACK_RENEWED_BEFORE:
        _make_pack(inst)


def _make_pack(inst: Installation) -> None:
    now = datetime.now(UTC)
    make_trust_pack(inst, expires=now + PACK_LIFETIME, root_expires=now + ROOT_LIFETIME)


def _passphrase(folder: Path) -> str:
    try:
        return (folder / "passphrase").read_text("utf-8")
    except OSError:
        raise Misconfigured(
            "dev.passphrase-missing",
            f"The passphrase of the throw-away instance in {folder} cannot be read.",
            "Restore the file passphrase, or start in another folder.",
        ) from None


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _bad_address() -> MalformedInput:
    return MalformedInput(
        "dev.base-url",
        "The public address is not http:// or https:// and a host, without a path.",
        "Give one such as https://dev.example.org.",
    )
