"""Every parser, fed with anything: it reads, or it raises an error of ours; and what it wrote it reads again the same.

``tests/parsers.py`` and ``parsers_of_values.py`` are the table. The functions of these packages that look like parsers
are found by their signature and docstring, so a new one is in the table, or it is named here with the reason why not,
or a test fails.
"""

from __future__ import annotations

import ast
import copy
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsers import BYTES, Parser
from parsers_of_values import JSON, TEXT
from test_verification_mutations import EDITS, Edit, edited

from adapters import row_files
from ledger.errors import MalformedInput

ROOT = Path(__file__).parent.parent
OTHER_MODULES: Final = (
    "issuers/cells.py", "issuers/parse_mapping.py", "adapters/row_files.py", "adapters/xlsx_rows.py",
    "adapters/settings.py", "adapters/key_file.py", "adapters/node_json.py", "api/tokens.py", "api/uploads.py",
    "cli/inputs.py", "offices/moments.py", "offices/pack_terms.py",
)  # fmt: skip
OUTSIDE: Final = frozenset(
    ("bytes", "str", "Any", "Item", "BinaryIO", "Path", "Sequence[bytes]", "Mapping[str, bytes]")
)

NOT_PARSERS: Final = {
    "makes and does not read; its arguments are our own": (
        "ledger.data_integrity.signing_input", "ledger.data_integrity.ProofTemplate.secure", "ledger.issuance.secure",
        "ledger.data_integrity.ProofTemplate.values",
        "ledger.key_envelope.WrappingKey.wrap", "ledger.key_envelope.WrappingKey.wrap_many",
        "ledger.merkle.check_hash", "ledger.merkle_log.MerkleLog.append", "ledger.multikey.encode_ed25519",
        "ledger.multikey.did_key", "ledger.multikey.did_key_method", "ledger.receipt_proof.build_proof",
        "ledger.sealing.seal", "ledger.sealing.seal_many", "ledger.sealing.seal_stream",
        "ledger.status_list.get_in_chunk", "ledger.status_list.permutation", "ledger.status_list.status_list_document",
        "ledger.status_pack.pack_list", "ledger.status_reasons.compress", "ledger.unixfs.root_of",
        "ledger.trust_pack_signing.next_pack", "ledger.trust_pack_signing.rotate_root", "api.tokens.add_token",
        "api.tokens.end_token",
        "issuers.cells.compile_column", "issuers.cells.check_steps", "adapters.key_file.destroy_document",
    ),
    "a part of ledger.strict_rlp.decode's work, and of ledger.block_header.parse_header's": (
        "ledger.strict_rlp.string", "ledger.strict_rlp.uint", "ledger.strict_rlp.items",
    ),
    "a part of ledger.bundle.read's work (and of ledger.bundle_reader's: tests/test_bundle_reader.py)": (
        "ledger.bundle.from_parts", "ledger.bundle.read_shared",
    ),
    "a part of ledger.registry_events.decode_event": ("ledger.event_abi.Layout.decode",),
    "a part of ledger.trust_reading.parse": (
        "ledger.trust_description.agency_key", *(f"ledger.trust_members.{name}" for name in (
            "members", "items", "natural", "time", "text", "matching", "choice", "hexadecimal")),
    ),
    "reads what ledger.key_envelope.recipients and WrappingKey.unwrap read, which come first": (
        "ledger.key_envelope.WrappingKey.rewrap",
    ),
    "reads claims that the type's schema has accepted (tests/test_validity_rule.py)": (
        "ledger.validity_rule.ValidityRule.last_day", "ledger.validity_rule.ValidityRule.stamps",
    ),
    "goes through what a node answers (tests/test_lying_node.py)": ("ledger.chain_walk.walk",),
    "opens a file for a parser of the table": (
        "adapters.row_files.open_rows", "adapters.key_file.file_errors", "cli.inputs.read_input",
        "cli.inputs.read_document", "cli.inputs.read_limited", "cli.inputs.read_where", "cli.inputs.require_file",
    ),
    "has its property test in tests/test_api_uploads.py": (
        "api.uploads.UploadReader.feed", "api.uploads.Upload.text", "api.uploads.Upload.number",
        "api.uploads.Upload.flag",
    ),
}  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=8), one, max_size=4), max_leaves=8
)
"""Floats that JSON has not and texts that UTF-8 has not are among them: a caller in the process may have them."""


# -------------------------------------------------------------------------------------------------- none is forgotten


def looks_like_parsers() -> Iterator[str]:
    """Public functions that take something from outside and say, or show, that they raise."""
    core = sorted(path for path in (ROOT / "ledger").glob("*.py") if not path.stem.endswith("_port"))
    for path in (*core, *(ROOT / name for name in OTHER_MODULES)):
        module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        yield from _of(ast.parse(path.read_text("utf-8")), f"{module}.")


