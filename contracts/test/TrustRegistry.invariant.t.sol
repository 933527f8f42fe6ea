// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Campaign} from "./Campaign.sol";
import {World} from "./World.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title After any calls by anybody: offices, agencies, accreditations and keys are what was rightfully made of them
/// @dev The world refuses at once, within the call, whatever its model does not allow. What is checked here after every
///      call is that nothing else changed beside. The numbers are those of docs/contracts.md.
contract TrustRegistryInvariantTest is Campaign {
    function invariant_nothingElseChanged() public view {
        _offices();
        _agencies();
        _accreditationsAndKeys();
    }

    /// @dev T1, T2: every account has the one office it was rightfully given, and no other.
    function _offices() private view {
        address[] memory people = world.people();
        uint256 members = 0;
        for (uint256 i = 0; i < people.length; ++i) {
            (ITrustRegistry.AccountKind kind, uint64 agencyId) = trust.accountOf(people[i]);
            vm.assertEq(uint256(kind), uint256(world.kindOf(people[i])), "kind");
            vm.assertEq(agencyId, world.officeOf(people[i]));
            vm.assertEq(trust.offerOf(people[i]), world.offerOf(people[i]));
            if (kind == ITrustRegistry.AccountKind.Member) ++members;
        }
        (uint256 counted, uint256 threshold) = trust.rootAuthority();
        vm.assertEq(counted, members);
        vm.assertEq(threshold, world.threshold());
        vm.assertTrue(threshold > 0 && threshold <= members, "the threshold can be reached");
    }

    /// @dev T3, T4: agencies have one admin each, the status they were given, and senders that act while active alone.
    function _agencies() private view {
        (uint64 agencies, uint64 types,) = trust.counts();
        vm.assertEq(agencies, world.agencies());
        vm.assertEq(types, world.types());
        for (uint64 id = 1; id <= agencies; ++id) {
            (ITrustRegistry.AgencyStatus status, address admin, uint64 accreditor, uint64 successor) =
                trust.agencyOf(id);
            (ITrustRegistry.AgencyStatus expected, uint64 above, uint64 heir,,, address boss) = world.agency(id);
            vm.assertEq(uint256(status), uint256(expected), "status");
            vm.assertEq(admin, boss, "admin");
            vm.assertEq(accreditor, above);
            vm.assertEq(successor, heir);
            (uint64 registered, uint64 limit) = trust.keyLimitOf(id);
            vm.assertEq(registered, world.keysOf(id));
            vm.assertEq(limit, world.keyLimitOf(id));
            (ITrustRegistry.AccountKind kind, uint64 office) = trust.accountOf(admin);
            vm.assertEq(uint256(kind), uint256(ITrustRegistry.AccountKind.Admin), "its admin is an admin");
            vm.assertEq(office, id);
            vm.assertTrue((status == ITrustRegistry.AgencyStatus.Merged) == (successor != 0), "merged has a successor");
        }
        address[] memory people = world.people();
        for (uint256 i = 0; i < people.length; ++i) {
            if (world.kindOf(people[i]) != ITrustRegistry.AccountKind.Sender) continue;
            (uint64 office, bool active) = trust.senderAgency(people[i]);
            (ITrustRegistry.AgencyStatus status,,,) = trust.agencyOf(office);
            vm.assertTrue(active == (status == ITrustRegistry.AgencyStatus.Active), "acts exactly while active");
        }
    }

    /// @dev T5, T6: accreditations and keys are as given, a retired key stays retired, a compromise date never moves
    ///      later (the world checks each change of it).
    function _accreditationsAndKeys() private view {
        (uint64 agencies, uint64 types, uint64 keys) = trust.counts();
        for (uint64 id = 1; id <= agencies; ++id) {
            for (uint64 typeId = 1; typeId <= types; ++typeId) {
                (uint64 grantor, uint64 until, bool mayDelegate) = trust.accreditationOf(id, typeId);
                (uint64 expectedGrantor, uint64 expectedUntil, bool expectedDelegate) = world.grant(id, typeId);
                vm.assertEq(grantor, expectedGrantor);
                vm.assertEq(until, expectedUntil);
                vm.assertTrue(mayDelegate == expectedDelegate, "delegable");
                vm.assertTrue(grantor != id, "nobody accredits itself");
            }
        }
        vm.assertEq(keys, world.keys());
        for (uint64 id = 1; id <= keys; ++id) {
            _key(id);
        }
    }

    function _key(uint64 id) private view {
        (uint64 agencyId, bytes32 keyHash,, uint64 until, bool retired, uint64 since) = trust.keyOf(id);
        (uint64 office,, uint64 validUntil, uint64 compromised, uint64 consent, bool gone, bytes32 hash) =
            world.key(id);
        vm.assertEq(agencyId, office);
        vm.assertEq(keyHash, hash, "key hash");
        vm.assertTrue(retired == gone, "retired");
        vm.assertEq(since, compromised);
        vm.assertEq(trust.consentOf(id), consent);
        vm.assertEq(until, retired || since != 0 ? 0 : validUntil);
    }
}
