"""``status`` says what keeps verifiers from checking, and who has to act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_office import PASSPHRASE, Files, office_files
from small_type import VOCABULARY, as_bytes, definition
from test_bad_input_registers import mapping_of

from adapters.bootstrap import open_installation
from adapters.evm import EvmChain
from adapters.settings import read_settings
from ledger.chain_port import LogEntry
from offices.evidence import newest_description
from offices.pack_changes import unsaid


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return office_files(tmp_path / "office")


def _other_type(folder: Path) -> Path:
    context = {"@context": definition()["context"]["@context"] | {"Other": VOCABULARY + "Other"}}
    del context["@context"]["Sample"]
    file = folder / "other.type.json"
    file.write_bytes(as_bytes(definition(name="Other", context=context)))
    return file


def _make_pack(files: Files) -> None:
    assert files.run("trust-pack", "make", "--out", files.trust_pack).code == 0


@pytest.mark.parametrize(
    "act",
    [
        ("key", "new"),
        ("key", "retire", "1"),
        ("agency", "add", "branch.example", "--zh", "分局", "--en", "Branch"),
        ("agency", "suspend", "office.example"),
        ("accredit", "end", "office.example", "--type", "Sample"),
        ("type", "add", "OTHER"),
    ],
)
def test_what_the_newest_trust_pack_does_not_say_is_work_to_do(
    files: Files, tmp_path: Path, act: tuple[str, ...]
) -> None:
    before = files.run("status", "--json").json
    assert (before["trustPack"]["changes"], before["trustPack"]["due"], before["step"]) == (0, False, "nothing")
    done = files.run(*(_other_type(tmp_path) if one == "OTHER" else one for one in act))
    assert done.code == 0, done.err
    after = files.run("status", "--json").json
    assert after["trustPack"]["changes"] > 0
    assert after["trustPack"]["due"] is True
    assert "verifiers do not know it" in files.run("status").out
    assert "核验方在下一信任包之前不知道" in files.run("status", language="zh").out
    if act != ("key", "retire", "1"):  # that one needs a new key first
        assert after["step"] in ("make-pack", "publish")
    _make_pack(files)
    assert files.run("status", "--json").json["trustPack"]["changes"] == 0


def test_the_registry_is_not_read_again_while_nothing_happens(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    logs = EvmChain.logs

    def counted(chain: EvmChain, addresses: Sequence[bytes], first: int, last: int) -> Iterator[LogEntry]:
        asked.append((first, last))
        return logs(chain, addresses, first, last)

    with open_installation(read_settings(data=files.data, passphrase=PASSPHRASE)) as inst:
        monkeypatch.setattr(EvmChain, "logs", counted)
        assert unsaid(inst) == []
        pack = newest_description(inst)
        assert pack is not None
        assert [first for first, _ in asked] == [pack.block + 1]
    assert files.run("key", "new").code == 0
    with open_installation(read_settings(data=files.data, passphrase=PASSPHRASE)) as inst:
        assert len(unsaid(inst)) == 1


def test_lists_that_a_former_key_signed_wait_to_be_published(files: Files, tmp_path: Path) -> None:
    assert files.run("key", "new").code == 0
    now = datetime.now(UTC).isoformat(timespec="seconds")
    assert files.run("key", "compromise", "1", "--since", now).code == 0
    [agency] = files.run("status", "--json").json["agencies"]
    assert len(agency["listsDue"]) == 2
    assert files.run("status", "--json").json["step"] == "publish"
    behind = files.run("status-pack", "make", "--out", tmp_path / "sp.bin", "--json").json
    assert behind["unpublished"] == 2
    assert len(files.run("publish", "--json").json["lists"]) == 2
    [agency] = files.run("status", "--json").json["agencies"]
    assert agency["listsDue"] == []
    assert files.run("status-pack", "make", "--out", tmp_path / "sp.bin", "--json").json["unpublished"] == 0


def test_a_reviewer_finds_the_number_of_what_waits(files: Files, tmp_path: Path) -> None:
    told = files.run("approve", "77", "--reviewer", "wang", "--json")
    assert (told.problem["code"], told.problem["cure"].endswith("none.")) == ("import.unknown", True)
    register, mapping = tmp_path / "r.csv", mapping_of(tmp_path, number="{}", fullName="{}")
    for number, clerk in ((2, "li"), (3, "zhao")):
        register.write_text(f"number,fullName\nB-{number},张三\nC-{number},李四\n", "utf-8")
        assert files.run("import", register, "--mapping", mapping, "--clerk", clerk).code == 0
    [agency] = files.run("status", "--json").json["agencies"]
    assert [(one["import"], one["clerk"], one["rows"]) for one in agency["imports"]] == [(2, "li", 2), (3, "zhao", 2)]
    shown = files.run("status", language="zh").out
    assert "待复核的导入" in shown
    assert "zhao" in shown
    for command in (("approve", "77", "--reviewer", "wang"), ("reject", "--import", "77", "--by", "wang")):
        told = files.run(*command, "--json")
        assert told.problem["code"] == "import.unknown"
        assert "2、3" in told.problem["zh"]["cure"]
        assert "2, 3" in told.problem["cure"]
    assert files.run("approve", "2", "--reviewer", "wang").code == 0
    assert files.run("reject", "--import", "3", "--by", "wang").code == 0
    [agency] = files.run("status", "--json").json["agencies"]
    assert agency["imports"] == []
