"""A trust pack as a file, and as the folder of a TUF repository (``docs/formats/trust-pack.md``). Nothing is verified
here; ``ledger.trust_pack`` does that.

    {"format": "onceledger-trust-pack", "version": 1, "root": ["{…root 1…}", "{…root 2…}"],
     "timestamp": "{…}", "snapshot": "{…}", "targets": "{…}", "trust": "{…trust.json…}"}

The parts are texts, not objects: what was signed or hashed travels byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from ledger import canonical_json
from ledger.canonical_json import Limits
from ledger.digest import sha256
from ledger.errors import MalformedInput

FORMAT: Final = "onceledger-trust-pack"
VERSION: Final = 1
TARGET: Final = "trust.json"
"""Name of the description within the TUF repository."""

MAX_PACK_BYTES: Final = 8 << 20
"""Twenty times the pack of a country with 500 agencies."""

MAX_ROOTS: Final = 1024
"""Root versions in a pack: a root a month for eighty years."""

_PACK_LIMITS: Final = Limits(max_bytes=MAX_PACK_BYTES, max_depth=3)
_METADATA_LIMITS: Final = Limits(max_bytes=1 << 20, max_depth=12)
_ROOT: Final = re.compile(rb'"_type"\s*:\s*"root"')
_MEMBERS: Final = ("format", "version", "root", "timestamp", "snapshot", "targets", "trust")


@dataclass(frozen=True, slots=True)
class PackFiles:
    """The parts of a pack, exact bytes, all unverified. ``roots`` are versions 1, 2, 3, … without gap."""

    roots: tuple[bytes, ...]
    timestamp: bytes
    snapshot: bytes
    targets: bytes
    trust: bytes


def read(data: bytes) -> PackFiles:
    """The parts of a pack file; members of later versions are ignored.

    Raises MalformedInput ``json.*``, ``trust-pack.not-a-pack``, ``trust-pack.is-a-root``,
    ``trust-pack.version-unknown``, ``trust-pack.root-gap``, ``trust-pack.metadata``.
    """
    try:
        pack = canonical_json.parse(data, limits=_PACK_LIMITS)
    except MalformedInput as error:
        if error.code != "json.too-deep":
            raise
        if _ROOT.search(data, 0, _METADATA_LIMITS.max_bytes):
            raise MalformedInput(
                "trust-pack.is-a-root",
                "The file is a root (root.json) and not a trust pack.",
                "Give the trust pack; the root is what a verifier pins.",
            ) from None
        _not_a_pack("nests deeper than one does")
    if not isinstance(pack, dict) or pack.get("format") != FORMAT:
        _not_a_pack("does not say that it is one")
    if type(pack.get("version")) is not int or pack["version"] != VERSION:  # in Python, True equals 1
        raise MalformedInput(
            "trust-pack.version-unknown",
            "The trust pack is of a version that this software does not know.",
            "Update the software.",
        )
    if any(name not in pack for name in _MEMBERS):
        _not_a_pack("lacks a part")
    roots = pack["root"]
    if not isinstance(roots, list) or not 0 < len(roots) <= MAX_ROOTS:
        _not_a_pack(f"does not have 1 to {MAX_ROOTS} versions of its root")
    return _checked(
        PackFiles(
            roots=tuple(_bytes(root) for root in roots),
            timestamp=_bytes(pack["timestamp"]),
            snapshot=_bytes(pack["snapshot"]),
            targets=_bytes(pack["targets"]),
            trust=_bytes(pack["trust"]),
        )
    )


def write(files: PackFiles) -> bytes:
    """The pack file: canonical JSON, so that the same parts give the same bytes."""
    return canonical_json.canonicalize(
        {
            "format": FORMAT,
            "version": VERSION,
            "root": [root.decode() for root in files.roots],
            "timestamp": files.timestamp.decode(),
            "snapshot": files.snapshot.decode(),
            "targets": files.targets.decode(),
            "trust": files.trust.decode(),
        }
    )


def to_static_files(pack: bytes) -> dict[str, bytes]:
    """The pack as a TUF repository with consistent snapshots (TUF 1.0.31, section 6.2): path -> content.

    Put in a folder of a web server, any TUF client fetches it from there. Raises like ``read``.
    """
    files = read(pack)
    made = {f"metadata/{version}.root.json": root for version, root in enumerate(files.roots, 1)}
    made["metadata/timestamp.json"] = files.timestamp
    made[f"metadata/{_version(files.snapshot)}.snapshot.json"] = files.snapshot
    made[f"metadata/{_version(files.targets)}.targets.json"] = files.targets
    made[f"targets/{sha256(files.trust).hex()}.{TARGET}"] = files.trust
    return made


def from_static_files(files: Mapping[str, bytes]) -> bytes:
    """The pack inside a TUF repository: what its timestamp leads to. Other files do not matter.

    Raises MalformedInput ``trust-pack.file-missing``, ``trust-pack.root-gap``, ``trust-pack.metadata``.
    """
    roots: list[bytes] = []
    while (root := files.get(f"metadata/{len(roots) + 1}.root.json")) is not None:
        roots.append(root)
    timestamp = _file(files, "metadata/timestamp.json")
    snapshot = _file(files, f"metadata/{_member(timestamp, 'meta', 'snapshot.json', 'version')}.snapshot.json")
    targets = _file(files, f"metadata/{_member(snapshot, 'meta', 'targets.json', 'version')}.targets.json")
    digest = _member(targets, "targets", TARGET, "hashes", "sha256")
    trust = _file(files, f"targets/{digest}.{TARGET}")
    if not roots:
        _missing("metadata/1.root.json")
    return write(_checked(PackFiles(tuple(roots), timestamp, snapshot, targets, trust)))


def signed_part(metadata: bytes) -> dict[str, Any]:
    """What a TUF metadata file signs, unverified. Duplicate keys, floats and deep nesting are refused before any other
    parser sees the bytes: a signature is over a meaning, and both readers must find the same one.

    Raises MalformedInput ``trust-pack.metadata``.
    """
    try:
        value = canonical_json.parse(metadata, limits=_METADATA_LIMITS)
    except MalformedInput as error:
        raise bad_metadata(error.cause) from None
    signed = value.get("signed") if isinstance(value, dict) else None
    if not isinstance(signed, dict):
        raise bad_metadata("It signs nothing.")
    return signed


def bad_metadata(why: str) -> MalformedInput:
    """The error for a part that is no TUF metadata."""
    return MalformedInput(
        "trust-pack.metadata",
        f"A part of the trust pack is not the TUF metadata that it should be. {why}",
        "Get the trust pack again from its source.",
    )


def _checked(files: PackFiles) -> PackFiles:
    for expected, root in enumerate(files.roots, 1):
        if _version(root) != expected:
            raise MalformedInput(
                "trust-pack.root-gap",
                "The pack's roots are not versions 1, 2, 3, … in order.",
                "Get the trust pack again from its source.",
            )
    for part in (files.timestamp, files.snapshot, files.targets):
        _version(part)
    return files


def _version(metadata: bytes) -> int:
    return _natural(signed_part(metadata).get("version"))


def _member(metadata: bytes, *names: str) -> str:
    value: Any = signed_part(metadata)
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else str(_natural(value))


def _natural(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise bad_metadata("It has no version.")
    return value


def _file(files: Mapping[str, bytes], path: str) -> bytes:
    content = files.get(path)
    return _missing(path) if content is None else content


def _missing(path: str) -> NoReturn:
    raise MalformedInput(
        "trust-pack.file-missing",
        "The repository lacks a file of its trust pack.",
        "Fetch the whole folder.",
        path=path,
    )


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str):
        _not_a_pack("has a part that is not a text")
    return value.encode()


def _not_a_pack(why: str) -> NoReturn:
    raise MalformedInput(
        "trust-pack.not-a-pack", f"The file is not a trust pack: it {why}.", "Give the file that the root published."
    )
