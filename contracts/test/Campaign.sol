// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";
import {World} from "./World.sol";
import {IAnchorRegistry} from "../src/interfaces/IAnchorRegistry.sol";
import {IStatusRegistry} from "../src/interfaces/IStatusRegistry.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title A world whose people are called in random order, for invariants that hold after every call
abstract contract Campaign {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    World internal world;
    ITrustRegistry internal trust;
    IAnchorRegistry internal anchors;
    IStatusRegistry internal statuses;

    function setUp() public {
        world = new World();
        (address trust_, address anchors_, address statuses_) = world.registries();
        (trust, anchors, statuses) = (ITrustRegistry(trust_), IAnchorRegistry(anchors_), IStatusRegistry(statuses_));
    }

    /// @dev Read by the test runner.
    function targetContracts() public view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(world);
    }

    /// @dev Read by the test runner.
    function targetSelectors() public view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(world), _actions());
    }

    /// @dev Some are listed twice, to be called twice as often.
    function _actions() internal pure returns (bytes4[] memory list) {
        bytes4[16] memory actions = [
            World.timePasses.selector,
            World.rootOnRoot.selector,
            World.rootOnAgencies.selector,
            World.supervise.selector,
            World.accredit.selector,
            World.adminOnPeople.selector,
            World.offer.selector,
            World.offer.selector,
            World.adminOnKeys.selector,
            World.anchor.selector,
            World.anchor.selector,
            World.publish.selector,
            World.publish.selector,
            World.overstep.selector,
            World.conspire.selector,
            World.replay.selector
        ];
        list = new bytes4[](actions.length);
        for (uint256 i = 0; i < actions.length; ++i) {
            list[i] = actions[i];
        }
    }
}
