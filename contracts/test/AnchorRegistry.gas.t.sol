// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Gas} from "./Gas.sol";

/// @title What anchoring costs
contract AnchorRegistryGasTest is Gas {
    uint256 private constant BOUND = 80_000;
    uint256 private constant AIM = 65_000;

    string[3] private names = ["ministry", "province", "city"];
    uint64[3] private keys;

    /// @dev Three agencies, each accredited by the one before.
    function setUp() public override {
        super.setUp();
        _addType("degree");
        for (uint64 i = 0; i < 3; ++i) {
            _addAgency(names[i], 0);
            _addSender(names[i]);
            keys[i] = _registerKey(names[i]);
            if (i == 0) _accredit(1, DEGREE, true);
            else _accreditBy(names[i - 1], i + 1, DEGREE, true);
        }
    }

    /// @dev The root of a batch: 32 bytes none of which is zero, the dearest.
    function _batch(uint256 number) private pure returns (bytes32 root) {
        root = keccak256(abi.encode("batch", number));
        for (uint256 i = 0; i < 32; ++i) {
            if (root[i] == 0) root |= bytes32(uint256(1) << (8 * (31 - i)));
        }
    }

    function _anchor(uint256 depth, uint256 number, uint64 size) private returns (uint256) {
        bytes memory call = abi.encodeCall(anchors.anchor, (_batch(number), size, DEGREE, keys[depth - 1]));
        return _gas(_sender(names[depth - 1]), address(anchors), call);
    }

    function test_gas_anchorByDepth() public {
        // The very first anchor of the registry, and so of the sender, costs what any other costs.
        uint256 first = _anchor(1, 0, 10_000);
        vm.snapshotValue("AnchorRegistry", "anchor, depth 1, first of all", first);
        uint256[3] memory used;
        for (uint256 depth = 1; depth <= 3; ++depth) {
            uint256 firstOfSender = _anchor(depth, 2 * depth, 10_000);
            used[depth - 1] = _anchor(depth, 2 * depth + 1, 10_000);
            vm.assertEq(firstOfSender, used[depth - 1], "no warm-up");
            vm.assertLe(used[depth - 1], BOUND, "the bound");
        }
        vm.assertEq(first, used[0], "no warm-up");
        vm.assertLe(used[0], AIM, "the aim at depth 1");
        vm.snapshotValue("AnchorRegistry", "anchor, depth 1", used[0]);
        vm.snapshotValue("AnchorRegistry", "anchor, depth 2", used[1]);
        vm.snapshotValue("AnchorRegistry", "anchor, depth 3", used[2]);
    }

    /// @dev A million leaves cost what one costs, but for the bytes in which the size itself is written.
    function test_gas_anchorWhateverTheSize() public {
        uint64[5] memory sizes = [uint64(1), 64, 10_000, 1_000_000, type(uint64).max];
        uint256 base = 0;
        for (uint256 i = 0; i < sizes.length; ++i) {
            bytes memory call = abi.encodeCall(anchors.anchor, (_batch(i), sizes[i], DEGREE, keys[0]));
            uint256 apart = _gas(_sender(names[0]), address(anchors), call) - _calldata(call);
            if (i == 0) base = apart;
            vm.assertEq(apart, base, "the same whatever the size");
        }
    }

    /// @dev The dearest call there can be: depth 3, and no zero byte in any argument that could be without.
    function test_gas_anchorAtWorst() public {
        uint256 used = _anchor(3, 0, type(uint64).max);
        // Type and key ids of eight bytes each, none zero, cost 12 more for every byte that is zero here.
        used += 12 * 14;
        vm.assertLe(used, BOUND, "the bound at worst");
        vm.snapshotValue("AnchorRegistry", "anchor, depth 3, dearest calldata", used);
    }
}
