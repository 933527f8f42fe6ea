"""The anchor log is read once and extended, however often somebody asks for a bundle."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from office import Office, new_office

from adapters.bootstrap import now
from ledger import base64url
from ledger.anchor_log import AnchorEntry, verify_history
from ledger.chain_port import LogEntry
from ledger.digest import Digest
from ledger.errors import Corrupt, Unavailable
from ledger.remembered_anchors import RememberedAnchors
from ledger.trust_description import LogCheckpoint
from offices import evidence


@dataclass
class Watched:
    """A chain that writes down for which blocks' events it was asked, and may stop in the middle of them."""

    chain: Any
    asked: list[tuple[int, int]] = field(default_factory=list)
    breaks_after: int | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.chain, name)

    def logs(self, addresses: Sequence[bytes], from_block: int, to_block: int) -> Iterator[LogEntry]:
        self.asked.append((from_block, to_block))
        for number, entry in enumerate(self.chain.logs(addresses, from_block, to_block)):
            if number == self.breaks_after:
                raise Unavailable("chain.unavailable", "Gone.", "Try again.")
            yield entry


@dataclass
class Scene:
    office: Office
    chain: Watched

    def batch(self) -> str:
        """One more anchored batch; the business number in it."""
        closed = evidence.newest_description(self.office.inst)
        while closed is not None and now() <= closed.checkpoints[-1].time:
            sleep(0.02)  # of two checkpoints the later has a later time
        numbers = self.office.draft(1)
        self.office.issue()
        self.office.anchor()
        self.office.publish()
        return numbers[0]

    def close(self) -> LogCheckpoint:
        soon = datetime.now(UTC) + timedelta(days=7)
        evidence.make_trust_pack(self.office.inst, expires=soon, root_expires=soon, close_log=True)
        description = evidence.newest_description(self.office.inst)
        assert description is not None
        self.chain.asked.clear()
        return description.checkpoints[-1]

    def history(self, number: str) -> dict[str, Any] | None:
        bundle = json.loads(evidence.bundle_of(self.office.inst, self.office.row(number)))
        found: dict[str, Any] | None = bundle.get("history")
        return found


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with new_office(tmp_path / "data") as office:
        chain = Watched(office.inst.chain)
        office.inst = replace(office.inst, chain=chain)
        yield Scene(office, chain)


def test_bundles_ask_the_chain_for_new_blocks_alone(scene: Scene) -> None:
    first = scene.batch()
    checkpoint = scene.close()
    for _ in range(3):
        assert scene.history(first)
    assert scene.chain.asked == [(0, checkpoint.block)]
    second = scene.batch()
    later = scene.close()
    for number in (first, second):
        found = scene.history(number)
        assert found is not None
        entry = AnchorEntry.from_bytes(base64url.decode(found["entry"]))
        verify_history(entry, base64url.decode(found["path"]), later.size, later.root)
    assert scene.chain.asked == [(checkpoint.block + 1, later.block)]


def test_what_was_anchored_after_the_checkpoint_has_no_history(scene: Scene) -> None:
    scene.batch()
    scene.close()
    assert scene.history(scene.batch()) is None


def test_a_log_that_was_read_outlives_its_node(scene: Scene) -> None:
    number = scene.batch()
    scene.close()
    assert scene.history(number)
    assert scene.office.inst.embedded is not None
    scene.office.inst.embedded.close()
    assert scene.history(number)


def test_reading_goes_on_where_an_error_cut_it_off(scene: Scene) -> None:
    numbers = [scene.batch() for _ in range(3)]
    scene.close()
    scene.chain.breaks_after = 2
    with pytest.raises(Unavailable):
        scene.history(numbers[0])
    scene.chain.breaks_after = None
    assert all(scene.history(number) for number in numbers)


def test_another_chains_anchors_are_refused_and_forgotten(scene: Scene) -> None:
    number = scene.batch()
    checkpoint = scene.close()
    inst, other = scene.office.inst, replace(checkpoint, root=Digest(bytes(32)))
    anchors = RememberedAnchors()
    for wrong in (other, replace(checkpoint, size=checkpoint.size + 1)):
        with pytest.raises(Corrupt) as caught:
            anchors.closed_by(inst.chain, inst.contracts(), wrong)
        assert caught.value.code == "anchor-log.other-log"
    batch = inst.records.batch(scene.office.row(number).batch_id or 0)
    found = anchors.closed_by(inst.chain, inst.contracts(), checkpoint)
    assert found.history(batch.agency_id, batch.root, batch.block_number or 0)
    assert found.history(batch.agency_id + 1, batch.root, batch.block_number or 0) is None
