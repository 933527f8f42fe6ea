"""Shapes that answers of several routes share, and their examples."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from ledger.label import Label
from ledger.records import AgencyRow, BatchRow, PublicationRow

AGENCY_ID: Final = 1
MAX_ID: Final = 2**63 - 1

AgencyId = Annotated[int, Path(ge=1, le=2**32 - 1, description="Number of the agency on the chain.", examples=[1])]
ImportId = Annotated[int, Path(ge=1, le=MAX_ID, description="Number of the import.", examples=[1])]
TypeName = Annotated[
    str, Field(max_length=64, description="Name of the credential type, or its number.", examples=["SamplePermit"])
]
BusinessNumber = Annotated[
    str,
    Field(
        min_length=1, max_length=128, description="Number of the certificate at its office.", examples=["SP-2026-0001"]
    ),
]

Moment = Annotated[
    str,
    Field(max_length=35, description="A day, or a moment with its offset (RFC 3339).", examples=["2026-06-30"]),
]

SHORT: Final = Field(max_length=1000, fail_fast=True)
"""For lists that nobody makes long."""


class Sent(BaseModel):
    """A request's body: every member is known, or it is refused. Its lists are ``fail_fast``: of a million items that
    do not fit one error is made, not a million."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Names(BaseModel):
    """A name in both languages."""

    zh: str
    en: str


class SentNames(Sent):
    """A name in both languages, as it is sent."""

    zh: str = Field(max_length=200, examples=["市许可处"])
    en: str = Field(max_length=200, examples=["Licence section"])

    @property
    def label(self) -> Label:
        """The same as the core has it."""
        return Label(self.zh, self.en)


class AgencyShape(BaseModel):
    """An issuing agency, as the registry knows it."""

    id: int
    did: str
    host: str
    name: Names


class BatchShape(BaseModel):
    """A batch and what became of it. ``size`` counts padding too; ``refusal`` is the contract's reason."""

    id: int
    type: int
    key: int
    state: str
    root: str
    size: int
    credentials: int
    created_at: str
    transaction: str | None
    block: int | None
    block_time: str | None
    gas: int | None
    refusal: str | None


class PublicationShape(BaseModel):
    """A version of a status list on the chain."""

    list: int
    version: int
    state: str
    root: str
    transaction: str | None
    block_time: str | None


NAMES_EXAMPLE: Final[dict[str, Any]] = {"zh": "市许可处", "en": "Licence section"}
AGENCY_EXAMPLE: Final = {
    "id": AGENCY_ID,
    "did": "did:web:permits.example",
    "host": "permits.example",
    "name": {"zh": "试用机关", "en": "Trial agency"},
}
BATCH_EXAMPLE: Final = {
    "id": 1,
    "type": 1,
    "key": 1,
    "state": "anchored",
    "root": "0x8f1e…",
    "size": 64,
    "credentials": 4,
    "created_at": "2026-10-01T08:00:00Z",
    "transaction": "0x52c0…",
    "block": 12,
    "block_time": "2026-10-01T08:00:01Z",
    "gas": 64_812,
    "refusal": None,
}
PUBLICATION_EXAMPLE: Final = {
    "list": 4_294_967_297,
    "version": 1,
    "state": "published",
    "root": "0x77ab…",
    "transaction": "0x90ff…",
    "block_time": "2026-10-01T08:00:02Z",
}


def answer(
    description: str, example: Any, *, media_type: str = "application/json", status: int = 200
) -> dict[Any, Any]:
    """The entry of a route's ``responses`` for its good answer."""
    return {status: {"description": description, "content": {media_type: {"example": example}}}}


def stamp(seconds: int | None) -> str | None:
    """Unix seconds as RFC 3339 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hexed(data: bytes | None) -> str | None:
    """Bytes as 0x-hex, as chain explorers show them."""
    return None if data is None else "0x" + data.hex()


def label(of: Label) -> dict[str, str]:
    """A label as JSON."""
    return {"zh": of.zh, "en": of.en}


def agency(row: AgencyRow) -> Mapping[str, Any]:
    """``AgencyShape``."""
    return {
        "id": row.agency_id,
        "did": row.did,
        "host": row.host,
        "name": {"zh": row.name_zh, "en": row.name_en},
    }


def batch(row: BatchRow) -> Mapping[str, Any]:
    """``BatchShape``. The padding's seed stays here: with it, who sees the tree could count the credentials."""
    return {
        "id": row.batch_id,
        "type": row.type_id,
        "key": row.key_id,
        "state": row.state,
        "root": hexed(row.root),
        "size": row.size,
        "credentials": row.credentials,
        "created_at": stamp(row.created_at),
        "transaction": hexed(row.tx_hash),
        "block": row.block_number,
        "block_time": stamp(row.block_time),
        "gas": row.gas_used,
        "refusal": row.refusal,
    }


def publication(row: PublicationRow) -> Mapping[str, Any]:
    """``PublicationShape``."""
    return {
        "list": row.list_id,
        "version": row.version,
        "state": row.state,
        "root": hexed(row.root),
        "transaction": hexed(row.tx_hash),
        "block_time": stamp(row.block_time),
    }
