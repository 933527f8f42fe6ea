"""Verification over HTTP, for who has no verifier at hand. The answer is this service's word: who wants to rely on
nobody verifies the bundle with packs of their own (``onceledger verify``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.bundle_routes import BUNDLE_EXAMPLE, SHORTENED
from api.json_bodies import StrictJsonRoute
from api.parts import Parts, Reader, Shared
from api.shapes import SHORT, AgencyId, BusinessNumber, Names, Sent, TypeName, answer, label, stamp
from ledger import base64url, validity
from ledger import bundle as bundles
from ledger.canonical_json import canonicalize
from ledger.credential_type import parse_type
from ledger.errors import MalformedInput, NotFound
from ledger.policy import MAX_STATUS_AGE, Policy
from ledger.reasons import Reason
from ledger.verdict import Verification, untrusted
from offices.finding import newest_issued
from offices.moments import parse_moment
from offices.online import online_verifier, verify_numbers
from offices.root import type_named
from offices.root_pin import pinned_root
from verifiers.asked_moment import require_past
from verifiers.notes import notes_of
from verifiers.verify import verify

router = APIRouter(route_class=StrictJsonRoute, tags=["verifying"])

MAX_NUMBERS: Final = 1_000
"""Business numbers verified in one request."""


class PolicyShape(Sent):
    """What the verifier demands beyond validity (step 10)."""

    types: Annotated[list[str], SHORT] | None = Field(None, description="Accepted type names; none: any.")
    issuers: Annotated[list[str], SHORT] | None = Field(None, description="Accepted issuers' DIDs; none: any.")
    max_status_age_days: int | None = Field(
        MAX_STATUS_AGE.days, ge=0, le=36_500, description="Oldest status accepted; null: of any age."
    )


class ToVerify(Sent):
    """A bundle, or a credential alone; of a credential alone no anchor is known, so it cannot be called valid."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"bundle": BUNDLE_EXAMPLE}]})

    bundle: Any = Field(None, description=f"A bundle (docs/formats/bundle.md), whole. {SHORTENED}")
    credential: Any = Field(None, description="Instead: a secured credential without evidence.")
    as_of: str | None = Field(
        None,
        max_length=35,
        description="A day or a moment (RFC 3339) in the past to ask about.",
        examples=["2026-06-30"],
    )
    policy: PolicyShape | None = None


class FindingShape(BaseModel):
    """What one check of the sequence said."""

    step: int
    check: str
    outcome: str
    code: str
    zh: str
    en: str
    cure: Names


class IssuerShape(BaseModel):
    """The issuer, as the trust pack names it."""

    id: int
    did: str
    name: Names
    status: str


class KindShape(BaseModel):
    """The type, as the trust pack names it."""

    name: str
    label: Names


class NoteShape(BaseModel):
    """What the reader of a verdict should hear besides; it decides nothing."""

    code: str
    zh: str
    en: str


class VerdictShape(BaseModel):
    """The verdict, and a finding for each check that was reached."""

    result: str
    verified: bool
    as_of: str | None = Field(description="The past day or moment that was asked about; null: now.")
    code: str = Field(description="The finding that decides.")
    findings: list[FindingShape]
    issuer: IssuerShape | None
    type: KindShape | None
    block: int | None
    anchored_at: str | None
    status_at: str | None
    successor: str | None = Field(description="Leaf of the certificate that replaces a superseded one, base64url.")
    notes: list[NoteShape] = Field(description="`note.issued-later`: it was anchored after the moment asked about.")


_EXAMPLE: Final = {
    "result": "valid",
    "verified": True,
    "as_of": None,
    "code": "policy.passed",
    "findings": [
        {
            "step": 2,
            "check": "signature",
            "outcome": "passed",
            "code": "signature.passed",
            "zh": "签名由签发机关的密钥作出。",
            "en": "The signature was made by a key of the issuer.",
            "cure": {"zh": "", "en": ""},
        }
    ],
    "issuer": {
        "id": 1,
        "did": "did:web:permits.example",
        "name": {"zh": "试用机关", "en": "Trial agency"},
        "status": "active",
    },
    "type": {"name": "SamplePermit", "label": {"zh": "示例许可证", "en": "Sample permit"}},
    "block": 12,
    "anchored_at": "2026-10-01T08:00:01Z",
    "status_at": "2026-10-01T08:00:02Z",
    "successor": None,
    "notes": [],
}


_UNKNOWN: Final[Mapping[str, Any]] = {
    "result": None,
    "verified": False,
    "code": "credential.unknown",
    "zh": "没有已签发的证照使用该业务编号。",
    "en": "No issued credential has this business number.",
}


