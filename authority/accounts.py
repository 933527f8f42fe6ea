"""Accounts and signing keys: senders and keys of an agency, members of the root authority."""

from __future__ import annotations

from authority.acts import Act, told
from ledger.chain_port import Chain, TransactionOutcome
from ledger.multikey import multikey_bytes
from ledger.registry_calls import call
from ledger.registry_events import Contracts, KeyRegistered


def offer_service(*, act: Act, agency_id: int) -> TransactionOutcome:
    """The acting account lets an agency's administrator appoint it, once; 0 withdraws that. It gives no right."""
    return act(call("offerService(uint64)", agency_id))


def add_sender(*, act: Act, sender: bytes) -> TransactionOutcome:
    """Let an account that offered its service anchor and publish for the acting administrator's agency, and do nothing
    else."""
    return act(call("addSender(address)", sender))


def remove_sender(*, act: Act, sender: bytes) -> TransactionOutcome:
    """Take that right away."""
    return act(call("removeSender(address)", sender))


def register_key(
    *, chain: Chain, contracts: Contracts, act: Act, multikey: str, valid_from: int, valid_until: int
) -> int:
    """Enter an issuing key (Multikey text; times in Unix seconds). Returns its id on the chain."""
    data = call("registerKey(bytes,uint64,uint64)", multikey_bytes(multikey), valid_from, valid_until)
    return told(chain, contracts, act(data), KeyRegistered).key_id


def set_key_limit(*, act: Act, agency_id: int, limit: int) -> TransactionOutcome:
    """The root lets an agency register ``limit`` keys in all, those that ended counted."""
    return act(call("setKeyLimit(uint64,uint64)", agency_id, limit))


def retire_key(*, act: Act, key_id: int) -> TransactionOutcome:
    """The key anchors nothing more; what it anchored stays valid."""
    return act(call("retireKey(uint64)", key_id))


def declare_compromise(*, act: Act, key_id: int, since: int) -> TransactionOutcome:
    """The key is not trusted from ``since`` on. More than 30 days back needs the accreditor's consent
    beforehand; for a suspended or merged agency any date does."""
    return act(call("compromiseKey(uint64,uint64)", key_id, since))


def consent_to_compromise(*, act: Act, key_id: int, since: int) -> TransactionOutcome:
    """The accreditor (or the root) lets an agency date a compromise back to ``since``."""
    return act(call("consentToCompromise(uint64,uint64)", key_id, since))


def rotate_member(*, act: Act, member: bytes, successor: bytes) -> TransactionOutcome:
    """A ministry changes its account in the root authority."""
    return act(call("rotateMember(address,address)", member, successor))
