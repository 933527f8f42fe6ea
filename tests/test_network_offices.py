"""An office on a shared network: it goes by the root authority's pack and never founds a second root authority."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
from cli_office import PASSPHRASE, Outcome, run
from node_scene import Scene, new_scene
from nodes import node, serving
from office import CHEAP
from refusals import refused
from test_cli import ALL

from adapters import bootstrap
from adapters.settings import Settings

Office: TypeAlias = Callable[..., Outcome]


@pytest.fixture
def scene(tmp_path: Path, state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """The root authority's installation; its embedded chain is the network."""
    monkeypatch.setitem(bootstrap.create_installation.__kwdefaults__, "cost", CHEAP)
    with new_scene(tmp_path / "root", state_folder) as made:
        yield made


@contextmanager
def joining(scene: Scene, folder: Path) -> Iterator[Office]:
    """A new installation on the network, by its commands."""
    with serving(node(scene.honest)) as url:

        def does(*arguments: str | Path, **more: str) -> Outcome:
            return run(*arguments, **({"data": str(folder), "passphrase": PASSPHRASE, "chain_url": url} | more))

        yield does


def _validators(scene: Scene) -> str:
    (known,) = scene.trust.chain.validator_sets
    return ",".join("0x" + one.hex() for one in known.validators)


def _import(office: Office, scene: Scene) -> Outcome:
    return office("trust-pack", "import", scene.files.trust_pack, "--root", scene.files.root)


def test_the_page_s_steps_and_words_are_the_program_s() -> None:
    """What a step line or an error sends people to the page for is there."""
    page = (Path(__file__).parent.parent / "docs" / "network.md").read_text("utf-8")
    settings = {f"ONCELEDGER_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"ONCELEDGER_[A-Z_]+", page)) <= settings
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("onceledger ")]
    assert len(commands) >= 12
    for words in commands:
        command = next(one for path, one in ALL if tuple(words[: len(path)]) == path)
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("-")} <= known, words


@pytest.mark.parametrize(
    ("language", "agency", "root"), [("zh", "机关", "根授权机构"), ("en", "an agency", "root auth")]
)
def test_on_a_network_both_ways_are_named(scene: Scene, tmp_path: Path, language: str, agency: str, root: str) -> None:
    with joining(scene, tmp_path / "new") as office:
        for command in ("init", "status"):
            told = office(command, language=language)
            assert told.code == 0, told.err
            line = told.out.rstrip().splitlines()[-1]
            for part in (agency, root, "trust-pack import FILE --root FILE", "ONCELEDGER_VALIDATORS", "root deploy"):
                assert part in line
        assert office("status", "--json").json["step"] == "found-or-join"


def test_where_the_chain_is_embedded_there_is_one_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bootstrap.create_installation.__kwdefaults__, "cost", CHEAP)
    told = run("init", data=str(tmp_path / "new"), passphrase=PASSPHRASE)
    assert told.out.rstrip().splitlines()[-1] == "→ Next: onceledger root deploy"


def test_validators_that_nobody_stated_are_a_setting_and_no_silent_node(scene: Scene, tmp_path: Path) -> None:
    with joining(scene, tmp_path / "new") as office:
        office("init")
        told = office("status")
        assert "A setting is missing: Nobody said which validators seal this network's blocks." in told.out
        assert "ONCELEDGER_VALIDATORS" in told.out.splitlines()[0]
        assert "does not answer" not in told.out
        assert office("status", "--json").json["chainProblem"] == "trust-pack.validators-unknown"
        assert "尚缺设置" in office("status", language="zh").out
        assert "A setting is missing" not in office("status", validators=_validators(scene)).out
        silent = office("status", chain_url="http://127.0.0.1:1", validators=_validators(scene))
        assert "The chain does not answer" in silent.out


def test_after_an_import_no_second_root_authority_is_founded(scene: Scene, tmp_path: Path) -> None:
    with joining(scene, tmp_path / "new") as office:
        office("init")
        refused(office("root", "deploy"), "trust-pack.validators-unknown", 1)  # makes keys of members
        assert _import(office, scene).code == 0
        head = scene.head()
        for stated in ("", _validators(scene)):
            refused(office("root", "deploy", validators=stated), "root.elsewhere", 1)
            named = ("--zh", "局", "--en", "Bureau")
            refused(office("agency", "add", "b.example", *named, validators=stated), "root.elsewhere", 1)
            refused(office("root", "add-member", validators=stated), "root.elsewhere", 1)
        assert scene.head() == head
        assert not {f"{name}.key.json" for name in ("b.example", "b.example-admin", "root-4")} & {
            one.name for one in (tmp_path / "new" / "keys").iterdir()
        }
        told = office("root", "show", "--json").json
        assert told["contracts"]["trust"] == "0x" + scene.office.inst.contracts().trust.hex()
        assert [one["key"] for one in told["members"]] == [None, None, None]


def test_after_an_import_the_next_step_is_what_can_be_done_here(scene: Scene, tmp_path: Path) -> None:
    with joining(scene, tmp_path / "new") as office:
        office("init")
        assert _import(office, scene).code == 0
        assert office("status", "--json").json["step"] == "root-elsewhere"
        told = office("status")
        assert "enters agencies in its own installation" in told.out.splitlines()[-1]
        assert office("trust-pack", "check", scene.files.trust_pack).code == 0
        scene.compromise()
        assert office("status", "--json").json["step"] == "import-pack"
        scene.hand_out()
        assert _import(office, scene).code == 0
        assert office("status", "--json").json["step"] == "root-elsewhere"


def test_the_root_authority_itself_may_deploy_again(scene: Scene, tmp_path: Path) -> None:
    data = tmp_path / "founding"
    with joining(scene, data) as office:
        office("init")
        for _ in range(2):
            assert office("root", "deploy", validators=_validators(scene)).code == 0
        sealed = [part for one in _validators(scene).split(",") for part in ("--validator", one)]
        made = office("trust-pack", "make", "--out", tmp_path / "t.json", *sealed, validators=_validators(scene))
        assert made.code == 0, made.err
        assert office("root", "deploy").code == 0
        assert office("status", "--json").json["step"] == "add-agency"
