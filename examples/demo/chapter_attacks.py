"""Chapter 6: forgers and thieves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from adapters.bootstrap import Installation
from examples.demo import handover, issuing, registers
from examples.demo.attacks import Attacks
from examples.demo.attacks_altered import alter, cheat_status, every_byte
from examples.demo.attacks_keys import Robbed, compromise, steal
from examples.demo.attacks_offices import overreach, un_revoke, usurp
from examples.demo.attacks_packs import deceive, own_world
from examples.demo.expected import ALTERED, KEYS, OFFICES, PACKS, VALIDATORS, Expected
from examples.demo.run import Run
from ledger.records import BatchRow
from offices import evidence
from offices import issuing as office_issuing


def attack(run: Run, inst: Installation) -> None:
    """Four families of attacks; the fifth needs the installation closed (``attack_with_retired_validators``)."""
    run.story.chapter("六、攻击", "6. Attacks")
    licence = _dog_licence(run, inst)
    degree = run.paper("DegreeCertificate")
    packs = run.elsewhere.folder
    run.elsewhere.put("status.pack", evidence.status_pack_of(inst))
    sound = _every_byte(run, run.bundle(degree))

    def altered(attacks: Attacks) -> None:
        attacks.note("altered.every-byte", sound)
        alter(attacks, run.bundle(degree))
        revoked = next(change.paper for change in run.changes if change.reason == "revoked")
        cheat_status(attacks, run.bundle(revoked), (run.folder.refreshed / revoked.name).read_bytes())

    def offices(attacks: Attacks) -> None:
        dogs, university = run.offices["dogs"], run.offices["university"]
        degrees, corrected = _batches(run, inst, degree.row.batch_id or 0)
        overreach(attacks, inst, dogs, university, licence, run.bundle(degree), degrees, corrected)
        usurp(attacks, inst, run.offices["tucson"])
        un_revoke(attacks, inst, dogs, licence)

    def keys(attacks: Attacks) -> None:
        office = run.offices["natural-resources"]
        genuine = run.bundle(run.paper("RealEstateCertificate"))
        robbed = Robbed(office, office_issuing.current_key(inst, office.row), genuine)
        steal(attacks, inst, robbed)
        stem, first = "real-estate-certificate", run.size.people
        compromise(attacks, inst, robbed, (run.further(stem, first, 1), run.further(stem, first + 1, 1)), packs)

    def trust_packs(attacks: Attacks) -> None:
        university = run.offices["university"]
        deceive(attacks, inst, packs, run.bundle(degree), university)
        register = run.further("degree-certificate", run.size.people, 1)
        own_world(attacks, run.folder.work, packs, register, university)

    _judge(run, ALTERED, altered, "篡改与吊销", "Altered bundles, revoked certificates")
    _judge(run, OFFICES, offices, "越权机关", "Offices beyond their rights")
    _judge(run, KEYS, keys, "失窃密钥", "A stolen key, and its compromise declared")
    _judge(run, PACKS, trust_packs, "信任包", "Trust packs, and a world of one's own")


def attack_with_retired_validators(run: Run) -> None:
    """The fifth family, in a copy of the closed installation."""
    robbed = [run.offices["dogs"].row.agency_id]
    with ExitStack() as copy:
        with run.story.step("换届：四个新验证节点接手（副本）", "Four new validators take over, in a copy") as step:
            handed = copy.enter_context(handover.handed_over(run.settings, run.folder.work / "handover", robbed))
            handover.new_packs(handed, run.elsewhere.folder)
            closed = handed.before.checkpoints[-1]
            step.note = (
                f"存证日志在区块 {closed.block} 关闭，共 {closed.size} 条 · "
                f"anchor log closed at block {closed.block} with {closed.size} entries"
            )
        paper = run.paper("BirthCertificate")
        bundle = run.bundle(paper)

        def validators(attacks: Attacks) -> None:
            handover.abuse(attacks, handed, paper, bundle)

        _judge(run, VALIDATORS, validators, "退任验证节点", "Retired validators")


def _judge(run: Run, expected: Sequence[Expected], make: Callable[[Attacks], None], zh: str, en: str) -> None:
    with run.story.step(zh, en) as step:
        attacks = Attacks(run.elsewhere, run.folder, expected)
        make(attacks)
        judged = attacks.judge()
        run.judged += judged
        caught = sum(one.expected.kind == "attack" for one in judged)
        limits = sum(one.expected.kind == "limit" for one in judged)
        step.note = (
            f"拦截 {caught} 次，检查与原因均如所料 · {caught} caught, each by the check and for the reason expected"
        )
        if limits:
            step.note += f"; {limits} that no verifier can tell"


def _every_byte(run: Run, bundle: bytes) -> str:
    folder = run.elsewhere.folder
    trust, root, status = (
        (folder / name).read_bytes() for name in ("trust-pack.json", "trust-root.json", "status.pack")
    )
    total = len(range(0, len(bundle), run.size.stride))
    with run.story.step("逐字节改动整个文件", "Every byte of a bundle changed, one at a time", total=total) as step:
        tried, accepted = every_byte(bundle, (trust, root, status), run.size.stride, step.advance)
        found = "no other certificate, block or time was accepted" if not accepted else f"{accepted} were accepted"
        step.note = f"改动 {tried:,} 次 · {tried:,} altered files: {found}"
    return found


def _batches(run: Run, inst: Installation, degrees: int) -> tuple[BatchRow, BatchRow]:
    """The university's batch of degrees, and that of the corrected one."""
    type_id = run.offices["university"].types["DegreeCertificate"].type_id
    corrected = next(batch for batch in run.sets["corrections"].batches if batch.type_id == type_id)
    return inst.records.batch(degrees), corrected


def _dog_licence(run: Run, inst: Installation) -> bytes:
    """A genuine dog licence, with its list published."""
    register = registers.dogs(run.offices)
    issuing.bring_in_and_approve(inst, register)
    office_issuing.issue_approved(inst, register.office.row, register.type_row)
    (batch,) = office_issuing.anchor_pending(inst, register.office.row)
    office_issuing.publish_lists(inst, register.office.row)
    (_, bundle), *_ = evidence.bundles_of(inst, batch.batch_id)
    return bundle
