// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITrustRegistry} from "./interfaces/ITrustRegistry.sol";
import {RootAuthority} from "./RootAuthority.sol";

/// @title Agencies, their one admin and their senders
abstract contract Agencies is RootAuthority {
    /// @dev Longest line of mergers that a reader of `actingAgency` has to walk.
    uint8 private constant _MAX_SUCCESSION = 8;
    /// @dev Senders an agency can have at a time, because a change of status visits each.
    uint256 private constant _MAX_SENDERS = 8;
    /// @dev Keys an agency may register in all before the root authority allows more: trust packs list every one.
    uint64 private constant _KEY_LIMIT = 32;

    struct Agency {
        AgencyStatus status;
        uint64 accreditorId;
        uint64 successorId;
        /// @dev Length of the longest line of mergers that ends here.
        uint8 predecessors;
        uint64 keyLimit;
        uint48 keyCount;
        address admin;
        address[] senders;
    }

    mapping(uint64 => Agency) internal _agencies;
    mapping(bytes32 => uint64) public agencyWithDid;
    uint64 internal _agencyCount;

    /// @inheritdoc ITrustRegistry
    function addAgency(bytes32 didDigest, address admin, uint64 accreditorId)
        external
        onlyRoot
        returns (uint64 agencyId)
    {
        if (didDigest == 0) revert DigestZero();
        if (agencyWithDid[didDigest] != 0) revert AgencyExists(didDigest, agencyWithDid[didDigest]);
        if (accreditorId != 0) _requireActive(accreditorId);
        _requireFree(admin);
        if (_agencyCount == type(uint32).max) revert AgencyIdsExhausted();
        agencyId = ++_agencyCount;
        agencyWithDid[didDigest] = agencyId;
        Agency storage agency = _agencies[agencyId];
        agency.status = AgencyStatus.Active;
        agency.accreditorId = accreditorId;
        agency.keyLimit = _KEY_LIMIT;
        agency.admin = admin;
        _unsafeAppoint(admin, AccountKind.Admin, agencyId);
        emit AgencyAdded(agencyId, didDigest, admin, accreditorId);
    }

    /// @inheritdoc ITrustRegistry
    function setAdmin(uint64 agencyId, address admin) external onlyRoot {
        _requireKnown(agencyId);
        _requireFree(admin);
        _unsafeChangeAdmin(agencyId, admin);
    }

    /// @inheritdoc ITrustRegistry
    function offerService(uint64 agencyId) external {
        if (agencyId != 0) _requireKnown(agencyId);
        _requireFree(msg.sender);
        _accounts[msg.sender].agencyId = agencyId;
    }

    /// @inheritdoc ITrustRegistry
    function transferAdmin(address admin) external {
        uint64 agencyId = _requireActiveAdmin();
        _requireOffered(admin, agencyId);
        _unsafeChangeAdmin(agencyId, admin);
    }

    /// @inheritdoc ITrustRegistry
    function addSender(address sender) external {
        uint64 agencyId = _requireActiveAdmin();
        _requireOffered(sender, agencyId);
        address[] storage senders = _agencies[agencyId].senders;
        if (senders.length == _MAX_SENDERS) revert TooManySenders(agencyId);
        senders.push(sender);
        _unsafeAppoint(sender, AccountKind.Sender, agencyId);
        _accounts[sender].sendsFor = agencyId;
        emit SenderAdded(agencyId, sender);
    }

    /// @inheritdoc ITrustRegistry
    function removeSender(address sender) external {
        uint64 agencyId = _requireAdmin();
        Account storage entry = _accounts[sender];
        if (entry.kind != AccountKind.Sender || entry.agencyId != agencyId) revert NotSender(sender);
        _unsafeForget(_agencies[agencyId].senders, sender);
        delete _accounts[sender];
        emit SenderRemoved(agencyId, sender);
    }

    /// @inheritdoc ITrustRegistry
    function suspendAgency(uint64 agencyId) external {
        Agency storage agency = _requireKnown(agencyId);
        bool byRoot = _requireRootOrAccreditor(agency.accreditorId);
        AgencyStatus status = agency.status;
        bool takesOver = byRoot && status == AgencyStatus.SuspendedByAccreditor;
        if (status != AgencyStatus.Active && !takesOver) revert AgencyNotActive(agencyId, status);
        _unsafeSetStatus(agencyId, byRoot ? AgencyStatus.SuspendedByRoot : AgencyStatus.SuspendedByAccreditor);
        emit AgencySuspended(agencyId, byRoot);
    }

    /// @inheritdoc ITrustRegistry
    function readmitAgency(uint64 agencyId) external {
        Agency storage agency = _requireKnown(agencyId);
        bool byRoot = _requireRootOrAccreditor(agency.accreditorId);
        AgencyStatus status = agency.status;
        if (status == AgencyStatus.SuspendedByRoot && !byRoot) revert SuspendedByRootAuthority(agencyId);
        if (status != AgencyStatus.SuspendedByRoot && status != AgencyStatus.SuspendedByAccreditor) {
            revert AgencyNotSuspended(agencyId, status);
        }
        _unsafeSetStatus(agencyId, AgencyStatus.Active);
        emit AgencyReadmitted(agencyId);
    }

    /// @inheritdoc ITrustRegistry
    function mergeAgency(uint64 agencyId, uint64 successorId) external onlyRoot {
        Agency storage agency = _requireKnown(agencyId);
        if (agency.status == AgencyStatus.Merged) revert AgencyNotActive(agencyId, agency.status);
        if (successorId == agencyId) revert SelfSuccession(agencyId);
        _requireActive(successorId);
        Agency storage successor = _agencies[successorId];
        uint8 predecessors = agency.predecessors + 1;
        if (predecessors > _MAX_SUCCESSION) revert SuccessionTooLong(successorId);
        if (predecessors > successor.predecessors) successor.predecessors = predecessors;
        _unsafeSetStatus(agencyId, AgencyStatus.Merged);
        agency.successorId = successorId;
        emit AgencyMerged(agencyId, successorId);
    }

    /// @inheritdoc ITrustRegistry
    function offerOf(address account) external view returns (uint64 agencyId) {
        Account storage entry = _accounts[account];
        return entry.kind == AccountKind.None ? entry.agencyId : 0;
    }

    /// @inheritdoc ITrustRegistry
    function senderAgency(address sender) external view returns (uint64 agencyId, bool active) {
        Account storage entry = _accounts[sender];
        if (entry.kind != AccountKind.Sender) revert NotSender(sender);
        return (entry.agencyId, entry.sendsFor != 0);
    }

    /// @inheritdoc ITrustRegistry
    function actingAgency(uint64 agencyId) external view returns (uint64) {
        Agency storage agency = _requireKnown(agencyId);
        // At most `_MAX_SUCCESSION` rounds: `mergeAgency` refuses longer lines.
        while (agency.status == AgencyStatus.Merged) {
            agencyId = agency.successorId;
            agency = _agencies[agencyId];
        }
        return agencyId;
    }

    /// @inheritdoc ITrustRegistry
    function agencyOf(uint64 agencyId)
        external
        view
        returns (AgencyStatus status, address admin, uint64 accreditorId, uint64 successorId)
    {
        Agency storage agency = _agencies[agencyId];
        return (agency.status, agency.admin, agency.accreditorId, agency.successorId);
    }

    function _requireKnown(uint64 agencyId) internal view returns (Agency storage agency) {
        agency = _agencies[agencyId];
        if (agency.status == AgencyStatus.None) revert AgencyUnknown(agencyId);
    }

    function _requireActive(uint64 agencyId) internal view {
        AgencyStatus status = _agencies[agencyId].status;
        if (status == AgencyStatus.Active) return;
        if (status == AgencyStatus.None) revert AgencyUnknown(agencyId);
        revert AgencyNotActive(agencyId, status);
    }

    /// @dev The caller's agency, whatever its status: enough to take power away.
    function _requireAdmin() internal view returns (uint64 agencyId) {
        Account storage entry = _accounts[msg.sender];
        if (entry.kind != AccountKind.Admin) revert NotAdmin(msg.sender);
        return entry.agencyId;
    }

    /// @dev The caller's agency, which is active: needed to give power.
    function _requireActiveAdmin() internal view returns (uint64 agencyId) {
        agencyId = _requireAdmin();
        _requireActive(agencyId);
    }

    /// @dev An admin appoints whom it was offered alone: else it could keep anybody's account from any other office.
    function _requireOffered(address account, uint64 agencyId) private view {
        _requireFree(account);
        if (_accounts[account].agencyId != agencyId) revert NotOffered(account, agencyId);
    }

    /// @dev The active agency an account sends for.
    function _requireSender(address sender) internal view returns (uint64 agencyId) {
        Account storage entry = _accounts[sender];
        agencyId = entry.sendsFor;
        if (agencyId == 0) {
            if (entry.kind != AccountKind.Sender) revert NotSender(sender);
            revert AgencyNotActive(entry.agencyId, _agencies[entry.agencyId].status);
        }
    }

    /// @dev A suspended or merged accreditor supervises nobody, and a successor does not inherit this: otherwise an
    ///      agency whose accreditor merged into it would supervise itself.
    function _requireRootOrAccreditor(uint64 accreditorId) internal view returns (bool byRoot) {
        if (msg.sender == address(this)) return true;
        Account storage entry = _accounts[msg.sender];
        bool accreditor = entry.kind == AccountKind.Admin && entry.agencyId == accreditorId;
        if (!accreditor || _agencies[accreditorId].status != AgencyStatus.Active) {
            revert NotRootOrAccreditor(msg.sender);
        }
        return false;
    }

    function _unsafeChangeAdmin(uint64 agencyId, address to) private {
        address from = _agencies[agencyId].admin;
        delete _accounts[from];
        _agencies[agencyId].admin = to;
        _unsafeAppoint(to, AccountKind.Admin, agencyId);
        emit AdminChanged(agencyId, from, to);
    }

    /// @dev The only place where an agency that exists changes its status.
    function _unsafeSetStatus(uint64 agencyId, AgencyStatus status) private {
        Agency storage agency = _agencies[agencyId];
        agency.status = status;
        uint64 sendsFor = status == AgencyStatus.Active ? agencyId : 0;
        // Bounded by `_MAX_SENDERS`.
        for (uint256 i = 0; i < agency.senders.length; ++i) {
            _accounts[agency.senders[i]].sendsFor = sendsFor;
        }
    }

    function _unsafeForget(address[] storage senders, address sender) private {
        uint256 last = senders.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (senders[i] == sender) {
                senders[i] = senders[last];
                break;
            }
        }
        senders.pop();
    }
}
