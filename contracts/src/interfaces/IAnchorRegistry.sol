// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITrustRegistry} from "./ITrustRegistry.sol";

/// @title Which agency vouched for which batch, and when
interface IAnchorRegistry {
    /// @notice Revert when the root is zero.
    error RootZero();
    /// @notice Revert when the batch has no leaves.
    error SizeZero();
    /// @notice Revert when the agency anchored this root before.
    error AlreadyAnchored(uint64 agencyId, bytes32 root, uint64 index);

    /// @notice In this block the agency was entitled to anchor for the type with the key of that hash: active,
    ///         accredited up to the root authority, the key its own, valid, neither retired nor compromised, and the
    ///         transaction came from one of its senders.
    ///         (`agencyId`, `root`) appears once for ever. `index` counts 0, 1, 2, ... over all agencies without a
    ///         gap: it is the event's position in the anchor log. That a leaf of the tree belongs to the agency, the
    ///         type and the key is for the verifier to check.
    event Anchored(
        uint64 indexed agencyId,
        uint64 indexed typeId,
        bytes32 indexed root,
        uint64 size,
        bytes32 keyHash,
        uint64 index,
        uint256 chainId
    );

    /// @notice Anchor the root of a batch of `size` leaves. Costs the same whatever the size.
    function anchor(bytes32 root, uint64 size, uint64 typeId, uint64 keyId) external returns (uint64 index);

    /// @notice Who may anchor is decided there, for ever.
    function trust() external view returns (ITrustRegistry);
    /// @notice Whether the agency anchored the root, and at which index.
    function anchorOf(uint64 agencyId, bytes32 root) external view returns (bool anchored, uint64 index);
    /// @notice Number of anchors, which is the next index.
    function count() external view returns (uint64);
}
