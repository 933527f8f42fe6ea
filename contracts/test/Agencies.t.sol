// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title Agencies: their admins and senders, suspension, readmission, mergers
contract AgenciesTest is Fixture {
    uint64 private ministry;
    uint64 private city;

    /// @dev A ministry that supervises a city, each with a sender.
    function setUp() public override {
        super.setUp();
        ministry = _addAgency("ministry", 0);
        city = _addAgency("city", ministry);
        _addSender("ministry");
        _addSender("city");
    }

    function _status(uint64 agencyId) private view returns (ITrustRegistry.AgencyStatus status) {
        (status,,,) = trust.agencyOf(agencyId);
    }

    function _isStatus(uint64 agencyId, ITrustRegistry.AgencyStatus status) private view {
        vm.assertEq(uint256(_status(agencyId)), uint256(status), "status");
    }

    function _sends(string memory agency) private view returns (bool active) {
        (, active) = trust.senderAgency(_sender(agency));
    }

    function _suspendByRoot(uint64 agencyId) private {
        _root(abi.encodeCall(trust.suspendAgency, (agencyId)));
    }

    function _suspendByMinistry(uint64 agencyId) private {
        vm.prank(_admin("ministry"));
        trust.suspendAgency(agencyId);
    }

    function _merge(uint64 agencyId, uint64 successorId) private {
        _root(abi.encodeCall(trust.mergeAgency, (agencyId, successorId)));
    }

    function _notActive(uint64 agencyId, ITrustRegistry.AgencyStatus status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ITrustRegistry.AgencyNotActive.selector, agencyId, status);
    }

    // ------------------------------------------------------------------------------------------------ addAgency

    function test_addAgency_countsFromOne() public view {
        vm.assertEq(ministry, 1);
        vm.assertEq(city, 2);
        (uint64 agencies,,) = trust.counts();
        vm.assertEq(agencies, 2);
        vm.assertEq(trust.agencyWithDid(sha256("city")), city);
        vm.assertEq(trust.agencyWithDid(sha256("village")), 0);
        (ITrustRegistry.AgencyStatus status, address admin, uint64 accreditor, uint64 successor) = trust.agencyOf(city);
        vm.assertEq(uint256(status), uint256(ITrustRegistry.AgencyStatus.Active), "status");
        vm.assertEq(admin, _admin("city"), "admin");
        vm.assertEq(accreditor, ministry);
        vm.assertEq(successor, 0);
    }

    function test_addAgency_emits() public {
        bytes32 did = keccak256("village");
        vm.expectEmit(address(trust));
        emit ITrustRegistry.AgencyAdded(3, did, _admin("village"), city);
        vm.prank(address(trust));
        trust.addAgency(did, _admin("village"), city);
    }

    function test_addAgency_refusesADidTwice() public {
        _rootReverts(
            abi.encodeCall(trust.addAgency, (sha256("city"), OUTSIDER, 0)),
            abi.encodeWithSelector(ITrustRegistry.AgencyExists.selector, sha256("city"), city)
        );
    }

    function test_addAgency_refusesADidOfAMergedAgency() public {
        _merge(city, ministry);
        _rootReverts(
            abi.encodeCall(trust.addAgency, (sha256("city"), OUTSIDER, 0)),
            abi.encodeWithSelector(ITrustRegistry.AgencyExists.selector, sha256("city"), city)
        );
    }

    function test_addAgency_refusesNoDid() public {
        _rootReverts(
            abi.encodeCall(trust.addAgency, (bytes32(0), OUTSIDER, 0)),
            abi.encodeWithSelector(ITrustRegistry.DigestZero.selector)
        );
    }

    function test_addAgency_refusesAnUnknownAccreditor() public {
        _rootReverts(
            abi.encodeCall(trust.addAgency, (sha256("village"), OUTSIDER, 3)),
            abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 3)
        );
    }

    function test_addAgency_refusesASuspendedAccreditor() public {
        _suspendByRoot(ministry);
        _rootReverts(
            abi.encodeCall(trust.addAgency, (sha256("village"), OUTSIDER, ministry)),
            _notActive(ministry, ITrustRegistry.AgencyStatus.SuspendedByRoot)
        );
    }

    /// @dev Status list ids hold the agency's id in 32 bits: the last id is 2^32 - 1.
    function test_addAgency_refusesIdsAbove32Bits() public {
        bytes32 slot = _slotOfAgencyCount();
        vm.store(address(trust), slot, bytes32(uint256(type(uint32).max) - 1));
        vm.assertEq(_addAgency("last", 0), type(uint32).max);
        _rootReverts(
            abi.encodeCall(trust.addAgency, (sha256("one too many"), OUTSIDER, 0)),
            abi.encodeWithSelector(ITrustRegistry.AgencyIdsExhausted.selector)
        );
    }

    /// @dev The slot that holds the count, found by trying, so that the test does not depend on the layout.
    function _slotOfAgencyCount() private returns (bytes32) {
        for (uint256 i = 0; i < 20; ++i) {
            bytes32 kept = vm.load(address(trust), bytes32(i));
            vm.store(address(trust), bytes32(i), bytes32(uint256(777)));
            (uint64 agencies,,) = trust.counts();
            vm.store(address(trust), bytes32(i), kept);
            if (agencies == 777) return bytes32(i);
        }
        revert("no slot");
    }

    // ---------------------------------------------------------------------------------------------------- admin

    function test_setAdmin() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.AdminChanged(city, _admin("city"), OUTSIDER);
        vm.prank(address(trust));
        trust.setAdmin(city, OUTSIDER);
        (, address admin,,) = trust.agencyOf(city);
        vm.assertEq(admin, OUTSIDER, "admin");
        (ITrustRegistry.AccountKind kind,) = trust.accountOf(_admin("city"));
        vm.assertEq(uint256(kind), uint256(ITrustRegistry.AccountKind.None), "the former one is free");
        vm.prank(_admin("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotAdmin.selector, _admin("city")));
        trust.addSender(_account("new"));
    }

    function test_setAdmin_ofASuspendedAndAMergedAgency() public {
        _suspendByRoot(city);
        _root(abi.encodeCall(trust.setAdmin, (city, OUTSIDER)));
        _merge(city, ministry);
        _root(abi.encodeCall(trust.setAdmin, (city, _account("liquidator"))));
        (, address admin,,) = trust.agencyOf(city);
        vm.assertEq(admin, _account("liquidator"), "admin");
    }

    function test_setAdmin_refusesAnUnknownAgency() public {
        _rootReverts(
            abi.encodeCall(trust.setAdmin, (3, OUTSIDER)),
            abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 3)
        );
        _rootReverts(
            abi.encodeCall(trust.setAdmin, (0, OUTSIDER)),
            abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 0)
        );
    }

    function test_transferAdmin() public {
        _offer(OUTSIDER, city);
        vm.expectEmit(address(trust));
        emit ITrustRegistry.AdminChanged(city, _admin("city"), OUTSIDER);
        vm.prank(_admin("city"));
        trust.transferAdmin(OUTSIDER);
        _offer(_account("new"), city);
        vm.prank(OUTSIDER);
        trust.addSender(_account("new"));
    }

    function test_transferAdmin_refusesSuspended() public {
        _suspendByMinistry(city);
        vm.prank(_admin("city"));
        vm.expectRevert(_notActive(city, ITrustRegistry.AgencyStatus.SuspendedByAccreditor));
        trust.transferAdmin(OUTSIDER);
    }

    function test_transferAdmin_refusesASender() public {
        vm.prank(_sender("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotAdmin.selector, _sender("city")));
        trust.transferAdmin(OUTSIDER);
    }

    // -------------------------------------------------------------------------------------------------- senders

    function test_addSender() public {
        _offer(OUTSIDER, city);
        vm.expectEmit(address(trust));
        emit ITrustRegistry.SenderAdded(city, OUTSIDER);
        vm.prank(_admin("city"));
        trust.addSender(OUTSIDER);
        (uint64 agencyId, bool active) = trust.senderAgency(OUTSIDER);
        vm.assertEq(agencyId, city);
        vm.assertTrue(active, "active");
    }

    function test_addSender_refusesSuspended() public {
        _suspendByMinistry(city);
        vm.prank(_admin("city"));
        vm.expectRevert(_notActive(city, ITrustRegistry.AgencyStatus.SuspendedByAccreditor));
        trust.addSender(OUTSIDER);
    }

    function test_addSender_refusesANinth() public {
        for (uint160 i = 1; i < 8; ++i) {
            _addSender("city", address(0x5000 + i));
        }
        _offer(OUTSIDER, city);
        vm.prank(_admin("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TooManySenders.selector, city));
        trust.addSender(OUTSIDER);
        vm.prank(_admin("city"));
        trust.removeSender(address(0x5003));
        vm.prank(_admin("city"));
        trust.addSender(OUTSIDER);
    }

    // ---------------------------------------------------------------------------------------------------- offers

    function _notOffered(address account, uint64 agencyId) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ITrustRegistry.NotOffered.selector, account, agencyId);
    }

    /// @dev Else a hostile admin would keep other people's accounts from every other office.
    function test_admins_appointNobodyWhoOfferedNothing() public {
        vm.prank(_admin("city"));
        vm.expectRevert(_notOffered(OUTSIDER, city));
        trust.addSender(OUTSIDER);
        vm.prank(_admin("city"));
        vm.expectRevert(_notOffered(OUTSIDER, city));
        trust.transferAdmin(OUTSIDER);
        _root(abi.encodeCall(trust.addMember, (OUTSIDER)));
    }

    function test_admins_appointNobodyWhoOfferedToAnotherAgency() public {
        _offer(OUTSIDER, ministry);
        vm.prank(_admin("city"));
        vm.expectRevert(_notOffered(OUTSIDER, city));
        trust.addSender(OUTSIDER);
        vm.prank(_admin("ministry"));
        trust.addSender(OUTSIDER);
    }

    function test_offerService_replacesAndWithdraws() public {
        _offer(OUTSIDER, ministry);
        vm.assertEq(trust.offerOf(OUTSIDER), ministry);
        _offer(OUTSIDER, city);
        vm.assertEq(trust.offerOf(OUTSIDER), city);
        vm.prank(_admin("ministry"));
        vm.expectRevert(_notOffered(OUTSIDER, ministry));
        trust.addSender(OUTSIDER);
        _offer(OUTSIDER, 0);
        vm.assertEq(trust.offerOf(OUTSIDER), 0);
        vm.prank(_admin("city"));
        vm.expectRevert(_notOffered(OUTSIDER, city));
        trust.addSender(OUTSIDER);
    }

    /// @dev One offer, one appointment: who was removed is not taken back without being asked.
    function test_offerService_isUsedUp() public {
        _addSender("city", OUTSIDER);
        vm.assertEq(trust.offerOf(OUTSIDER), 0);
        vm.prank(_admin("city"));
        trust.removeSender(OUTSIDER);
        vm.prank(_admin("city"));
        vm.expectRevert(_notOffered(OUTSIDER, city));
        trust.addSender(OUTSIDER);
    }

    function test_offerService_isUsedUpByTheRootAuthorityToo() public {
        _offer(OUTSIDER, city);
        _root(abi.encodeCall(trust.addMember, (OUTSIDER)));
        _root(abi.encodeCall(trust.removeMember, (OUTSIDER)));
        vm.prank(_admin("city"));
        vm.expectRevert(_notOffered(OUTSIDER, city));
        trust.addSender(OUTSIDER);
    }

    function test_offerService_givesNoRight() public {
        _offer(OUTSIDER, city);
        (ITrustRegistry.AccountKind kind, uint64 agencyId) = trust.accountOf(OUTSIDER);
        vm.assertEq(uint256(kind), uint256(ITrustRegistry.AccountKind.None), "no office");
        vm.assertEq(agencyId, 0);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, OUTSIDER));
        trust.senderAgency(OUTSIDER);
        vm.prank(OUTSIDER);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotAdmin.selector, OUTSIDER));
        trust.addSender(OUTSIDER);
    }

    /// @dev Anybody may offer: an event of each would let a stranger fill the log.
    function test_offerService_emitsNothing() public {
        vm.recordLogs();
        _offer(OUTSIDER, city);
        vm.assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_offerService_refusesThoseInOfficeAndUnknownAgencies() public {
        address[3] memory taken = [_member(0), _admin("city"), _sender("city")];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(taken[i]);
            vm.expectRevert(
                abi.encodeWithSelector(
                    ITrustRegistry.AccountTaken.selector, taken[i], ITrustRegistry.AccountKind(i + 1)
                )
            );
            trust.offerService(ministry);
            vm.assertEq(trust.offerOf(taken[i]), 0);
        }
        vm.prank(OUTSIDER);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 9));
        trust.offerService(9);
    }

    function test_removeSender() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.SenderRemoved(city, _sender("city"));
        vm.prank(_admin("city"));
        trust.removeSender(_sender("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, _sender("city")));
        trust.senderAgency(_sender("city"));
    }

    /// @dev First, middle, last: whoever goes, the others stay, and follow the agency's status.
    function test_removeSender_keepsTheOthers() public {
        address[3] memory senders = [_sender("city"), address(0x5001), address(0x5002)];
        for (uint256 gone = 0; gone < 3; ++gone) {
            uint256 state = vm.snapshotState();
            for (uint256 i = 1; i < 3; ++i) {
                _addSender("city", senders[i]);
            }
            vm.prank(_admin("city"));
            trust.removeSender(senders[gone]);
            _suspendByMinistry(city);
            for (uint256 i = 0; i < 3; ++i) {
                if (i == gone) continue;
                (uint64 agencyId, bool active) = trust.senderAgency(senders[i]);
                vm.assertEq(agencyId, city);
                vm.assertFalse(active, "suspended with the agency");
            }
            vm.revertToState(state);
        }
    }

    function test_removeSender_ofASuspendedAgency() public {
        _suspendByRoot(city);
        vm.prank(_admin("city"));
        trust.removeSender(_sender("city"));
        vm.prank(_account("nobody"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, _sender("city")));
        trust.senderAgency(_sender("city"));
    }

    function test_removeSender_refusesAnotherAgencys() public {
        vm.prank(_admin("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, _sender("ministry")));
        trust.removeSender(_sender("ministry"));
    }

    /// @dev Not even its own admin can be removed that way.
    function test_removeSender_refusesAnAdmin() public {
        vm.prank(_admin("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, _admin("city")));
        trust.removeSender(_admin("city"));
    }

    function test_senderAgency_refusesAdminsAndMembers() public {
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, _admin("city")));
        trust.senderAgency(_admin("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotSender.selector, _member(0)));
        trust.senderAgency(_member(0));
    }

    // ---------------------------------------------------------------------------------- suspension, readmission

    function test_suspendAgency_byAccreditor() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.AgencySuspended(city, false);
        _suspendByMinistry(city);
        _isStatus(city, ITrustRegistry.AgencyStatus.SuspendedByAccreditor);
        vm.assertFalse(_sends("city"), "its senders may not");
        vm.assertTrue(_sends("ministry"), "others' may");
    }

    function test_suspendAgency_byRoot() public {
        _suspendByRoot(city);
        _isStatus(city, ITrustRegistry.AgencyStatus.SuspendedByRoot);
        vm.assertFalse(_sends("city"), "its senders may not");
    }

    function test_suspendAgency_rootTakesOver() public {
        _suspendByMinistry(city);
        vm.expectEmit(address(trust));
        emit ITrustRegistry.AgencySuspended(city, true);
        vm.prank(address(trust));
        trust.suspendAgency(city);
        vm.prank(_admin("ministry"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.SuspendedByRootAuthority.selector, city));
        trust.readmitAgency(city);
    }

    function test_suspendAgency_refusesTwice() public {
        _suspendByMinistry(city);
        vm.prank(_admin("ministry"));
        vm.expectRevert(_notActive(city, ITrustRegistry.AgencyStatus.SuspendedByAccreditor));
        trust.suspendAgency(city);
        _suspendByRoot(city);
        _rootReverts(
            abi.encodeCall(trust.suspendAgency, (city)), _notActive(city, ITrustRegistry.AgencyStatus.SuspendedByRoot)
        );
        vm.prank(_admin("ministry"));
        vm.expectRevert(_notActive(city, ITrustRegistry.AgencyStatus.SuspendedByRoot));
        trust.suspendAgency(city);
    }

    function test_suspendAgency_refusesStrangersAndItself() public {
        uint64 other = _addAgency("other", 0);
        vm.assertEq(other, 3);
        address[5] memory callers = [_admin("other"), _admin("city"), _sender("ministry"), _member(0), OUTSIDER];
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory reason = abi.encodeWithSelector(ITrustRegistry.NotRootOrAccreditor.selector, callers[i]);
            vm.prank(callers[i]);
            vm.expectRevert(reason);
            trust.suspendAgency(city);
        }
    }

    /// @dev An agency without an accreditor has number 0 there, which is nobody's agency.
    function test_suspendAgency_ofTheRootsOwnIsTheRootsAlone() public {
        address[3] memory callers = [_admin("ministry"), _admin("city"), OUTSIDER];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotRootOrAccreditor.selector, callers[i]));
            trust.suspendAgency(ministry);
        }
    }

    function test_suspendAgency_refusesASuspendedAccreditor() public {
        _suspendByRoot(ministry);
        vm.prank(_admin("ministry"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotRootOrAccreditor.selector, _admin("ministry")));
        trust.suspendAgency(city);
    }

    function test_suspendAgency_refusesUnknown() public {
        _rootReverts(
            abi.encodeCall(trust.suspendAgency, (9)), abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 9)
        );
    }

    function test_readmitAgency_byAccreditor() public {
        _suspendByMinistry(city);
        vm.expectEmit(address(trust));
        emit ITrustRegistry.AgencyReadmitted(city);
        vm.prank(_admin("ministry"));
        trust.readmitAgency(city);
        _isStatus(city, ITrustRegistry.AgencyStatus.Active);
        vm.assertTrue(_sends("city"), "its senders may again");
    }

    function test_readmitAgency_byRoot() public {
        _suspendByMinistry(city);
        _root(abi.encodeCall(trust.readmitAgency, (city)));
        _suspendByRoot(city);
        _root(abi.encodeCall(trust.readmitAgency, (city)));
        _isStatus(city, ITrustRegistry.AgencyStatus.Active);
    }

    function test_readmitAgency_refusesTheAccreditorWhenTheRootSuspended() public {
        _suspendByRoot(city);
        vm.prank(_admin("ministry"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.SuspendedByRootAuthority.selector, city));
        trust.readmitAgency(city);
    }

    function test_readmitAgency_refusesActiveMergedAndUnknown() public {
        bytes4 notSuspended = ITrustRegistry.AgencyNotSuspended.selector;
        bytes memory call = abi.encodeCall(trust.readmitAgency, (city));
        _rootReverts(call, abi.encodeWithSelector(notSuspended, city, ITrustRegistry.AgencyStatus.Active));
        _merge(city, ministry);
        _rootReverts(call, abi.encodeWithSelector(notSuspended, city, ITrustRegistry.AgencyStatus.Merged));
        _rootReverts(
            abi.encodeCall(trust.readmitAgency, (9)), abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 9)
        );
    }

    function test_readmitAgency_refusesItself() public {
        _suspendByMinistry(city);
        vm.prank(_admin("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotRootOrAccreditor.selector, _admin("city")));
        trust.readmitAgency(city);
    }

    // -------------------------------------------------------------------------------------------------- mergers

    function test_mergeAgency() public {
        vm.expectEmit(address(trust));
        emit ITrustRegistry.AgencyMerged(city, ministry);
        vm.prank(address(trust));
        trust.mergeAgency(city, ministry);
        _isStatus(city, ITrustRegistry.AgencyStatus.Merged);
        vm.assertFalse(_sends("city"), "its senders may not");
        vm.assertEq(trust.actingAgency(city), ministry);
        vm.assertEq(trust.actingAgency(ministry), ministry);
    }

    function test_mergeAgency_ofASuspendedAgency() public {
        _suspendByRoot(city);
        _merge(city, ministry);
        _isStatus(city, ITrustRegistry.AgencyStatus.Merged);
    }

    function test_mergeAgency_isFinal() public {
        _merge(city, ministry);
        bytes memory reason = _notActive(city, ITrustRegistry.AgencyStatus.Merged);
        _rootReverts(abi.encodeCall(trust.mergeAgency, (city, ministry)), reason);
        _rootReverts(abi.encodeCall(trust.suspendAgency, (city)), reason);
        vm.prank(_admin("city"));
        vm.expectRevert(reason);
        trust.addSender(OUTSIDER);
    }

    function test_mergeAgency_refusesItself() public {
        _rootReverts(
            abi.encodeCall(trust.mergeAgency, (city, city)),
            abi.encodeWithSelector(ITrustRegistry.SelfSuccession.selector, city)
        );
    }

    function test_mergeAgency_refusesACircle() public {
        _merge(city, ministry);
        _rootReverts(
            abi.encodeCall(trust.mergeAgency, (ministry, city)), _notActive(city, ITrustRegistry.AgencyStatus.Merged)
        );
    }

    function test_mergeAgency_refusesASuspendedOrUnknownSuccessor() public {
        _suspendByRoot(ministry);
        _rootReverts(
            abi.encodeCall(trust.mergeAgency, (city, ministry)),
            _notActive(ministry, ITrustRegistry.AgencyStatus.SuspendedByRoot)
        );
        _rootReverts(
            abi.encodeCall(trust.mergeAgency, (city, 9)),
            abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 9)
        );
        _rootReverts(
            abi.encodeCall(trust.mergeAgency, (9, city)),
            abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 9)
        );
    }

    /// @dev Supervision is not inherited: else an agency whose accreditor merged into it would supervise itself.
    function test_mergeAgency_passesNoSupervisionOn() public {
        uint64 heir = _addAgency("heir", 0);
        _merge(ministry, heir);
        address[2] memory callers = [_admin("heir"), _admin("ministry")];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotRootOrAccreditor.selector, callers[i]));
            trust.suspendAgency(city);
        }
        _merge(heir, city);
        vm.prank(_admin("city"));
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.NotRootOrAccreditor.selector, _admin("city")));
        trust.suspendAgency(city);
    }

    function test_actingAgency_followsALineOfMergers() public {
        uint64 second = _addAgency("second", 0);
        uint64 third = _addAgency("third", 0);
        _merge(city, second);
        _merge(second, third);
        vm.assertEq(trust.actingAgency(city), third);
        vm.assertEq(trust.actingAgency(second), third);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.AgencyUnknown.selector, 9));
        trust.actingAgency(9);
    }

    function test_mergeAgency_refusesALineOfTen() public {
        uint64 last = city;
        for (uint256 i = 0; i < 8; ++i) {
            uint64 next = _addAgency(string(abi.encodePacked("heir ", bytes1(uint8(0x30 + i)))), 0);
            _merge(last, next);
            last = next;
        }
        vm.assertEq(trust.actingAgency(city), last);
        _rootReverts(
            abi.encodeCall(trust.mergeAgency, (last, ministry)),
            abi.encodeWithSelector(ITrustRegistry.SuccessionTooLong.selector, ministry)
        );
        // A short line still ends there.
        _merge(ministry, last);
    }
}
