// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ITrustRegistry} from "./interfaces/ITrustRegistry.sol";

/// @title Every account's one role, and the threshold of members that appoints
/// @dev The registry calls nobody but itself, so no foreign code runs within a call.
abstract contract RootAuthority is ITrustRegistry, EIP712 {
    bytes32 private constant _ROOT_CALL = keccak256("RootCall(bytes call,uint256 nonce,uint256 deadline)");

    /// @dev One entry per account is what keeps the three kinds of account apart.
    struct Account {
        /// @dev The agency it sends for as long as that is active, else 0. So anchoring need not read the agency too.
        uint64 sendsFor;
        /// @dev Of an account without a kind: the agency it offers its service to, which gives no right.
        uint64 agencyId;
        AccountKind kind;
    }

    struct Root {
        uint64 nonce;
        uint64 threshold;
        uint64 members;
    }

    mapping(address => Account) internal _accounts;
    Root private _root;

    modifier onlyRoot() {
        if (msg.sender != address(this)) revert NotRoot(msg.sender);
        _;
    }

    constructor(address[] memory members, uint256 threshold) EIP712("onceledger TrustRegistry", "1") {
        for (uint256 i = 0; i < members.length; ++i) {
            _addMember(members[i]);
        }
        _setThreshold(threshold);
    }

    /// @inheritdoc ITrustRegistry
    function execute(bytes calldata call, uint256 deadline, bytes[] calldata signatures)
        external
        returns (bytes memory)
    {
        if (msg.sender == address(this)) revert NestedExecute();
        if (block.timestamp > deadline) revert DeadlinePassed(deadline);
        if (signatures.length < _root.threshold) revert TooFewSignatures(signatures.length, _root.threshold);
        uint256 nonce = _root.nonce;
        bytes32 callDigest = keccak256(call);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(_ROOT_CALL, callDigest, nonce, deadline)));
        address previous = address(0);
        // Bounded by the number of members: every signer is another member.
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = ECDSA.recover(digest, signatures[i]);
            if (signer <= previous) revert SignersNotAscending(previous, signer);
            _requireMember(signer);
            previous = signer;
        }
        ++_root.nonce;
        emit RootCalled(nonce, callDigest);
        return Address.functionCall(address(this), call);
    }

    /// @inheritdoc ITrustRegistry
    function addMember(address member) external onlyRoot {
        _addMember(member);
    }

    /// @inheritdoc ITrustRegistry
    function removeMember(address member) external onlyRoot {
        _requireMember(member);
        uint64 left = _root.members - 1;
        if (left < _root.threshold) revert ThresholdImpossible(_root.threshold, left);
        _root.members = left;
        delete _accounts[member];
        emit MemberRemoved(member);
    }

    /// @inheritdoc ITrustRegistry
    function rotateMember(address from, address to) external onlyRoot {
        _requireMember(from);
        _requireFree(to);
        delete _accounts[from];
        _unsafeAppoint(to, AccountKind.Member, 0);
        emit MemberRotated(from, to);
    }

    /// @inheritdoc ITrustRegistry
    function setThreshold(uint256 threshold) external onlyRoot {
        _setThreshold(threshold);
    }

    /// @inheritdoc ITrustRegistry
    function accountOf(address account) external view returns (AccountKind kind, uint64 agencyId) {
        Account storage entry = _accounts[account];
        return (entry.kind, entry.kind == AccountKind.None ? 0 : entry.agencyId);
    }

    /// @inheritdoc ITrustRegistry
    function rootAuthority() external view returns (uint256 members, uint256 threshold) {
        return (_root.members, _root.threshold);
    }

    /// @inheritdoc ITrustRegistry
    function rootNonce() external view returns (uint256) {
        return _root.nonce;
    }

    /// @dev Every appointment passes here: a free account that is neither zero nor the registry, whose own calls
    ///      speak for the root authority.
    function _requireFree(address account) internal view {
        if (account == address(0) || account == address(this)) revert AccountImpossible(account);
        AccountKind kind = _accounts[account].kind;
        if (kind != AccountKind.None) revert AccountTaken(account, kind);
    }

    function _unsafeAppoint(address account, AccountKind kind, uint64 agencyId) internal {
        _accounts[account] = Account({sendsFor: 0, agencyId: agencyId, kind: kind});
    }

    function _requireMember(address account) private view {
        if (_accounts[account].kind != AccountKind.Member) revert NotMember(account);
    }

    function _addMember(address member) private {
        _requireFree(member);
        _unsafeAppoint(member, AccountKind.Member, 0);
        ++_root.members;
        emit MemberAdded(member);
    }

    function _setThreshold(uint256 threshold) private {
        if (threshold == 0 || threshold > _root.members) revert ThresholdImpossible(threshold, _root.members);
        // At most the number of members, which is a uint64.
        // forge-lint: disable-next-line(unsafe-typecast)
        _root.threshold = uint64(threshold);
        emit ThresholdChanged(threshold);
    }
}
