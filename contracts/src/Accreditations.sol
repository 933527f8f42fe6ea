// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITrustRegistry} from "./interfaces/ITrustRegistry.sol";
import {Agencies} from "./Agencies.sol";

/// @title Types, and who accredited whom for which type
abstract contract Accreditations is Agencies {
    /// @dev `until` is 0 where there is none: it never was given, or it was ended.
    struct Accreditation {
        uint64 until;
        uint64 grantorId;
        bool mayDelegate;
    }

    /// @dev Under `_pair`.
    mapping(uint256 => Accreditation) private _accreditations;
    mapping(bytes32 => uint64) public typeWithName;
    uint64 internal _typeCount;

    /// @inheritdoc ITrustRegistry
    function addType(bytes32 nameDigest, uint8 kind) external onlyRoot returns (uint64 typeId) {
        if (nameDigest == 0) revert DigestZero();
        if (kind != 1 && kind != 2) revert KindUnknown(kind);
        if (typeWithName[nameDigest] != 0) revert TypeExists(nameDigest, typeWithName[nameDigest]);
        typeId = ++_typeCount;
        typeWithName[nameDigest] = typeId;
        emit TypeAdded(typeId, nameDigest, kind);
    }

    /// @inheritdoc ITrustRegistry
    function accredit(uint64 agencyId, uint64 typeId, uint64 until, bool mayDelegate) external {
        bool byRoot = msg.sender == address(this);
        uint64 grantorId = byRoot ? 0 : _requireActiveAdmin();
        if (typeId == 0 || typeId > _typeCount) revert TypeUnknown(typeId);
        _requireActive(agencyId);
        if (until <= block.timestamp) revert UntilPassed(until);
        if (!byRoot) {
            if (agencyId == grantorId) revert SelfAccreditation(agencyId);
            _requireMayGrant(grantorId, typeId);
            _requireReplaceable(agencyId, typeId, grantorId);
            // What is given away ends no later than what it is given from.
            uint64 own = _accreditations[_pair(grantorId, typeId)].until;
            if (until > own) until = own;
        }
        _accreditations[_pair(agencyId, typeId)] =
            Accreditation({until: until, grantorId: grantorId, mayDelegate: mayDelegate});
        emit Accredited(agencyId, typeId, grantorId, until, mayDelegate);
    }

    /// @inheritdoc ITrustRegistry
    function endAccreditation(uint64 agencyId, uint64 typeId) external {
        Accreditation storage given = _accreditations[_pair(agencyId, typeId)];
        if (given.until == 0) revert NotAccredited(agencyId, typeId);
        if (msg.sender != address(this)) {
            uint64 callerId = _requireAdmin();
            if (callerId != given.grantorId && !_overrules(callerId, agencyId, given.grantorId)) {
                revert NotGrantor(msg.sender);
            }
        }
        delete _accreditations[_pair(agencyId, typeId)];
        emit AccreditationEnded(agencyId, typeId);
    }

    /// @inheritdoc ITrustRegistry
    function accreditationOf(uint64 agencyId, uint64 typeId)
        external
        view
        returns (uint64 grantorId, uint64 until, bool mayDelegate)
    {
        Accreditation storage given = _accreditations[_pair(agencyId, typeId)];
        return (given.grantorId, given.until, given.mayDelegate);
    }

    /// @dev An agency, which is active, may anchor for the type. Nothing is remembered between blocks: what ended,
    ///      expired or was suspended anywhere above takes effect at once.
    function _requireAccredited(uint64 agencyId, uint64 typeId) internal view {
        Accreditation storage given = _accreditations[_pair(agencyId, typeId)];
        if (given.until <= block.timestamp) revert NotAccredited(agencyId, typeId);
        uint64 grantorId = given.grantorId;
        if (grantorId != 0) _requireMayGrant(grantorId, typeId);
    }

    /// @dev An agency may accredit others: at most two accreditations lie above theirs, so that three are the most,
    ///      and a cycle, which never reaches the root authority, is no chain.
    function _requireMayGrant(uint64 agencyId, uint64 typeId) private view {
        uint64 grantorId = _requireDelegable(agencyId, typeId);
        if (grantorId != 0 && _requireDelegable(grantorId, typeId) != 0) revert DelegationTooDeep(agencyId, typeId);
    }

    function _requireDelegable(uint64 agencyId, uint64 typeId) private view returns (uint64 grantorId) {
        _requireActive(agencyId);
        Accreditation storage given = _accreditations[_pair(agencyId, typeId)];
        if (given.until <= block.timestamp) revert NotAccredited(agencyId, typeId);
        if (!given.mayDelegate) revert MayNotDelegate(agencyId, typeId);
        return given.grantorId;
    }

    /// @dev An accreditation that is over still is its grantor's, to be renewed: else whoever is quickest would take it
    ///      over, and keep the grantor out.
    function _requireReplaceable(uint64 agencyId, uint64 typeId, uint64 callerId) private view {
        Accreditation storage given = _accreditations[_pair(agencyId, typeId)];
        uint64 grantorId = given.grantorId;
        if (given.until == 0 || grantorId == callerId) return;
        if (_agencies[grantorId].status == AgencyStatus.Merged) return;
        if (_overrules(callerId, agencyId, grantorId)) return;
        revert AccreditedByAnother(agencyId, typeId, grantorId);
    }

    /// @dev The agency's active accreditor decides over what other agencies gave it, though not over what the root
    ///      authority (0) gave.
    function _overrules(uint64 callerId, uint64 agencyId, uint64 grantorId) private view returns (bool) {
        return grantorId != 0 && _agencies[agencyId].accreditorId == callerId
            && _agencies[callerId].status == AgencyStatus.Active;
    }

    function _pair(uint64 agencyId, uint64 typeId) private pure returns (uint256) {
        return (uint256(agencyId) << 64) | typeId;
    }
}
