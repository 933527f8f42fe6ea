// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITrustRegistry} from "./interfaces/ITrustRegistry.sol";
import {Accreditations} from "./Accreditations.sol";
import {RootAuthority} from "./RootAuthority.sol";
import {SigningKeys} from "./SigningKeys.sol";

/// @title The one place that says who may anchor what, with which key
contract TrustRegistry is Accreditations, SigningKeys {
    /// @param members First members of the root authority.
    /// @param threshold Number of them who must sign.
    constructor(address[] memory members, uint256 threshold) RootAuthority(members, threshold) {}

    /// @inheritdoc ITrustRegistry
    function entitlement(address sender, uint64 typeId, uint64 keyId)
        external
        view
        returns (uint64 agencyId, bytes32 keyHash)
    {
        agencyId = _requireSender(sender);
        _requireAccredited(agencyId, typeId);
        keyHash = _requireActiveKey(agencyId, keyId);
    }

    /// @inheritdoc ITrustRegistry
    function counts() external view returns (uint64 agencies, uint64 types, uint64 keys) {
        return (_agencyCount, _typeCount, _keyCount);
    }
}
