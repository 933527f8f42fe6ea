// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";
import {IAnchorRegistry} from "../src/interfaces/IAnchorRegistry.sol";
import {IStatusRegistry} from "../src/interfaces/IStatusRegistry.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title Three registries, three members of whom two must sign, and names for everybody
/// @dev What is tested is the bytecode in artifacts/, as it is deployed; the tests themselves compile without the slow
///      pipeline that made it. Addresses are made from the names; members have keys, as they sign.
abstract contract Fixture {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint64 internal constant NOW = 1_800_000_000;
    uint64 internal constant LATER = NOW + 365 days;
    uint256 internal constant DEADLINE = NOW + 1 days;

    uint64 internal constant DEGREE = 1;
    uint64 internal constant DOG_LICENCE = 2;

    ITrustRegistry internal trust;
    IAnchorRegistry internal anchors;
    IStatusRegistry internal statuses;

    /// @dev Members' keys, ascending by address.
    uint256[] internal memberKeys;

    address internal immutable OUTSIDER = _account("outsider");

    function setUp() public virtual {
        vm.warp(NOW);
        memberKeys = _ascending(_three(0xa11ce, 0xb0b, 0xca401));
        trust = _deployTrust(_addresses(memberKeys), 2);
        anchors = IAnchorRegistry(_deploy("AnchorRegistry", abi.encode(trust)));
        statuses = IStatusRegistry(_deploy("StatusRegistry", abi.encode(trust)));
    }

    // ------------------------------------------------------------------------------------------------ deploying

    function _deployTrust(address[] memory members, uint256 threshold) internal returns (ITrustRegistry) {
        return ITrustRegistry(_deploy("TrustRegistry", abi.encode(members, threshold)));
    }

    function _deploy(string memory name, bytes memory arguments) internal returns (address) {
        return vm.deployCode(string.concat("artifacts/", name, ".json"), arguments);
    }

    // ------------------------------------------------------------------------------------------- root authority

    /// @dev A call signed by the first two members.
    function _root(bytes memory call) internal returns (bytes memory) {
        return trust.execute(call, DEADLINE + block.timestamp, _twoSign(call));
    }

    /// @dev The same, expected to revert with `reason`.
    function _rootReverts(bytes memory call, bytes memory reason) internal {
        bytes[] memory signatures = _twoSign(call);
        vm.expectRevert(reason);
        trust.execute(call, DEADLINE + block.timestamp, signatures);
    }

    function _twoSign(bytes memory call) private view returns (bytes[] memory) {
        return _sign(call, trust.rootNonce(), DEADLINE + block.timestamp, _pair(memberKeys[0], memberKeys[1]));
    }

    function _sign(bytes memory call, uint256 nonce, uint256 deadline, uint256[] memory keys)
        internal
        view
        returns (bytes[] memory signatures)
    {
        bytes32 digest = _digest(call, nonce, deadline, block.chainid, address(trust));
        signatures = new bytes[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            signatures[i] = _signature(keys[i], digest);
        }
    }

    function _signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev What members sign, written out from EIP-712 apart from the library the registry uses.
    function _digest(bytes memory call, uint256 nonce, uint256 deadline, uint256 chainId, address registry)
        internal
        pure
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("onceledger TrustRegistry"),
                keccak256("1"),
                chainId,
                registry
            )
        );
        bytes32 content = keccak256(
            abi.encode(
                keccak256("RootCall(bytes call,uint256 nonce,uint256 deadline)"), keccak256(call), nonce, deadline
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, content));
    }

    // ---------------------------------------------------------------------------------------- appointing, shortly

    function _addAgency(string memory name, uint64 accreditorId) internal returns (uint64) {
        bytes memory call = abi.encodeCall(trust.addAgency, (sha256(bytes(name)), _admin(name), accreditorId));
        return abi.decode(_root(call), (uint64));
    }

    function _addType(string memory name) internal returns (uint64) {
        return abi.decode(_root(abi.encodeCall(trust.addType, (sha256(bytes(name)), 1))), (uint64));
    }

    function _accredit(uint64 agencyId, uint64 typeId, bool mayDelegate) internal {
        _root(abi.encodeCall(trust.accredit, (agencyId, typeId, LATER, mayDelegate)));
    }

    function _accreditBy(string memory grantor, uint64 agencyId, uint64 typeId, bool mayDelegate) internal {
        vm.prank(_admin(grantor));
        trust.accredit(agencyId, typeId, LATER, mayDelegate);
    }

    function _offer(address account, uint64 agencyId) internal {
        vm.prank(account);
        trust.offerService(agencyId);
    }

    function _addSender(string memory agency) internal {
        _addSender(agency, _sender(agency));
    }

    /// @dev The account offers its service, and the admin takes it.
    function _addSender(string memory agency, address sender) internal {
        (, uint64 agencyId) = trust.accountOf(_admin(agency));
        _offer(sender, agencyId);
        vm.prank(_admin(agency));
        trust.addSender(sender);
    }

    function _registerKey(string memory agency) internal returns (uint64) {
        vm.prank(_admin(agency));
        return trust.registerKey(_multikey(agency), NOW, LATER);
    }

    /// @dev An agency with a sender and a key of its own, accredited by the root authority for one type.
    function _addOffice(string memory name, uint64 typeId, bool mayDelegate)
        internal
        returns (uint64 agencyId, uint64 keyId)
    {
        agencyId = _addAgency(name, 0);
        _accredit(agencyId, typeId, mayDelegate);
        _addSender(name);
        keyId = _registerKey(name);
    }

    // -------------------------------------------------------------------------------------------------- names

    function _account(string memory name) internal pure returns (address) {
        return address(uint160(uint256(keccak256(bytes(name)))));
    }

    function _admin(string memory agency) internal pure returns (address) {
        return _account(string.concat(agency, "'s admin"));
    }

    function _sender(string memory agency) internal pure returns (address) {
        return _account(string.concat(agency, "'s sender"));
    }

    function _member(uint256 i) internal view returns (address) {
        return vm.addr(memberKeys[i]);
    }

    function _multikey(string memory name) internal pure returns (bytes memory) {
        return abi.encodePacked(hex"ed01", keccak256(bytes(name)));
    }

    // -------------------------------------------------------------------------------------------------- lists

    function _pair(uint256 a, uint256 b) internal pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (a, b);
    }

    function _three(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory list) {
        list = new uint256[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    function _addresses(uint256[] memory keys) internal pure returns (address[] memory list) {
        list = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            list[i] = vm.addr(keys[i]);
        }
    }

    /// @dev Keys in ascending order of their addresses, as signatures have to come.
    function _ascending(uint256[] memory keys) internal pure returns (uint256[] memory) {
        for (uint256 i = 1; i < keys.length; ++i) {
            for (uint256 j = i; j > 0 && vm.addr(keys[j]) < vm.addr(keys[j - 1]); --j) {
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
            }
        }
        return keys;
    }
}
