// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";

/// @title For all versions, lengths, lists and callers
contract StatusRegistryFuzzTest is Fixture {
    uint64 private office;
    uint64 private list;

    function setUp() public override {
        super.setUp();
        office = _addAgency("office", 0);
        _addSender("office");
        list = (office << 32) | 1;
    }

    function _publishes(address caller, uint64 listId, uint64 version, uint64 chunks) private returns (bool done) {
        bytes memory call =
            abi.encodeCall(statuses.publish, (listId, version, keccak256("root"), chunks, keccak256("reasons")));
        vm.prank(caller);
        (done,) = address(statuses).call(call);
    }

    /// @dev Any versions and lengths, half of them near the right ones: published exactly if next and long enough.
    function testFuzz_publish_nextVersionAlone(uint64[10] memory versions, uint64[10] memory lengths) public {
        for (uint256 i = 0; i < 10; ++i) {
            uint64 last = statuses.latest(list);
            uint64 version = versions[i] % 2 == 0 ? versions[i] : last + (versions[i] % 4);
            uint64 chunks = lengths[i] % 4 == 0 ? lengths[i] % 32 : lengths[i];
            bool good = version == last + 1 && chunks >= 16;
            vm.assertTrue(_publishes(_sender("office"), list, version, chunks) == good, "next alone");
            vm.assertEq(statuses.latest(list), good ? last + 1 : last);
        }
    }

    function testFuzz_publish_ownListsAlone(uint64 listId) public {
        // Half of them with the office's id or one bit beside it.
        if (listId % 2 == 0) listId = ((office ^ (listId >> 63)) << 32) | (listId & 0xffffffff);
        vm.assertTrue(_publishes(_sender("office"), listId, 1, 16) == (listId >> 32 == office), "own lists");
    }

    function testFuzz_publish_refusesAnyOtherCaller(address caller, uint64 listId) public {
        vm.assume(caller != _sender("office"));
        vm.assertFalse(_publishes(caller, listId, 1, 16), "senders only");
    }
}
