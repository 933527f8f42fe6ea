"""Claims, keys and frames for the benches: the real register's rows, ten claims each, repeated as often as needed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from adapters.ed25519_key import Ed25519Key
from adapters.row_files import open_rows
from issuers.check_rows import Draft, check_rows
from issuers.parse_mapping import code_list_names, parse_mapping
from ledger.canonical_json import canonicalize
from ledger.credential import Frame, uuids
from ledger.credential_type import CredentialType, parse_type
from ledger.data_integrity import ProofTemplate
from ledger.issuance import Claims, template

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "tucson"
CLAIMS = 10
AGENCY_ID = 1


@dataclass(frozen=True, slots=True)
class Bench:
    """What issuing needs, in memory."""

    kind: CredentialType
    frame: Frame
    proof: ProofTemplate
    key: Ed25519Key
    secret: bytes


@cache
def kind() -> CredentialType:
    """The licence type of the example."""
    return parse_type((EXAMPLE / "business-licence.type.json").read_bytes())


@cache
def subjects() -> list[bytes]:
    """Canonical claims of the register's rows with exactly ten claims."""
    mapping_file = (EXAMPLE / "business-licence.mapping.toml").read_bytes()
    lists = {name: (EXAMPLE / name).read_bytes() for name in code_list_names(mapping_file)}
    with open_rows(EXAMPLE / "tucson-2011-2015.tsv") as rows:
        checked = check_rows(
            rows.rows,
            header=rows.header,
            mapping=parse_mapping(mapping_file, lists),
            credential_type=kind(),
            agency="tucson.example",
        )
        drafts = [row for row in checked if isinstance(row, Draft)]
    return [canonicalize(draft.subject) for draft in drafts if len(draft.subject) == CLAIMS]


def bench() -> Bench:
    """A key and a frame, fresh."""
    key = Ed25519Key(os.urandom(32))
    frame = Frame(
        issuer="did:web:tucson.example",
        type_name=kind().name,
        context_url=kind().context_url("https://root.onceledger.example"),
        status_base="https://tucson.example/status/",
        revocation_list=(AGENCY_ID << 32) + 1,
        suspension_list=(AGENCY_ID << 32) + 2,
    )
    method = f"{frame.issuer}#{key.multikey()}"
    return Bench(kind(), frame, template(frame, method, "2026-11-23T08:00:00Z"), key, os.urandom(32))


def claims(count: int, first: int = 0) -> Claims:
    """``count`` claims to be issued, as the records hand them over."""
    known = subjects()
    return Claims(
        subjects=[known[at % len(known)] for at in range(first, first + count)],
        valid_from=["2026-01-01T00:00:00-07:00"] * count,
        valid_until=[None] * count,
        uuids=uuids(os.urandom(16 * count)),
        status_indexes=range(first, first + count),
    )
