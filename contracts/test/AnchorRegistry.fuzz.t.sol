// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";
import {IAnchorRegistry} from "../src/interfaces/IAnchorRegistry.sol";

/// @title For all roots, sizes and callers
contract AnchorRegistryFuzzTest is Fixture {
    uint64 private keyId;
    uint64 private office;

    function setUp() public override {
        super.setUp();
        _addType("degree");
        (office, keyId) = _addOffice("office", DEGREE, false);
    }

    function testFuzz_anchor_anyRootAndSize(bytes32 root, uint64 size) public {
        vm.assume(root != 0 && size != 0);
        bytes32 keyHash = sha256(_multikey("office"));
        vm.expectEmit(address(anchors));
        emit IAnchorRegistry.Anchored(office, DEGREE, root, size, keyHash, 0, block.chainid);
        vm.prank(_sender("office"));
        vm.assertEq(anchors.anchor(root, size, DEGREE, keyId), 0);
    }

    /// @dev Few different roots in any order: each counts once, and numbers follow each other without a gap.
    function testFuzz_anchor_onceEach(uint8[12] memory picks) public {
        bool[4] memory seen;
        uint64 expected = 0;
        for (uint256 i = 0; i < picks.length; ++i) {
            uint256 pick = picks[i] % 4;
            bytes32 root = bytes32(pick + 1);
            vm.prank(_sender("office"));
            (bool done, bytes memory result) =
                address(anchors).call(abi.encodeCall(anchors.anchor, (root, uint64(i + 1), DEGREE, keyId)));
            vm.assertTrue(done != seen[pick], "once");
            if (done) vm.assertEq(abi.decode(result, (uint64)), expected++);
            seen[pick] = true;
            vm.assertEq(anchors.count(), expected);
        }
    }

    function testFuzz_anchor_refusesAnyOtherCaller(address caller, bytes32 root, uint64 size) public {
        vm.assume(caller != _sender("office"));
        vm.prank(caller);
        (bool done,) = address(anchors).call(abi.encodeCall(anchors.anchor, (root, size, DEGREE, keyId)));
        vm.assertFalse(done, "senders only");
    }

    function testFuzz_anchor_refusesAnyOtherTypeAndKey(uint64 typeId, uint64 otherKey) public {
        vm.assume(typeId != DEGREE || otherKey != keyId);
        vm.prank(_sender("office"));
        (bool done,) = address(anchors).call(abi.encodeCall(anchors.anchor, (keccak256("r"), 64, typeId, otherKey)));
        vm.assertFalse(done, "its own type and key only");
    }
}
