// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Campaign} from "./Campaign.sol";

/// @title The invariants' world does real work: everything it can try succeeds often, and is refused often
contract WorldTest is Campaign {
    uint256 private constant CALLS = 4000;

    function test_world_doesRealWork() public {
        bytes4[] memory actions = _actions();
        for (uint256 i = 0; i < CALLS; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            (bool ok,) = address(world).call(abi.encodeWithSelector(actions[seed % actions.length], seed));
            vm.assertTrue(ok, "the world never fails");
        }
        string[20] memory both = [
            "addMember",
            "removeMember",
            "rotateMember",
            "setThreshold",
            "setAdmin",
            "addType",
            "suspendAgency",
            "readmitAgency",
            "mergeAgency",
            "consentToCompromise",
            "accredit",
            "endAccreditation",
            "transferAdmin",
            "addSender",
            "removeSender",
            "registerKey",
            "retireKey",
            "compromiseKey",
            "addAgency",
            "offerService"
        ];
        for (uint256 i = 0; i < both.length; ++i) {
            vm.assertGe(world.done(both[i]), 2, string.concat("done: ", both[i]));
            vm.assertGe(world.refused(both[i]), 2, string.concat("refused: ", both[i]));
        }
        vm.assertGe(world.done("setKeyLimit"), 2, "changed limits");
        vm.assertGe(world.done("overrule"), 2, "accreditations replaced or ended by the accreditor");
        vm.assertGe(world.done("anchor"), 40, "anchors");
        vm.assertGe(world.refused("anchor"), 40, "refused anchors");
        vm.assertGe(world.refused("anchor twice"), 5, "anchors refused as repeated alone");
        vm.assertGe(world.done("publish"), 40, "publications");
        vm.assertGe(world.refused("publish"), 40, "refused publications");
        vm.assertGe(world.done("publish as successor"), 1, "publications by a successor");
        string[4] memory never = ["overstep as sender", "overstep", "conspire", "replay"];
        for (uint256 i = 0; i < never.length; ++i) {
            vm.assertEq(world.done(never[i]), 0, never[i]);
            vm.assertGe(world.refused(never[i]), 30, never[i]);
        }
    }
}
