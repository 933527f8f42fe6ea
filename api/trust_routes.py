"""What verifiers fetch apart from any certificate: packs, the pinned root, status lists, DID documents, checkpoints.

All of it is public and the same for everybody: who fetches it tells nobody whom they are checking.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from api.handouts import handout
from api.parts import Shared
from api.shapes import MAX_ID, AgencyId, answer, hexed, stamp
from ledger.anchor_log import Checkpoint, origin
from ledger.errors import NotFound
from offices.evidence import newest_description, newest_pack
from offices.root_pin import pinned_root

router = APIRouter(tags=["trust"])

_PACK_EXAMPLE = {"format": "onceledger-trust-pack", "version": 1, "root": ["{…}"], "trust": "{…}"}
_ROOT_EXAMPLE = {"signatures": [{"keyid": "…", "sig": "…"}], "signed": {"_type": "root", "version": 1}}
_DID_EXAMPLE = {
    "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
    "id": "did:web:permits.example",
    "verificationMethod": [
        {
            "id": "did:web:permits.example#z6Mk…",
            "type": "Multikey",
            "controller": "did:web:permits.example",
            "publicKeyMultibase": "z6Mk…",
        }
    ],
    "assertionMethod": ["did:web:permits.example#z6Mk…"],
}
_LIST_EXAMPLE = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "https://permits.example/status/4294967297",
    "type": ["VerifiableCredential", "BitstringStatusListCredential"],
    "issuer": "did:web:permits.example",
    "validFrom": "2026-10-01T08:00:02Z",
    "credentialSubject": {
        "id": "https://permits.example/status/4294967297#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": "uH4sI…",
    },
    "proof": {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofValue": "z…"},
}


class CheckpointShape(BaseModel):
    """A checkpoint that the root authority signed in its trust pack; ``body`` is C2SP tlog-checkpoint's, unsigned."""

    period: str
    size: int
    root: str
    block: int
    time: str
    body: str


class CheckpointList(BaseModel):
    """Checkpoints of the anchor log, oldest first."""

    origin: str | None
    checkpoints: list[CheckpointShape]


@router.get(
    "/trust-pack",
    operation_id="getTrustPack",
    summary="The newest trust pack · 信任包",
    response_class=Response,
    responses=answer("The pack (docs/formats/trust-pack.md). Check it against a root pinned before.", _PACK_EXAMPLE),
)
def get_trust_pack(request: Request, parts: Shared) -> Response:
    """Signed by the root authority: it does not matter who hands it out."""
    return handout(request, newest_pack(parts.inst), "application/json")


@router.get(
    "/trust-pack/root.json",
    operation_id="getPinnedRoot",
    summary="The first root, for pinning · 根（首次固定用）",
    response_class=Response,
    responses=answer("TUF root metadata, version 1.", _ROOT_EXAMPLE),
)
def get_root(request: Request, parts: Shared) -> Response:
    """For a first look. Who relies on it takes the root from the root authority, not from a service to be checked."""
    return handout(request, pinned_root(parts.inst), "application/json")


@router.get(
    "/status-pack",
    operation_id="getStatusPack",
    summary="The status lists of all agencies in one file · 状态包",
    response_class=Response,
    responses=answer("The pack (docs/formats/status-pack.md).", "(binary)", media_type="application/octet-stream"),
)
def get_status_pack(request: Request, parts: Shared) -> Response:
    """The same bytes until a list is published."""
    return handout(request, parts.published.status_pack(), "application/octet-stream")


@router.get(
    "/status/{list_id}",
    operation_id="getStatusList",
    summary="A status list as a W3C BitstringStatusListCredential · 状态列表",
    response_class=Response,
    responses=answer("The credential, secured by the agency's newest key.", _LIST_EXAMPLE, media_type="application/vc"),
)
def get_status_list(
    request: Request,
    parts: Shared,
    list_id: Annotated[
        int, Path(ge=1, le=MAX_ID, description="Number of the list on the chain.", examples=[4294967297])
    ],
) -> Response:
    """For software that knows W3C's lists and no bundles. The published version: the one whose root is on the chain."""
    return handout(request, parts.published.status_credential(list_id), "application/vc")


@router.get(
    "/agencies/{agency_id}/did.json",
    operation_id="getAgencyDid",
    summary="The DID document of an agency · 机关的 DID 文件",
    response_class=Response,
    responses=answer(
        "The document, with every key the agency registered.", _DID_EXAMPLE, media_type="application/did+json"
    ),
)
def get_agency_did(request: Request, parts: Shared, agency_id: AgencyId) -> Response:
    """For a web server of the agency's host that passes /.well-known/did.json on to here."""
    document = parts.dids.document(parts.inst.records.agency(agency_id))
    return handout(request, document, "application/did+json")


@router.get(
    "/.well-known/did.json",
    operation_id="getHostDid",
    summary="The DID document of the agency whose host this is · 按域名取 DID 文件",
    response_class=Response,
    responses=answer(
        "The document, with every key the agency registered.", _DID_EXAMPLE, media_type="application/did+json"
    ),
)
def get_host_did(request: Request, parts: Shared) -> Response:
    """Where did:web looks for it. The Host header says which agency is meant."""
    host = request.headers.get("host", "").lower()
    for row in parts.inst.records.agencies():
        if row.host.lower() == host:
            answered = handout(request, parts.dids.document(row), "application/did+json")
            answered.headers["Vary"] = "Host"
            return answered
    raise NotFound("did.host-unknown", "No agency served here has this host.", "Ask /agencies/{id}/did.json.")


@router.get(
    "/anchor-log/checkpoints",
    operation_id="listCheckpoints",
    summary="Checkpoints of the anchor log · 存证日志检查点",
    response_model=CheckpointList,
    responses=answer(
        "Those of the newest trust pack.",
        {
            "origin": "onceledger/20161/0x5fbd…",
            "checkpoints": [
                {
                    "period": "2026-10",
                    "size": 42,
                    "root": "0x6e34…",
                    "block": 1800,
                    "time": "2026-10-31T16:00:00Z",
                    "body": "onceledger/20161/0x5fbd…\n42\n…\n",
                }
            ],
        },
    ),
)
def list_checkpoints(parts: Shared) -> Mapping[str, Any]:
    """Empty until the root authority closes the log for the first time."""
    trust = newest_description(parts.inst)
    if trust is None:
        return {"origin": None, "checkpoints": []}
    name = origin(trust.chain.chain_id, trust.chain.anchor_registry)
    return {
        "origin": name,
        "checkpoints": [
            {
                "period": one.period,
                "size": one.size,
                "root": hexed(one.root),
                "block": one.block,
                "time": stamp(one.time),
                "body": Checkpoint(one.size, one.root, one.block, one.time).body(name),
            }
            for one in trust.checkpoints
        ],
    }
