// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";
import {Vm} from "./Vm.sol";
import {IAnchorRegistry} from "../src/interfaces/IAnchorRegistry.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title Anchoring: what is refused, and what an `Anchored` event says
contract AnchorRegistryTest is Fixture {
    bytes32 private constant ROOT = keccak256("a batch");

    uint64 private school;
    uint64 private schoolKey;
    uint64 private kennel;
    uint64 private kennelKey;

    function setUp() public override {
        super.setUp();
        _addType("degree");
        _addType("dog licence");
        (school, schoolKey) = _addOffice("school", DEGREE, false);
        (kennel, kennelKey) = _addOffice("kennel", DOG_LICENCE, false);
    }

    function _anchor(bytes32 root) private returns (uint64) {
        vm.prank(_sender("school"));
        return anchors.anchor(root, 64, DEGREE, schoolKey);
    }

    function _anchorReverts(string memory agency, uint64 typeId, uint64 keyId, bytes memory reason) private {
        vm.prank(_sender(agency));
        vm.expectRevert(reason);
        anchors.anchor(ROOT, 64, typeId, keyId);
        vm.assertEq(anchors.count(), 0);
    }

    function test_trust() public view {
        vm.assertEq(address(anchors.trust()), address(trust), "wired");
    }

    function test_anchor() public {
        vm.expectEmit(address(anchors));
        emit IAnchorRegistry.Anchored(school, DEGREE, ROOT, 64, sha256(_multikey("school")), 0, block.chainid);
        vm.assertEq(_anchor(ROOT), 0);
        (bool anchored, uint64 index) = anchors.anchorOf(school, ROOT);
        vm.assertTrue(anchored, "anchored");
        vm.assertEq(index, 0);
        vm.assertEq(anchors.count(), 1);
    }

    function test_anchor_emitsOneEventAlone() public {
        vm.recordLogs();
        _anchor(ROOT);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 1);
        vm.assertEq(logs[0].emitter, address(anchors), "emitter");
    }

    function test_anchor_namesTheChain() public {
        vm.chainId(4711);
        vm.expectEmit(address(anchors));
        emit IAnchorRegistry.Anchored(school, DEGREE, ROOT, 64, sha256(_multikey("school")), 0, 4711);
        _anchor(ROOT);
    }

    function test_anchor_countsOverAllAgencies() public {
        vm.assertEq(_anchor(ROOT), 0);
        vm.prank(_sender("kennel"));
        vm.assertEq(anchors.anchor(keccak256("dogs"), 1, DOG_LICENCE, kennelKey), 1);
        vm.assertEq(_anchor(keccak256("another batch")), 2);
        (bool anchored, uint64 index) = anchors.anchorOf(kennel, keccak256("dogs"));
        vm.assertTrue(anchored, "anchored");
        vm.assertEq(index, 1);
        vm.assertEq(anchors.count(), 3);
    }

    function test_anchorOf_whatIsNot() public {
        _anchor(ROOT);
        (bool anchored, uint64 index) = anchors.anchorOf(kennel, ROOT);
        vm.assertFalse(anchored, "another agency's");
        vm.assertEq(index, 0);
        (anchored,) = anchors.anchorOf(school, bytes32(0));
        vm.assertFalse(anchored, "no root");
    }

    function test_anchor_refusesARootTwice() public {
        _anchor(keccak256("first"));
        _anchor(ROOT);
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.AlreadyAnchored.selector, school, ROOT, 1));
        vm.prank(_sender("school"));
        anchors.anchor(ROOT, 64, DEGREE, schoolKey);
    }

    /// @dev Not with another size, another key, another type, another sender, nor years later.
    function test_anchor_refusesARootTwiceWhateverElseChanges() public {
        _accredit(school, DOG_LICENCE, false);
        _anchor(ROOT);
        vm.prank(_admin("school"));
        uint64 second = trust.registerKey(_multikey("second"), NOW, LATER);
        _addSender("school", OUTSIDER);
        vm.warp(LATER - 1);
        vm.prank(OUTSIDER);
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.AlreadyAnchored.selector, school, ROOT, 0));
        anchors.anchor(ROOT, 65, DOG_LICENCE, second);
    }

    /// @dev A copied root blocks nobody: each agency has its own.
    function test_anchor_ofAnotherAgencysRoot() public {
        vm.prank(_sender("kennel"));
        anchors.anchor(ROOT, 64, DOG_LICENCE, kennelKey);
        vm.assertEq(_anchor(ROOT), 1);
    }

    function test_anchor_refusesRootZero() public {
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.RootZero.selector));
        _anchor(bytes32(0));
    }

    function test_anchor_refusesSizeZero() public {
        vm.prank(_sender("school"));
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.SizeZero.selector));
        anchors.anchor(ROOT, 0, DEGREE, schoolKey);
    }

    function test_anchor_acceptsTheLargestSize() public {
        vm.prank(_sender("school"));
        anchors.anchor(ROOT, type(uint64).max, DEGREE, schoolKey);
        vm.assertEq(anchors.count(), 1);
    }

    function test_anchor_refusesNumbersAbove64Bits() public {
        bytes memory call = abi.encodeWithSelector(
            anchors.anchor.selector, ROOT, uint256(1) << 64, uint256(DEGREE), uint256(schoolKey)
        );
        vm.prank(_sender("school"));
        (bool done,) = address(anchors).call(call);
        vm.assertFalse(done, "size");
        call = abi.encodeWithSelector(
            anchors.anchor.selector, ROOT, uint256(64), (uint256(1) << 64) | DEGREE, uint256(schoolKey)
        );
        vm.prank(_sender("school"));
        (done,) = address(anchors).call(call);
        vm.assertFalse(done, "type");
    }

    /// @dev The office for dog licences anchors a degree.
    function test_anchor_refusesATypeItIsNotAccreditedFor() public {
        _anchorReverts(
            "kennel", DEGREE, kennelKey, abi.encodeWithSelector(ITrustRegistry.NotAccredited.selector, kennel, DEGREE)
        );
    }

    function test_anchor_refusesAnotherAgencysKey() public {
        _anchorReverts(
            "kennel",
            DOG_LICENCE,
            schoolKey,
            abi.encodeWithSelector(ITrustRegistry.KeyOfAnotherAgency.selector, schoolKey, school)
        );
    }

    function test_anchor_refusesARetiredKey() public {
        vm.prank(_admin("school"));
        trust.retireKey(schoolKey);
        _anchorReverts(
            "school", DEGREE, schoolKey, abi.encodeWithSelector(ITrustRegistry.KeyIsRetired.selector, schoolKey)
        );
    }

    function test_anchor_refusesACompromisedKey() public {
        vm.prank(_admin("school"));
        trust.compromiseKey(schoolKey, NOW);
        _anchorReverts(
            "school",
            DEGREE,
            schoolKey,
            abi.encodeWithSelector(ITrustRegistry.KeyIsCompromised.selector, schoolKey, NOW)
        );
    }

    function test_anchor_refusesASuspendedAgency() public {
        _root(abi.encodeCall(trust.suspendAgency, (school)));
        _anchorReverts(
            "school",
            DEGREE,
            schoolKey,
            abi.encodeWithSelector(
                ITrustRegistry.AgencyNotActive.selector, school, ITrustRegistry.AgencyStatus.SuspendedByRoot
            )
        );
    }

    /// @dev Whoever steals the signing key has no sender's account; an admin is no sender either.
    function test_anchor_refusesThoseWhoAreNoSenders() public {
        address[4] memory callers = [_admin("school"), _member(0), OUTSIDER, address(trust)];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, callers[i]));
            anchors.anchor(ROOT, 64, DEGREE, schoolKey);
        }
    }

    /// @dev Past anchors stay whatever happens to the agency.
    function test_anchorOf_staysAfterTheAgencyEnded() public {
        _anchor(ROOT);
        vm.prank(_admin("school"));
        trust.compromiseKey(schoolKey, NOW);
        _root(abi.encodeCall(trust.mergeAgency, (school, kennel)));
        (bool anchored,) = anchors.anchorOf(school, ROOT);
        vm.assertTrue(anchored, "anchored");
    }

    function test_anchor_refusesMoney() public {
        (bool done,) = address(anchors).call{value: 1}("");
        vm.assertFalse(done, "no money");
    }
}
