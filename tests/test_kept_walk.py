"""How far a verifier walked a chain is kept for the next run, and whoever tampers with it fools nobody alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from lying_node import Inventing, hexed
from node_scene import Counting, Scene, new_scene, refused
from nodes import Changed, node, serving
from test_lying_node import invented
from test_verification_mutations import EDITS, Edit, edited

from ledger.chain_walk import Walked
from ledger.digest import Digest, sha256
from ledger.errors import MalformedInput
from ledger.kept_walk import KeptWalk
from ledger.registry_events import KeyCompromised, topic_of
from offices import by_node
from offices.issuing import publish_lists

Json = dict[str, Any]


@pytest.fixture
def scene(tmp_path: Path, state_folder: Path) -> Iterator[Scene]:
    with new_scene(tmp_path / "office", state_folder) as made:
        yield made


def test_the_second_run_goes_on_where_the_first_ended(scene: Scene) -> None:
    first, second, third = (Counting(scene.honest) for _ in range(3))
    assert scene.online(first).code == 0
    head = scene.head()
    assert first.headers() >= head
    assert scene.kept().walked.block == head
    assert scene.online(second).code == 0
    assert second.headers() <= 1  # the time of the pack's block
    scene.compromise()
    assert scene.online(third).code == 1
    assert third.headers() <= 1 + scene.head() - head
    file = scene.kept_file()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_long_first_walk_is_kept_in_between(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_node, "STRETCH", 4)

    class Dying(Exception):
        pass

    trust = scene.trust
    kept: list[bytes] = []
    bar: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        bar.append((done, total))
        if done == 10:
            raise Dying

    def ask(**more: Any) -> None:
        scene.ask(trust, kept=kept[-1] if kept else None, keep=kept.append, **more)

    with pytest.raises(Dying):
        ask(progress=progress)
    total = scene.head() + 1
    assert bar == [(done, total) for done in range(1, 11)]
    assert KeptWalk.from_bytes(kept[-1]).walked.block == 7
    bar.clear()
    ask(progress=lambda done, of: bar.append((done, of)))
    assert bar == [(done, total - 8) for done in range(1, total - 7)]
    whole = KeptWalk.from_bytes(kept[-1])
    monkeypatch.undo()
    kept.clear()
    ask()
    assert KeptWalk.from_bytes(kept[-1]) == whole


def damaged(scene: Scene) -> None:
    file = scene.kept_file()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def cut_short(scene: Scene) -> None:
    """As long as a walk with fewer places would be."""
    file = scene.kept_file()
    file.write_bytes(file.read_bytes()[:-40])


def of_another_network(scene: Scene) -> None:
    scene.kept_file().write_bytes(replace(scene.kept(), network=Digest(bytes(32))).to_bytes())


def of_another_genesis(scene: Scene) -> None:
    scene.tamper(genesis=Digest(bytes(32)))


def of_another_chain(scene: Scene) -> None:
    scene.tamper(hash=Digest(bytes(32)))


def without_any_event(scene: Scene) -> None:
    scene.tamper(places=())


def without_what_came_after_the_pack(scene: Scene) -> None:
    scene.tamper(places=scene.kept().walked.places[:-1])


def with_false_places(scene: Scene) -> None:
    scene.tamper(places=tuple((number, Digest(bytes(32))) for number, _ in scene.kept().walked.places))


def empty(scene: Scene) -> None:
    scene.kept_file().write_bytes(b"")


@pytest.mark.parametrize(
    "tampering",
    [
        damaged,
        cut_short,
        of_another_network,
        of_another_genesis,
        of_another_chain,
        without_any_event,
        without_what_came_after_the_pack,
        with_false_places,
        empty,
    ],
)
def test_a_kept_walk_that_was_tampered_with_fools_nobody(scene: Scene, tampering: Callable[[Scene], None]) -> None:
    scene.compromise()
    assert scene.online().code == 1
    whole = scene.kept()
    tampering(scene)
    told = scene.online()
    assert (told.code, told.json["code"]) == (1, "key.compromised-before-anchor")
    assert scene.kept() == whole


def test_versions_left_out_of_a_kept_walk_are_found(scene: Scene) -> None:
    assert scene.online().code == 0
    before = scene.kept().versions
    publish_lists(scene.office.inst, scene.office.agency, every_list=True)
    assert scene.online().json["code"] == "status.newer-on-chain"
    scene.kept_file().write_bytes(replace(scene.kept(), versions=before).to_bytes())
    assert scene.online().json["code"] == "status.newer-on-chain"


@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_kept_walk_that_others_could_write_is_not_read(scene: Scene, place: str) -> None:
    assert scene.online().code == 0
    file = scene.kept_file()
    (file if place == "file" else file.parent).chmod(0o666 if place == "file" else 0o777)
    counting = Counting(scene.honest)
    assert scene.online(counting).code == 0
    assert counting.headers() >= scene.head()


def test_who_hides_an_event_needs_the_node_and_the_private_folder(scene: Scene) -> None:
    """The limit, written down: a folder in which a forger writes holds the pinned root's seen file as well."""
    scene.compromise()
    assert scene.online().code == 1
    without_what_came_after_the_pack(scene)
    topic = hexed(topic_of(KeyCompromised))
    hiding = Changed(scene.honest, "eth_getLogs", lambda logs: [one for one in logs if one["topics"][0] != topic])
    assert scene.online(hiding).code == 0


def test_a_lying_node_spoils_no_kept_walk(scene: Scene) -> None:
    assert scene.online().code == 0
    whole = scene.kept()
    scene.office.draft(1)
    scene.office.issue()
    scene.office.anchor()
    assert scene.office.inst.embedded is not None
    scene.office.inst.embedded.mine_empty()
    lying = Inventing(scene.honest, scene.head() - 1, invented(scene.office))
    refused(scene.online(lying), "chain.broken-link")
    assert scene.kept() == whole
    # in a block that was walked before: only its receipts are asked for now, and they are not those of that hash
    lying = Inventing(scene.honest, whole.walked.places[-1][0], invented(scene.office))
    refused(scene.online(lying), "chain.broken-link")
    counting = Counting(scene.honest)
    assert scene.online(counting).code == 0
    assert counting.headers() <= 1 + scene.head() - whole.walked.block
    assert scene.kept().walked.places == whole.walked.places


def test_who_cannot_keep_the_walk_is_told_and_verifies(scene: Scene, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    with serving(node(scene.honest)) as url:
        told = scene.offline("--node", url, seen=str(blocked))
    assert told.code == 0
    assert "could not be kept" in told.err


def resealed(content: bytes) -> bytes:
    return content + sha256(content)


SAMPLE = KeptWalk(
    sha256(b"network"), Walked(9, sha256(b"h"), sha256(b"g"), ((3, sha256(b"p")), (5, sha256(b"q")))), {1: 5, 7: 2}
).to_bytes()


@given(EDITS)
def test_any_file_under_a_digest_that_fits_is_read_or_refused(edits: list[Edit]) -> None:
    data = resealed(edited(SAMPLE[:-32], edits))
    try:
        assert KeptWalk.from_bytes(data).to_bytes() == data
    except MalformedInput as error:
        assert error.code.startswith("chain-walk.")
