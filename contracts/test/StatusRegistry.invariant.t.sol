// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Campaign} from "./Campaign.sol";

/// @title After any calls by anybody: versions have risen one by one, by the owner's hand
/// @dev That a version is published exactly if it is next, long enough, by a sender of the list's acting
///      agency, is asserted by the world within each call (invariants S1, S2, S3 of docs/contracts.md).
contract StatusRegistryInvariantTest is Campaign {
    function invariant_versions() public view {
        uint64[] memory lists = world.lists();
        for (uint256 i = 0; i < lists.length; ++i) {
            vm.assertEq(statuses.latest(lists[i]), world.versionOf(lists[i]));
        }
        for (uint64 id = 0; id <= world.agencies() + 1; ++id) {
            for (uint64 n = 0; n < 3; ++n) {
                uint64 list = (id << 32) | n;
                vm.assertEq(statuses.latest(list), world.versionOf(list));
            }
        }
    }
}
