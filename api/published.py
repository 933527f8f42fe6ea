"""What verifiers fetch or ask for, made once and kept until what it is made of changes."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Lock
from typing import Final

from adapters.bootstrap import Installation
from ledger import status_list, status_pack
from ledger.credential import list_url
from ledger.data_integrity import ProofTemplate
from ledger.errors import MalformedInput, Misconfigured, NotFound
from ledger.policy import Policy
from ledger.records import PublicationRow
from ledger.status_pack import StatusPack
from ledger.trust_pack import TrustPack
from ledger.verification import Verifier
from offices.evidence import newest_pack, status_pack_of
from offices.issuing import current_key
from offices.root_pin import pinned_root
from verifiers.verify import Holdings, Opened, open_holdings

FRESH: Final = 2.0
"""Seconds for which a status pack is handed out without looking whether another process has published since."""

_KEPT: Final = 256
"""Status list credentials kept; one has some 5 kB."""


@dataclass(frozen=True, slots=True)
class _Statuses:
    versions: tuple[tuple[int, int, str], ...]
    content: bytes
    pack: StatusPack


class Published:
    """Packs and status list credentials of one installation."""

    def __init__(self, inst: Installation, clock: Callable[[], float] = time.monotonic) -> None:
        self._inst = inst
        self._clock = clock
        self._turn = Lock()
        self._statuses: _Statuses | None = None
        self._looked_at = 0.0
        self._trusted: tuple[bytes, TrustPack] | None = None
        self._credentials: dict[tuple[int, int, str], bytes] = {}

    def forget(self) -> None:
        """Something was published: look again at the next request."""
        self._looked_at = 0.0

    def status_pack(self) -> bytes:
        """The current lists of all agencies; the same bytes until a list is published."""
        return self._current().content

    def opened(self, moment: datetime, as_of: datetime | date | None, policy: Policy) -> Opened:
        """The newest packs, opened to verify with at ``moment``. Raises NotFound ``trust-pack.none``."""
        data = newest_pack(self._inst)
        statuses = self._current()
        known = self._trusted
        if known is not None and known[0] == data and moment < known[1].expires:
            pack = known[1]
            verifier = Verifier(pack.trust, now=moment, status=statuses.pack, as_of=as_of, policy=policy)
            return Opened(pack, None, verifier, statuses.pack)
        try:
            holdings = Holdings(data, pinned_root(self._inst), statuses.content)
            opened = open_holdings(holdings=holdings, now=moment, as_of=as_of, policy=policy)
        except (MalformedInput, Misconfigured):
            # Our own pack is damaged, which is not the fault of who asks; /readyz says so to who can mend it.
            return Opened(None, None, None)
        if opened.pack is not None:
            self._trusted = data, opened.pack
        return opened

    def status_credential(self, list_id: int) -> bytes:
        """The BitstringStatusListCredential of a list's published version, secured by its agency's newest key.

        Raises NotFound ``status.list-unknown`` or ``status.not-published``.
        """
        publication = self._published(list_id)
        agency = self._inst.records.agency(publication.agency_id)
        key = current_key(self._inst, agency)
        name = (list_id, publication.version, key.multikey)
        known = self._credentials.get(name)
        if known is not None:
            return known
        stamp = datetime.fromtimestamp(publication.block_time or publication.created_at, UTC)
        made_at = stamp.strftime("%Y-%m-%dT%H:%M:%SZ")
        pairs = self._inst.records.status_lists(agency.agency_id)
        document = status_list.status_list_document(
            url=list_url(f"https://{agency.host}/status/", list_id),
            issuer=agency.did,
            purpose="revocation" if any(pair.list_id == list_id for pair in pairs) else "suspension",
            bits=zlib.decompress(publication.bits),
            valid_from=made_at,
        )
        template = ProofTemplate(document["@context"], f"{agency.did}#{key.multikey}", made_at)
        secured = template.secure(document, self._inst.keys.issuing_key(key.key_name).sign)
        with self._turn:
            if len(self._credentials) >= _KEPT:
                self._credentials.clear()
            self._credentials[name] = secured
        return secured

    def _published(self, list_id: int) -> PublicationRow:
        newest = self._inst.records.publication(list_id)
        if newest is None:
            raise NotFound(
                "status.not-published", "There is no published status list of this number.", "Check the number."
            )
        while newest is not None and newest.state != "published":
            newest = self._inst.records.publication(list_id, newest.version - 1)
        if newest is None:
            raise NotFound(
                "status.not-published", "The status list is not published yet.", "Ask again in a few minutes."
            )
        return newest

    def _current(self) -> _Statuses:
        with self._turn:
            known = self._statuses
            if known is not None and self._looked_at and self._clock() - self._looked_at < FRESH:
                return known
            looked_at = self._clock()
            versions = self._versions()
            if known is None or known.versions != versions:
                content = status_pack_of(self._inst)
                known = self._statuses = _Statuses(versions, content, status_pack.load(content))
            self._looked_at = looked_at
            return known

    def _versions(self) -> tuple[tuple[int, int, str], ...]:
        records = self._inst.records
        newest = (
            records.publication(list_id)
            for agency in records.agencies()
            for pair in records.status_lists(agency.agency_id)
            for list_id in (pair.list_id, pair.list_id + 1)
        )
        return tuple((one.list_id, one.version, one.state) for one in newest if one is not None)
