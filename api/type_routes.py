"""Credential types: what there is, under which context, and how they are entered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from api import shapes
from api.governing import Members, by_members, done_or_awaited
from api.handouts import FOREVER, handout
from api.json_bodies import StrictJsonRoute
from api.parts import Known, Shared
from api.shapes import Names, TypeName, answer
from ledger.canonical_json import canonicalize
from ledger.credential_type import parse_type
from ledger.errors import NotFound
from offices import dev_samples
from offices.root import add_type, type_named

router = APIRouter(route_class=StrictJsonRoute, tags=["types"])

_TYPE_EXAMPLE = {
    "id": 1,
    "name": "SamplePermit",
    "version": "1",
    "kind": "credential",
    "label": {"zh": "示例许可证", "en": "Sample permit"},
    "context": "https://root.example/contexts/SamplePermit/1/q83v…",
}
_CONTEXT_EXAMPLE = {"@context": {"@protected": True, "SamplePermit": "https://…#SamplePermit"}}
_DEFINITION: Final[dict[str, Any]] = json.loads(dev_samples.definition())
"""A whole one: it can be sent as it stands."""


class TypeShape(BaseModel):
    """A credential type."""

    id: int
    name: str
    version: str
    kind: str
    label: Names
    context: str


class TypeList(BaseModel):
    """All credential types known here."""

    types: list[TypeShape]


class EnteredType(BaseModel):
    """A type; ``id`` and ``context`` are null when it was only checked."""

    id: int | None
    name: str
    version: str
    kind: str
    label: Names
    context: str | None
    required: list[str]
    fields: list[str]


_ENTERED: Final = {
    "id": 1,
    "name": "SamplePermit",
    "version": "1",
    "kind": "credential",
    "label": {"zh": "示例许可证", "en": "Sample permit"},
    "context": "https://root.example/contexts/SamplePermit/1/q83v…",
    "required": ["permitNumber"],
    "fields": ["permitNumber", "fullName"],
}
_DEFINITION_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "description": "A definition (docs/formats/credential-type.md)."},
                "example": _DEFINITION,
            }
        },
    }
}


@router.get(
    "/types",
    operation_id="listTypes",
    summary="Credential types · 证照类型",
    response_model=TypeList,
    responses=answer("All types, by number.", {"types": [_TYPE_EXAMPLE]}),
)
def list_types(parts: Shared) -> Mapping[str, Any]:
    """Public."""
    made = []
    for row in parts.inst.records.types():
        kind = parse_type(row.definition)
        made.append(
            {
                "id": row.type_id,
                "name": row.name,
                "version": row.type_version,
                "kind": kind.kind,
                "label": shapes.label(kind.label),
                "context": row.context_url,
            }
        )
    return {"types": made}


@router.get(
    "/types/{type_name}",
    operation_id="getTypeDefinition",
    summary="The definition of a type: schema, context, labels, rules · 类型定义",
    response_class=Response,
    responses=answer(
        "The definition, canonical JSON (docs/formats/credential-type.md).",
        {"format": "onceledger-credential-type", "version": 1, "name": "SamplePermit"},
    ),
)
def get_type(request: Request, parts: Shared, type_name: Annotated[TypeName, Path()]) -> Response:
    """Public, the exact bytes."""
    return handout(request, type_named(parts.inst, type_name)[0].definition, "application/json")


@router.get(
    "/contexts/{name}/{version}/{digest}",
    operation_id="getContext",
    summary="A JSON-LD context, under an address that names its digest · JSON-LD 语境定义文件",
    response_class=Response,
    responses=answer("The context.", _CONTEXT_EXAMPLE, media_type="application/ld+json"),
)
def get_context(
    request: Request,
    parts: Shared,
    name: Annotated[str, Path(max_length=64, examples=["SamplePermit"])],
    version: Annotated[str, Path(max_length=16, examples=["1"])],
    digest: Annotated[str, Path(max_length=43, examples=["q83v…"])],
) -> Response:
    """Public, and never another one under this address. Bundles carry it, so nobody needs to fetch it to verify."""
    for row in parts.inst.records.type_versions():
        if row.context_url.endswith(f"/contexts/{name}/{version}/{digest}"):
            return handout(request, parse_type(row.definition).context_bytes, "application/ld+json", FOREVER)
    raise NotFound("type.context-unknown", "There is no such context here.", "Take the one in the bundle.")


@router.post(
    "/types/check",
    operation_id="checkType",
    summary="Read a type's definition and say what is wrong with it · 检查类型定义",
    response_model=EnteredType,
    responses=answer("It is sound; nothing was entered.", _ENTERED | {"id": None, "context": None}),
    openapi_extra=_DEFINITION_BODY,
)
def check_type(_: Known, body: dict[str, Any]) -> Mapping[str, Any]:
    """Whoever has a token."""
    return _described(canonicalize(body))


@router.post(
    "/types",
    operation_id="enterType",
    summary="Enter a type, or a new version of one · 登记类型",
    response_model=EnteredType,
    responses=done_or_awaited("What is issued from now on is of this version.", _ENTERED),
    openapi_extra=_DEFINITION_BODY,
)
def enter_type(parts: Shared, asking: Members, body: dict[str, Any]) -> Mapping[str, Any]:
    """The root authority's. Safe to repeat; a changed definition needs the next ``typeVersion``."""
    definition = canonicalize(body)
    parse_type(definition)
    with by_members(parts, asking) as members:
        row = add_type(parts.inst, definition, members=members)
    return {**_described(definition), "id": row.type_id, "context": row.context_url}


def _described(definition: bytes) -> dict[str, Any]:
    kind = parse_type(definition)
    return {
        "id": None,
        "name": kind.name,
        "version": kind.type_version,
        "kind": kind.kind,
        "label": shapes.label(kind.label),
        "context": None,
        "required": sorted(kind.schema.required),
        "fields": sorted(kind.schema.fields),
    }
