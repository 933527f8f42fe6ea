"""The root authority's members: who they are now, and how they change.

A member has two keys here: ``NAME``, its account on the chain, and ``NAME-pack``, which signs trust packs. Who is a
member, the chain says; the next trust pack after a change carries a new root (``offices.evidence.make_trust_pack``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from adapters.bootstrap import CARRIER, MEMBERS, THRESHOLD, TRUST_PACK_NOTE, Installation
from adapters.key_kinds import KeyKind
from authority.accounts import rotate_member as rotate_account
from authority.acts import Act, root_act
from ledger.errors import NotFound, NotPermitted
from ledger.registry_calls import call, result
from offices.pack_terms import terms_of
from offices.whose_root import refuse_foreign_root

_MEMBER: Final = 1
"""``AccountKind.Member`` of the TrustRegistry."""

_NAME: Final = re.compile(r"(root-[0-9]+)(?:-v([0-9]+))?")


def member_names() -> list[str]:
    """Key names of the founding ministries."""
    return [f"root-{number}" for number in range(1, MEMBERS + 1)]


def present_members(inst: Installation) -> list[str]:
    """Key names of those accounts in the key store that are members now, as the node says: for whom to ask, never for
    whom to believe. A trust pack goes by what was walked (``offices.evidence.derive``)."""
    return [name for name in _names(inst) if _role(inst, inst.keys.account(name).address) == _MEMBER]


def is_member_name(name: str) -> bool:
    """Whether a member has or may come to have keys of that name."""
    return _NAME.fullmatch(name.removesuffix("-pack")) is not None


def founding_name(name: str) -> str:
    """The name with which a member's keys began: ``root-1`` of ``root-1-v2``."""
    found = _NAME.fullmatch(name)
    return name if found is None else found[1]


def names_among(inst: Installation, members: frozenset[bytes]) -> list[str]:
    """Key names of those accounts in the key store that are among ``members`` (20 bytes each)."""
    return [name for name in _names(inst) if inst.keys.account(name).address in members]


def threshold(inst: Installation) -> int:
    """How many members must agree now, as the node says: for whom to ask, never for whom to believe."""
    answer = inst.chain.simulate(bytes(20), inst.contracts().trust, call("rootAuthority()"))
    return int(result("uint256,uint256", answer)[1])


def agreeing(inst: Installation, names: Sequence[str]) -> tuple[str, ...]:
    """``names`` (of keys, each once), if they are members and as many as must agree. Before the registries are there,
    the founding ministries are asked. A node may say that more are needed than the newest trust pack does, never fewer:
    what the contract does not count again would else be decided by it.

    Raises NotFound ``root.member-unknown``, NotPermitted ``root.members-must-agree``.
    """
    chosen = tuple(dict.fromkeys(names))
    electors(inst, *chosen)
    needed = _fewest(inst)
    if _is_founded(inst):
        needed = max(needed, threshold(inst))
    if len(chosen) < needed:
        raise NotPermitted(
            "root.members-must-agree",
            f"Of the root authority {needed} members must agree; {len(chosen)} did.",
            "Let more members agree: over HTTP, each sends the same request with its own token.",
            count=needed,
        )
    return chosen


def _fewest(inst: Installation) -> int:
    pack = inst.records.note(TRUST_PACK_NOTE)
    return THRESHOLD if pack is None else terms_of(pack).threshold


def electors(inst: Installation, *names: str) -> list[str]:
    """Key names of those whose agreement counts now, ``names`` among them: the members or, before the registries are
    there, the founding ministries. Raises NotFound ``root.member-unknown``."""
    present = present_members(inst) if _is_founded(inst) else member_names()
    if not set(names) <= set(present):
        raise _unknown(present)
    return present


def _is_founded(inst: Installation) -> bool:
    try:
        inst.contracts()
    except NotFound:
        return False
    return True


def as_root(inst: Installation, members: Sequence[str] | None = None) -> Act:
    """Act as the root authority with the agreement of ``members`` (key names; as many as must agree by default).

    Raises Conflict ``root.elsewhere`` when their keys are not here.
    """
    refuse_foreign_root(inst)
    names = present_members(inst)[: threshold(inst)] if members is None else members
    return root_act(
        chain=inst.chain,
        contracts=inst.contracts(),
        sender=inst.sender(CARRIER),
        members=[inst.keys.account(name) for name in names],
    )


def add_member(inst: Installation, *, members: Sequence[str] | None = None) -> str:
    """Make keys for one more member and let the present ones appoint it; returns its key name."""
    refuse_foreign_root(inst)
    number = 1 + max((int(name.split("-")[1]) for name in _names(inst)), default=0)
    name = f"root-{number}"
    _make_keys(inst, name)
    as_root(inst, members)(call("addMember(address)", inst.keys.account(name).address))
    return name


def remove_member(inst: Installation, name: str, *, members: Sequence[str] | None = None) -> None:
    """Let the members dismiss one of them. Its keys stay in the key store. Raises NotFound ``root.member-unknown``."""
    _require(inst, name)
    agreeing = [one for one in present_members(inst) if one != name] if members is None else members
    act = as_root(inst, agreeing)
    act(call("removeMember(address)", inst.keys.account(name).address))


def rotate_member(inst: Installation, name: str, *, members: Sequence[str] | None = None) -> str:
    """Replace a member's two keys by new ones, for instance because they were stolen; returns their name.

    The others agree, so that whoever stole the keys is not asked; where too few others are left, it agrees as well.
    Raises NotFound ``root.member-unknown``.
    """
    _require(inst, name)
    others = [one for one in present_members(inst) if one != name]
    agreeing = [*others, name][: max(threshold(inst), 1)] if members is None else members
    found = _NAME.fullmatch(name)
    assert found is not None
    successor = f"{found[1]}-v{int(found[2] or 1) + 1}"
    _make_keys(inst, successor)
    rotate_account(
        act=as_root(inst, agreeing),
        member=inst.keys.account(name).address,
        successor=inst.keys.account(successor).address,
    )
    return successor


def set_threshold(inst: Installation, count: int, *, members: Sequence[str] | None = None) -> None:
    """Let so many members have to agree from now on."""
    as_root(inst, members)(call("setThreshold(uint256)", count))


def _names(inst: Installation) -> list[str]:
    return [
        entry.name for entry in inst.keys.entries() if entry.kind is KeyKind.ACCOUNT and _NAME.fullmatch(entry.name)
    ]


def has_role(inst: Installation, account: bytes) -> bool:
    """Whether an account is a member, an administrator or a sender; none is two of them."""
    return bool(_role(inst, account))


def _role(inst: Installation, account: bytes) -> int:
    answer = inst.chain.simulate(bytes(20), inst.contracts().trust, call("accountOf(address)", account))
    return int(result("uint8,uint64", answer)[0])


def _make_keys(inst: Installation, name: str) -> None:
    present = {entry.name for entry in inst.keys.entries()}
    for kind, key in ((KeyKind.ACCOUNT, name), (KeyKind.ROOT, f"{name}-pack")):
        if key not in present:
            inst.keys.create(kind, key)


def _require(inst: Installation, name: str) -> None:
    present = present_members(inst)
    if name not in present:
        raise _unknown(present)


def _unknown(present: Sequence[str]) -> NotFound:
    return NotFound(
        "root.member-unknown",
        "The root authority has no such member here.",
        f"Known: {', '.join(present) or 'none'}. Whose keys were changed needs a token for the new name: "
        "onceledger token add --role member.",
        known=list(present),
    )
