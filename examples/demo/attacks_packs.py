"""Trust packs that nobody should trust, up to a whole world of one's own."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.bootstrap import THRESHOLD, Installation, create_installation, open_installation
from adapters.ed25519_key import Ed25519Key
from authority.make_trust_pack import sign_trust_pack
from examples.demo import papers
from examples.demo.attacks import Attacks
from examples.demo.folder import Folder
from examples.demo.forging import apart, sign_again, together
from examples.demo.founding import CHINESE, Office, settings_of
from examples.demo.issuing import bring_in_and_approve
from examples.demo.registers import RegisterFile
from ledger import trust_pack, trust_pack_signing, trust_reading
from ledger.label import Label
from ledger.trust_pack_files import PackFiles, read, write
from ledger.trust_pack_signing import RootKeys, Signers
from offices import evidence, issuing, root


def deceive(attacks: Attacks, inst: Installation, packs: Path, degree: bytes, university: Office) -> None:
    """Packs shown with a genuine degree: it is the pack that must be refused. ``packs`` has the genuine ones, the first
    and the second."""
    first, second = (packs / "trust-pack.json").read_bytes(), (packs / "trust-pack-2.json").read_bytes()
    pinned = (packs / "trust-root.json").read_bytes()

    def show(key: str, pack: bytes, **holdings: Any) -> None:
        attacks.show(key, degree, trustPack=attacks.hand_over(f"{key}.trust-pack.json", pack), **holdings)

    show("pack.own", _own_making(second, university))
    show("pack.one-ministry", _with_one_signature(second))
    show("pack.key-slipped-in", _with_own_key(second, university))
    seen = trust_pack.load(second, pinned_root=pinned, now=datetime.now(UTC)).seen
    show("pack.old", first, newestSeen=attacks.hand_over("seen.json", seen.to_bytes()))
    show("pack.expired", _expired(inst, second))


def own_world(attacks: Attacks, work: Path, packs: Path, register: RegisterFile, university: Office) -> None:
    """A chain, validators, a root authority and a university of the same name and DID, all of one's own. It is sound
    in itself, and proves nothing to those who pinned another root."""
    folder = Folder(work / "own-world")
    folder.out.mkdir()
    settings = settings_of(folder)
    create_installation(settings)
    with open_installation(settings) as inst:
        root.found(inst)
        type_row = root.add_type(inst, (CHINESE / "degree-certificate.type.json").read_bytes())
        row = root.add_agency(
            inst, root.NewAgency(university.row.host, Label(university.row.name_zh, university.row.name_en))
        )
        root.accredit_agency(inst, row.agency_id, type_row.type_id)
        key = root.new_key(inst, row)
        office = Office(university.key, row, {type_row.name: type_row})
        bring_in_and_approve(inst, RegisterFile(office, type_row, register.file, register.mapping, register.rows))
        issuing.issue_approved(inst, row, type_row)
        (batch,) = issuing.anchor_pending(inst, row)
        issuing.publish_lists(inst, row)
        papers.write_packs(inst, packs / "own-trust-pack.json", packs / "own-trust-root.json", packs / "own.status")
        (_, bundle), *_ = evidence.bundles_of(inst, batch.batch_id)
        document = apart(bundle)["credential"]
        yesterday = datetime.now(UTC) - timedelta(days=1)
        backdated = sign_again(
            document, inst.keys.issuing_key(key.key_name), document["proof"]["verificationMethod"], created=yesterday
        )
    own = {"trustPack": "own-trust-pack.json", "statusPack": "own.status"}
    attacks.show("world.in-itself", bundle, pinnedRoot="own-trust-root.json", **own)
    attacks.show("world.to-us", bundle, **own)
    attacks.show("world.certificate", bundle)
    attacks.show("world.backdated", together({**apart(bundle), "credential": apart(backdated)}))


def _own_making(pack: bytes, university: Office) -> bytes:
    """The genuine description with one's own key under the university, signed by ministries of one's own."""
    description = trust_reading.parse(_text_with_own_key(pack, university).encode())
    ministries = [Ed25519Key(os.urandom(32)) for _ in range(3)]
    signers: Signers = {one.public_key: one.sign for one in ministries}
    until = datetime.now(UTC) + papers.PACK_LIFETIME
    keys = RootKeys(tuple(signers), 2, until)
    return trust_pack_signing.make(description, root=keys, expires=until, signers=signers)


def _with_one_signature(pack: bytes) -> bytes:
    """The genuine pack, of whose timestamp one signature is left."""
    files = read(pack)
    timestamp = json.loads(files.timestamp)
    timestamp["signatures"] = timestamp["signatures"][:1]
    alone = json.dumps(timestamp).encode()
    return write(PackFiles(files.roots, alone, files.snapshot, files.targets, files.trust))


def _with_own_key(pack: bytes, university: Office) -> bytes:
    """The genuine pack, in whose description the university's key is another."""
    files = read(pack)
    trust = _text_with_own_key(pack, university).encode()
    return write(PackFiles(files.roots, files.timestamp, files.snapshot, files.targets, trust))


def _text_with_own_key(pack: bytes, university: Office) -> str:
    text = read(pack).trust.decode()
    agency = trust_reading.parse(text.encode()).agency_by_did(university.row.did)
    assert agency is not None, "the university is in every pack"
    return text.replace(agency.keys[0].multikey, Ed25519Key(os.urandom(32)).multikey())


def _expired(inst: Installation, pack: bytes) -> bytes:
    """A pack that the ministries did sign, and whose time is over."""
    keys = [inst.keys.root_key(f"{name}-pack") for name in root.member_names()]
    signers: Signers = {key.public_key: key.sign for key in keys}
    ended = datetime.now(UTC) - timedelta(hours=1)
    unused = RootKeys(tuple(signers), THRESHOLD, ended)
    return sign_trust_pack(
        description=trust_reading.parse(read(pack).trust), previous=pack, root=unused, expires=ended, signers=signers
    )
