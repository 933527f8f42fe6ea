"""The compiled registries, and whether they still fit their sources.

An artifact (``contracts/artifacts/<Contract>.json``) holds the ABI, the bytecode, the compiler with its settings and
the SHA-256 of every source that took part. ``contracts/scripts/write-artifacts.js`` writes it; nothing here needs Node.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

from ledger.errors import Corrupt, Misconfigured

ContractName = Literal["TrustRegistry", "AnchorRegistry", "StatusRegistry"]

CONTRACTS: tuple[ContractName, ...] = get_args(ContractName)
"""The three registries, in the order of their deployment."""

_HERE = Path(__file__).resolve().parent
_OWN = "contracts/"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A compiled registry.

    ``bytecode`` creates it (constructor arguments, ABI encoded, follow); ``deployed_bytecode`` is what then stands on
    the chain, with zeros in place of immutables. ``sources`` maps a path to the hexadecimal SHA-256 of the file: own
    sources by their path in the repository, libraries by their path in npm.
    """

    name: ContractName
    abi: Sequence[Mapping[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes
    compiler: str
    settings: Mapping[str, Any]
    sources: Mapping[str, str]


def load(name: ContractName, *, folder: Path = _HERE / "artifacts") -> Artifact:
    """Read a registry's artifact.

    Raises ``Misconfigured`` if the file cannot be read and ``Corrupt`` if it is not an artifact.
    """
    path = folder / f"{name}.json"
    try:
        text = path.read_bytes()
    except OSError as error:
        raise Misconfigured(
            "contract.artifact-missing",
            "The compiled contract cannot be read.",
            "Install the package again, or run `make contracts`.",
            path=str(path),
        ) from error
    try:
        content = json.loads(text)
        return Artifact(
            name=name,
            abi=content["abi"],
            bytecode=_code(content["bytecode"]),
            deployed_bytecode=_code(content["deployedBytecode"]),
            compiler=f"{content['compiler']['name']} {content['compiler']['version']}",
            settings=content["compiler"]["settings"],
            sources=content["sources"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Corrupt(
            "contract.artifact-malformed",
            "The compiled contract's file is damaged.",
            "Install the package again, or run `make contracts`.",
            path=str(path),
        ) from error


def stale_sources(artifact: Artifact, *, repository: Path = _HERE.parent) -> list[str]:
    """The own sources that changed or went since the artifact was made, by path; empty if it is up to date.

    Libraries are left out: they come from npm, where the lock file holds them to a digest.
    """
    stale = []
    for name, digest in sorted(artifact.sources.items()):
        if not name.startswith(_OWN):
            continue
        path = repository / name
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != digest:
            stale.append(name)
    return stale


def _code(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ValueError("not prefixed bytecode")
    return bytes.fromhex(text[2:])
