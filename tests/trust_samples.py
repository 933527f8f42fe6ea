"""Networks, names and ministries for the tests of trust descriptions and trust packs; all made from fixed seeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from nacl.signing import SigningKey

from ledger import base64url, multikey, trust_pack_signing
from ledger.digest import Digest
from ledger.label import Label
from ledger.trust_description import (
    Accreditation,
    Agency,
    AgencyKey,
    ChainInfo,
    ContextEntry,
    CredentialTypeEntry,
    FieldEntry,
    LogCheckpoint,
    TrustDescription,
    ValidatorSet,
    agency_key,
)
from ledger.trust_pack_signing import RootKeys, Signers

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
TIME = int(NOW.timestamp())
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = 86_400
WEEK = timedelta(days=7)
YEAR = timedelta(days=365)


def digest(text: str) -> Digest:
    return Digest(sha256(text.encode()).digest())


def address(text: str) -> bytes:
    return digest(text)[:20]


def signing_key(text: str) -> SigningKey:
    return SigningKey(digest(text))


def multikey_text(text: str) -> str:
    return multikey.encode_ed25519(bytes(signing_key(text).verify_key))


def key(key_id: int, text: str | None = None, **changes: int) -> AgencyKey:
    made = agency_key(
        key_id,
        multikey_text(text or f"key {key_id}"),
        valid_from=TIME - 300 * DAY,
        valid_until=TIME + 300 * DAY,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # all that tests change are times


def context(name: str) -> ContextEntry:
    content = digest(f"context of {name}")
    return ContextEntry(f"https://root.example/contexts/{name}/1/{base64url.encode(content)}", content)


def credential_type(type_id: int, name: str, zh: str, en: str) -> CredentialTypeEntry:
    return CredentialTypeEntry(
        type_id=type_id,
        name=name,
        kind="credential",
        label=Label(zh=zh, en=en),
        zone="Asia/Shanghai",
        contexts=(context(name),),
        fields=(FieldEntry("holderName", Label(zh="姓名", en="Name")), FieldEntry("number", Label("号码", "Number"))),
    )


CHAIN = ChainInfo(
    chain_id=1337,
    genesis=digest("genesis"),
    engine="qbft",
    trust_registry=address("trust registry"),
    anchor_registry=address("anchor registry"),
    status_registry=address("status registry"),
    validator_sets=(
        ValidatorSet(0, 999, tuple(address(f"first validator {n}") for n in range(4))),
        ValidatorSet(1000, None, tuple(address(f"validator {n}") for n in range(4))),
    ),
)

TYPES = (
    credential_type(1, "DegreeCertificate", "学位证书", "Degree certificate"),
    credential_type(2, "BusinessLicence", "营业执照", "Business licence"),
)

AGENCIES = (
    Agency(
        agency_id=1,
        did="did:web:edu.example",
        name=Label(zh="教育厅", en="Department of Education"),
        status="active",
        status_since=TIME - 300 * DAY,
        successor_id=None,
        keys=(key(1), key(2)),
        accreditations=(Accreditation(1, 0, TIME + 300 * DAY, None),),
    ),
    Agency(
        agency_id=2,
        did="did:web:dogs.example",
        name=Label(zh="犬类管理办公室", en="Dog Licence Office"),
        status="suspended",
        status_since=TIME - 3 * DAY,
        successor_id=None,
        keys=(key(3, compromised_since=TIME - 40 * DAY), key(4, retired_at=TIME - 20 * DAY)),
        accreditations=(Accreditation(1, 1, TIME + 30 * DAY, TIME - 10 * DAY), Accreditation(2, 0, TIME + DAY, None)),
    ),
    Agency(
        agency_id=3,
        did="did:web:market.example",
        name=Label(zh="市场监督管理局", en="Market Office"),
        status="merged",
        status_since=TIME - 5 * DAY,
        successor_id=1,
        keys=(),
        accreditations=(),
    ),
)

DESCRIPTION = TrustDescription(
    chain=CHAIN,
    block=4711,
    time=TIME - 60,
    checkpoints=(
        LogCheckpoint(10, digest("log of 10"), 999, TIME - 33 * DAY, "2026-09"),
        LogCheckpoint(25, digest("log of 25"), 2500, TIME - 2 * DAY, "2026-10"),
    ),
    agencies=AGENCIES,
    types=TYPES,
)


def country(agencies: int, keys_each: int = 2, types: int = 60) -> TrustDescription:
    """A description of realistic size: names, contexts and labels differ from entry to entry."""
    kinds = tuple(
        credential_type(n, f"Certificate{n}", f"第{n}类证书", f"Certificate of kind {n}") for n in range(1, types + 1)
    )
    offices = tuple(
        Agency(
            agency_id=n,
            did=f"did:web:office-{n}.gov.example",
            name=Label(zh=f"第{n}区政务服务局", en=f"Government Service Office of District {n}"),
            status="active",
            status_since=TIME - n * 1000,
            successor_id=None,
            keys=tuple(key(n * keys_each + k) for k in range(keys_each)),
            accreditations=tuple(Accreditation(t, 0, TIME + YEAR.days * DAY, None) for t in sorted({n % types + 1, 1})),
        )
        for n in range(1, agencies + 1)
    )
    return replace(DESCRIPTION, agencies=offices, types=kinds)


class Ministry:
    """A member of the root authority with a signing key."""

    def __init__(self, name: str) -> None:
        self._key = signing_key(f"ministry {name}")
        self.public = bytes(self._key.verify_key)

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data).signature


A, B, C, D, E, F = (Ministry(name) for name in "ABCDEF")


def signers(*ministries: Ministry) -> Signers:
    return {ministry.public: ministry.sign for ministry in ministries}


def root_keys(*ministries: Ministry, threshold: int = 2, expires: datetime = NOW + YEAR) -> RootKeys:
    return RootKeys([ministry.public for ministry in ministries], threshold, expires)


def first_pack(trust: TrustDescription = DESCRIPTION, *, by: tuple[Ministry, ...] = (A, B)) -> bytes:
    return trust_pack_signing.make(trust, root=root_keys(A, B, C), expires=NOW + WEEK, signers=signers(*by))
