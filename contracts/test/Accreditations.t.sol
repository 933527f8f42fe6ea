// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title Types, accreditations at up to three steps, and what `entitlement` makes of them
contract AccreditationsTest is Fixture {
    uint64 private ministry;
    uint64 private province;
    uint64 private city;
    uint64 private village;
    /// @dev The key of ministry, province, city and village, in this order.
    uint64[4] private keys;

    /// @dev Root -> ministry -> province -> city for degrees; the village has nothing.
    function setUp() public override {
        super.setUp();
        vm.assertEq(_addType("degree"), DEGREE);
        vm.assertEq(_addType("dog licence"), DOG_LICENCE);
        string[4] memory names = ["ministry", "province", "city", "village"];
        for (uint256 i = 0; i < 4; ++i) {
            _addAgency(names[i], 0);
            _addSender(names[i]);
            keys[i] = _registerKey(names[i]);
        }
        (ministry, province, city, village) = (1, 2, 3, 4);
        _accredit(ministry, DEGREE, true);
        _accreditBy("ministry", province, DEGREE, true);
        _accreditBy("province", city, DEGREE, true);
    }

    function _entitled(string memory agency) private view {
        (uint64 agencyId, bytes32 keyHash) = trust.entitlement(_sender(agency), DEGREE, _keyOf(agency));
        (, uint64 expected) = trust.accountOf(_sender(agency));
        vm.assertEq(agencyId, expected);
        vm.assertEq(keyHash, sha256(_multikey(agency)), "key hash");
    }

    function _refused(string memory agency, bytes memory reason) private {
        uint64 keyId = _keyOf(agency);
        vm.expectRevert(reason);
        trust.entitlement(_sender(agency), DEGREE, keyId);
    }

    function _keyOf(string memory agency) private view returns (uint64) {
        (, uint64 agencyId) = trust.accountOf(_sender(agency));
        return keys[agencyId - 1];
    }

    function _grantReverts(string memory grantor, uint64 agencyId, uint64 typeId, bytes memory reason) private {
        vm.prank(_admin(grantor));
        vm.expectRevert(reason);
        trust.accredit(agencyId, typeId, LATER, true);
    }

    function _notAccredited(uint64 agencyId) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ITrustRegistry.NotAccredited.selector, agencyId, DEGREE);
    }

    function _end(string memory grantor, uint64 agencyId) private {
        vm.prank(_admin(grantor));
        trust.endAccreditation(agencyId, DEGREE);
    }

    function _suspend(uint64 agencyId) private {
        _root(abi.encodeCall(trust.suspendAgency, (agencyId)));
    }

    function _suspended(uint64 agencyId) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            ITrustRegistry.AgencyNotActive.selector, agencyId, ITrustRegistry.AgencyStatus.SuspendedByRoot
        );
    }

    // --------------------------------------------------------------------------------------------------- types

    function test_addType() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.TypeAdded(3, keccak256("a"), 2);
        vm.prank(address(trust));
        trust.addType(keccak256("a"), 2);
        vm.assertEq(trust.typeWithName(keccak256("a")), 3);
        (, uint64 types,) = trust.counts();
        vm.assertEq(types, 3);
    }

    function test_addType_refusesANameTwice() public {
        _rootReverts(
            abi.encodeCall(trust.addType, (sha256("degree"), 2)),
            abi.encodeWithSelector(ITrustRegistry.TypeExists.selector, sha256("degree"), DEGREE)
        );
    }

    function test_addType_refusesNoName() public {
        _rootReverts(
            abi.encodeCall(trust.addType, (bytes32(0), 1)), abi.encodeWithSelector(ITrustRegistry.DigestZero.selector)
        );
    }

    function test_addType_refusesOtherKinds() public {
        uint8[3] memory bad = [0, 3, 255];
        for (uint256 i = 0; i < 3; ++i) {
            _rootReverts(
                abi.encodeCall(trust.addType, (keccak256("a"), bad[i])),
                abi.encodeWithSelector(ITrustRegistry.KindUnknown.selector, bad[i])
            );
        }
    }

    // ------------------------------------------------------------------------------------------------ accredit

    function test_accredit_byRoot() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.Accredited(village, DOG_LICENCE, 0, LATER, false);
        vm.prank(address(trust));
        trust.accredit(village, DOG_LICENCE, LATER, false);
        (uint64 grantor, uint64 until, bool mayDelegate) = trust.accreditationOf(village, DOG_LICENCE);
        vm.assertEq(grantor, 0);
        vm.assertEq(until, LATER);
        vm.assertFalse(mayDelegate, "delegable");
    }

    function test_accredit_byGrantor() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.Accredited(village, DEGREE, ministry, LATER, false);
        _accreditBy("ministry", village, DEGREE, false);
        _entitled("village");
    }

    function test_entitlement_atDepthsOneToThree() public view {
        _entitled("ministry");
        _entitled("province");
        _entitled("city");
    }

    function test_accredit_refusesAFourthStep() public {
        _grantReverts(
            "city", village, DEGREE, abi.encodeWithSelector(ITrustRegistry.DelegationTooDeep.selector, city, DEGREE)
        );
    }

    function test_accredit_refusesWithoutDelegation() public {
        _accredit(village, DEGREE, false);
        _grantReverts(
            "village", city, DEGREE, abi.encodeWithSelector(ITrustRegistry.MayNotDelegate.selector, village, DEGREE)
        );
    }

    function test_accredit_refusesAnotherType() public {
        _grantReverts(
            "ministry",
            village,
            DOG_LICENCE,
            abi.encodeWithSelector(ITrustRegistry.NotAccredited.selector, ministry, DOG_LICENCE)
        );
    }

    function test_accredit_refusesAnUnaccreditedGrantor() public {
        _grantReverts("village", city, DEGREE, _notAccredited(village));
    }

    function test_accredit_refusesUnknownTypes() public {
        uint64[3] memory bad = [uint64(0), 3, type(uint64).max];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory reason = abi.encodeWithSelector(ITrustRegistry.TypeUnknown.selector, bad[i]);
            _rootReverts(abi.encodeCall(trust.accredit, (village, bad[i], LATER, true)), reason);
            _grantReverts("ministry", village, bad[i], reason);
        }
    }

    function test_accredit_refusesUnknownSuspendedAndMergedAgencies() public {
        bytes memory call = abi.encodeCall(trust.accredit, (9, DEGREE, LATER, true));
        _rootReverts(call, abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 9));
        call = abi.encodeCall(trust.accredit, (village, DEGREE, LATER, true));
        _suspend(village);
        _rootReverts(call, _suspended(village));
        _root(abi.encodeCall(trust.mergeAgency, (village, city)));
        _rootReverts(
            call,
            abi.encodeWithSelector(
                ITrustRegistry.AgencyNotActive.selector, village, ITrustRegistry.AgencyStatus.Merged
            )
        );
    }

    function test_accredit_refusesAnEndInThePast() public {
        uint64[3] memory bad = [NOW, NOW - 1, 0];
        for (uint256 i = 0; i < 3; ++i) {
            _rootReverts(
                abi.encodeCall(trust.accredit, (village, DEGREE, bad[i], true)),
                abi.encodeWithSelector(ITrustRegistry.UntilPassed.selector, bad[i])
            );
        }
    }

    function test_accredit_refusesItself() public {
        _grantReverts(
            "province", province, DEGREE, abi.encodeWithSelector(ITrustRegistry.SelfAccreditation.selector, province)
        );
    }

    function test_accredit_refusesSendersMembersAndOutsiders() public {
        address[3] memory callers = [_sender("ministry"), _member(0), OUTSIDER];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotAdmin.selector, callers[i]));
            trust.accredit(village, DEGREE, LATER, true);
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotAdmin.selector, callers[i]));
            trust.endAccreditation(province, DEGREE);
        }
    }

    function test_accredit_refusesASuspendedGrantor() public {
        _suspend(ministry);
        _grantReverts("ministry", village, DEGREE, _suspended(ministry));
    }

    function test_accredit_refusesBelowASuspendedGrantor() public {
        _suspend(ministry);
        _grantReverts("province", village, DEGREE, _suspended(ministry));
    }

    function test_accredit_refusesAGrantorThatLostItsOwn() public {
        _end("ministry", province);
        _grantReverts("province", village, DEGREE, _notAccredited(province));
    }

    function test_accredit_refusesAnExpiredGrantor() public {
        vm.warp(LATER);
        vm.prank(_admin("ministry"));
        vm.expectRevert(_notAccredited(ministry));
        trust.accredit(village, DEGREE, LATER + 1, true);
    }

    // --------------------------------------------------------------------------- replacing, and who may not

    function test_accredit_sameGrantorReplaces() public {
        vm.prank(_admin("province"));
        trust.accredit(city, DEGREE, NOW + 1, false);
        (uint64 grantor, uint64 until, bool mayDelegate) = trust.accreditationOf(city, DEGREE);
        vm.assertEq(grantor, province);
        vm.assertEq(until, NOW + 1);
        vm.assertFalse(mayDelegate, "delegable");
    }

    function test_accredit_refusesAnotherGrantorWhileOneRuns() public {
        _grantReverts(
            "ministry",
            city,
            DEGREE,
            abi.encodeWithSelector(ITrustRegistry.AccreditedByAnother.selector, city, DEGREE, province)
        );
    }

    function test_accredit_refusesToReplaceTheRootsOwn() public {
        _accredit(village, DEGREE, true);
        _grantReverts(
            "ministry",
            village,
            DEGREE,
            abi.encodeWithSelector(ITrustRegistry.AccreditedByAnother.selector, village, DEGREE, 0)
        );
    }

    function test_accredit_rootReplacesAny() public {
        _accredit(city, DEGREE, false);
        (uint64 grantor,,) = trust.accreditationOf(city, DEGREE);
        vm.assertEq(grantor, 0);
        vm.prank(_admin("province"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotGrantor.selector, _admin("province")));
        trust.endAccreditation(city, DEGREE);
    }

    function test_accredit_newGrantorAfterTheEnd() public {
        _end("province", city);
        _accreditBy("ministry", city, DEGREE, false);
        _entitled("city");
    }

    /// @dev Else whoever is quickest once an accreditation is over would keep its grantor out.
    function test_accredit_refusesANewGrantorAfterExpiry() public {
        vm.prank(_admin("province"));
        trust.accredit(city, DEGREE, NOW + 10, false);
        vm.warp(NOW + 10);
        _refused("city", _notAccredited(city));
        bytes memory reason =
            abi.encodeWithSelector(ITrustRegistry.AccreditedByAnother.selector, city, DEGREE, province);
        _grantReverts("ministry", city, DEGREE, reason);
        _accreditBy("province", city, DEGREE, false);
        _entitled("city");
    }

    function test_accredit_newGrantorOnceAnExpiredOneIsEnded() public {
        vm.prank(_admin("province"));
        trust.accredit(city, DEGREE, NOW + 10, false);
        vm.warp(NOW + 10);
        _end("province", city);
        _accreditBy("ministry", city, DEGREE, false);
        _entitled("city");
    }

    function test_accredit_endsWithTheGrantorsOwn() public {
        _root(abi.encodeCall(trust.accredit, (ministry, DEGREE, NOW + 50, true)));
        vm.expectEmit(address(trust));
        emit ITrustRegistry.Accredited(village, DEGREE, ministry, NOW + 50, true);
        vm.prank(_admin("ministry"));
        trust.accredit(village, DEGREE, type(uint64).max, true);
        (, uint64 until,) = trust.accreditationOf(village, DEGREE);
        vm.assertEq(until, NOW + 50);
        vm.prank(_admin("ministry"));
        trust.accredit(village, DEGREE, NOW + 49, true);
        (, until,) = trust.accreditationOf(village, DEGREE);
        vm.assertEq(until, NOW + 49);
        _root(abi.encodeCall(trust.accredit, (village, DEGREE, type(uint64).max, true)));
        (, until,) = trust.accreditationOf(village, DEGREE);
        vm.assertEq(until, type(uint64).max);
    }

    // ------------------------------------------------------------------------------ what the accreditor overrules

    /// @dev A school below the ministry, which a rival delegator accredits first.
    function _claimedSchool() private returns (uint64 school) {
        school = _addAgency("school", ministry);
        _accredit(village, DEGREE, true);
        _accreditBy("village", school, DEGREE, true);
    }

    function test_accredit_accreditorReplacesWhatAnotherGave() public {
        uint64 school = _claimedSchool();
        vm.prank(_admin("ministry"));
        trust.accredit(school, DEGREE, NOW + 10, false);
        bytes memory reason =
            abi.encodeWithSelector(ITrustRegistry.AccreditedByAnother.selector, school, DEGREE, ministry);
        _grantReverts("village", school, DEGREE, reason);
        vm.warp(NOW + 10);
        _grantReverts("village", school, DEGREE, reason);
        (uint64 grantor,,) = trust.accreditationOf(school, DEGREE);
        vm.assertEq(grantor, ministry);
    }

    function test_endAccreditation_byTheAccreditor() public {
        uint64 school = _claimedSchool();
        _end("ministry", school);
        (, uint64 until,) = trust.accreditationOf(school, DEGREE);
        vm.assertEq(until, 0);
    }

    function test_accreditor_overrulesNotTheRootAuthority() public {
        uint64 school = _addAgency("school", ministry);
        _root(abi.encodeCall(trust.accredit, (school, DEGREE, NOW + 10, false)));
        bytes memory reason = abi.encodeWithSelector(ITrustRegistry.AccreditedByAnother.selector, school, DEGREE, 0);
        for (uint256 i = 0; i < 2; ++i) {
            _grantReverts("ministry", school, DEGREE, reason);
            vm.prank(_admin("ministry"));
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotGrantor.selector, _admin("ministry")));
            trust.endAccreditation(school, DEGREE);
            vm.warp(NOW + 10);
        }
    }

    function test_accreditor_overrulesNobodyWhileSuspended() public {
        uint64 school = _claimedSchool();
        _suspend(ministry);
        vm.prank(_admin("ministry"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotGrantor.selector, _admin("ministry")));
        trust.endAccreditation(school, DEGREE);
    }

    /// @dev To end takes no right to give, to replace does.
    function test_accreditor_withoutDelegationEndsAndReplacesNot() public {
        uint64 school = _claimedSchool();
        _accredit(ministry, DEGREE, false);
        _grantReverts(
            "ministry",
            school,
            DEGREE,
            abi.encodeWithSelector(ITrustRegistry.MayNotDelegate.selector, ministry, DEGREE)
        );
        _end("ministry", school);
    }

    function test_accredit_newGrantorAfterAMerger() public {
        _root(abi.encodeCall(trust.mergeAgency, (province, ministry)));
        _accreditBy("ministry", city, DEGREE, false);
        _entitled("city");
    }

    /// @dev A grantor that is merely suspended comes back: nobody takes its agencies over meanwhile.
    function test_accredit_refusesANewGrantorWhileTheOldIsSuspended() public {
        _suspend(province);
        _grantReverts(
            "ministry",
            city,
            DEGREE,
            abi.encodeWithSelector(ITrustRegistry.AccreditedByAnother.selector, city, DEGREE, province)
        );
    }

    // -------------------------------------------------------------------------------------------------- cycles

    /// @dev The ministry's own accreditation ends, and the province below tries to hold it up.
    function test_accredit_refusesACycleOfTwo() public {
        _root(abi.encodeCall(trust.endAccreditation, (ministry, DEGREE)));
        _grantReverts("province", ministry, DEGREE, _notAccredited(ministry));
        _grantReverts(
            "city", ministry, DEGREE, abi.encodeWithSelector(ITrustRegistry.DelegationTooDeep.selector, city, DEGREE)
        );
    }

    /// @dev Two agencies with one accreditation each by the root, which expire one after the other: for as long as
    ///      either runs it may carry the other, and once both rest on each other neither is accredited.
    function test_accredit_cycleReachesNoRoot() public {
        _root(abi.encodeCall(trust.accredit, (village, DEGREE, NOW + 10, true)));
        _root(abi.encodeCall(trust.accredit, (ministry, DEGREE, NOW + 20, true)));
        vm.warp(NOW + 10);
        _root(abi.encodeCall(trust.endAccreditation, (village, DEGREE)));
        vm.prank(_admin("ministry"));
        trust.accredit(village, DEGREE, LATER, true);
        _entitled("village");
        vm.warp(NOW + 20);
        vm.prank(_admin("village"));
        vm.expectRevert(_notAccredited(village));
        trust.accredit(ministry, DEGREE, LATER, true);
        _refused("village", _notAccredited(village));
        _refused("ministry", _notAccredited(ministry));
    }

    /// @dev An agency that moves down takes those below with it: the fourth step ends there.
    function test_entitlement_refusesAChainThatGrewTooLong() public {
        _accredit(village, DEGREE, true);
        _root(abi.encodeCall(trust.endAccreditation, (ministry, DEGREE)));
        _accreditBy("village", ministry, DEGREE, true);
        _entitled("ministry");
        _entitled("province");
        _refused("city", abi.encodeWithSelector(ITrustRegistry.DelegationTooDeep.selector, province, DEGREE));
    }

    // -------------------------------------------------------------------------------------------- ending above

    function test_endAccreditation() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.AccreditationEnded(city, DEGREE);
        _end("province", city);
        _refused("city", _notAccredited(city));
    }

    function test_endAccreditation_inTheMiddle() public {
        _end("ministry", province);
        _entitled("ministry");
        _refused("province", _notAccredited(province));
        _refused("city", _notAccredited(province));
    }

    function test_endAccreditation_atTheTop() public {
        _root(abi.encodeCall(trust.endAccreditation, (ministry, DEGREE)));
        _refused("ministry", _notAccredited(ministry));
        _refused("city", _notAccredited(ministry));
    }

    function test_endAccreditation_inTheMiddleAndGivenAgain() public {
        _end("ministry", province);
        _accreditBy("ministry", province, DEGREE, true);
        _entitled("city");
    }

    function test_entitlement_refusesWhenDelegationAboveIsTakenBack() public {
        _accreditBy("ministry", province, DEGREE, false);
        _entitled("province");
        _refused("city", abi.encodeWithSelector(ITrustRegistry.MayNotDelegate.selector, province, DEGREE));
    }

    function test_entitlement_refusesWhenOneAboveExpires() public {
        vm.prank(_admin("ministry"));
        trust.accredit(province, DEGREE, NOW + 10, true);
        vm.warp(NOW + 9);
        _entitled("city");
        vm.warp(NOW + 10);
        _refused("city", _notAccredited(province));
    }

    function test_entitlement_refusesWhenOneAboveIsSuspended() public {
        _suspend(ministry);
        _refused("city", _suspended(ministry));
        _root(abi.encodeCall(trust.readmitAgency, (ministry)));
        _entitled("city");
        _suspend(province);
        _refused("city", _suspended(province));
        _entitled("ministry");
    }

    function test_entitlement_refusesWhenOneAboveIsMerged() public {
        _root(abi.encodeCall(trust.mergeAgency, (province, ministry)));
        _refused(
            "city",
            abi.encodeWithSelector(
                ITrustRegistry.AgencyNotActive.selector, province, ITrustRegistry.AgencyStatus.Merged
            )
        );
    }

    function test_endAccreditation_bySuspendedAndMergedGrantors() public {
        _suspend(province);
        _end("province", city);
        (, uint64 until,) = trust.accreditationOf(city, DEGREE);
        vm.assertEq(until, 0);
        _root(abi.encodeCall(trust.mergeAgency, (ministry, village)));
        _end("ministry", province);
    }

    function test_endAccreditation_refusesOthers() public {
        string[3] memory callers = ["ministry", "city", "village"];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(_admin(callers[i]));
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotGrantor.selector, _admin(callers[i])));
            trust.endAccreditation(city, DEGREE);
        }
    }

    function test_endAccreditation_refusesNone() public {
        _end("province", city);
        vm.prank(_admin("province"));
        vm.expectRevert(_notAccredited(city));
        trust.endAccreditation(city, DEGREE);
        _rootReverts(abi.encodeCall(trust.endAccreditation, (village, DEGREE)), _notAccredited(village));
    }

    // ---------------------------------------------------------------------------------------------- entitlement

    function test_entitlement_refusesAnotherType() public {
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotAccredited.selector, city, DOG_LICENCE));
        trust.entitlement(_sender("city"), DOG_LICENCE, keys[2]);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotAccredited.selector, city, 99));
        trust.entitlement(_sender("city"), 99, keys[2]);
    }

    function test_entitlement_refusesThoseWhoAreNoSenders() public {
        address[4] memory others = [_admin("city"), _member(0), OUTSIDER, address(trust)];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, others[i]));
            trust.entitlement(others[i], DEGREE, keys[2]);
        }
    }

    function test_entitlement_refusesASuspendedAgency() public {
        _suspend(city);
        _refused("city", _suspended(city));
        _root(abi.encodeCall(trust.readmitAgency, (city)));
        _entitled("city");
    }

    function test_entitlement_refusesAMergedAgency() public {
        _root(abi.encodeCall(trust.mergeAgency, (city, province)));
        _refused(
            "city",
            abi.encodeWithSelector(ITrustRegistry.AgencyNotActive.selector, city, ITrustRegistry.AgencyStatus.Merged)
        );
    }

    function test_entitlement_refusesARemovedSender() public {
        vm.prank(_admin("city"));
        trust.removeSender(_sender("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, _sender("city")));
        trust.entitlement(_sender("city"), DEGREE, keys[2]);
    }

    function test_entitlement_refusesAnotherAgencysKey() public {
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.KeyOfAnotherAgency.selector, keys[1], province));
        trust.entitlement(_sender("city"), DEGREE, keys[1]);
    }

    /// @dev The same bytes under two agencies are two keys: each may use its own number alone.
    function test_entitlement_refusesTheSameBytesUnderAnotherAgency() public {
        vm.prank(_admin("village"));
        uint64 copied = trust.registerKey(_multikey("city"), NOW, LATER);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.KeyOfAnotherAgency.selector, copied, village));
        trust.entitlement(_sender("city"), DEGREE, copied);
        _accredit(village, DEGREE, false);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.KeyOfAnotherAgency.selector, keys[2], city));
        trust.entitlement(_sender("village"), DEGREE, keys[2]);
    }

    function test_entitlement_refusesUnknownKeys() public {
        uint64[3] memory bad = [uint64(0), 5, type(uint64).max];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.KeyUnknown.selector, bad[i]));
            trust.entitlement(_sender("city"), DEGREE, bad[i]);
        }
    }

    function test_entitlement_refusesARetiredKey() public {
        vm.prank(_admin("city"));
        trust.retireKey(keys[2]);
        _refused("city", abi.encodeWithSelector(ITrustRegistry.KeyIsRetired.selector, keys[2]));
    }

    function test_entitlement_refusesACompromisedKey() public {
        vm.prank(_admin("city"));
        trust.compromiseKey(keys[2], NOW - 1);
        _refused("city", abi.encodeWithSelector(ITrustRegistry.KeyIsCompromised.selector, keys[2], NOW - 1));
        vm.prank(_admin("city"));
        trust.retireKey(keys[2]);
        _refused("city", abi.encodeWithSelector(ITrustRegistry.KeyIsCompromised.selector, keys[2], NOW - 1));
    }

    function test_entitlement_withinTheKeysValidityAlone() public {
        vm.prank(_admin("city"));
        keys[2] = trust.registerKey(_multikey("brief"), NOW + 10, NOW + 20);
        _refused("city", abi.encodeWithSelector(ITrustRegistry.KeyNotYetValid.selector, keys[2], NOW + 10));
        vm.warp(NOW + 9);
        _refused("city", abi.encodeWithSelector(ITrustRegistry.KeyNotYetValid.selector, keys[2], NOW + 10));
        vm.warp(NOW + 10);
        trust.entitlement(_sender("city"), DEGREE, keys[2]);
        vm.warp(NOW + 19);
        trust.entitlement(_sender("city"), DEGREE, keys[2]);
        vm.warp(NOW + 20);
        _refused("city", abi.encodeWithSelector(ITrustRegistry.KeyExpired.selector, keys[2], NOW + 20));
    }
}
