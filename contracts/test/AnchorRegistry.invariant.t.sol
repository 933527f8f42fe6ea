// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Campaign} from "./Campaign.sol";
import {World} from "./World.sol";

/// @title After any calls by anybody: one anchor per agency and root, numbered without a gap
/// @dev That nobody anchors who is not entitled in that very block, and everybody who is, is asserted by the world
///      within each call (invariant A2 of docs/contracts.md).
contract AnchorRegistryInvariantTest is Campaign {
    /// @dev A1, A3: one anchor per agency and root, for ever, at the index it was given; none for one that made none.
    function invariant_oneAnchorPerAgencyAndRoot() public view {
        World.AnchorEntry[] memory entries = world.anchored();
        vm.assertEq(anchors.count(), entries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            (bool anchored, uint64 index) = anchors.anchorOf(entries[i].agency, entries[i].root);
            vm.assertTrue(anchored, "stays anchored");
            vm.assertEq(index, i);
            vm.assertEq(world.timesAnchored(entries[i].agency, entries[i].root), 1);
        }
        // The roots that several agencies use.
        for (uint64 id = 0; id <= world.agencies(); ++id) {
            for (uint256 root = 1; root <= 3; ++root) {
                (bool anchored,) = anchors.anchorOf(id, bytes32(root));
                vm.assertTrue(anchored == (world.timesAnchored(id, bytes32(root)) == 1), "anchored by itself alone");
            }
        }
    }
}
