// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Gas} from "./Gas.sol";

/// @title What publishing a status list costs
contract StatusRegistryGasTest is Gas {
    function test_gas_publish() public {
        uint64 school = _addAgency("school", 0);
        uint64 heir = _addAgency("heir", 0);
        _addSender("school");
        _addSender("heir");
        uint64 list = (school << 32) | 1;
        _snapshot("publish, first version", "school", list, 1);
        _snapshot("publish, next version", "school", list, 2);
        _root(abi.encodeCall(trust.mergeAgency, (school, heir)));
        _snapshot("publish, by the successor", "heir", list, 3);
    }

    function _snapshot(string memory name, string memory agency, uint64 list, uint64 version) private {
        bytes memory call =
            abi.encodeCall(statuses.publish, (list, version, keccak256("root"), 128, keccak256("reasons")));
        vm.snapshotValue("StatusRegistry", name, _gas(_sender(agency), address(statuses), call));
    }
}
