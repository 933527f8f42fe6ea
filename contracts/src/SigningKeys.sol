// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITrustRegistry} from "./interfaces/ITrustRegistry.sol";
import {Agencies} from "./Agencies.sol";

/// @title Agencies' signing keys, their retirement and their compromise
abstract contract SigningKeys is Agencies {
    /// @dev How far back an active agency alone may date a compromise: further would let it disown its past.
    uint256 private constant _BACKDATING = 30 days;

    struct Key {
        bytes32 keyHash;
        uint32 agencyId;
        bool retired;
        uint64 validFrom;
        /// @dev 0 once the key is retired or compromised, so that anchoring need only look at the time.
        uint64 validUntil;
        uint64 compromisedSince;
    }

    mapping(uint64 => Key) private _keys;
    mapping(uint64 => mapping(bytes32 => bool)) private _registered;
    mapping(uint64 => uint64) public consentOf;
    uint64 internal _keyCount;

    /// @inheritdoc ITrustRegistry
    function registerKey(bytes calldata multikey, uint64 validFrom, uint64 validUntil)
        external
        returns (uint64 keyId)
    {
        uint64 agencyId = _requireActiveAdmin();
        if (multikey.length != 34 || bytes2(multikey[:2]) != 0xed01) revert MultikeyMalformed();
        if (validFrom >= validUntil || validUntil <= block.timestamp) {
            revert ValidityImpossible(validFrom, validUntil);
        }
        bytes32 keyHash = sha256(multikey);
        if (_registered[agencyId][keyHash]) revert KeyExists(agencyId, keyHash);
        _registered[agencyId][keyHash] = true;
        Agency storage agency = _agencies[agencyId];
        if (agency.keyCount >= agency.keyLimit) revert TooManyKeys(agencyId, agency.keyLimit);
        ++agency.keyCount;
        keyId = ++_keyCount;
        _keys[keyId] = Key({
            keyHash: keyHash,
            // `addAgency` gives no id that needs more than 32 bits.
            // forge-lint: disable-next-line(unsafe-typecast)
            agencyId: uint32(agencyId),
            retired: false,
            validFrom: validFrom,
            validUntil: validUntil,
            compromisedSince: 0
        });
        emit KeyRegistered(agencyId, keyId, keyHash, multikey, validFrom, validUntil);
    }

    /// @inheritdoc ITrustRegistry
    function setKeyLimit(uint64 agencyId, uint64 limit) external onlyRoot {
        Agency storage agency = _requireKnown(agencyId);
        agency.keyLimit = limit;
        emit KeyLimitChanged(agencyId, limit);
    }

    /// @inheritdoc ITrustRegistry
    function retireKey(uint64 keyId) external {
        Key storage key = _requireOwnKey(keyId);
        if (key.retired) revert KeyIsRetired(keyId);
        key.retired = true;
        key.validUntil = 0;
        emit KeyRetired(key.agencyId, keyId);
    }

    /// @inheritdoc ITrustRegistry
    function consentToCompromise(uint64 keyId, uint64 since) external {
        Key storage key = _keys[keyId];
        if (key.agencyId == 0) revert KeyUnknown(keyId);
        _requireRootOrAccreditor(_agencies[key.agencyId].accreditorId);
        _requirePast(since);
        consentOf[keyId] = since;
        emit CompromiseConsented(keyId, since);
    }

    /// @inheritdoc ITrustRegistry
    function compromiseKey(uint64 keyId, uint64 since) external {
        Key storage key = _requireOwnKey(keyId);
        _requirePast(since);
        uint64 before = key.compromisedSince;
        if (before != 0 && since >= before) revert CompromiseOnlyEarlier(keyId, before);
        // Whoever was suspended or merged may no longer be the one who should hold the admin's account.
        uint256 alone = _agencies[key.agencyId].status == AgencyStatus.Active ? _BACKDATING : 0;
        if (uint256(since) + alone < block.timestamp) {
            uint64 consented = consentOf[keyId];
            if (consented == 0 || since < consented) revert CompromiseNeedsConsent(keyId, since);
        }
        key.compromisedSince = since;
        key.validUntil = 0;
        emit KeyCompromised(key.agencyId, keyId, since);
    }

    /// @inheritdoc ITrustRegistry
    function keyLimitOf(uint64 agencyId) external view returns (uint64 registered, uint64 limit) {
        Agency storage agency = _agencies[agencyId];
        return (agency.keyCount, agency.keyLimit);
    }

    /// @inheritdoc ITrustRegistry
    function keyOf(uint64 keyId)
        external
        view
        returns (
            uint64 agencyId,
            bytes32 keyHash,
            uint64 validFrom,
            uint64 validUntil,
            bool retired,
            uint64 compromisedSince
        )
    {
        Key storage key = _keys[keyId];
        return (key.agencyId, key.keyHash, key.validFrom, key.validUntil, key.retired, key.compromisedSince);
    }

    /// @dev The hash of a key of this agency that may anchor in this block.
    function _requireActiveKey(uint64 agencyId, uint64 keyId) internal view returns (bytes32) {
        Key storage key = _keys[keyId];
        if (key.agencyId != agencyId) {
            if (key.agencyId == 0) revert KeyUnknown(keyId);
            revert KeyOfAnotherAgency(keyId, key.agencyId);
        }
        if (block.timestamp >= key.validUntil) {
            if (key.compromisedSince != 0) revert KeyIsCompromised(keyId, key.compromisedSince);
            if (key.retired) revert KeyIsRetired(keyId);
            revert KeyExpired(keyId, key.validUntil);
        }
        if (block.timestamp < key.validFrom) revert KeyNotYetValid(keyId, key.validFrom);
        return key.keyHash;
    }

    function _requireOwnKey(uint64 keyId) private view returns (Key storage key) {
        uint64 agencyId = _requireAdmin();
        key = _keys[keyId];
        if (key.agencyId == 0) revert KeyUnknown(keyId);
        if (key.agencyId != agencyId) revert KeyOfAnotherAgency(keyId, key.agencyId);
    }

    function _requirePast(uint64 since) private view {
        if (since == 0 || since > block.timestamp) revert CompromiseDateImpossible(since);
    }
}
