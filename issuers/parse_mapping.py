"""Reading a mapping file: what it says of itself is refused here, before any register is opened."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from operator import itemgetter
from typing import Any, Final

from issuers.cells import check_steps, compile_column, parse_code_list
from issuers.mapping import Combined, ImportMapping
from issuers.nearest_name import nearest
from ledger.digest import sha256
from ledger.errors import MalformedInput

FORMAT: Final = "onceledger-import-mapping"
VERSION: Final = 1
MAX_BYTES: Final = 256 * 1024
"""A mapping of a thousand columns has some 50 kB."""
MAX_COLUMNS: Final = 1000

_REQUIRED: Final = frozenset(("format", "version", "type", "typeVersion", "source", "columns", "fields"))
_OPTIONAL: Final = frozenset(("missing", "businessNumber", "validFrom"))
_WAYS: Final = {
    "column": {"column"},
    "join": {"join", "separator"},
    "list": {"list"},
    "constant": {"constant"},
}
_OWN_PARTS: Final = ("@agency", "@source", "@row")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SOURCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def code_list_names(data: bytes) -> tuple[str, ...]:
    """Names of the code list files that a mapping wants beside it: plain file names, no folders.

    Raises MalformedInput ``mapping.malformed``, ``mapping.code-list-name``.
    """
    columns = _document(data).get("columns")
    names = {
        steps["codes"]
        for steps in (columns.values() if isinstance(columns, dict) else ())
        if isinstance(steps, dict) and isinstance(steps.get("codes"), str)
    }
    for name in sorted(names):
        if not _FILE_NAME.fullmatch(name):
            raise _bad("mapping.code-list-name", "names a code list outside its own folder", "Write a plain file name.")
    return tuple(sorted(names))


def parse_mapping(data: bytes, code_lists: Mapping[str, bytes] | None = None) -> ImportMapping:
    """Read a mapping; ``code_lists`` are the bytes of the files that ``code_list_names`` asked for.

    Raises MalformedInput ``mapping.malformed``, ``mapping.too-large``, ``mapping.not-a-mapping``, ``mapping.version``,
    ``mapping.member``, ``mapping.column-unknown``, ``mapping.column-unused``, ``mapping.field``, ``mapping.step``,
    ``mapping.code-list``, ``mapping.code-list-name``, ``mapping.business-number``.
    """
    document = _document(data)
    _check_members(document)
    files = dict(code_lists or {})
    lists = {name: parse_code_list(name, files[name]) for name in code_list_names(data) if name in files}
    columns: dict[str, Any] = document["columns"]
    missing = frozenset(_texts(document.get("missing", []), "missing")) | {""}
    for name, steps in columns.items():
        check_steps(name, steps)
    layout = _Layout(columns)
    number = document.get("businessNumber")
    parts = None if number is None else _number_parts(number, layout)
    claims = {name: _claim(name, spec, layout) for name, spec in document["fields"].items()}
    valid_from = _valid_from(document.get("validFrom"), layout)
    layout.refuse_unused()
    cleaners = []
    for position, name in enumerate(layout.used):
        clean = compile_column(name, columns[name], missing, lists)
        if clean is not None:
            cleaners.append((position, clean))
    ordered = sorted(files.items())
    return ImportMapping(
        type_name=document["type"],
        type_version=document["typeVersion"],
        source=document["source"],
        digest=sha256(b"".join(sha256(part) for part in (data, *(part for _, part in ordered)))),
        missing=missing,
        columns=tuple(columns),
        used=tuple(layout.used),
        cleaners=tuple(cleaners),
        verbatim=tuple(at for at, name in enumerate(layout.used) if "json" in columns[name]),
        plain=tuple((name, claim) for name, claim in claims.items() if isinstance(claim, int)),
        combined=tuple(claim for claim in claims.values() if isinstance(claim, Combined)),
        constants={name: spec["constant"] for name, spec in document["fields"].items() if "constant" in spec},
        number_parts=parts,
        number_separator="" if number is None else number.get("separator", "-"),
        valid_from=valid_from,
        known=frozenset(columns),
    )


class _Layout:
    """Positions of the columns that are read, in the order in which something asks for them."""

    def __init__(self, columns: Mapping[str, Mapping[str, Any]]) -> None:
        self._columns = columns
        self.used: list[str] = []

    def position(self, name: Any, where: str, *, refuse: Collection[str] = ()) -> int:
        """Place of a column among those read; ``refuse`` are steps whose result cannot be used there."""
        steps = self._columns.get(name) if isinstance(name, str) else None
        if steps is None:
            raise _bad(
                "mapping.column-unknown",
                f"names a column in {where} that [columns] does not have",
                f"Correct the name{nearest(str(name), self._columns)}.",
            )
        if "ignore" in steps or steps.keys() & set(refuse):
            raise _bad(
                "mapping.field",
                f"uses a column in {where} that gives nothing usable there",
                "Change the column's steps.",
            )
        if name not in self.used:
            self.used.append(name)
        return self.used.index(name)

    def refuse_unused(self) -> None:
        for name, steps in self._columns.items():
            if name not in self.used and "ignore" not in steps:
                raise _bad(
                    "mapping.column-unused",
                    f"has a column {name!r:.80} that fills nothing",
                    "Use it, or say { ignore = true }.",
                )


def _document(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise _bad("mapping.too-large", f"has more than {MAX_BYTES} bytes", "Send the mapping alone.")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _bad("mapping.malformed", f"is not UTF-8 at byte {error.start}", "Save it as UTF-8.") from None
    except RecursionError:
        raise _bad("mapping.malformed", "nests too deep", "A mapping has three levels.") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at .*\)$", str(error))
        where = place[0] if place else "somewhere"
        raise _bad("mapping.malformed", f"is not TOML {where}", "Write it as TOML 1.0 says.") from None


def _check_members(document: Mapping[str, Any]) -> None:
    if document.get("format") != FORMAT:
        raise _bad("mapping.not-a-mapping", f"does not say that it is a {FORMAT}", "Send a mapping.")
    if document.get("version") != VERSION or isinstance(document["version"], bool | float):
        raise _bad("mapping.version", "is not of a version that this release reads", f"Write version = {VERSION}.")
    for name in sorted(_REQUIRED - document.keys()):
        raise _bad("mapping.member", f"lacks {name}", "Add it.")
    for name in sorted(document.keys() - _REQUIRED - _OPTIONAL):
        raise _bad("mapping.member", f"has a member {name!r:.80} that is not known", "Remove it.")
    for name in ("type", "typeVersion", "source"):
        if not isinstance(document[name], str):
            raise _bad("mapping.member", f"has {name} that is not a text", "Write it in quotation marks.")
    if not _SOURCE.fullmatch(document["source"]):
        raise _bad("mapping.member", "has a source with other characters than A-Z a-z 0-9 . _ -", "Shorten it.")
    columns, fields = document["columns"], document["fields"]
    for name, table in (("columns", columns), ("fields", fields)):
        if not isinstance(table, dict) or not table or not all(isinstance(value, dict) for value in table.values()):
            raise _bad("mapping.member", f"has [{name}] that is not a table of tables", "See the format's page.")
    if len(columns) > MAX_COLUMNS:
        raise _bad("mapping.member", f"has more than {MAX_COLUMNS} columns", "Split the file.")


def _claim(name: str, spec: Mapping[str, Any], layout: _Layout) -> int | Combined | None:
    """Position of the one column, the columns combined, or None for a constant."""
    ways = [way for way in _WAYS if way in spec]
    if len(ways) != 1 or spec.keys() - _WAYS[ways[0]]:
        raise _bad("mapping.field", f"fills {name!r:.80} in no known way", "Use one of column, join, list, constant.")
    way, value = ways[0], spec[ways[0]]
    where = f"the field {name!r:.80}"
    if way == "column":
        return layout.position(value, where)
    if way == "constant":
        if not isinstance(value, str | int):
            raise _bad(
                "mapping.field", f"has a constant for {name!r:.80} of another kind", "Use text, integer or boolean."
            )
        return None
    names, separator = _texts(value, where), spec.get("separator", " ")
    if not names or len(set(names)) != len(names) or not isinstance(separator, str):
        raise _bad("mapping.field", f"fills {name!r:.80} from no columns, or from one twice", "List each column once.")
    positions = tuple(
        layout.position(column, where, refuse=("integer", "json") if way == "join" else ()) for column in names
    )
    pick = itemgetter(*positions) if len(positions) > 1 else itemgetter(slice(positions[0], positions[0] + 1))
    return Combined(name, positions, separator if way == "join" else None, pick)


def _number_parts(number: Any, layout: _Layout) -> tuple[str | int, ...]:
    separator = number.get("separator", "-") if isinstance(number, dict) else None
    if not isinstance(separator, str) or len(separator) > 4 or number.keys() - {"parts", "separator"}:
        raise _bad("mapping.business-number", "has [businessNumber] of another form", "Write parts and separator.")
    names = _texts(number.get("parts", []), "[businessNumber]")
    if not names:
        raise _bad("mapping.business-number", "makes the business number of nothing", "List its parts.")
    return tuple(
        name if name in _OWN_PARTS else layout.position(name, "[businessNumber]", refuse=("json",)) for name in names
    )


def _valid_from(spec: Any, layout: _Layout) -> int | None:
    if spec is None:
        return None
    if not isinstance(spec, dict) or spec.keys() != {"column"}:
        raise _bad("mapping.member", "has [validFrom] of another form", "Name one column.")
    return layout.position(spec["column"], "[validFrom]", refuse=("integer", "json"))


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _bad("mapping.member", f"has {where} that is not a list of texts", "Write it as a list.")
    return value


def _bad(code: str, what: str, cure: str) -> MalformedInput:
    return MalformedInput(code, f"The mapping {what}.", cure)
