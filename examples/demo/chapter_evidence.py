"""Chapter 4: evidence is handed out, and another process verifies all of it."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.bootstrap import Installation
from examples.demo import changes, papers
from examples.demo.certificates import write_certificate
from examples.demo.elsewhere import Job
from examples.demo.folder import DemoFailed
from examples.demo.papers import Paper
from examples.demo.run import Run
from ledger import status_pack, trust_pack
from ledger.credential_type import parse_type
from ledger.verification import Verifier


def hand_out(run: Run, inst: Installation) -> None:
    """Packs, bundles, a few pages for people; copies of the files go to the verifier."""
    story, folder = run.story, run.folder
    story.chapter("四、证明材料，另一进程核验", "4. Evidence, verified by another process")
    with story.step("签署信任包，制作状态包", "Trust pack signed, status pack made") as step:
        papers.write_packs(inst, folder.trust_pack, folder.trust_root, folder.status_before)
        step.note = f"{folder.trust_pack.stat().st_size:,}、{folder.status_before.stat().st_size:,} 字节 bytes"
    total = sum(outcome.issued for outcome in run.sets.values())
    with story.step("写出每份证照的证明材料", "A bundle written for every certificate", total=total) as step:
        for name, outcome in run.sets.items():
            run.papers[name] = papers.write_bundles(inst, outcome.batches, folder.bundles, step.advance)
        size = sum((folder.bundles / paper.name).stat().st_size for paper in run.all_papers)
        step.note = f"{total:,} 个，平均 {size // total:,} 字节 · {total:,} files of {size // total:,} bytes on average"
    _write_certificates(run, inst)
    with story.step("只把文件复制给核验方", "Only files are copied to the verifier"):
        run.elsewhere.bring(folder.bundles, "bundles")
        run.elsewhere.bring(folder.trust_pack, "trust-pack.json")
        run.elsewhere.bring(folder.trust_root, "trust-root.json")
        run.elsewhere.bring(folder.status_before, "status.pack")


def verify_all(run: Run) -> None:
    """Every bundle, by the process that has nothing else."""
    now = datetime.now(UTC)
    expected = changes.expectations(run.all_papers, [], now)
    run.verified(
        "核验全部：无数据库、无节点、无网络",
        "All verified: no database, no node, no network",
        [(Job("now", ["bundles"]), expected)],
    )
    expired = sum("validity.expired" in codes for codes in expected.values())
    if expired:
        run.story.say(f"{expired} 份已过有效期，照此判定", f"{expired} are past their dates, and are told so")


def _write_certificates(run: Run, inst: Installation) -> None:
    folder, now = run.folder, datetime.now(UTC)
    pack = trust_pack.load(folder.trust_pack.read_bytes(), pinned_root=folder.trust_root.read_bytes(), now=now)
    verifier = Verifier(pack.trust, now=now, status=status_pack.load(folder.status_before.read_bytes()))
    kinds = {row.name: parse_type(row.definition) for row in inst.records.types()}
    shown: dict[str, Paper] = {}
    for paper in run.all_papers:
        shown.setdefault(paper.type_name, paper)
    for name, paper in shown.items():
        verification = verifier.verify_bytes(run.bundle(paper))
        if verification.issuer is None:
            raise DemoFailed(f"The certificate {paper.name} has no issuer in the trust pack.")
        page = folder.certificates / f"{name}.html"
        source = f"../bundles/{paper.name}"
        write_certificate(page, kinds[name], verification.issuer.name, run.bundle(paper), verification, source)
