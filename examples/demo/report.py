"""The end of a run: ``report.json``, and the tables that a person reads."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from adapters.bootstrap import Installation
from examples.demo.attacks import Judged
from examples.demo.expected import CANNOT, FAMILIES, INVALID, NEVER, REFUSED, VALID
from examples.demo.story import Story
from ledger.block_header import parse_header
from ledger.errors import MalformedInput
from ledger.reasons import CHECKS
from ledger.records import BatchRow, PublicationRow
from ledger.registry_events import decode_event

_VERDICTS = {VALID: "有效", INVALID: "无效", CANNOT: "无法核验", REFUSED: "链上拒绝", NEVER: "从未有效"}
"""What is said of an attack, in Chinese too."""


def chain_json(inst: Installation) -> dict[str, Any]:
    """The chain: its parts, and every transaction with its block, gas and events."""
    embedded, contracts = inst.embedded, inst.contracts()
    assert embedded is not None, "the demonstration runs on the embedded chain"
    transactions: list[dict[str, Any]] = []
    for number in range(1, embedded.head().number + 1):
        block = embedded.block(number)
        assert block is not None
        events = []
        for log in embedded.logs_of(number):
            try:
                events.append(type(decode_event(log.address, log.topics, log.data, contracts)).__name__)
            except MalformedInput:
                events.append("of a stranger's contract")
        for transaction in embedded.transactions_of(number):
            transactions.append(
                {
                    "block": number,
                    "time": parse_header(block.header).time,
                    "hash": _hex(transaction.hash),
                    "gas": transaction.gas_used,
                    "events": events,
                }
            )
    return {
        "id": embedded.chain_id,
        "genesis": _hex(inst.chain.genesis_hash()),
        "validators": [_hex(one) for one in embedded.validators],
        "contracts": {name: _hex(getattr(contracts, name)) for name in ("trust", "anchor", "status")},
        "blocks": embedded.head().number,
        "gas": sum(one["gas"] for one in transactions),
        "events": dict(Counter(name for one in transactions for name in one["events"]).most_common()),
        "transactions": transactions,
    }


def batches_json(inst: Installation, batches: Iterable[BatchRow]) -> list[dict[str, Any]]:
    """Every batch: its root, where it stands, what it cost."""
    agencies = {row.agency_id: row.host for row in inst.records.agencies()}
    types = {row.type_id: row.name for row in inst.records.types()}
    return [
        {
            "batch": batch.batch_id,
            "agency": agencies[batch.agency_id],
            "type": types[batch.type_id],
            "state": batch.state,
            "credentials": batch.credentials,
            "padding": batch.size - batch.credentials,
            "root": _hex(batch.root),
            "transaction": None if batch.tx_hash is None else _hex(batch.tx_hash),
            "block": batch.block_number,
            "time": batch.block_time,
            "gas": batch.gas_used,
            **({"refusal": batch.refusal} if batch.refusal else {}),
        }
        for batch in batches
    ]


def publications_json(publications: Iterable[PublicationRow]) -> list[dict[str, Any]]:
    """Every version of a status list that was put on the chain."""
    return [
        {
            "list": row.list_id,
            "version": row.version,
            "root": _hex(row.root),
            "chunks": row.chunks,
            "transaction": None if row.tx_hash is None else _hex(row.tx_hash),
            "time": row.block_time,
        }
        for row in publications
    ]


def head_json(arguments: dict[str, Any], story: Story) -> dict[str, Any]:
    """What was run, when, on what, and for how long."""
    return {
        "format": "onceledger-demo",
        "version": 1,
        "arguments": arguments,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "seconds": round(story.seconds, 1),
    }


def show_steps(story: Story) -> None:
    """Steps and seconds, chapter by chapter."""
    table = _table("步骤 · Steps")
    table.add_column("步骤 · step", ratio=10)
    table.add_column("结果 · what came of it", ratio=11, style="bright_black")
    table.add_column("秒 s", justify="right")
    chapter = ""
    for step in story.steps:
        if step["chapter"] != chapter:
            chapter = step["chapter"]
            seconds = sum(one["seconds"] for one in story.steps if one["chapter"] == chapter)
            table.add_section()
            table.add_row(f"[bold cyan]{escape(chapter)}[/bold cyan]", "", f"[bold]{seconds:.1f}[/bold]")
        table.add_row(_both(step["zh"], step["en"]), escape(step["note"]), f"{step['seconds']:.2f}")
    story.show(table)


def show_attacks(story: Story, judged: Iterable[Judged]) -> None:
    """Every attack, and which check caught it for which reason."""
    found = {one.expected.key: one for one in judged}
    table = _table("攻击 · Attacks")
    table.add_column("攻击 · attack", ratio=11)
    table.add_column("结论 · verdict", no_wrap=True)
    table.add_column("何处拦下、为何 · caught by, because", ratio=9, overflow="fold")
    for (zh, en), family in FAMILIES:
        table.add_section()
        table.add_row(f"[bold cyan]{zh} · {en}[/bold cyan]")
        for expected in family:
            one = found[expected.key]
            table.add_row(_both(expected.zh, expected.en), _verdict(one), _caught(one))
    story.show(table)


def show_totals(story: Story, totals: dict[str, tuple[str, str]]) -> None:
    """The figures of the run: English name, Chinese name, figure."""
    table = Table(
        box=box.SIMPLE_HEAD, show_header=False, title="总计 · Totals", title_style="bold", title_justify="left"
    )
    table.add_column("what")
    table.add_column("figure", justify="right")
    for en, (zh, figure) in totals.items():
        table.add_row(f"{zh} · {en}", figure)
    story.show(table)


def _table(title: str) -> Table:
    return Table(box=box.SIMPLE_HEAD, title=title, title_style="bold", title_justify="left", expand=True)


def _both(zh: str, en: str) -> str:
    return f"{escape(zh)}\n[bright_black]{escape(en)}[/bright_black]"


def _verdict(one: Judged) -> str:
    colour = {"genuine": "green", "limit": "yellow", "attack": "red"}[one.expected.kind]
    return f"[{colour}]{_VERDICTS[one.verdict]}\n{escape(one.verdict)}[/{colour}]"


def _caught(one: Judged) -> str:
    if one.expected.remark:
        return escape(one.expected.remark)
    if one.step is None:
        return escape(", ".join(one.codes) if one.verdict == NEVER else f"contract: {one.codes[0]}")
    reasons = [one.problem] if one.problem else list(one.codes)
    return escape(f"{one.step} {CHECKS[one.step].name}: {', '.join(reasons)}")


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
