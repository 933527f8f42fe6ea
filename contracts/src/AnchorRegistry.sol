// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "./interfaces/IAnchorRegistry.sol";
import {ITrustRegistry} from "./interfaces/ITrustRegistry.sol";

/// @title Roots of batches, numbered in the order of their anchoring
contract AnchorRegistry is IAnchorRegistry {
    /// @inheritdoc IAnchorRegistry
    ITrustRegistry public immutable trust;

    /// @dev A whole slot: writing a part of one reads it first.
    struct Anchor {
        /// @dev Index + 1, so that 0 says: not anchored.
        uint256 number;
    }

    mapping(uint64 => mapping(bytes32 => Anchor)) private _anchors;
    /// @dev Number of the next anchor. Starts at 1, so that the first anchor costs no more than any other.
    uint256 private _next = 1;

    constructor(ITrustRegistry trust_) {
        trust = trust_;
    }

    /// @inheritdoc IAnchorRegistry
    function anchor(bytes32 root, uint64 size, uint64 typeId, uint64 keyId) external returns (uint64 index) {
        if (root == 0) revert RootZero();
        if (size == 0) revert SizeZero();
        (uint64 agencyId, bytes32 keyHash) = trust.entitlement(msg.sender, typeId, keyId);
        Anchor storage entry = _anchors[agencyId][root];
        if (entry.number != 0) revert AlreadyAnchored(agencyId, root, _index(entry.number));
        uint256 number = _next;
        entry.number = number;
        unchecked {
            _next = number + 1;
        }
        index = _index(number);
        emit Anchored(agencyId, typeId, root, size, keyHash, index, block.chainid);
    }

    /// @inheritdoc IAnchorRegistry
    function anchorOf(uint64 agencyId, bytes32 root) external view returns (bool anchored, uint64 index) {
        uint256 number = _anchors[agencyId][root].number;
        return number == 0 ? (false, 0) : (true, _index(number));
    }

    /// @inheritdoc IAnchorRegistry
    function count() external view returns (uint64) {
        return _index(_next);
    }

    /// @dev Numbers start at 1 and grow by one: they never leave 64 bits.
    function _index(uint256 number) private pure returns (uint64) {
        unchecked {
            // forge-lint: disable-next-line(unsafe-typecast)
            return uint64(number - 1);
        }
    }
}
