// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title For all signatures, callers, keys and dates
contract TrustRegistryFuzzTest is Fixture {
    uint64 private office;
    uint64 private keyId;

    function setUp() public override {
        super.setUp();
        _addType("degree");
        (office, keyId) = _addOffice("office", DEGREE, true);
    }

    /// @dev Whichever of three members and two strangers sign, in whichever order and however often: the call is made
    ///      exactly if at least two come, all are members, and each has a higher address than the one before.
    function testFuzz_execute_byAnySigners(uint8[4] memory picks, uint8 length) public {
        uint256[5] memory keys = [memberKeys[0], memberKeys[1], memberKeys[2], 0xdead, 0xbeef];
        uint256[] memory signers = new uint256[](length % 5);
        bool good = signers.length >= 2;
        for (uint256 i = 0; i < signers.length; ++i) {
            uint256 pick = picks[i] % 5;
            signers[i] = keys[pick];
            if (pick > 2) good = false;
            if (i > 0 && vm.addr(signers[i]) <= vm.addr(signers[i - 1])) good = false;
        }
        bytes memory call = abi.encodeCall(trust.setThreshold, (3));
        bytes[] memory signatures = _sign(call, trust.rootNonce(), DEADLINE, signers);
        vm.assertTrue(_executes(call, DEADLINE, signatures) == good, "exactly by the threshold");
        (, uint256 threshold) = trust.rootAuthority();
        vm.assertEq(threshold, good ? 3 : 2);
    }

    function testFuzz_execute_refusesAnythingElseAsSignatures(bytes calldata first, bytes calldata second) public {
        bytes[] memory signatures = new bytes[](2);
        (signatures[0], signatures[1]) = (first, second);
        vm.assertFalse(_executes(abi.encodeCall(trust.setThreshold, (1)), DEADLINE, signatures), "no signatures");
    }

    /// @dev One bit changed in the call, the deadline or a signature.
    function testFuzz_execute_refusesAChangedBit(uint256 where) public {
        bytes memory call = abi.encodeCall(trust.setThreshold, (2));
        bytes[] memory signatures = _sign(call, trust.rootNonce(), DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        uint256 deadline = DEADLINE;
        uint256 part = where % 4;
        uint256 bit = where / 4;
        if (part == 0) _flip(call, bit);
        else if (part == 1) _flip(signatures[0], bit);
        else if (part == 2) _flip(signatures[1], bit);
        else deadline ^= 1 << (bit % 256);
        vm.assertFalse(_executes(call, deadline, signatures), "changed");
    }

    function testFuzz_execute_untilTheDeadline(uint64 time, uint64 deadline) public {
        bytes memory call = abi.encodeCall(trust.setThreshold, (3));
        bytes[] memory signatures = _sign(call, trust.rootNonce(), deadline, memberKeys);
        vm.warp(time);
        vm.assertTrue(_executes(call, deadline, signatures) == (time <= deadline), "until the deadline");
    }

    /// @dev No account but the registry itself may call what the root authority alone may.
    function testFuzz_rootFunctions_refuseAnyCaller(address caller, uint8 pick, address account, uint64 id) public {
        vm.assume(caller != address(trust));
        bytes[9] memory calls = [
            abi.encodeCall(trust.addMember, (account)),
            abi.encodeCall(trust.removeMember, (account)),
            abi.encodeCall(trust.rotateMember, (_member(0), account)),
            abi.encodeCall(trust.setThreshold, (id)),
            abi.encodeCall(trust.addAgency, (keccak256("did"), account, id)),
            abi.encodeCall(trust.addType, (keccak256("type"), 1)),
            abi.encodeCall(trust.setAdmin, (office, account)),
            abi.encodeCall(trust.mergeAgency, (office, id)),
            abi.encodeCall(trust.setKeyLimit, (office, id))
        ];
        vm.prank(caller);
        (bool done, bytes memory reason) = address(trust).call(calls[pick % 9]);
        vm.assertFalse(done, "root only");
        vm.assertEq(
            keccak256(reason), keccak256(abi.encodeWithSelector(ITrustRegistry.NotRoot.selector, caller)), "NotRoot"
        );
    }

    /// @dev Any account can be appointed once, to one office.
    function testFuzz_appointing_onceOnly(address account, uint8 first, uint8 second) public {
        vm.assume(account != address(0) && account != address(trust));
        (ITrustRegistry.AccountKind kind,) = trust.accountOf(account);
        vm.assume(kind == ITrustRegistry.AccountKind.None);
        vm.assertFalse(_appoints(3, account), "by an admin it offered nothing");
        _offer(account, office);
        vm.assertTrue(_appoints(first % 4, account), "first office");
        vm.assertFalse(_appoints(second % 4, account), "second office");
    }

    function testFuzz_registerKey_refusesOtherPrefixesAndLengths(bytes calldata rest, bytes2 prefix, bool right)
        public
    {
        bytes memory multikey = abi.encodePacked(right ? bytes2(0xed01) : prefix, rest);
        bool good = multikey.length == 34 && (right || prefix == 0xed01);
        vm.prank(_admin("office"));
        (bool done,) = address(trust).call(abi.encodeCall(trust.registerKey, (multikey, NOW, LATER)));
        vm.assertTrue(done == good, "Ed25519 Multikey");
    }

    function testFuzz_registerKey_anyKey(bytes32 key) public {
        vm.assume(key != keccak256("office"));
        bytes memory multikey = abi.encodePacked(hex"ed01", key);
        vm.prank(_admin("office"));
        uint64 id = trust.registerKey(multikey, NOW, LATER);
        (uint64 agencyId, bytes32 keyHash,,,,) = trust.keyOf(id);
        vm.assertEq(agencyId, office);
        vm.assertEq(keyHash, sha256(multikey), "hash");
    }

    /// @dev A key anchors exactly from its first second to before its last.
    function testFuzz_entitlement_exactlyWithinValidity(uint64 from, uint64 until, uint64 time) public {
        vm.assume(from < until && until > NOW);
        vm.prank(_admin("office"));
        uint64 id = trust.registerKey(_multikey("second"), from, until);
        _root(abi.encodeCall(trust.accredit, (office, DEGREE, type(uint64).max, false)));
        vm.assume(time < type(uint64).max);
        vm.warp(time);
        vm.assertTrue(_entitled(id) == (from <= time && time < until), "within validity");
    }

    /// @dev An accreditation runs exactly to before its end.
    function testFuzz_entitlement_exactlyUntil(uint64 until, uint64 time) public {
        vm.assume(until > NOW);
        vm.prank(_admin("office"));
        uint64 id = trust.registerKey(_multikey("second"), 0, type(uint64).max);
        _root(abi.encodeCall(trust.accredit, (office, DEGREE, until, false)));
        vm.assume(time < type(uint64).max);
        vm.warp(time);
        vm.assertTrue(_entitled(id) == (time < until), "until");
    }

    /// @dev Whatever dates are tried: the date of compromise only moves earlier, never lies in the future or, without
    ///      consent, more than 30 days back (not back at all by a suspended agency), and the key never anchors again.
    function testFuzz_compromiseKey_anyDates(
        uint64[6] memory dates,
        uint32[6] memory steps,
        uint64 consent,
        uint8 suspended
    ) public {
        uint256 time = NOW;
        uint64 before = 0;
        for (uint256 i = 0; i < 6; ++i) {
            time += steps[i] % 20 days;
            vm.warp(time);
            // Half the tries near the present, where the rules bite.
            uint64 since = dates[i] % 2 == 0 ? dates[i] : uint64(time + 1 days - (dates[i] % 60 days));
            if (i == suspended % 8) _root(abi.encodeCall(trust.suspendAgency, (office)));
            uint256 alone = i < suspended % 8 ? 30 days : 0;
            if (i == 3 && consent != 0 && consent <= time) {
                _root(abi.encodeCall(trust.consentToCompromise, (keyId, consent)));
            }
            bool consented = trust.consentOf(keyId) != 0 && since >= trust.consentOf(keyId);
            bool good = since != 0 && since <= time && (before == 0 || since < before)
                && (uint256(since) + alone >= time || consented);
            vm.prank(_admin("office"));
            (bool done,) = address(trust).call(abi.encodeCall(trust.compromiseKey, (keyId, since)));
            vm.assertTrue(done == good, "rules of the date");
            if (good) before = since;
            (,,,,, uint64 stored) = trust.keyOf(keyId);
            vm.assertEq(stored, before);
            vm.assertTrue(_entitled(keyId) == (before == 0 && alone != 0), "a compromised key never anchors");
        }
    }

    function _executes(bytes memory call, uint256 deadline, bytes[] memory signatures) private returns (bool done) {
        (done,) = address(trust).call(abi.encodeCall(trust.execute, (call, deadline, signatures)));
    }

    function _entitled(uint64 id) private view returns (bool done) {
        (done,) = address(trust).staticcall(abi.encodeCall(trust.entitlement, (_sender("office"), DEGREE, id)));
    }

    function _appoints(uint8 way, address account) private returns (bool done) {
        bytes memory call = way == 0
            ? abi.encodeCall(trust.addMember, (account))
            : way == 1
                ? abi.encodeCall(trust.addAgency, (keccak256("did"), account, 0))
                : way == 2
                    ? abi.encodeCall(trust.rotateMember, (_member(2), account))
                    : abi.encodeCall(trust.addSender, (account));
        vm.prank(way == 3 ? _admin("office") : address(trust));
        (done,) = address(trust).call(call);
    }

    function _flip(bytes memory data, uint256 bit) private pure {
        bit %= data.length * 8;
        data[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
    }
}
