"""One purpose is done once, and tried again where its transaction failed in a block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from office import new_office

from adapters.evm import EvmChain
from ledger.chain_reading import read_anchor_log
from ledger.errors import Conflict
from ledger.registry_calls import anchor
from offices.agencies import readmit, suspend


def test_what_failed_in_a_block_is_sent_anew_and_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with new_office(tmp_path / "data") as office:
        inst, agency = office.inst, office.agency
        sender = inst.sender(agency.sender, agency.agency_id)
        data = anchor(b"r" * 32, 64, office.type.type_id, office.key.key_id)

        def send() -> Any:
            return sender.send("a purpose", inst.contracts().anchor, data)

        real, turns = EvmChain.submit, [True]

        def submit(self: EvmChain, raw: bytes) -> Any:
            if turns and turns.pop():
                suspend(inst, agency)  # in front of it, in the same block
            return real(self, raw)

        monkeypatch.setattr(EvmChain, "submit", submit)
        for _ in range(2):
            with pytest.raises(Conflict) as refused:
                send()
            assert (refused.value.code, refused.value.detail["name"]) == ("chain.reverted", "AgencyNotActive")
        failed = inst.records.outgoing("a purpose")
        assert failed is not None
        assert failed.state == "settled"
        assert inst.records.unsettled(sender.address) == []
        readmit(inst, agency)
        done = send()
        assert done.status
        assert done.tx_hash != failed.tx_hash
        assert send() == done
        assert len(read_anchor_log(inst.chain, inst.contracts(), inst.chain.head().number).entries) == 1
