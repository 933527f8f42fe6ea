// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITrustRegistry} from "./ITrustRegistry.sol";

/// @title Which version of a status list is the current one
interface IStatusRegistry {
    /// @notice Revert when the sender's agency is not active.
    error AgencyNotActive(uint64 agencyId);
    /// @notice Revert when the list is neither of the sender's agency nor of one merged into it.
    error ListOfAnotherAgency(uint64 listId, uint64 agencyId);
    /// @notice Revert when the version is not the last one plus one.
    error VersionNotNext(uint64 listId, uint64 version, uint64 expected);
    /// @notice Revert when the root is zero.
    error RootZero();
    /// @notice Revert when the list is shorter than 16 chunks of 1 KiB (131,072 entries).
    error ListTooShort(uint64 chunks);

    /// @notice A version of a list. `agencyId` is `listId >> 32`, also when its successor published. Versions of a list
    ///         count 1, 2, 3, ... without a gap; `chunks` is at least 16 and may differ between them: what a path proves
    ///         depends on it, so verifiers take it from the event whose root they use.
    event Published(
        uint64 indexed agencyId,
        uint64 indexed listId,
        uint64 version,
        bytes32 root,
        uint64 chunks,
        bytes32 reasonsDigest,
        uint256 chainId
    );

    /// @notice Publish the next version of a list.
    /// @param listId Agency id << 32 | number of the list within the agency.
    /// @param version Last version plus one.
    /// @param root RFC 9162 root over the 1 KiB chunks of the uncompressed bitstring.
    /// @param chunks Number of chunks.
    /// @param reasonsDigest SHA-256 of the reasons file.
    function publish(uint64 listId, uint64 version, bytes32 root, uint64 chunks, bytes32 reasonsDigest) external;

    /// @notice Who may publish is decided there, for ever.
    function trust() external view returns (ITrustRegistry);
    /// @notice The last published version; 0 if none.
    function latest(uint64 listId) external view returns (uint64 version);
}
