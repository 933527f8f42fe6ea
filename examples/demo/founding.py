"""A root authority of three ministries, ten types, the agencies, and who may issue what."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from adapters.bootstrap import Installation, create_installation
from adapters.settings import Settings, read_settings
from examples.demo.folder import ROOT, DemoFailed, Folder
from examples.demo.story import Story
from ledger.errors import NotPermitted
from ledger.label import Label
from ledger.records import AgencyRow, TypeRow
from offices import root

TUCSON: Final = ROOT / "examples" / "tucson"
CHINESE: Final = ROOT / "examples" / "chinese"
DOGS: Final = ROOT / "examples" / "demo" / "dogs"
"""The office that is accredited for dog licences and would like to award degrees."""


@dataclass(frozen=True, slots=True)
class Office:
    """An agency of this installation: its row, and the types that it issues by name."""

    key: str
    row: AgencyRow
    types: dict[str, TypeRow]


@dataclass(frozen=True, slots=True)
class Plan:
    """One agency as ``agencies.json`` has it."""

    key: str
    host: str
    name: Label
    types: tuple[str, ...]
    accreditor: str | None


def settings_of(folder: Folder) -> Settings:
    """Settings of the run's installation; its passphrase is made here, once."""
    if not folder.passphrase.exists():
        folder.passphrase.write_text(secrets.token_urlsafe(24) + "\n", encoding="utf-8")
        folder.passphrase.chmod(0o600)
    return read_settings(data=folder.installation, passphrase_file=folder.passphrase)


def create(story: Story, settings: Settings) -> None:
    """Key stores, four validators, the embedded chain, records and content store."""
    with story.step("启动内嵌链：四个验证节点", "The embedded chain starts, with four validators") as step:
        create_installation(settings)
        step.note = f"链标识 chain id {settings.chain_id}"


def found(story: Story, inst: Installation) -> dict[str, Office]:
    """The root authority, the types, the agencies, their accreditations and keys; offices by their key."""
    with story.step("三部委组成根授权机构", "Three ministries form the root authority") as step:
        root.found(inst)
        step.note = (
            "已部署，三者须有二者同意 · TrustRegistry, AnchorRegistry, StatusRegistry deployed; two of three must agree"
        )
    _refuse_one_ministry_alone(inst)
    story.say("一个部委单独决定：被拒绝", "One ministry alone decides nothing: root.too-few-members")
    definitions = [
        path.read_bytes() for folder in (TUCSON, CHINESE, DOGS) for path in sorted(folder.glob("*.type.json"))
    ]
    with story.step("登记证照类型", "Credential types are registered", total=len(definitions)) as step:
        types = {}
        for definition in definitions:
            row = root.add_type(inst, definition)
            types[row.name] = row
            step.advance()
        step.note = f"{len(types)} 种 types"
    plans = list(_plans())
    with story.step("登记机关、授权、密钥", "Agencies are entered, accredited, given keys", total=len(plans)) as step:
        offices: dict[str, Office] = {}
        for plan in plans:
            offices[plan.key] = _enter(inst, plan, offices, types)
            step.advance()
        delegated = [plan.key for plan in plans if plan.accreditor]
        step.note = (
            f"{len(offices)} 个机关，其一由上级授权 · "
            f"{len(offices)} agencies, {', '.join(delegated)} through its accreditor"
        )
    return offices


def _refuse_one_ministry_alone(inst: Installation) -> None:
    alone = root.member_names()[:1]
    try:
        root.add_agency(inst, root.NewAgency("alone.example", Label("独断", "Alone")), members=alone)
    except NotPermitted as refused:
        if refused.code == "root.too-few-members":
            return
    raise DemoFailed("One ministry alone entered an agency.")


def _enter(inst: Installation, plan: Plan, offices: dict[str, Office], types: dict[str, TypeRow]) -> Office:
    """An agency with its accreditations: by the root, or by its accreditor, which must be allowed to delegate them."""
    accreditor = offices[plan.accreditor].row if plan.accreditor else None
    new = root.NewAgency(plan.host, plan.name, accreditor.agency_id if accreditor else 0)
    row = root.add_agency(inst, new)
    for name in plan.types:
        type_id = types[name].type_id
        if accreditor is not None:
            root.accredit_agency(inst, accreditor.agency_id, type_id, may_delegate=True)
        root.accredit_agency(inst, row.agency_id, type_id, grantor=accreditor)
    if plan.types:
        root.new_key(inst, row)
    return Office(plan.key, row, {name: types[name] for name in plan.types})


def _plans() -> Iterator[Plan]:
    """The agencies, accreditors before those whom they accredit."""
    for file in (TUCSON / "agency.json", CHINESE / "agencies.json", DOGS / "agency.json"):
        for one in _agencies(file):
            yield Plan(
                key=one["key"],
                host=one["host"],
                name=Label(one["name"]["zh"], one["name"]["en"]),
                types=tuple(one["types"]),
                accreditor=one["accreditor"],
            )


def _agencies(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["agencies"]
    return found