def _of(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    for inner in node.body:
        if isinstance(inner, ast.ClassDef) and not inner.name.startswith("_"):
            yield from _of(inner, f"{prefix}{inner.name}.")
        elif isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
            kinds = {ast.unparse(one.annotation) for one in inner.args.args + inner.args.kwonlyargs if one.annotation}
            told = ast.get_docstring(inner) or ""
            raises = any(isinstance(one, ast.Raise) for one in ast.walk(inner))
            if any(kind in OUTSIDE or kind.startswith("dict[") for kind in kinds) and (
                raises or "MalformedInput" in told or "Raises like" in told
            ):
                yield prefix + inner.name


def test_every_parser_is_in_the_table_or_named_with_a_reason() -> None:
    found = set(looks_like_parsers())
    assert len(found) > 100
    tables = {name.partition(" ")[0] for name in (*BYTES, *TEXT, *JSON)}
    excused = [name for names in NOT_PARSERS.values() for name in names]
    assert len(set(excused)) == len(excused)
    assert not tables & set(excused)
    assert found - tables == set(excused)
    # these say in their class what they raise, or hand everything on
    assert tables - found == {"api.tokens.Tokens", "adapters.settings.read_settings"} - found


@pytest.mark.parametrize(("name", "parser"), [*BYTES.items(), *TEXT.items(), *JSON.items()])
def test_its_samples_are_read_and_written_again_the_same(name: str, parser: Parser) -> None:
    for sample in parser.all_samples():
        read = parser.read(sample)
        if parser.write is not None:
            assert parser.write(read) == sample, name


# ---------------------------------------------------------------------------------------------------- anything at all


def answered(name: str, parser: Parser, value: Any) -> None:
    """It reads, or it raises what it may; and what has one form alone is read in that form alone."""
    try:
        read = parser.read(value)
    except (MalformedInput, *parser.also) as error:
        assert error.code
        assert error.cause
        return
    if parser.write is not None and name not in MANY_FORMS:
        assert parser.write(read) == value, name


MANY_FORMS: Final = {
    "ledger.seen_versions.SeenVersions.from_bytes": "any JSON text of the same members",
    "cli.inputs.utf8": "a byte order mark is left out",
    "ledger.dag_pb.decode": "links and data may stand in either order",
    "ledger.canonical_json.canonicalize": "true and 1, 1.0 and 1 are equal in Python",
    "adapters.node_json.quantity": "leading zeros",
    "adapters.node_json.data": "capital letters",
}
"""Parsers that read more than one form of a value, and what the difference is."""


@pytest.mark.parametrize("name", BYTES)
@given(st.data())
def test_bytes_are_read_or_refused(name: str, data: st.DataObject) -> None:
    parser = BYTES[name]
    choices = [st.binary(max_size=200)]
    if samples := parser.all_samples():
        sample = st.sampled_from(samples)
        choices += [st.builds(edited, sample, EDITS), st.builds(cut, sample, st.integers(0, 2**16))]
    answered(name, parser, data.draw(st.one_of(choices)))


def cut(sample: bytes, place: int) -> bytes:
    return sample[: place % (len(sample) + 1)]


@pytest.mark.parametrize("name", TEXT)
@given(st.data())
def test_text_is_read_or_refused(name: str, data: st.DataObject) -> None:
    parser = TEXT[name]
    sample = data.draw(st.sampled_from(parser.samples))
    damaged = st.builds(lambda edits: edited(sample.encode(), edits).decode("utf-8", "replace"), EDITS)
    answered(name, parser, data.draw(st.text(max_size=80) | st.text("0123456789:TZ+-.", max_size=30) | damaged))


def replaced(value: Any, path: list[int], by: Any, *, remove: bool) -> Any:
    """Some part of a JSON value replaced, or left out."""
    whole = [copy.deepcopy(value)]
    at: Any = whole
    key: Any = 0
    for step in path:
        inside = at[key]
        keys = (
            list(inside) if isinstance(inside, dict) else list(range(len(inside))) if isinstance(inside, list) else []
        )
        if not keys:
            break
        at, key = inside, keys[step % len(keys)]
    if remove and at is not whole:
        del at[key]
    else:
        at[key] = by
    return whole[0]


@pytest.mark.parametrize("name", JSON)
@given(VALUES, st.lists(st.integers(0, 20), max_size=5), st.booleans(), st.data())
def test_json_is_read_or_refused(name: str, by: Any, path: list[int], remove: bool, data: st.DataObject) -> None:
    parser = JSON[name]
    sample = data.draw(st.sampled_from(parser.samples))
    answered(name, parser, data.draw(st.just(by) | st.just(replaced(sample, path, by, remove=remove))))


@given(EDITS)
def test_a_register_of_any_kind_is_read_to_its_end_or_refused(edits: list[Edit]) -> None:
    """All rows, since a reader may find only later what is wrong; a bad row is a value and no error."""
    for kind, sample in ((".csv", b'a,b\n"1",2\n'), (".tsv", b"a\tb\n1\t2\n"), (".jsonl", b'{"a":1}\n')):
        try:
            for _, row in row_files.read_rows(io.BytesIO(edited(sample, edits)), kind).rows:
                assert isinstance(row, dict | tuple | list | MalformedInput)
        except MalformedInput as error:
            assert error.code.startswith("rows.")
