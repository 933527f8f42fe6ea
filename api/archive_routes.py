"""Whole batches of bundles, and everything of an agency, as ZIP archives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Path, Response

from api.json_bodies import StrictJsonRoute
from api.parts import Administrator, Officer, Shared
from api.shapes import MAX_ID, AgencyId, answer
from api.zip_stream import MEDIA_TYPE, zip_response
from ledger.errors import NotFound
from offices.evidence import bundles_of
from offices.export import bundle_name, export_files

router = APIRouter(route_class=StrictJsonRoute, tags=["bundles"])

BatchId = Annotated[int, Path(ge=1, le=MAX_ID, description="Number of the batch.", examples=[1])]
_EXAMPLE: Final = "(binary)"


@router.post(
    "/agencies/{agency_id}/batches/{batch_id}/bundles",
    operation_id="makeBatchBundles",
    summary="The bundles of a whole batch as a ZIP archive · 整批出具证明文件",
    response_class=Response,
    responses=answer("One file UUID.bundle.json per certificate.", _EXAMPLE, media_type=MEDIA_TYPE),
)
def batch_bundles(parts: Shared, agency_id: AgencyId, _: Officer, batch_id: BatchId) -> Response:
    """A clerk's or a reviewer's: they are the certificates themselves."""
    batch = parts.inst.records.batch(batch_id)
    if batch.agency_id != agency_id:
        raise NotFound("batch.unknown", "There is no such batch.", "List them: onceledger status.")

    def files() -> Iterator[tuple[str, tuple[bytes]]]:
        for row, content in bundles_of(parts.inst, batch_id):
            yield bundle_name(row), (content,)

    return zip_response(files(), f"batch-{batch_id}.zip")


@router.post(
    "/agencies/{agency_id}/export",
    operation_id="exportAgency",
    summary="Everything of an agency as a ZIP archive · 导出",
    response_class=Response,
    responses=answer(
        "Bundles, packs, types, records; it verifies without this service.", _EXAMPLE, media_type=MEDIA_TYPE
    ),
)
def export(parts: Shared, agency_id: AgencyId, _: Administrator) -> Response:
    """The administrator's. It holds certificates in the clear: it is for the agency and for nobody else."""
    agency = parts.inst.records.agency(agency_id)
    return zip_response(export_files(parts.inst, agency), f"agency-{agency_id}.zip")
