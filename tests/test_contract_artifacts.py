"""The checked-in contracts: artifacts fit their sources and settings, and the page about them says what is so.

None of this needs Node; ``contracts/scripts/test.sh`` runs the contracts' own tests.
"""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from contracts.artifacts import CONTRACTS, Artifact, ContractName, load, stale_sources
from ledger.errors import Corrupt, Misconfigured

REPOSITORY = Path(__file__).resolve().parent.parent
HOME = REPOSITORY / "contracts"
PAGE = REPOSITORY / "docs" / "contracts.md"

MAX_DEPLOYED = 24_576
"""Bytes of deployed code that an EVM accepts (EIP-170)."""

PUSH0 = 0x5F
PUSH1, PUSH32 = 0x60, 0x7F

all_contracts = pytest.mark.parametrize("name", CONTRACTS)


def _settings() -> dict[str, object]:
    profile: dict[str, object] = tomllib.loads((HOME / "foundry.toml").read_text())["profile"]["default"]
    return profile


def _snapshots() -> dict[str, dict[str, int]]:
    return {
        path.stem: {name: int(gas) for name, gas in json.loads(path.read_text()).items()}
        for path in sorted((HOME / "snapshots").glob("*.json"))
    }


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository with nothing in it but the contracts' sources."""
    shutil.copytree(HOME / "src", tmp_path / "contracts" / "src")
    return tmp_path


# ------------------------------------------------------------------------------------------------------------- stale


@all_contracts
def test_artifact_is_up_to_date(name: ContractName) -> None:
    assert stale_sources(load(name)) == [], "run `make contracts`"


def test_every_source_takes_part_in_an_artifact() -> None:
    known = {source for name in CONTRACTS for source in load(name).sources}
    ours = {path.relative_to(REPOSITORY).as_posix() for path in (HOME / "src").rglob("*.sol")}
    assert ours <= known


@all_contracts
def test_a_changed_byte_in_a_source_is_noticed(name: ContractName, copy: Path) -> None:
    artifact = load(name)
    for source in [source for source in artifact.sources if source.startswith("contracts/")]:
        path = copy / source
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        assert stale_sources(artifact, repository=copy) == [source]
        path.write_bytes(content)
    assert stale_sources(artifact, repository=copy) == []


def test_a_removed_source_is_noticed(copy: Path) -> None:
    (copy / "contracts/src/AnchorRegistry.sol").unlink()
    assert stale_sources(load("AnchorRegistry"), repository=copy) == ["contracts/src/AnchorRegistry.sol"]


@all_contracts
def test_library_sources_have_a_digest_and_their_package_a_version(name: ContractName) -> None:
    content = json.loads((HOME / "artifacts" / f"{name}.json").read_bytes())
    lock = json.loads((HOME / "package-lock.json").read_bytes())["packages"]
    for package, version in content["libraries"].items():
        assert lock[f"node_modules/{package}"]["version"] == version
    for source, digest in content["sources"].items():
        assert re.fullmatch("[0-9a-f]{64}", digest)
        assert source.startswith(("contracts/src/", *content["libraries"]))


# ---------------------------------------------------------------------------------------------------------- settings


@all_contracts
def test_artifact_was_made_with_the_settings_of_foundry_toml(name: ContractName) -> None:
    ours, made = _settings(), load(name).settings
    assert made["evmVersion"] == ours["evm_version"] == "paris"
    assert made["optimizer"] == {"enabled": ours["optimizer"], "runs": ours["optimizer_runs"]}
    assert made["viaIR"] is ours["via_ir"]
    assert made["metadata"] == {"bytecodeHash": ours["bytecode_hash"], "appendCBOR": ours["cbor_metadata"]}
    assert (ours["bytecode_hash"], ours["cbor_metadata"]) == ("none", False)


def test_one_exact_compiler_version_everywhere() -> None:
    (version,) = {load(name).compiler for name in CONTRACTS}
    exact = json.loads((HOME / "package.json").read_bytes())["dependencies"]["solc"]
    assert version.startswith(f"solc {exact}+commit.")
    for path in [*(HOME / "src").rglob("*.sol"), *(HOME / "test").rglob("*.sol")]:
        assert f"pragma solidity {exact};" in path.read_text(), path.name


