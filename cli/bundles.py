"""``bundle``: the files that holders get."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.choices import AgencyOption, NumbersOption, TypeOption, chosen_agency, chosen_type
from cli.door import PROVING, command, group
from cli.inputs import read_document, read_numbered
from cli.outputs import make_folder, write_whole
from cli.session import Session
from ledger.errors import NotFound

if TYPE_CHECKING:
    from ledger.records import CredentialRow

bundle = group("Evidence bundles: the file with which a certificate is proven offline. 证明文件。")

FolderOption = Annotated[
    Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the bundles; made if missing. 输出文件夹。")
]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A bundle. 证明文件。")]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(bundle, name="bundle", rich_help_panel=PROVING)


@command(bundle, "make", example="onceledger bundle make --out bundles < numbers.txt")
def make(
    session: Session,
    out: FolderOption,
    file: NumbersOption = None,
    host: AgencyOption = None,
    type_name: TypeOption = None,
) -> None:
    """Bundles by business number: the newest issued version of each, under its certificate's id.

    按业务编号制作证明文件（最新已签发版本），以证照标识为文件名。
    """
    numbers = read_numbered(session, file)
    with session.installation() as inst:
        from issuers.make_bundle import make_bundle
        from offices.evidence import bundling
        from offices.finding import newest_issued

        agency = chosen_agency(inst, host)
        kind = chosen_type(inst, type_name, agency)
        rows, unknown = newest_issued(inst, agency.agency_id, kind.type_id, list(numbers))
        if unknown:
            raise NotFound(
                "credential.unknown",
                "No issued credential has this business number.",
                "Check number, agency and type.",
                position=numbers[unknown[0]],
                refusals=[{"row": numbers[one], "code": "credential.unknown", "state": None} for one in unknown],
            )
        make_folder(out)
        work, made = bundling(inst), []
        with session.counting("bundle.working", len(rows)) as advance:
            for row in rows.values():
                made.append(_write(out, row, make_bundle(work, row)))
                advance(1)
    session.say("bundle.made", "green", count=len(made), folder=str(out))
    session.answer({"folder": str(out), "files": made}, next_step="next.verify", path=str(out))


@command(bundle, "batch", example="onceledger bundle batch 1 --out bundles")
def batch(
    session: Session,
    number: Annotated[int, typer.Argument(metavar="BATCH", min=1, help="Number of the batch. 批次编号。")],
    out: FolderOption,
) -> None:
    """The bundles of a whole batch.

    制作整个批次的证明文件。
    """
    with session.installation() as inst:
        from offices.evidence import bundles_of

        chosen = inst.records.batch(number)
        make_folder(out)
        count = 0
        with session.counting("bundle.working", chosen.credentials) as advance:
            for row, content in bundles_of(inst, number):
                _write(out, row, content)
                count += 1
                advance(1)
    session.say("bundle.made", "green", count=count, folder=str(out))
    session.answer({"folder": str(out), "batch": number, "count": count}, next_step="next.verify", path=str(out))


@command(
    bundle, "refresh", example="onceledger bundle refresh bundles/2b8a6b0e-53c1-4a52-b4f3-6d6a3b1c0a11.bundle.json"
)
def refresh(
    session: Session,
    file: FileArgument,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Default: the same file. 输出文件，默认原文件。")
    ] = None,
) -> None:
    """The same certificate with its newest evidence: anchored since, a newer status, a history path.

    以最新的存证、状态与历史路径更新证明文件。
    """
    from ledger.bundle import MAX_BUNDLE_BYTES

    data = read_document(file, MAX_BUNDLE_BYTES, "bundle")
    with session.installation() as inst:
        from offices.refresh import refresh_bundle

        with session.working("working.refresh"):
            content = refresh_bundle(inst, data)
    write_whole(out or file, content, private=True)
    session.say("bundle.refreshed" if content != data else "bundle.same", "green", file=str(out or file))
    session.answer(
        {"file": str(out or file), "changed": content != data}, next_step="next.verify", path=str(out or file)
    )


@command(bundle, "show", example="onceledger bundle show bundles/2b8a6b0e-53c1-4a52-b4f3-6d6a3b1c0a11.bundle.json")
def show(session: Session, file: FileArgument) -> None:
    """Which evidence a bundle carries. Nothing is verified, so nothing of the certificate's content is shown.

    显示文件中有哪些证据；未经核验，故不显示证照内容。
    """
    from ledger.bundle import MAX_BUNDLE_BYTES, read

    data = read_document(file, MAX_BUNDLE_BYTES, "bundle")
    found = read(data)
    parts: dict[str, Any] = {
        "bytes": len(data),
        "inclusion": None
        if found.inclusion is None
        else {"index": found.inclusion.index, "size": found.inclusion.size},
        "anchor": found.anchor is not None,
        "history": None if found.history is None else {"size": found.history.size},
        "status": [{"list": one.list_id, "version": one.version} for one in found.status],
        "contexts": len(found.contexts),
    }
    yes = session.text("yes-no.True")
    no = session.text("yes-no.False")
    session.table(
        ["column.part", "column.value"],
        [
            (session.text("part.size"), session.text("part.bytes", count=len(data))),
            (session.text("part.inclusion"), _place(session, found.inclusion) or no),
            (session.text("part.anchor"), yes if found.anchor is not None else no),
            (session.text("part.history"), yes if found.history is not None else no),
            *(
                (session.text("part.status"), session.text("part.list", list=one.list_id, version=one.version))
                for one in found.status
            ),
        ],
    )
    session.say("bundle.unverified", "yellow")
    session.answer({"verified": False, **parts}, next_step="next.verify", path=str(file))


def _place(session: Session, inclusion: Any) -> str | None:
    if inclusion is None:
        return None
    return session.text("part.place", index=inclusion.index, size=inclusion.size)


def _write(folder: Path, row: CredentialRow, content: bytes) -> str:
    from offices.export import bundle_name

    path = folder / bundle_name(row)
    write_whole(path, content, private=True, durable=False)
    return path.name
