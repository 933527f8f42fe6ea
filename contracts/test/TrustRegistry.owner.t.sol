// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {Fixture} from "./Fixture.sol";
import {Vm} from "./Vm.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title The root authority: who signs, in which order, how often; and that no account has two offices
contract TrustRegistryOwnerTest is Fixture {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    address private immutable NEW_MEMBER = _account("new member");

    function _call() private view returns (bytes memory) {
        return abi.encodeCall(trust.addMember, (NEW_MEMBER));
    }

    function _isMember(address account) private view returns (bool) {
        (ITrustRegistry.AccountKind kind,) = trust.accountOf(account);
        return kind == ITrustRegistry.AccountKind.Member;
    }

    function _executeReverts(bytes memory call, uint256 deadline, bytes[] memory signatures, bytes memory reason)
        private
    {
        vm.expectRevert(reason);
        trust.execute(call, deadline, signatures);
        vm.assertFalse(_isMember(NEW_MEMBER), "nothing changed");
    }

    // --------------------------------------------------------------------------------------------- constructor

    function test_constructor_appointsMembers() public view {
        (uint256 members, uint256 threshold) = trust.rootAuthority();
        vm.assertEq(members, 3);
        vm.assertEq(threshold, 2);
        vm.assertEq(trust.rootNonce(), 0);
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertTrue(_isMember(_member(i)), "member");
        }
    }

    function test_constructor_emitsMembersAndThreshold() public {
        vm.recordLogs();
        _deployTrust(_addresses(memberKeys), 2);
        vm.assertEq(vm.getRecordedLogs().length, 4);
    }

    function test_constructor_refusesThresholdZero() public {
        address[] memory members = _addresses(memberKeys);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.ThresholdImpossible.selector, 0, 3));
        _deployTrust(members, 0);
    }

    function test_constructor_refusesThresholdAboveMembers() public {
        address[] memory members = _addresses(memberKeys);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.ThresholdImpossible.selector, 4, 3));
        _deployTrust(members, 4);
    }

    function test_constructor_refusesThresholdThatOverflows64Bits() public {
        address[] memory members = _addresses(memberKeys);
        uint256 threshold = uint256(type(uint64).max) + 2;
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.ThresholdImpossible.selector, threshold, 3));
        _deployTrust(members, threshold);
    }

    function test_constructor_refusesNobody() public {
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.ThresholdImpossible.selector, 1, 0));
        _deployTrust(new address[](0), 1);
    }

    function test_constructor_refusesAMemberTwice() public {
        address[] memory members = _addresses(_three(memberKeys[0], memberKeys[1], memberKeys[0]));
        vm.expectRevert(_taken(members[0], ITrustRegistry.AccountKind.Member));
        _deployTrust(members, 2);
    }

    function test_constructor_refusesZero() public {
        address[] memory members = new address[](1);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.AccountImpossible.selector, address(0)));
        _deployTrust(members, 1);
    }

    // ------------------------------------------------------------------------------------------------- execute

    function test_execute_byThreshold() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[2]));
        vm.expectEmit(address(trust));
        emit ITrustRegistry.MemberAdded(NEW_MEMBER);
        vm.prank(OUTSIDER);
        trust.execute(call, DEADLINE, signatures);
        vm.assertTrue(_isMember(NEW_MEMBER), "added");
        vm.assertEq(trust.rootNonce(), 1);
    }

    /// @dev So that whoever finds the nonce used up sees whether it was by the same call, carried by somebody else.
    function test_execute_saysWhichCallUsedTheNonce() public {
        _root(abi.encodeCall(trust.setThreshold, (2)));
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 1, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        vm.recordLogs();
        trust.execute(call, DEADLINE, signatures);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[0].topics[0], ITrustRegistry.RootCalled.selector, "before what it did");
        vm.assertEq(keccak256(logs[0].data), keccak256(abi.encode(1, keccak256(call))), "nonce and digest");
        vm.assertEq(logs[1].topics[0], ITrustRegistry.MemberAdded.selector, "what it did");
    }

    function test_execute_byAllMembers() public {
        bytes memory call = _call();
        trust.execute(call, DEADLINE, _sign(call, 0, DEADLINE, memberKeys));
        vm.assertTrue(_isMember(NEW_MEMBER), "added");
    }

    function test_execute_returnsWhatTheFunctionReturned() public {
        bytes memory result = _root(abi.encodeCall(trust.addType, (keccak256("a type"), 2)));
        vm.assertEq(abi.decode(result, (uint64)), 1);
    }

    function test_execute_inTheLastSecond() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 0, NOW, _pair(memberKeys[0], memberKeys[1]));
        trust.execute(call, NOW, signatures);
        vm.assertTrue(_isMember(NEW_MEMBER), "added");
    }

    function test_execute_refusesAPassedDeadline() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 0, NOW, _pair(memberKeys[0], memberKeys[1]));
        vm.warp(NOW + 1);
        _executeReverts(call, NOW, signatures, abi.encodeWithSelector(ITrustRegistry.DeadlinePassed.selector, NOW));
    }

    function test_execute_refusesAProlongedDeadline() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 0, NOW, _pair(memberKeys[0], memberKeys[1]));
        vm.warp(NOW + 1);
        vm.expectRevert();
        trust.execute(call, DEADLINE, signatures);
        vm.assertFalse(_isMember(NEW_MEMBER), "nothing changed");
    }

    function test_execute_refusesNoSignatures() public {
        bytes memory reason = abi.encodeWithSelector(ITrustRegistry.TooFewSignatures.selector, 0, 2);
        _executeReverts(_call(), DEADLINE, new bytes[](0), reason);
    }

    function test_execute_refusesOneSignature() public {
        bytes memory call = _call();
        uint256[] memory one = new uint256[](1);
        one[0] = memberKeys[0];
        bytes memory reason = abi.encodeWithSelector(ITrustRegistry.TooFewSignatures.selector, 1, 2);
        _executeReverts(call, DEADLINE, _sign(call, 0, DEADLINE, one), reason);
    }

    function test_execute_refusesASignerTwice() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[0]));
        address signer = _member(0);
        _executeReverts(
            call,
            DEADLINE,
            signatures,
            abi.encodeWithSelector(ITrustRegistry.SignersNotAscending.selector, signer, signer)
        );
    }

    function test_execute_refusesDescendingSigners() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[1], memberKeys[0]));
        bytes memory reason =
            abi.encodeWithSelector(ITrustRegistry.SignersNotAscending.selector, _member(1), _member(0));
        _executeReverts(call, DEADLINE, signatures, reason);
    }

    function test_execute_refusesAStrangersSignature() public {
        bytes memory call = _call();
        uint256 stranger = 0xdead;
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _ascending(_pair(memberKeys[0], stranger)));
        bytes memory reason = abi.encodeWithSelector(ITrustRegistry.NotMember.selector, vm.addr(stranger));
        _executeReverts(call, DEADLINE, signatures, reason);
    }

    function test_execute_refusesAThirdSignatureByAStranger() public {
        bytes memory call = _call();
        uint256 stranger = 0xdead;
        uint256[] memory keys = _ascending(_three(memberKeys[0], memberKeys[1], stranger));
        bytes memory reason = abi.encodeWithSelector(ITrustRegistry.NotMember.selector, vm.addr(stranger));
        _executeReverts(call, DEADLINE, _sign(call, 0, DEADLINE, keys), reason);
    }

    function test_execute_refusesAReplay() public {
        bytes memory call = abi.encodeCall(trust.setThreshold, (2));
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        trust.execute(call, DEADLINE, signatures);
        vm.expectRevert();
        trust.execute(call, DEADLINE, signatures);
    }

    function test_execute_refusesAFutureNonce() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 1, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        vm.expectRevert();
        trust.execute(call, DEADLINE, signatures);
    }

    function test_execute_refusesAnotherCall() public {
        bytes[] memory signatures =
            _sign(abi.encodeCall(trust.setThreshold, (2)), 0, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        vm.expectRevert();
        trust.execute(_call(), DEADLINE, signatures);
        vm.assertFalse(_isMember(NEW_MEMBER), "nothing changed");
    }

    function test_execute_refusesAnotherChain() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        trust.execute(call, DEADLINE, signatures);
        vm.assertFalse(_isMember(NEW_MEMBER), "nothing changed");
    }

    function test_execute_onAForkedChainDemandsItsOwnId() public {
        vm.chainId(4711);
        bytes memory call = _call();
        trust.execute(call, DEADLINE, _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[1])));
        vm.assertTrue(_isMember(NEW_MEMBER), "added");
    }

    function test_execute_refusesAnotherRegistrysSignatures() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        ITrustRegistry twin = _deployTrust(_addresses(memberKeys), 2);
        vm.expectRevert();
        twin.execute(call, DEADLINE, signatures);
    }

    function test_execute_refusesAMirroredSignature() public {
        bytes memory call = _call();
        bytes32 digest = _digest(call, 0, DEADLINE, block.chainid, address(trust));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(memberKeys[1], digest);
        bytes32 high = bytes32(ORDER - uint256(s));
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        signatures[1] = abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27));
        _executeReverts(
            call, DEADLINE, signatures, abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high)
        );
    }

    function test_execute_refusesACutSignature() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        signatures[1] = new bytes(64);
        _executeReverts(
            call, DEADLINE, signatures, abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 64)
        );
    }

    function test_execute_refusesAnEmptySignature() public {
        bytes memory call = _call();
        bytes[] memory signatures = new bytes[](2);
        _executeReverts(
            call, DEADLINE, signatures, abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 0)
        );
    }

    /// @dev 65 zero bytes recover to address 0, which is never a member.
    function test_execute_refusesAZeroSignature() public {
        bytes memory call = _call();
        bytes[] memory signatures = new bytes[](2);
        (signatures[0], signatures[1]) = (new bytes(65), new bytes(65));
        _executeReverts(call, DEADLINE, signatures, abi.encodeWithSelector(ECDSA.ECDSAInvalidSignature.selector));
    }

    function test_execute_refusesASignedCallWithinASignedCall() public {
        bytes memory inner = _call();
        bytes[] memory innerSignatures = _sign(inner, 1, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        bytes memory outer = abi.encodeCall(trust.execute, (inner, DEADLINE, innerSignatures));
        _rootReverts(outer, abi.encodeWithSelector(ITrustRegistry.NestedExecute.selector));
        vm.assertEq(trust.rootNonce(), 0);
    }

    function test_execute_refusesAnUnknownFunction() public {
        _rootReverts(hex"12345678", abi.encodeWithSelector(Errors.FailedCall.selector));
    }

    function test_execute_refusesAnEmptyCall() public {
        _rootReverts("", abi.encodeWithSelector(Errors.FailedCall.selector));
    }

    function test_execute_refusesMoney() public {
        bytes memory call = _call();
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        (bool done,) = address(trust).call{value: 1}(abi.encodeCall(trust.execute, (call, DEADLINE, signatures)));
        vm.assertFalse(done, "no money");
    }

    /// @dev The registry itself is nobody's admin, so a signed call has no agency to act for.
    function test_execute_isNoAdmin() public {
        address registry = address(trust);
        _rootReverts(
            abi.encodeCall(trust.addSender, (OUTSIDER)),
            abi.encodeWithSelector(ITrustRegistry.NotAdmin.selector, registry)
        );
        _rootReverts(
            abi.encodeCall(trust.transferAdmin, (OUTSIDER)),
            abi.encodeWithSelector(ITrustRegistry.NotAdmin.selector, registry)
        );
        _rootReverts(
            abi.encodeCall(trust.registerKey, (_multikey("k"), NOW, LATER)),
            abi.encodeWithSelector(ITrustRegistry.NotAdmin.selector, registry)
        );
    }

    /// @dev A call that fails leaves the nonce, so its signatures stay good until the deadline.
    function test_execute_keepsTheNonceWhenTheCallFails() public {
        bytes memory call = abi.encodeCall(trust.removeMember, (OUTSIDER));
        _rootReverts(call, abi.encodeWithSelector(ITrustRegistry.NotMember.selector, OUTSIDER));
        vm.assertEq(trust.rootNonce(), 0);
    }

    function test_execute_refusesARemovedMembersSignature() public {
        bytes memory call = _call();
        address removed = _member(0);
        _root(abi.encodeCall(trust.removeMember, (removed)));
        bytes[] memory signatures = _sign(call, 1, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        _executeReverts(call, DEADLINE, signatures, abi.encodeWithSelector(ITrustRegistry.NotMember.selector, removed));
    }

    // ------------------------------------------------------------------------------------------------- members

    function test_addMember() public {
        _root(_call());
        (uint256 members,) = trust.rootAuthority();
        vm.assertEq(members, 4);
    }

    function test_removeMember() public {
        address member = _member(2);
        bytes memory call = abi.encodeCall(trust.removeMember, (member));
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        vm.expectEmit(address(trust));
        emit ITrustRegistry.MemberRemoved(member);
        trust.execute(call, DEADLINE, signatures);
        vm.assertFalse(_isMember(member), "removed");
        (uint256 members,) = trust.rootAuthority();
        vm.assertEq(members, 2);
    }

    function test_removeMember_refusesBelowThreshold() public {
        _root(abi.encodeCall(trust.removeMember, (_member(2))));
        _rootReverts(
            abi.encodeCall(trust.removeMember, (_member(1))),
            abi.encodeWithSelector(ITrustRegistry.ThresholdImpossible.selector, 2, 1)
        );
    }

    function test_removeMember_refusesANonMember() public {
        _rootReverts(
            abi.encodeCall(trust.removeMember, (OUTSIDER)),
            abi.encodeWithSelector(ITrustRegistry.NotMember.selector, OUTSIDER)
        );
    }

    function test_removeMember_refusesAnAdmin() public {
        _addAgency("office", 0);
        _rootReverts(
            abi.encodeCall(trust.removeMember, (_admin("office"))),
            abi.encodeWithSelector(ITrustRegistry.NotMember.selector, _admin("office"))
        );
    }

    function test_rotateMember() public {
        address from = _member(2);
        bytes memory call = abi.encodeCall(trust.rotateMember, (from, NEW_MEMBER));
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        vm.expectEmit(address(trust));
        emit ITrustRegistry.MemberRotated(from, NEW_MEMBER);
        trust.execute(call, DEADLINE, signatures);
        vm.assertFalse(_isMember(from), "from");
        vm.assertTrue(_isMember(NEW_MEMBER), "to");
        (uint256 members,) = trust.rootAuthority();
        vm.assertEq(members, 3);
    }

    function test_rotateMember_refusesANonMember() public {
        _rootReverts(
            abi.encodeCall(trust.rotateMember, (OUTSIDER, NEW_MEMBER)),
            abi.encodeWithSelector(ITrustRegistry.NotMember.selector, OUTSIDER)
        );
    }

    function test_rotateMember_refusesTheSameAccount() public {
        _rootReverts(
            abi.encodeCall(trust.rotateMember, (_member(0), _member(0))),
            _taken(_member(0), ITrustRegistry.AccountKind.Member)
        );
    }

    function test_setThreshold() public {
        bytes memory call = abi.encodeCall(trust.setThreshold, (3));
        bytes[] memory signatures = _sign(call, 0, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        vm.expectEmit(address(trust));
        emit ITrustRegistry.ThresholdChanged(3);
        trust.execute(call, DEADLINE, signatures);
        call = _call();
        signatures = _sign(call, 1, DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        _executeReverts(
            call, DEADLINE, signatures, abi.encodeWithSelector(ITrustRegistry.TooFewSignatures.selector, 2, 3)
        );
        trust.execute(call, DEADLINE, _sign(call, 1, DEADLINE, memberKeys));
        vm.assertTrue(_isMember(NEW_MEMBER), "by all three");
    }

    function test_setThreshold_refusesZero() public {
        _rootReverts(
            abi.encodeCall(trust.setThreshold, (0)),
            abi.encodeWithSelector(ITrustRegistry.ThresholdImpossible.selector, 0, 3)
        );
    }

    function test_setThreshold_refusesMoreThanMembers() public {
        _rootReverts(
            abi.encodeCall(trust.setThreshold, (4)),
            abi.encodeWithSelector(ITrustRegistry.ThresholdImpossible.selector, 4, 3)
        );
    }

    // ------------------------------------------------------------------- root's functions are the root's alone

    /// @dev Every function of the root authority, called by a lone member, an admin, a sender and an outsider.
    function test_rootFunctions_refuseEverybodyElse() public {
        _addType("degree");
        (uint64 agencyId,) = _addOffice("office", DEGREE, true);
        uint64 other = _addAgency("other", 0);
        bytes[] memory calls = new bytes[](9);
        calls[0] = abi.encodeCall(trust.addMember, (NEW_MEMBER));
        calls[1] = abi.encodeCall(trust.removeMember, (_member(0)));
        calls[2] = abi.encodeCall(trust.rotateMember, (_member(0), NEW_MEMBER));
        calls[3] = abi.encodeCall(trust.setThreshold, (1));
        calls[4] = abi.encodeCall(trust.addAgency, (keccak256("did"), NEW_MEMBER, 0));
        calls[5] = abi.encodeCall(trust.addType, (keccak256("type"), 1));
        calls[6] = abi.encodeCall(trust.setAdmin, (agencyId, NEW_MEMBER));
        calls[7] = abi.encodeCall(trust.mergeAgency, (agencyId, other));
        calls[8] = abi.encodeCall(trust.setAdmin, (other, NEW_MEMBER));
        address[] memory callers = new address[](6);
        callers[0] = _member(0);
        callers[1] = _admin("office");
        callers[2] = _sender("office");
        callers[3] = OUTSIDER;
        callers[4] = address(anchors);
        callers[5] = address(0);
        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 j = 0; j < callers.length; ++j) {
                vm.prank(callers[j]);
                (bool done, bytes memory reason) = address(trust).call(calls[i]);
                vm.assertFalse(done, "only the root authority");
                vm.assertEq(
                    keccak256(reason),
                    keccak256(abi.encodeWithSelector(ITrustRegistry.NotRoot.selector, callers[j])),
                    "NotRoot"
                );
            }
        }
    }

    // -------------------------------------------------------------------- three kinds of account, never the same

    /// @dev Every way to appoint, for every account that has an office already, and for the two that can have none.
    function test_appointing_refusesAccountsWithAnOffice() public {
        _addType("degree");
        (uint64 agencyId,) = _addOffice("office", DEGREE, true);
        _addOffice("other", DEGREE, true);
        address[] memory taken = new address[](6);
        ITrustRegistry.AccountKind[] memory kinds = new ITrustRegistry.AccountKind[](6);
        (taken[0], kinds[0]) = (_member(0), ITrustRegistry.AccountKind.Member);
        (taken[1], kinds[1]) = (_member(2), ITrustRegistry.AccountKind.Member);
        (taken[2], kinds[2]) = (_admin("office"), ITrustRegistry.AccountKind.Admin);
        (taken[3], kinds[3]) = (_admin("other"), ITrustRegistry.AccountKind.Admin);
        (taken[4], kinds[4]) = (_sender("office"), ITrustRegistry.AccountKind.Sender);
        (taken[5], kinds[5]) = (_sender("other"), ITrustRegistry.AccountKind.Sender);
        for (uint256 i = 0; i < taken.length; ++i) {
            _appointingReverts(agencyId, taken[i], _taken(taken[i], kinds[i]));
        }
        bytes4 impossible = ITrustRegistry.AccountImpossible.selector;
        _appointingReverts(agencyId, address(0), abi.encodeWithSelector(impossible, address(0)));
        _appointingReverts(agencyId, address(trust), abi.encodeWithSelector(impossible, address(trust)));
    }

    function _appointingReverts(uint64 agencyId, address account, bytes memory reason) private {
        _rootReverts(abi.encodeCall(trust.addMember, (account)), reason);
        _rootReverts(abi.encodeCall(trust.rotateMember, (_member(1), account)), reason);
        _rootReverts(abi.encodeCall(trust.addAgency, (keccak256("did"), account, 0)), reason);
        _rootReverts(abi.encodeCall(trust.setAdmin, (agencyId, account)), reason);
        vm.prank(_admin("office"));
        vm.expectRevert(reason);
        trust.transferAdmin(account);
        vm.prank(_admin("office"));
        vm.expectRevert(reason);
        trust.addSender(account);
    }

    /// @dev Whoever left an office may be given another.
    function test_appointing_acceptsAccountsThatLeftTheirOffice() public {
        uint64 agencyId = _addAgency("office", 0);
        address former = _member(2);
        _root(abi.encodeCall(trust.removeMember, (former)));
        _addSender("office", former);
        vm.prank(_admin("office"));
        trust.removeSender(former);
        _root(abi.encodeCall(trust.setAdmin, (agencyId, former)));
        _root(abi.encodeCall(trust.setAdmin, (agencyId, OUTSIDER)));
        _root(abi.encodeCall(trust.addMember, (former)));
        vm.assertTrue(_isMember(former), "member again");
    }

    function _taken(address account, ITrustRegistry.AccountKind kind) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ITrustRegistry.AccountTaken.selector, account, kind);
    }
}