class NumbersToVerify(Sent):
    """Certificates of one type by their numbers, judged with what this installation has now."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"type": "SamplePermit", "business_numbers": ["SP-2026-0001"]}]}
    )

    type: TypeName
    business_numbers: Annotated[list[BusinessNumber], Field(min_length=1, max_length=MAX_NUMBERS, fail_fast=True)]
    as_of: str | None = Field(None, max_length=35, description="A day or a moment in the past to ask about.")
    policy: PolicyShape | None = None


class NumberVerdict(VerdictShape):
    """The verdict over a certificate; ``row`` is its place in the request (from 1), ``version`` its newest issued one,
    ``state`` what the records say, which may be ahead of the published lists."""

    row: int
    version: int
    state: str


class UnknownNumber(BaseModel):
    """A number that no issued certificate bears: there is nothing to judge, and no verdict."""

    row: int
    result: None
    verified: Literal[False]
    code: Literal["credential.unknown"]
    zh: str
    en: str


class NumberVerdicts(BaseModel):
    """In the order of the request."""

    verdicts: list[NumberVerdict | UnknownNumber]


@router.post(
    "/agencies/{agency_id}/verify",
    operation_id="verifyByNumber",
    summary="Verify by business number, with this installation's node and content store · 按业务编号在线核验",
    response_model=NumberVerdicts,
    responses=answer("A verdict for each.", {"verdicts": [_EXAMPLE | {"row": 1, "version": 1, "state": "anchored"}]}),
)
def verify_by_number(parts: Shared, agency_id: AgencyId, _: Reader, body: NumbersToVerify) -> Mapping[str, Any]:
    """A clerk's, a reviewer's or an auditor's. Each bundle is made anew from the content store and goes through the
    same sequence as a stranger's file, under a description derived from the node at this moment."""
    inst, moment = parts.inst, datetime.now(UTC)
    kind, agency = type_named(inst, body.type)[0], inst.records.agency(agency_id)
    asked = None if body.as_of is None else _asked(body.as_of, moment)
    root = pinned_root(inst)
    verifier = online_verifier(inst, pinned_root=root, now=moment, as_of=asked, policy=_policy(body.policy))
    known = newest_issued(inst, agency.agency_id, kind.type_id, body.business_numbers)[0]
    places = [place for place, number in enumerate(body.business_numbers, 1) if number in known]
    judged = verify_numbers(inst, verifier, agency, kind, [body.business_numbers[place - 1] for place in places])
    verdicts = {
        place: {"version": one.row.version, "state": one.row.state.value, **_verdict(one.verification, body.as_of)}
        for place, one in zip(places, judged, strict=True)
    }
    return {
        "verdicts": [
            {"row": place, **verdicts.get(place, _UNKNOWN)} for place in range(1, len(body.business_numbers) + 1)
        ]
    }


@router.post(
    "/verify",
    operation_id="verify",
    summary="Verify a bundle or a credential · 核验",
    response_model=VerdictShape,
    responses=answer("A verdict, good or bad: an invalid certificate is no error.", _EXAMPLE),
)
def verify_one(parts: Shared, body: ToVerify) -> Mapping[str, Any]:
    """Anybody's, without a token. Verified with this service's newest trust pack and status pack; nothing is kept."""
    if (body.bundle is None) == (body.credential is None):
        raise MalformedInput("verify.nothing", "The body has neither bundle nor credential, or both.", "Send one.")
    policy = _policy(body.policy)
    moment = datetime.now(UTC)
    as_of = None if body.as_of is None else _asked(body.as_of, moment)
    try:
        opened = parts.published.opened(moment, as_of, policy)
    except NotFound:  # there is no trust pack: nothing can be checked, and nothing is wrong with the certificate
        return _verdict(untrusted(), body.as_of)
    return _verdict(verify(opened=opened, bundle=_bytes(parts, body)), body.as_of)


def _bytes(parts: Parts, body: ToVerify) -> bytes:
    """The bundle as a file. What cannot stand in one (a fraction) makes no file, which the sequence calls malformed."""
    whole = body.bundle if body.bundle is not None else _alone(parts, body.credential)
    try:
        return canonicalize(whole)
    except MalformedInput:
        return b""


def _alone(parts: Parts, credential: Any) -> dict[str, Any]:
    """A bundle of a credential without evidence, with its context if it is one of ours."""
    contexts = credential.get("@context") if isinstance(credential, dict) else None
    named = contexts[1] if isinstance(contexts, list) and len(contexts) == 2 else None
    found = [
        {"url": row.context_url, "content": parse_type(row.definition).context_bytes.decode()}
        for row in parts.inst.records.type_versions()
        if row.context_url == named
    ]
    return {
        "format": bundles.FORMAT,
        "version": bundles.VERSION,
        "suite": bundles.SUITE,
        "credential": credential,
        "context": found,
    }


def _policy(shape: PolicyShape | None) -> Policy:
    if shape is None:
        return Policy()
    days = shape.max_status_age_days
    return Policy(
        types=None if shape.types is None else frozenset(shape.types),
        issuers=None if shape.issuers is None else frozenset(shape.issuers),
        max_status_age=None if days is None else timedelta(days=days),
    )


def _asked(text: str, now: datetime) -> datetime | date:
    asked = parse_moment(text)
    validity.require_askable(asked)
    require_past(asked, now)
    return asked


def _verdict(of: Verification, as_of: str | None) -> Mapping[str, Any]:
    """``as_of`` as it was sent: it was read as a date."""
    return {
        "result": of.result.value,
        "verified": of.verified,
        "as_of": as_of,
        "code": of.decisive.code,
        "findings": [_finding(found) for found in of.findings],
        "issuer": None
        if of.issuer is None
        else {
            "id": of.issuer.agency_id,
            "did": of.issuer.did,
            "name": label(of.issuer.name),
            "status": of.issuer.status,
        },
        "type": None if of.kind is None else {"name": of.kind.name, "label": label(of.kind.label)},
        "block": of.block,
        "anchored_at": stamp(of.anchored_at),
        "status_at": stamp(of.status_at),
        "successor": None if of.successor is None else base64url.encode(of.successor),
        "notes": [{"code": one.code, "zh": one.text.zh, "en": one.text.en} for one in notes_of(of)],
    }


def _finding(of: Reason) -> Mapping[str, Any]:
    return {
        "step": of.check.step,
        "check": of.check.name,
        "outcome": of.outcome.value,
        "code": of.code,
        "zh": of.zh,
        "en": of.en,
        "cure": {"zh": of.cure_zh, "en": of.cure_en},
    }
