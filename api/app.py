"""The application: all routes over one open installation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from adapters.bootstrap import Installation
from api import (
    agency_routes,
    agreement_routes,
    archive_routes,
    bundle_routes,
    correction_routes,
    governing,
    governing_routes,
    health_routes,
    import_routes,
    issuing_routes,
    key_routes,
    pack_routes,
    problems,
    root_routes,
    trust_routes,
    type_routes,
    verify_routes,
)
from api.agency_locks import AgencyLocks
from api.body_limit import BodyLimit
from api.did_documents import DidDocuments
from api.envelope import Envelope
from api.gate import TokenGate
from api.metrics import Metrics
from api.parts import Parts
from api.problems import Problem
from api.published import Published
from api.tokens import Tokens
from api.turns import Turns
from api.worker import Worker

_DESCRIPTION: Final = """Certificates that anybody can check without asking the issuer.
一次提交，处处可证：任何人无需询问签发机关即可核验的证照。

Addresses that change something need `Authorization: Bearer <token>`, a token of the agency named and of the right role.
What the root authority does needs as many of its members as must agree: each sends the same request with its own
token. 202 says that more are needed; the last one's is carried out.
Errors are `application/problem+json` (RFC 9457). Business numbers stand in bodies, never in addresses.
写操作须携带所属机关、相应角色的令牌；根授权机构的操作须由达到门限的成员各以自己的令牌发送同一请求。
错误一律为 problem+json；业务编号只出现在请求正文中。"""

_TAGS: Final = (
    ("agencies", "Issuing agencies, their counts and batches. 签发机关、数量与批次。"),
    ("types", "Credential types and their contexts. 证照类型与语境定义文件。"),
    ("imports", "From a register to approved drafts. 名册导入、复核、更正。"),
    ("issuing", "Issue, anchor, change status, publish. 签发、存证、状态变更、公布。"),
    ("bundles", "Find certificates and hand out their evidence. 查询证照、出具证明文件。"),
    ("verifying", "Verify. 核验。"),
    ("trust", "What verifiers fetch: packs, lists, keys, checkpoints. 信任包、状态包、状态列表、密钥、检查点。"),
    ("root", "The root authority: members, threshold, registry. 根授权机构：成员、门限、登记。"),
    ("governing", "Agencies and what they may issue. 机关与授权。"),
    ("keys", "Signing keys and sending accounts of an agency. 机关的签发密钥与发送账户。"),
    ("operating", "Health and figures. 运行状况与指标。"),
)

_ROUTERS: Final = (
    agency_routes, type_routes, import_routes, correction_routes, issuing_routes, bundle_routes, archive_routes,
    verify_routes, trust_routes, pack_routes, root_routes, agreement_routes, governing_routes, key_routes,
    health_routes,
)  # fmt: skip


def _problem(example: dict[str, Any]) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {problems.MEDIA_TYPE: {"schema": schema, "example": example}}
    return {"description": "A problem (RFC 9457).", "content": content}


class _Api(FastAPI):
    """FastAPI, whose description says of errors only what is sent: it would add the model under application/json."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            for operations in super().openapi()["paths"].values():
                for operation in operations.values():
                    operation["responses"]["4XX"]["content"].pop("application/json", None)
        return super().openapi()


def create_app(inst: Installation, *, tokens: Tokens, background: bool = True) -> FastAPI:
    """The application over ``inst``, which stays open as long as the application runs.

    ``background`` says whether its worker anchors and publishes by itself; without it, ``app.state.parts.worker`` has
    ``run_once``. Documentation pages are left out because they load scripts from elsewhere: /openapi.json is there.
    """
    locks, metrics, published = AgencyLocks(), Metrics(inst), Published(inst)
    worker = Worker(inst, locks, metrics, published.forget)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if background:
            worker.start()
        try:
            yield
        finally:
            await run_in_threadpool(worker.stop)

    app = _Api(
        title="onceledger",
        version=_version(),
        description=_DESCRIPTION,
        openapi_tags=[{"name": name, "description": text} for name, text in _TAGS],
        servers=[{"url": inst.settings.public_url.rstrip("/")}],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        responses={
            "4XX": _problem(problems.PROBLEM_EXAMPLE) | {"model": Problem},
            "5XX": _problem(problems.UNAVAILABLE_EXAMPLE),
        },
    )
    app.state.parts = Parts(inst, tokens, locks, metrics, worker, published, DidDocuments(inst), Turns())
    for module in _ROUTERS:
        app.include_router(module.router)
    problems.install(app)
    governing.install(app)
    app.add_middleware(TokenGate)
    app.add_middleware(BodyLimit, most=inst.settings.max_body)
    app.add_middleware(Envelope, metrics=metrics)
    return app


def _version() -> str:
    try:
        return version("onceledger")
    except PackageNotFoundError:
        return "0"
