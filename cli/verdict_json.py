"""Verdicts for programs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.moments import iso
from cli.problems import CANNOT_CHECK, problem
from ledger import base64url
from ledger.reasons import Reason

if TYPE_CHECKING:
    from ledger.verdict import Verification
    from verifiers.notes import Note
    from verifiers.verify import Opened


def verdict_json(verdict: Verification, *, without_status_pack: bool = False) -> dict[str, Any]:
    """A verdict for programs: result, decisive code, all findings, what was proven, and notes."""
    from verifiers.notes import notes_of

    age = None if verdict.status_at is None else max(0, int(time.time()) - verdict.status_at)
    issuer, kind = verdict.issuer, verdict.kind
    return {
        "result": verdict.result.value,
        "code": verdict.decisive.code,
        "checks": [_finding_json(one) for one in verdict.findings],
        "issuer": None
        if issuer is None
        else {
            "id": issuer.agency_id,
            "did": issuer.did,
            "name": {"zh": issuer.name.zh, "en": issuer.name.en},
            "status": issuer.status,
            "successor": issuer.successor_id,
        },
        "type": None
        if kind is None
        else {"id": kind.type_id, "name": kind.name, "label": {"zh": kind.label.zh, "en": kind.label.en}},
        "anchoredAt": iso(verdict.anchored_at),
        "block": verdict.block,
        "statusAt": iso(verdict.status_at),
        "statusAgeSeconds": age,
        "successor": None if verdict.successor is None else base64url.encode(verdict.successor),
        "notes": notes_json(notes_of(verdict, without_status_pack=without_status_pack)),
    }


def notes_json(notes: Sequence[Note]) -> list[dict[str, Any]]:
    """Notes for programs, in both languages."""
    return [{"code": one.code, "zh": one.text.zh, "en": one.text.en} for one in notes]


def trust_json(opened: Opened, remembered: bool) -> dict[str, Any]:
    """The trust pack for programs; ``remembered``: whether an older one will fail from now on."""
    if opened.problem is not None:
        return {"trustPack": {"usable": False, "problem": problem(opened.problem, CANNOT_CHECK)}}
    if opened.pack is None:
        return {}
    pack, told = opened.pack, opened.told
    node = None
    if told is not None:
        node = {
            "node": {
                "address": told.node,
                "chain": told.trust.chain.chain_id,
                "block": told.head.number,
                "time": iso(told.head.time),
                "ageSeconds": max(0, int(time.time()) - told.head.time),
            }
        }
    return {
        "trustPack": {
            "usable": True,
            "version": pack.seen.targets,
            "expires": iso(int(pack.expires.timestamp())),
            "block": pack.trust.block,
            "remembered": remembered,
        },
        **(node or {}),
    }


def _finding_json(one: Reason) -> dict[str, Any]:
    return {
        "step": one.check.step,
        "check": one.check.name,
        "outcome": one.outcome.value,
        "code": one.code,
        "zh": one.zh,
        "en": one.en,
        "cure": {"zh": one.cure_zh, "en": one.cure_en},
    }
