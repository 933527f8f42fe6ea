"""For whoever runs the service: is it alive, is it ready, what does it do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.parts import Parts, Shared
from api.problems import problem_response
from api.shapes import answer
from api.tokens import Holder, Role
from ledger import trust_pack
from ledger.errors import NotFound, OnceledgerError, Unavailable
from offices.evidence import newest_pack
from offices.root_pin import pinned_root

router = APIRouter(tags=["operating"])

MIN_FREE: Final = 256 << 20
"""Bytes of free disk below which the service says so: four packs of a large batch."""

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_VITAL: Final = frozenset(("records",))
"""Without them nothing can be answered. Without a chain, issuing, bundles and verification go on."""


class Index(BaseModel):
    """Where things are."""

    name: str
    openapi: str
    agencies: str
    types: str
    trust_pack: str
    status_pack: str
    verify: str


class Alive(BaseModel):
    """The process answers."""

    status: str


class CheckShape(BaseModel):
    """One part of the service. ``code`` says what is wrong with it."""

    name: str
    ok: bool
    code: str | None = None


class Ready(BaseModel):
    """``status`` is ready, or degraded: the parts that are not ok say what does not work now."""

    status: str
    checks: list[CheckShape]


@router.get(
    "/",
    operation_id="index",
    summary="Where things are · 索引",
    response_model=Index,
    responses=answer("Addresses.", {"name": "onceledger", "openapi": "http://127.0.0.1:8000/openapi.json"}),
)
def index(parts: Shared) -> Mapping[str, str]:
    """Addresses of what a newcomer looks for."""
    base = parts.inst.settings.public_url.rstrip("/")
    paths = ("openapi.json", "agencies", "types", "trust-pack", "status-pack", "verify")
    names = ("openapi", "agencies", "types", "trust_pack", "status_pack", "verify")
    return {"name": "onceledger"} | {name: f"{base}/{path}" for name, path in zip(names, paths, strict=True)}


@router.get(
    "/healthz",
    operation_id="healthz",
    summary="Whether the process answers · 存活",
    response_model=Alive,
    responses=answer("It does.", {"status": "alive"}),
)
def healthz() -> Mapping[str, str]:
    """Asks nothing of anybody: restart the process when this does not answer."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Whether the parts work, by name · 就绪",
    response_model=Ready,
    responses=answer(
        "Ready, or degraded: then some check is not ok.",
        {"status": "degraded", "checks": [{"name": "chain", "ok": False, "code": "chain.unavailable"}]},
    ),
)
def readyz(request: Request, parts: Shared) -> Any:
    """503 when nothing can be answered (the records are gone); 200 and *degraded* when some things cannot be done."""
    checks = [_checked(name, check) for name, check in _checks(parts)]
    broken = [check for check in checks if not check["ok"]]
    if any(check["name"] in _VITAL for check in broken):
        error = Unavailable("service.not-ready", "The service cannot work now.", "See checks for what is missing.")
        return problem_response(error, request.scope, checks=checks)
    return {"status": "degraded" if broken else "ready", "checks": checks}


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Figures for Prometheus · 指标",
    response_class=Response,
    responses=answer(
        "Text format 0.0.4.", 'onceledger_credentials{agency="1",state="anchored"} 4.0', media_type="text/plain"
    ),
)
def metrics(request: Request, parts: Shared) -> Response:
    """No personal data. What an agency has in which state comes with its operator's token alone; a proxy in front keeps
    the rest from the public all the same."""
    holder: Holder | None = request.state.holder
    agency_id = holder.agency_id if holder is not None and holder.role is Role.OPERATOR else None
    return Response(parts.metrics.render(agency_id), media_type=METRICS_TYPE)


def _checks(parts: Parts) -> Iterator[tuple[str, Callable[[], object]]]:
    inst = parts.inst
    yield "records", inst.records.agencies
    yield "chain", inst.chain.head
    yield "registries", inst.contracts
    yield "trust-pack", lambda: _require_pack(parts)
    yield "worker", lambda: _require_worker(parts)
    yield "disk", lambda: _require_disk(parts)
    yield "tokens", lambda: _require_tokens(parts)


def _checked(name: str, check: Callable[[], object]) -> Mapping[str, Any]:
    try:
        check()
    except OnceledgerError as error:
        return {"name": name, "ok": False, "code": error.code}
    return {"name": name, "ok": True, "code": None}


def _require_pack(parts: Parts) -> None:
    pack = newest_pack(parts.inst)
    trust_pack.load(pack, pinned_root=pinned_root(parts.inst), now=datetime.now(UTC))


def _require_worker(parts: Parts) -> None:
    if not parts.worker.running:
        raise Unavailable("worker.not-running", "Nothing is anchored by itself now.", "Start the service again.")
    for code in parts.worker.failing.values():
        raise Unavailable("worker.failing", f"The worker waits to try again after {code}.", "See the log.")


def _require_disk(parts: Parts) -> None:
    try:
        free = shutil.disk_usage(parts.inst.settings.data).free
    except OSError:
        raise Unavailable("disk.not-there", "The data folder is not there.", "Mount it again.") from None
    if free < MIN_FREE:
        raise Unavailable("disk.low", f"Less than {MIN_FREE} bytes of disk are free.", "Free some space.")


def _require_tokens(parts: Parts) -> None:
    if not parts.tokens.count:
        raise NotFound(
            "tokens.none", "There is no access token, so nobody can write.", "Make one: onceledger token add."
        )
