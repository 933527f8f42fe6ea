// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";
import {IStatusRegistry} from "../src/interfaces/IStatusRegistry.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title Status lists: versions, lengths, and who publishes
contract StatusRegistryTest is Fixture {
    bytes32 private constant ROOT = keccak256("a list");
    bytes32 private constant REASONS = keccak256("reasons");

    uint64 private school;
    uint64 private kennel;
    uint64 private list;

    function setUp() public override {
        super.setUp();
        school = _addAgency("school", 0);
        kennel = _addAgency("kennel", 0);
        _addSender("school");
        _addSender("kennel");
        list = (school << 32) | 7;
    }

    function _publish(string memory agency, uint64 listId, uint64 version, uint64 chunks) private {
        vm.prank(_sender(agency));
        statuses.publish(listId, version, ROOT, chunks, REASONS);
    }

    function _refused(string memory agency, uint64 listId, uint64 version, uint64 chunks, bytes memory reason)
        private
    {
        vm.prank(_sender(agency));
        vm.expectRevert(reason);
        statuses.publish(listId, version, ROOT, chunks, REASONS);
    }

    function _notNext(uint64 version, uint64 expected) private view returns (bytes memory) {
        return abi.encodeWithSelector(IStatusRegistry.VersionNotNext.selector, list, version, expected);
    }

    function test_trust() public view {
        vm.assertEq(address(statuses.trust()), address(trust), "wired");
    }

    function test_publish() public {
        vm.expectEmit(address(statuses));
        emit IStatusRegistry.Published(school, list, 1, ROOT, 16, REASONS, block.chainid);
        _publish("school", list, 1, 16);
        vm.assertEq(statuses.latest(list), 1);
    }

    function test_publish_nextVersions() public {
        for (uint64 version = 1; version <= 5; ++version) {
            _publish("school", list, version, 128);
            vm.assertEq(statuses.latest(list), version);
        }
    }

    function test_publish_namesTheChain() public {
        vm.chainId(4711);
        vm.expectEmit(address(statuses));
        emit IStatusRegistry.Published(school, list, 1, ROOT, 16, REASONS, 4711);
        _publish("school", list, 1, 16);
    }

    function test_publish_listsAreApart() public {
        _publish("school", list, 1, 16);
        _publish("school", list + 1, 1, 32);
        _publish("kennel", (kennel << 32) | 7, 1, 64);
        vm.assertEq(statuses.latest(list), 1);
        vm.assertEq(statuses.latest(list + 1), 1);
        vm.assertEq(statuses.latest(list + 2), 0);
    }

    function test_publish_refusesOtherVersions() public {
        _refused("school", list, 0, 16, _notNext(0, 1));
        _refused("school", list, 2, 16, _notNext(2, 1));
        _publish("school", list, 1, 16);
        _publish("school", list, 2, 16);
        _refused("school", list, 0, 16, _notNext(0, 3));
        _refused("school", list, 1, 16, _notNext(1, 3));
        _refused("school", list, 2, 16, _notNext(2, 3));
        _refused("school", list, 4, 16, _notNext(4, 3));
        _refused("school", list, type(uint64).max, 16, _notNext(type(uint64).max, 3));
    }

    function test_publish_refusesShortLists() public {
        uint64[2] memory bad = [uint64(0), 15];
        for (uint256 i = 0; i < 2; ++i) {
            _refused("school", list, 1, bad[i], abi.encodeWithSelector(IStatusRegistry.ListTooShort.selector, bad[i]));
        }
        _publish("school", list, 1, 16);
        for (uint256 i = 0; i < 2; ++i) {
            _refused("school", list, 2, bad[i], abi.encodeWithSelector(IStatusRegistry.ListTooShort.selector, bad[i]));
        }
    }

    /// @dev A thief who publishes a list first, of any length, fixes nothing for the office.
    function test_publish_anyLengthInEachVersion() public {
        uint64[4] memory lengths = [uint64(17), 16, type(uint64).max, 128];
        for (uint64 i = 0; i < 4; ++i) {
            vm.expectEmit(address(statuses));
            emit IStatusRegistry.Published(school, list, i + 1, ROOT, lengths[i], REASONS, block.chainid);
            _publish("school", list, i + 1, lengths[i]);
        }
    }

    function test_publish_refusesRootZero() public {
        vm.prank(_sender("school"));
        vm.expectRevert(abi.encodeWithSelector(IStatusRegistry.RootZero.selector));
        statuses.publish(list, 1, bytes32(0), 16, REASONS);
    }

    function test_publish_refusesAnotherAgencysList() public {
        _refused(
            "kennel", list, 1, 16, abi.encodeWithSelector(IStatusRegistry.ListOfAnotherAgency.selector, list, kennel)
        );
    }

    function test_publish_refusesListsOfNoAgency() public {
        uint64[3] memory bad = [uint64(7), 99 << 32, type(uint64).max];
        for (uint256 i = 0; i < 3; ++i) {
            _refused(
                "school", bad[i], 1, 16, abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, bad[i] >> 32)
            );
        }
    }

    function test_publish_refusesThoseWhoAreNoSenders() public {
        address[4] memory callers = [_admin("school"), _member(0), OUTSIDER, address(trust)];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, callers[i]));
            statuses.publish(list, 1, ROOT, 16, REASONS);
        }
    }

    function test_publish_refusesASuspendedAgency() public {
        _root(abi.encodeCall(trust.suspendAgency, (school)));
        _refused("school", list, 1, 16, abi.encodeWithSelector(IStatusRegistry.AgencyNotActive.selector, school));
        _root(abi.encodeCall(trust.readmitAgency, (school)));
        _publish("school", list, 1, 16);
    }

    function test_publish_refusesAMergedAgency() public {
        _root(abi.encodeCall(trust.mergeAgency, (school, kennel)));
        _refused("school", list, 1, 16, abi.encodeWithSelector(IStatusRegistry.AgencyNotActive.selector, school));
    }

    /// @dev Certificates of an agency that is no more can still be revoked, under its own id.
    function test_publish_bySuccessor() public {
        _publish("school", list, 1, 16);
        _root(abi.encodeCall(trust.mergeAgency, (school, kennel)));
        vm.expectEmit(address(statuses));
        emit IStatusRegistry.Published(school, list, 2, ROOT, 16, REASONS, block.chainid);
        _publish("kennel", list, 2, 16);
    }

    function test_publish_byTheLastSuccessorAlone() public {
        uint64 university = _addAgency("university", 0);
        _addSender("university");
        _root(abi.encodeCall(trust.mergeAgency, (school, kennel)));
        _root(abi.encodeCall(trust.mergeAgency, (kennel, university)));
        _publish("university", list, 1, 16);
        _refused("kennel", list, 2, 16, abi.encodeWithSelector(IStatusRegistry.AgencyNotActive.selector, kennel));
        _root(abi.encodeCall(trust.suspendAgency, (university)));
        _refused(
            "university", list, 2, 16, abi.encodeWithSelector(IStatusRegistry.AgencyNotActive.selector, university)
        );
    }

    /// @dev A successor gains its predecessor's lists; the predecessor gains nothing.
    function test_publish_refusesThePredecessor() public {
        _root(abi.encodeCall(trust.mergeAgency, (school, kennel)));
        _refused(
            "school",
            (kennel << 32) | 1,
            1,
            16,
            abi.encodeWithSelector(IStatusRegistry.AgencyNotActive.selector, school)
        );
    }

    function test_publish_refusesARemovedSender() public {
        vm.prank(_admin("school"));
        trust.removeSender(_sender("school"));
        _refused("school", list, 1, 16, abi.encodeWithSelector(ITrustRegistry.NotSender.selector, _sender("school")));
    }
}
