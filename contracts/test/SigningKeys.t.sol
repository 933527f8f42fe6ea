// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title Signing keys: registration, retirement, compromise and who consents to dating it back
contract SigningKeysTest is Fixture {
    uint64 private ministry;
    uint64 private city;
    uint64 private keyId;

    function setUp() public override {
        super.setUp();
        ministry = _addAgency("ministry", 0);
        city = _addAgency("city", ministry);
        keyId = _registerKey("city");
    }

    function _suspendCity() private {
        _root(abi.encodeCall(trust.suspendAgency, (city)));
    }

    function _compromise(uint64 since) private {
        vm.prank(_admin("city"));
        trust.compromiseKey(keyId, since);
    }

    function _compromiseReverts(uint64 since, bytes memory reason) private {
        vm.prank(_admin("city"));
        vm.expectRevert(reason);
        trust.compromiseKey(keyId, since);
    }

    function _compromisedSince() private view returns (uint64 since) {
        (,,,,, since) = trust.keyOf(keyId);
    }

    function _needsConsent(uint64 since) private view returns (bytes memory) {
        return abi.encodeWithSelector(ITrustRegistry.CompromiseNeedsConsent.selector, keyId, since);
    }

    // ---------------------------------------------------------------------------------------------- registerKey

    function test_registerKey() public {
        bytes memory multikey = _multikey("second");
        vm.expectEmit(address(trust));
        emit ITrustRegistry.KeyRegistered(city, 2, sha256(multikey), multikey, NOW + 1, LATER);
        vm.prank(_admin("city"));
        vm.assertEq(trust.registerKey(multikey, NOW + 1, LATER), 2);
        (uint64 agencyId, bytes32 keyHash, uint64 from, uint64 until, bool retired, uint64 since) = trust.keyOf(2);
        vm.assertEq(agencyId, city);
        vm.assertEq(keyHash, sha256(multikey), "hash");
        vm.assertEq(from, NOW + 1);
        vm.assertEq(until, LATER);
        vm.assertFalse(retired, "retired");
        vm.assertEq(since, 0);
        (,, uint64 keys) = trust.counts();
        vm.assertEq(keys, 2);
    }

    /// @dev SHA-256 of a Multikey, computed elsewhere: `printf 'ed01<32 x 2a>' | xxd -r -p | sha256sum`.
    function test_registerKey_hashesWithSha256() public {
        bytes memory multikey = hex"ed012a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a";
        vm.prank(_admin("city"));
        uint64 id = trust.registerKey(multikey, NOW, LATER);
        (, bytes32 keyHash,,,,) = trust.keyOf(id);
        vm.assertEq(keyHash, 0xf115d64b99dbea2cf874926e8dcd3acdbfc7d8ca87f02e0cb90c0c04317639d7, "hash");
    }

    function test_registerKey_refusesMalformedMultikeys() public {
        bytes[] memory bad = new bytes[](6);
        bad[0] = "";
        bad[1] = hex"ed01";
        bad[2] = abi.encodePacked(hex"ed01", bytes31(uint248(1)));
        bad[3] = abi.encodePacked(hex"ed01", bytes32(uint256(1)), hex"00");
        bad[4] = abi.encodePacked(hex"01ed", bytes32(uint256(1)));
        bad[5] = abi.encodePacked(hex"e701", bytes32(uint256(1)));
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.prank(_admin("city"));
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.MultikeyMalformed.selector));
            trust.registerKey(bad[i], NOW, LATER);
        }
    }

    function test_registerKey_refusesImpossibleValidity() public {
        uint64[2][4] memory bad = [[NOW, NOW], [LATER, NOW + 1], [NOW - 2, NOW], [NOW - 2, NOW - 1]];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.prank(_admin("city"));
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.ValidityImpossible.selector, bad[i][0], bad[i][1]));
            trust.registerKey(_multikey("second"), bad[i][0], bad[i][1]);
        }
    }

    /// @dev The largest dates do no arithmetic and overflow nothing.
    function test_registerKey_untilTheEndOfTime() public {
        vm.prank(_admin("city"));
        uint64 id = trust.registerKey(_multikey("second"), type(uint64).max - 1, type(uint64).max);
        (,, uint64 from, uint64 until,,) = trust.keyOf(id);
        vm.assertEq(from, type(uint64).max - 1);
        vm.assertEq(until, type(uint64).max);
    }

    function test_registerKey_refusesTheSameKeyAgain() public {
        bytes memory reason =
            abi.encodeWithSelector(ITrustRegistry.KeyExists.selector, city, sha256(_multikey("city")));
        vm.prank(_admin("city"));
        vm.expectRevert(reason);
        trust.registerKey(_multikey("city"), NOW, LATER);
    }

    /// @dev A compromised key must not come back under a new number.
    function test_registerKey_refusesACompromisedOrRetiredKeyAgain() public {
        bytes memory reason =
            abi.encodeWithSelector(ITrustRegistry.KeyExists.selector, city, sha256(_multikey("city")));
        _compromise(NOW);
        vm.prank(_admin("city"));
        trust.retireKey(keyId);
        vm.prank(_admin("city"));
        vm.expectRevert(reason);
        trust.registerKey(_multikey("city"), NOW, LATER);
    }

    /// @dev Otherwise anybody could block an agency's key by registering its bytes first.
    function test_registerKey_allowsAnotherAgencysBytes() public {
        vm.prank(_admin("ministry"));
        uint64 id = trust.registerKey(_multikey("city"), NOW, LATER);
        (uint64 agencyId,,,,,) = trust.keyOf(id);
        vm.assertEq(agencyId, ministry);
    }

    function test_registerKey_refusesSuspendedAndMerged() public {
        _suspendCity();
        vm.prank(_admin("city"));
        vm.expectRevert(
            abi.encodeWithSelector(
                ITrustRegistry.AgencyNotActive.selector, city, ITrustRegistry.AgencyStatus.SuspendedByRoot
            )
        );
        trust.registerKey(_multikey("second"), NOW, LATER);
        _root(abi.encodeCall(trust.mergeAgency, (city, ministry)));
        vm.prank(_admin("city"));
        vm.expectRevert(
            abi.encodeWithSelector(ITrustRegistry.AgencyNotActive.selector, city, ITrustRegistry.AgencyStatus.Merged)
        );
        trust.registerKey(_multikey("second"), NOW, LATER);
    }

    function test_keys_refuseSendersMembersAndOutsiders() public {
        _addSender("city");
        address[3] memory callers = [_sender("city"), _member(0), OUTSIDER];
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory reason = abi.encodeWithSelector(ITrustRegistry.NotAdmin.selector, callers[i]);
            vm.prank(callers[i]);
            vm.expectRevert(reason);
            trust.registerKey(_multikey("second"), NOW, LATER);
            vm.prank(callers[i]);
            vm.expectRevert(reason);
            trust.retireKey(keyId);
            vm.prank(callers[i]);
            vm.expectRevert(reason);
            trust.compromiseKey(keyId, NOW);
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotRootOrAccreditor.selector, callers[i]));
            trust.consentToCompromise(keyId, NOW);
        }
    }

    // ------------------------------------------------------------------------------------------------- keyLimit

    function _tooMany(uint64 limit) private view returns (bytes memory) {
        return abi.encodeWithSelector(ITrustRegistry.TooManyKeys.selector, city, limit);
    }

    function _registerNumbered(uint256 number) private {
        vm.prank(_admin("city"));
        trust.registerKey(abi.encodePacked(hex"ed01", bytes32(number)), NOW, LATER);
    }

    function _registerReverts(bytes memory reason) private {
        vm.prank(_admin("city"));
        vm.expectRevert(reason);
        trust.registerKey(_multikey("one more"), NOW, LATER);
    }

    /// @dev Trust packs list every key: one agency must not fill them for all. Ending keys makes no room.
    function test_registerKey_refusesThe33rdWhateverEnded() public {
        for (uint256 i = 2; i <= 32; ++i) {
            _registerNumbered(i);
        }
        (uint64 registered, uint64 limit) = trust.keyLimitOf(city);
        vm.assertEq(registered, 32);
        vm.assertEq(limit, 32);
        _registerReverts(_tooMany(32));
        vm.prank(_admin("city"));
        trust.retireKey(keyId);
        vm.prank(_admin("city"));
        trust.compromiseKey(2, NOW);
        _registerReverts(_tooMany(32));
        vm.warp(LATER - 1);
        _registerReverts(_tooMany(32));
        // Another agency has its own.
        _registerKey("ministry");
        _root(abi.encodeCall(trust.setKeyLimit, (city, 33)));
        _registerNumbered(33);
        _registerReverts(_tooMany(33));
    }

    function test_setKeyLimit_byRootAlone() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.KeyLimitChanged(city, 3);
        vm.prank(address(trust));
        trust.setKeyLimit(city, 3);
        address[4] memory callers = [_admin("city"), _admin("ministry"), _member(0), OUTSIDER];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotRoot.selector, callers[i]));
            trust.setKeyLimit(city, 4);
        }
        _rootReverts(
            abi.encodeCall(trust.setKeyLimit, (9, 3)), abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 9)
        );
    }

    function test_setKeyLimit_belowWhatThereIsTakesNoKey() public {
        _registerNumbered(2);
        _root(abi.encodeCall(trust.setKeyLimit, (city, 0)));
        _registerReverts(_tooMany(0));
        (uint64 registered, uint64 limit) = trust.keyLimitOf(city);
        vm.assertEq(registered, 2);
        vm.assertEq(limit, 0);
        (,,, uint64 until, bool retired,) = trust.keyOf(keyId);
        vm.assertEq(until, LATER);
        vm.assertFalse(retired, "kept");
    }

    function test_setKeyLimit_toTheLargest() public {
        _root(abi.encodeCall(trust.setKeyLimit, (city, type(uint64).max)));
        _registerNumbered(2);
        (ITrustRegistry.AgencyStatus status, address admin, uint64 accreditor,) = trust.agencyOf(city);
        vm.assertEq(uint256(status), uint256(ITrustRegistry.AgencyStatus.Active), "nothing beside it changed");
        vm.assertEq(admin, _admin("city"), "admin");
        vm.assertEq(accreditor, ministry);
    }

    // ------------------------------------------------------------------------------------------------ retireKey

    function test_retireKey() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.KeyRetired(city, keyId);
        vm.prank(_admin("city"));
        trust.retireKey(keyId);
        (,,, uint64 until, bool retired,) = trust.keyOf(keyId);
        vm.assertTrue(retired, "retired");
        vm.assertEq(until, 0);
    }

    function test_retireKey_refusesTwice() public {
        vm.prank(_admin("city"));
        trust.retireKey(keyId);
        vm.prank(_admin("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.KeyIsRetired.selector, keyId));
        trust.retireKey(keyId);
    }

    function test_retireKey_refusesAnotherAgencysAndUnknown() public {
        vm.prank(_admin("ministry"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.KeyOfAnotherAgency.selector, keyId, city));
        trust.retireKey(keyId);
        vm.prank(_admin("ministry"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.KeyUnknown.selector, 9));
        trust.retireKey(9);
        vm.prank(_admin("ministry"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.KeyUnknown.selector, 0));
        trust.retireKey(0);
    }

    /// @dev Taking power away needs no good standing: a breach may be the reason for the suspension.
    function test_retireAndCompromise_bySuspendedAndMergedAgencies() public {
        vm.prank(_admin("city"));
        uint64 second = trust.registerKey(_multikey("second"), NOW, LATER);
        _suspendCity();
        vm.prank(_admin("city"));
        trust.retireKey(second);
        _root(abi.encodeCall(trust.mergeAgency, (city, ministry)));
        _compromise(NOW);
        vm.assertEq(_compromisedSince(), NOW);
    }

    /// @dev Whoever stole the admin's account of a suspended agency must not undo what it issued.
    function test_compromiseKey_bySuspendedAgenciesAsFarAsConsentedAlone() public {
        for (uint256 i = 0; i < 2; ++i) {
            uint256 state = vm.snapshotState();
            if (i == 0) {
                _suspendCity();
            } else {
                vm.prank(_admin("ministry"));
                trust.suspendAgency(city);
            }
            _compromiseReverts(NOW - 1, _needsConsent(NOW - 1));
            _compromiseReverts(NOW - 30 days, _needsConsent(NOW - 30 days));
            vm.prank(_admin("ministry"));
            trust.consentToCompromise(keyId, NOW - 10 days);
            _compromiseReverts(NOW - 10 days - 1, _needsConsent(NOW - 10 days - 1));
            _compromise(NOW - 10 days);
            vm.assertEq(_compromisedSince(), NOW - 10 days);
            vm.revertToState(state);
        }
    }

    function test_compromiseKey_byMergedAgenciesAsFarAsConsentedAlone() public {
        _root(abi.encodeCall(trust.mergeAgency, (city, ministry)));
        _compromiseReverts(NOW - 1, _needsConsent(NOW - 1));
        _root(abi.encodeCall(trust.consentToCompromise, (keyId, NOW - 90 days)));
        _compromise(NOW - 90 days);
        vm.assertEq(_compromisedSince(), NOW - 90 days);
    }

    function test_compromiseKey_byAReadmittedAgencyAsBefore() public {
        _suspendCity();
        _root(abi.encodeCall(trust.readmitAgency, (city)));
        _compromise(NOW - 30 days);
        vm.assertEq(_compromisedSince(), NOW - 30 days);
    }

    // ----------------------------------------------------------------------------------------------- compromise

    function test_compromiseKey_now() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.KeyCompromised(city, keyId, NOW);
        _compromise(NOW);
        vm.assertEq(_compromisedSince(), NOW);
    }

    function test_compromiseKey_backTo30Days() public {
        _compromise(NOW - 30 days);
        vm.assertEq(_compromisedSince(), NOW - 30 days);
    }

    function test_compromiseKey_refusesFurtherBackWithoutConsent() public {
        _compromiseReverts(NOW - 30 days - 1, _needsConsent(NOW - 30 days - 1));
        _compromiseReverts(1, _needsConsent(1));
    }

    /// @dev Step by step one gets no further than at once.
    function test_compromiseKey_refusesFurtherBackInSteps() public {
        _compromise(NOW - 29 days);
        vm.warp(NOW + 10 days);
        _compromiseReverts(NOW - 30 days, _needsConsent(NOW - 30 days));
        vm.assertEq(_compromisedSince(), NOW - 29 days);
    }

    function test_compromiseKey_refusesZeroAndTheFuture() public {
        bytes4 impossible = ITrustRegistry.CompromiseDateImpossible.selector;
        _compromiseReverts(0, abi.encodeWithSelector(impossible, 0));
        _compromiseReverts(NOW + 1, abi.encodeWithSelector(impossible, NOW + 1));
        _compromiseReverts(type(uint64).max, abi.encodeWithSelector(impossible, type(uint64).max));
    }

    function test_compromiseKey_onlyEarlier() public {
        _compromise(NOW - 2 days);
        bytes memory reason =
            abi.encodeWithSelector(ITrustRegistry.CompromiseOnlyEarlier.selector, keyId, NOW - 2 days);
        _compromiseReverts(NOW, reason);
        _compromiseReverts(NOW - 2 days + 1, reason);
        _compromiseReverts(NOW - 2 days, reason);
        _compromise(NOW - 2 days - 1);
        vm.assertEq(_compromisedSince(), NOW - 2 days - 1);
    }

    function test_compromiseKey_ofARetiredKey() public {
        vm.prank(_admin("city"));
        trust.retireKey(keyId);
        _compromise(NOW - 1);
        vm.assertEq(_compromisedSince(), NOW - 1);
    }

    function test_compromiseKey_refusesAnotherAgencys() public {
        vm.prank(_admin("ministry"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.KeyOfAnotherAgency.selector, keyId, city));
        trust.compromiseKey(keyId, NOW);
    }

    // -------------------------------------------------------------------------------------------------- consent

    function test_consentToCompromise_byAccreditor() public {
        uint64 since = NOW - 90 days;
        vm.expectEmit(address(trust));
        emit ITrustRegistry.CompromiseConsented(keyId, since);
        vm.prank(_admin("ministry"));
        trust.consentToCompromise(keyId, since);
        vm.assertEq(trust.consentOf(keyId), since);
        _compromiseReverts(since - 1, _needsConsent(since - 1));
        _compromise(since + 1);
        _compromise(since);
        vm.assertEq(_compromisedSince(), since);
    }

    function test_consentToCompromise_byRoot() public {
        _root(abi.encodeCall(trust.consentToCompromise, (keyId, NOW - 90 days)));
        _compromise(NOW - 90 days);
    }

    function test_consentToCompromise_givenAfterwardsCountsFromThen() public {
        _compromise(NOW - 1 days);
        _compromiseReverts(NOW - 90 days, _needsConsent(NOW - 90 days));
        vm.prank(_admin("ministry"));
        trust.consentToCompromise(keyId, NOW - 90 days);
        _compromise(NOW - 90 days);
    }

    function test_consentToCompromise_changesNoKey() public {
        vm.prank(_admin("ministry"));
        trust.consentToCompromise(keyId, NOW - 90 days);
        vm.assertEq(_compromisedSince(), 0);
    }

    function test_consentToCompromise_canBeNarrowed() public {
        vm.prank(_admin("ministry"));
        trust.consentToCompromise(keyId, NOW - 90 days);
        vm.prank(_admin("ministry"));
        trust.consentToCompromise(keyId, NOW);
        _compromiseReverts(NOW - 90 days, _needsConsent(NOW - 90 days));
    }

    function test_consentToCompromise_refusesTheAgencyItself() public {
        vm.prank(_admin("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotRootOrAccreditor.selector, _admin("city")));
        trust.consentToCompromise(keyId, NOW - 90 days);
    }

    function test_consentToCompromise_refusesASuspendedAccreditor() public {
        _root(abi.encodeCall(trust.suspendAgency, (ministry)));
        vm.prank(_admin("ministry"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotRootOrAccreditor.selector, _admin("ministry")));
        trust.consentToCompromise(keyId, NOW - 90 days);
    }

    function test_consentToCompromise_refusesUnknownKeysAndImpossibleDates() public {
        _rootReverts(
            abi.encodeCall(trust.consentToCompromise, (9, NOW)),
            abi.encodeWithSelector(ITrustRegistry.KeyUnknown.selector, 9)
        );
        _rootReverts(
            abi.encodeCall(trust.consentToCompromise, (keyId, 0)),
            abi.encodeWithSelector(ITrustRegistry.CompromiseDateImpossible.selector, 0)
        );
        _rootReverts(
            abi.encodeCall(trust.consentToCompromise, (keyId, NOW + 1)),
            abi.encodeWithSelector(ITrustRegistry.CompromiseDateImpossible.selector, NOW + 1)
        );
    }
}
