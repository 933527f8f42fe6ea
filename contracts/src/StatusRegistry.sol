// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IStatusRegistry} from "./interfaces/IStatusRegistry.sol";
import {ITrustRegistry} from "./interfaces/ITrustRegistry.sol";

/// @title Versions of status lists
contract StatusRegistry is IStatusRegistry {
    /// @dev 131,072 entries, the least that W3C Bitstring Status List allows, at 8,192 entries a chunk.
    uint64 private constant _MIN_CHUNKS = 16;

    /// @inheritdoc IStatusRegistry
    ITrustRegistry public immutable trust;

    mapping(uint64 => uint64) private _versions;

    constructor(ITrustRegistry trust_) {
        trust = trust_;
    }

    /// @inheritdoc IStatusRegistry
    function publish(uint64 listId, uint64 version, bytes32 root, uint64 chunks, bytes32 reasonsDigest) external {
        uint64 agencyId = listId >> 32;
        _requirePublisher(agencyId, listId);
        if (root == 0) revert RootZero();
        if (chunks < _MIN_CHUNKS) revert ListTooShort(chunks);
        uint64 expected = _versions[listId] + 1;
        if (version != expected) revert VersionNotNext(listId, version, expected);
        _versions[listId] = version;
        emit Published(agencyId, listId, version, root, chunks, reasonsDigest, block.chainid);
    }

    /// @inheritdoc IStatusRegistry
    function latest(uint64 listId) external view returns (uint64 version) {
        return _versions[listId];
    }

    /// @dev The certificates of a merged agency can still be revoked: by its successor.
    function _requirePublisher(uint64 agencyId, uint64 listId) private view {
        (uint64 senderAgencyId, bool active) = trust.senderAgency(msg.sender);
        if (!active) revert AgencyNotActive(senderAgencyId);
        if (senderAgencyId != agencyId && trust.actingAgency(agencyId) != senderAgencyId) {
            revert ListOfAnotherAgency(listId, senderAgencyId);
        }
    }
}
