"""A node that invents events in a block, or leaves events out: hashes, bloom and receipts root are made to fit, so all
that does not fit is the seals of the validators, whose keys it does not have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from adapters import node_json
from ledger import qbft, receipt_proof
from ledger.block_header import parse_header
from ledger.keccak import keccak256
from ledger.receipt_proof import Log
from ledger.registry_events import Anchored, topic_of

Json = dict[str, Any]


def word(value: int | bytes) -> bytes:
    return value.to_bytes(32, "big") if isinstance(value, int) else value.rjust(32, b"\0")


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


class Inventing(BaseProvider):
    """The node of ``honest``, with ``extra`` events at the end of the last transaction of block ``number``."""

    def __init__(self, honest: BaseProvider, number: int, extra: Sequence[Log]) -> None:
        super().__init__()
        self.honest, self.number, self.extra = honest, number, extra

    def ask(self, method: str, *params: Any) -> Any:
        return json.loads(json.dumps(self.honest.make_request(RPCEndpoint(method), list(params))["result"]))

    def block(self, full: bool, receipts: list[Json] | None = None) -> Json:
        block: Json = self.ask("eth_getBlockByNumber", hex(self.number), full)
        kinds = [node_json.quantity(each.get("type") or "0x0", bits=7) for each in receipts or self.receipts()]
        read = [node_json.receipt(each, kind) for each, kind in zip(receipts or self.receipts(), kinds, strict=True)]
        block["receiptsRoot"] = hexed(receipt_proof.receipts_root([receipt_proof.encode_receipt(one) for one in read]))
        block["logsBloom"] = hexed(receipt_proof.logs_bloom([log for one in read for log in one.logs]))
        block["hash"] = hexed(qbft.block_hash(parse_header(node_json.header_rlp(block))))
        return block

    def receipts(self) -> list[Json]:
        found: list[Json] = self.ask("eth_getBlockReceipts", hex(self.number))
        last = found[-1]
        last["logs"] += [self.told(one, {}) for one in self.extra]
        logs = [
            Log(node_json.data(one["address"]), tuple(map(node_json.data, one["topics"])), node_json.data(one["data"]))
            for one in last["logs"]
        ]
        last["logsBloom"] = hexed(receipt_proof.logs_bloom(logs))
        block = self.block(False, found)
        return [each | {"blockHash": block["hash"]} for each in found]

    def told(self, log: Log, place: Json) -> Json:
        return {"address": hexed(log.address), "topics": [*map(hexed, log.topics)], "data": hexed(log.data)} | place

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        answer = self.honest.make_request(method, params)
        if method == "eth_getBlockByNumber" and int(answer["result"]["number"], 16) == self.number:
            answer["result"] = self.block(params[1])
        if method == "eth_getBlockReceipts" and params[0] == hex(self.number):
            answer["result"] = self.receipts()
        if method == "eth_getLogs":
            wanted = params[0]
            if int(wanted["fromBlock"], 16) <= self.number <= int(wanted["toBlock"], 16):
                place = {"blockNumber": hex(self.number), "blockHash": self.block(False)["hash"]}
                extra = [self.told(one, place) for one in self.extra if hexed(one.address) in wanted["address"]]
                answer["result"] = [*answer["result"], *extra]
        return answer


class ClaimingAnchored(Inventing):
    """It says of whatever ``agency`` wants to anchor with the key of ``key_hash`` that it is anchored, and shows it."""

    def __init__(self, honest: BaseProvider, number: int, anchor: bytes, agency: int, key_hash: bytes) -> None:
        super().__init__(honest, number, [])
        self.anchor, self.agency, self.key_hash = anchor, agency, key_hash
        self.chain_id = int(self.ask("eth_chainId"), 16)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if method == "eth_call" and params[0].get("to") == hexed(self.anchor):
            data = bytes.fromhex(params[0]["data"][2:])
            if data[:4] == keccak256(b"anchor(bytes32,uint64,uint64,uint64)")[:4]:
                root, size, kind = data[4:36], data[36:68], data[68:100]
                fields = size + self.key_hash + word(1) + word(self.chain_id)
                topics = (topic_of(Anchored), word(self.agency), kind, root)
                self.extra = [Log(self.anchor, topics, fields)]
                name = keccak256(b"AlreadyAnchored(uint64,bytes32,uint64)")[:4]
                told = hexed(name + word(self.agency) + root + word(1))
                error: Any = {"code": 3, "message": "execution reverted", "data": told}
                return {"jsonrpc": "2.0", "id": 1, "error": error}
        return super().make_request(method, params)