def test_packages_are_pinned_exactly_and_the_lock_names_no_registry() -> None:
    package = json.loads((HOME / "package.json").read_bytes())
    versions = {**package["dependencies"], **package["optionalDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
    lock = json.loads((HOME / "package-lock.json").read_bytes())["packages"]
    for name, entry in lock.items():
        assert "resolved" not in entry
        assert name == "" or entry["integrity"].startswith("sha512-"), name
    assert "://" not in (HOME / "requirements-slither.txt").read_text()


# ---------------------------------------------------------------------------------------------------------- bytecode


def _opcodes(code: bytes) -> set[int]:
    """Every instruction of ``code``, data after PUSH left out."""
    found, at = set(), 0
    while at < len(code):
        found.add(code[at])
        at += code[at] - PUSH1 + 2 if PUSH1 <= code[at] <= PUSH32 else 1
    return found


@all_contracts
def test_bytecode_runs_on_paris_and_fits(name: ContractName) -> None:
    artifact = load(name)
    assert 0 < len(artifact.deployed_bytecode) <= MAX_DEPLOYED
    assert PUSH0 not in _opcodes(artifact.deployed_bytecode)
    assert PUSH0 not in _opcodes(artifact.bytecode)


@all_contracts
def test_deployed_code_is_in_the_creating_code(name: ContractName) -> None:
    artifact = load(name)
    assert artifact.deployed_bytecode in artifact.bytecode


def test_sources_hold_no_assembly() -> None:
    for path in (HOME / "src").rglob("*.sol"):
        assert not re.search(r"\b(assembly|delegatecall|selfdestruct)\b", path.read_text()), path.name


@all_contracts
def test_artifact_is_written_with_sorted_keys(name: ContractName) -> None:
    text = (HOME / "artifacts" / f"{name}.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


# -------------------------------------------------------------------------------------------------------- bad input


def test_a_missing_artifact_names_the_cure(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        load("TrustRegistry", folder=tmp_path)
    assert caught.value.code == "contract.artifact-missing"
    assert "make contracts" in caught.value.cure


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{}",
        b'{"abi":[],"bytecode":"6080","deployedBytecode":"0x","compiler":{"name":"s","version":"1","settings":{}},"sources":{}}',
        b'{"abi":[],"bytecode":"0xzz","deployedBytecode":"0x","compiler":{"name":"s","version":"1","settings":{}},"sources":{}}',
    ],
    ids=["empty", "cut", "array", "null", "not-utf8", "no-members", "no-prefix", "not-hex"],
)
def test_a_damaged_artifact_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "AnchorRegistry.json").write_bytes(content)
    with pytest.raises(Corrupt) as caught:
        load("AnchorRegistry", folder=tmp_path)
    assert caught.value.code == "contract.artifact-malformed"


# ---------------------------------------------------------------------------------------------------------- the page


def test_anchor_keeps_its_bound_and_its_aim() -> None:
    gas = _snapshots()["AnchorRegistry"]
    assert max(gas.values()) <= 80_000
    assert gas["anchor, depth 1"] <= 65_000
    assert gas["anchor, depth 1, first of all"] == gas["anchor, depth 1"]


def test_the_page_quotes_the_gas_snapshots() -> None:
    page = PAGE.read_text()
    gas = page[page.index("\n## Gas\n") : page.index("\n## What a forger tries\n")]
    quoted = dict(re.findall(r"^\| ([^|]+?) \| ([\d,]+) \|$", gas, flags=re.MULTILINE))
    measured = {name: f"{used:,}" for part in _snapshots().values() for name, used in part.items()}
    assert quoted == measured


def _section(page: str, name: str) -> str:
    return page.split(f"\n## {name}\n")[1].split("\n## ")[0]


@all_contracts
def test_the_page_lists_every_event_and_error_with_its_fields(name: ContractName) -> None:
    section = re.sub(r"\s+", " ", _section(PAGE.read_text(), name))
    for entry in load(name).abi:
        if entry["type"] in {"event", "error"}:
            fields = ", ".join(field["name"] + "*" * field.get("indexed", False) for field in entry["inputs"])
            assert f"`{entry['name']}({fields})`" in section


@all_contracts
def test_the_page_names_every_function_that_changes_something(name: ContractName) -> None:
    section = _section(PAGE.read_text(), name)
    for entry in load(name).abi:
        if entry["type"] == "function" and entry["stateMutability"] != "view":
            assert f"`{entry['name']}`" in section or f"`{entry['name']}(" in section


def test_the_invariant_tests_and_the_page_name_the_same_invariants() -> None:
    page = set(re.findall(r"^\| ([TAS]\d) \|", PAGE.read_text(), flags=re.MULTILINE))
    sources = "".join(path.read_text() for path in sorted((HOME / "test").glob("*.sol")))
    assert set(re.findall(r"\b([TAS]\d)\b", sources)) == page
    assert len(page) == 14


def test_a_loaded_artifact_names_its_contract() -> None:
    artifact = load("StatusRegistry")
    assert isinstance(artifact, Artifact)
    assert artifact.name == "StatusRegistry"
    assert {entry["name"] for entry in artifact.abi if entry["type"] == "function"} >= {"publish", "latest", "trust"}
