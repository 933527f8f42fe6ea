// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Gas} from "./Gas.sol";

/// @title What administration costs: two members sign what is the root authority's
contract TrustRegistryGasTest is Gas {
    function test_gas_rootAuthority() public {
        _byRoot("addMember", abi.encodeCall(trust.addMember, (OUTSIDER)));
        _byRoot("rotateMember", abi.encodeCall(trust.rotateMember, (OUTSIDER, _account("successor"))));
        _byRoot("removeMember", abi.encodeCall(trust.removeMember, (_account("successor"))));
        _byRoot("setThreshold", abi.encodeCall(trust.setThreshold, (3)));
    }

    function test_gas_agencies() public {
        _byRoot("addType", abi.encodeCall(trust.addType, (keccak256("degree"), 1)));
        _byRoot("addAgency", abi.encodeCall(trust.addAgency, (keccak256("ministry"), _admin("ministry"), 0)));
        _byRoot("addAgency, with accreditor", abi.encodeCall(trust.addAgency, (keccak256("city"), _admin("city"), 1)));
        _byRoot("accredit, by root", abi.encodeCall(trust.accredit, (1, DEGREE, LATER, true)));
        _byAdmin("accredit, by grantor", "ministry", abi.encodeCall(trust.accredit, (2, DEGREE, LATER, true)));
        vm.snapshotValue(
            "TrustRegistry",
            "offerService",
            _gas(_sender("city"), address(trust), abi.encodeCall(trust.offerService, (2)))
        );
        _byAdmin("addSender", "city", abi.encodeCall(trust.addSender, (_sender("city"))));
        _byAdmin(
            "registerKey", "city", abi.encodeCall(trust.registerKey, (_multikey("city"), uint64(NOW), uint64(LATER)))
        );
        _byAdmin("suspendAgency, one sender", "ministry", abi.encodeCall(trust.suspendAgency, (2)));
        _byAdmin("readmitAgency, one sender", "ministry", abi.encodeCall(trust.readmitAgency, (2)));
        for (uint160 i = 1; i < 8; ++i) {
            _addSender("city", address(0x5000 + i));
        }
        _byAdmin("suspendAgency, eight senders", "ministry", abi.encodeCall(trust.suspendAgency, (2)));
        _byAdmin("removeSender, of eight", "city", abi.encodeCall(trust.removeSender, (address(0x5003))));
        _byAdmin("consentToCompromise", "ministry", abi.encodeCall(trust.consentToCompromise, (1, NOW - 90 days)));
        _byAdmin("compromiseKey", "city", abi.encodeCall(trust.compromiseKey, (1, NOW - 90 days)));
        _byAdmin("retireKey", "city", abi.encodeCall(trust.retireKey, (1)));
        _byAdmin("endAccreditation", "ministry", abi.encodeCall(trust.endAccreditation, (2, DEGREE)));
        _byRoot("setKeyLimit", abi.encodeCall(trust.setKeyLimit, (2, 64)));
        _offer(OUTSIDER, 1);
        _byAdmin("transferAdmin", "ministry", abi.encodeCall(trust.transferAdmin, (OUTSIDER)));
        _byRoot("setAdmin", abi.encodeCall(trust.setAdmin, (1, _admin("ministry"))));
        _byRoot("mergeAgency, seven senders", abi.encodeCall(trust.mergeAgency, (2, 1)));
    }

    function _byRoot(string memory name, bytes memory call) private {
        bytes[] memory signatures = _sign(call, trust.rootNonce(), DEADLINE, _pair(memberKeys[0], memberKeys[1]));
        bytes memory signed = abi.encodeCall(trust.execute, (call, DEADLINE, signatures));
        vm.snapshotValue("TrustRegistry", name, _gas(OUTSIDER, address(trust), signed));
    }

    function _byAdmin(string memory name, string memory agency, bytes memory call) private {
        vm.snapshotValue("TrustRegistry", name, _gas(_admin(agency), address(trust), call));
    }
}
