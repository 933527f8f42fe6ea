// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";

/// @title Gas of whole transactions: base cost and calldata included, every slot cold, refunds taken off
/// @dev Runs in the profile `gas`, where each call is a transaction of its own. Written to snapshots/, and compared
///      with it under FORGE_SNAPSHOT_CHECK=true.
abstract contract Gas is Fixture {
    /// @dev The cost of `call` from `sender`, which must succeed.
    function _gas(address sender, address to, bytes memory call) internal returns (uint256 used) {
        vm.prank(sender);
        (bool done,) = to.call(call);
        used = vm.lastCallGas().gasTotalUsed;
        vm.assertTrue(done, "succeeds");
        vm.assertGe(used, 21_000 + _calldata(call), "measured as a transaction");
    }

    /// @dev What the bytes of a call cost alone (EIP-2028).
    function _calldata(bytes memory call) internal pure returns (uint256 cost) {
        for (uint256 i = 0; i < call.length; ++i) {
            cost += call[i] == 0 ? 4 : 16;
        }
    }
}
