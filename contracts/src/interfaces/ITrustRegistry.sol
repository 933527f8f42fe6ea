// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who may anchor what, with which key, and who decided so
/// @notice Three kinds of account, never the same: members of the root authority, admins of agencies, senders of
///         agencies. No personal data is stored or emitted. Times are Unix seconds of the block.
interface ITrustRegistry {
    /// @notice What an account is. An account is one thing at a time.
    enum AccountKind {
        None,
        Member,
        Admin,
        Sender
    }

    /// @notice Where an agency stands. `Merged` is final.
    enum AgencyStatus {
        None,
        Active,
        SuspendedByAccreditor,
        SuspendedByRoot,
        Merged
    }

    // --------------------------------------------------------------------------------------------------- errors

    /// @notice Revert when the caller is not this registry itself, that is, not a call the root authority signed.
    error NotRoot(address caller);
    /// @notice Revert when the caller is neither the root authority nor the admin of the agency's active accreditor.
    error NotRootOrAccreditor(address caller);
    /// @notice Revert when the caller is not the admin of an agency.
    error NotAdmin(address caller);
    /// @notice Revert when the account is not a sender, or not of that agency.
    error NotSender(address account);
    /// @notice Revert when the account is not a member of the root authority.
    error NotMember(address account);
    /// @notice Revert when an account to be appointed already is a member, an admin or a sender.
    error AccountTaken(address account, AccountKind kind);
    /// @notice Revert when an admin would appoint an account that did not offer its service to the agency.
    error NotOffered(address account, uint64 agencyId);
    /// @notice Revert when an account to be appointed is zero or this registry.
    error AccountImpossible(address account);

    /// @notice Revert when the threshold would be zero or more than there are members.
    error ThresholdImpossible(uint256 threshold, uint256 members);
    /// @notice Revert when a signed call's deadline has passed.
    error DeadlinePassed(uint256 deadline);
    /// @notice Revert when fewer signatures come than the threshold.
    error TooFewSignatures(uint256 given, uint256 threshold);
    /// @notice Revert when signatures are not in strictly ascending order of signer, so also when one signs twice.
    error SignersNotAscending(address previous, address signer);
    /// @notice Revert when a signed call carries another signed call.
    error NestedExecute();

    /// @notice Revert when no agency has this id.
    error AgencyUnknown(uint64 agencyId);
    /// @notice Revert when an agency with this DID digest exists.
    error AgencyExists(bytes32 didDigest, uint64 agencyId);
    /// @notice Revert when no further agency id is left: ids stay below 2^32 because status list ids carry them.
    error AgencyIdsExhausted();
    /// @notice Revert when the agency is not active.
    error AgencyNotActive(uint64 agencyId, AgencyStatus status);
    /// @notice Revert when an agency that is not suspended is readmitted.
    error AgencyNotSuspended(uint64 agencyId, AgencyStatus status);
    /// @notice Revert when an accreditor would lift a suspension by the root authority.
    error SuspendedByRootAuthority(uint64 agencyId);
    /// @notice Revert when an agency would have more than eight senders at a time.
    error TooManySenders(uint64 agencyId);
    /// @notice Revert when an agency would succeed itself.
    error SelfSuccession(uint64 agencyId);
    /// @notice Revert when more than eight mergers would follow each other in one line.
    error SuccessionTooLong(uint64 agencyId);

    /// @notice Revert when no type has this id.
    error TypeUnknown(uint64 typeId);
    /// @notice Revert when a type with this name digest exists.
    error TypeExists(bytes32 nameDigest, uint64 typeId);
    /// @notice Revert when the kind is neither 1 (credential) nor 2 (record).
    error KindUnknown(uint8 kind);
    /// @notice Revert when a digest is zero.
    error DigestZero();

    /// @notice Revert when an accreditation would end in the past.
    error UntilPassed(uint64 until);
    /// @notice Revert when an agency would accredit itself.
    error SelfAccreditation(uint64 agencyId);
    /// @notice Revert when another grantor gave the accreditation, it was not ended, and the caller does not overrule
    ///         that grantor.
    error AccreditedByAnother(uint64 agencyId, uint64 typeId, uint64 grantorId);
    /// @notice Revert when the agency, or one its accreditation rests on, holds no running one for the type.
    error NotAccredited(uint64 agencyId, uint64 typeId);
    /// @notice Revert when an accreditation that others rest on does not allow delegation.
    error MayNotDelegate(uint64 agencyId, uint64 typeId);
    /// @notice Revert when an agency stands three accreditations below the root authority: none may rest on its own.
    error DelegationTooDeep(uint64 agencyId, uint64 typeId);
    /// @notice Revert when the caller neither granted the accreditation nor overrules its grantor.
    error NotGrantor(address caller);

    /// @notice Revert when the key is not an Ed25519 Multikey: 0xed01 and 32 bytes.
    error MultikeyMalformed();
    /// @notice Revert when a key's validity is empty or over.
    error ValidityImpossible(uint64 validFrom, uint64 validUntil);
    /// @notice Revert when the agency registered these key bytes before; a retired or compromised key never returns.
    error KeyExists(uint64 agencyId, bytes32 keyHash);
    /// @notice Revert when the agency registered as many keys as it may.
    error TooManyKeys(uint64 agencyId, uint64 limit);
    /// @notice Revert when no key has this id.
    error KeyUnknown(uint64 keyId);
    /// @notice Revert when the key belongs to another agency.
    error KeyOfAnotherAgency(uint64 keyId, uint64 agencyId);
    /// @notice Revert when the key is retired.
    error KeyIsRetired(uint64 keyId);
    /// @notice Revert when the key has a compromise date, whatever the date.
    error KeyIsCompromised(uint64 keyId, uint64 since);
    /// @notice Revert when the key's validity has not begun.
    error KeyNotYetValid(uint64 keyId, uint64 validFrom);
    /// @notice Revert when the key's validity is over.
    error KeyExpired(uint64 keyId, uint64 validUntil);
    /// @notice Revert when a date of compromise is zero or in the future.
    error CompromiseDateImpossible(uint64 since);
    /// @notice Revert when a date of compromise would be left as it is or moved later.
    error CompromiseOnlyEarlier(uint64 keyId, uint64 since);
    /// @notice Revert when a compromise is dated back further than was consented to: by more than 30 days, or, if the
    ///         agency is suspended or merged, at all.
    error CompromiseNeedsConsent(uint64 keyId, uint64 since);

    // --------------------------------------------------------------------------------------------------- events

    /// @notice The root authority made a call: `callDigest` is its Keccak-256. Nonces count 0, 1, 2, ... What the call
    ///         did follows within the transaction.
    event RootCalled(uint256 nonce, bytes32 callDigest);
    /// @notice An account became a member of the root authority. Only by the constructor or a signed call.
    event MemberAdded(address indexed member);
    /// @notice An account ceased to be a member. The threshold can still be reached.
    event MemberRemoved(address indexed member);
    /// @notice A member's account was replaced. The number of members stays.
    event MemberRotated(address indexed from, address indexed to);
    /// @notice So many members must sign from now on: at least one, at most all.
    event ThresholdChanged(uint256 threshold);

    /// @notice An agency was added. Ids count 1, 2, 3, ... and stay below 2^32; a DID digest appears once for ever.
    ///         `accreditorId` is the agency that may suspend and readmit it, 0 for the root authority alone.
    event AgencyAdded(uint64 indexed agencyId, bytes32 didDigest, address admin, uint64 accreditorId);
    /// @notice An agency's only admin changed from `from` to `to`. The first admin is in `AgencyAdded`.
    event AdminChanged(uint64 indexed agencyId, address from, address to);
    /// @notice An account may send for the agency from now on, and for no other.
    event SenderAdded(uint64 indexed agencyId, address indexed sender);
    /// @notice An account may no longer send for the agency.
    event SenderRemoved(uint64 indexed agencyId, address indexed sender);
    /// @notice An agency is suspended. A second event follows the first only when the root authority takes over a
    ///         suspension by the accreditor (`byRoot` false, then true).
    event AgencySuspended(uint64 indexed agencyId, bool byRoot);
    /// @notice A suspended agency is active again.
    event AgencyReadmitted(uint64 indexed agencyId);
    /// @notice An agency ended and another carries on its status lists. Final; at most once per agency. The successor
    ///         was active and is not the agency itself; it may be merged later.
    event AgencyMerged(uint64 indexed agencyId, uint64 indexed successorId);

    /// @notice A type was added. Ids count 1, 2, 3, ...; a name digest appears once; `kind` is 1 or 2.
    event TypeAdded(uint64 indexed typeId, bytes32 nameDigest, uint8 kind);
    /// @notice The agency may anchor for the type until then (exclusive), as long as every accreditation above it up
    ///         to the root authority (`grantorId` 0) runs and may be delegated. Replaces an earlier one of the pair.
    ///         `until` is no later than that of the grantor's own at that time.
    event Accredited(uint64 indexed agencyId, uint64 indexed typeId, uint64 grantorId, uint64 until, bool mayDelegate);
    /// @notice The accreditation of the pair ended in this block. Only after an `Accredited` of the pair.
    event AccreditationEnded(uint64 indexed agencyId, uint64 indexed typeId);

    /// @notice A signing key. Ids count 1, 2, 3, ... over all agencies; `multikey` is 0xed01 and 32 bytes, `keyHash`
    ///         its SHA-256; a key hash appears once per agency. That an agency registered a key proves nothing about
    ///         who holds its private half.
    event KeyRegistered(
        uint64 indexed agencyId,
        uint64 indexed keyId,
        bytes32 keyHash,
        bytes multikey,
        uint64 validFrom,
        uint64 validUntil
    );
    /// @notice The agency may register so many keys in all from now on. It begins with 32.
    event KeyLimitChanged(uint64 indexed agencyId, uint64 limit);
    /// @notice The key anchors no more. Final.
    event KeyRetired(uint64 indexed agencyId, uint64 indexed keyId);
    /// @notice Those above the agency consent to a date of compromise not before `since`. The last consent counts.
    event CompromiseConsented(uint64 indexed keyId, uint64 since);
    /// @notice The key is compromised since then. Never cleared; a later event of the same key has an earlier date.
    event KeyCompromised(uint64 indexed agencyId, uint64 indexed keyId, uint64 since);

    // ------------------------------------------------------------------------------------------- root authority

    /// @notice Make a call to this registry that at least `threshold` members signed. Anybody may send it.
    /// @param call The encoded call of a function of this registry.
    /// @param deadline Last second at which the signatures count.
    /// @param signatures EIP-712 signatures (65 bytes r, s, v) over `RootCall(bytes call,uint256 nonce,uint256
    ///        deadline)` with `rootNonce()`, ascending by signer's address.
    /// @return What the called function returned, ABI encoded.
    function execute(bytes calldata call, uint256 deadline, bytes[] calldata signatures)
        external
        returns (bytes memory);

    /// @notice Root: add a member.
    function addMember(address member) external;
    /// @notice Root: remove a member, if the threshold can still be reached.
    function removeMember(address member) external;
    /// @notice Root: replace a member's account.
    function rotateMember(address from, address to) external;
    /// @notice Root: change how many members must sign.
    function setThreshold(uint256 threshold) external;

    // ------------------------------------------------------------------------------------------------- agencies

    /// @notice Root: add an agency.
    function addAgency(bytes32 didDigest, address admin, uint64 accreditorId) external returns (uint64 agencyId);
    /// @notice Root: replace an agency's admin, whatever the agency's status.
    function setAdmin(uint64 agencyId, address admin) external;
    /// @notice Root: end an agency for ever and name the active one that carries on its status lists.
    function mergeAgency(uint64 agencyId, uint64 successorId) external;
    /// @notice Root or accreditor: suspend an agency. The root authority also takes over an accreditor's suspension.
    function suspendAgency(uint64 agencyId) external;
    /// @notice Root or accreditor: end a suspension; one by the root authority only by the root authority.
    function readmitAgency(uint64 agencyId) external;
    /// @notice Any account without an office: let the agency's admin appoint it, sender or admin, once. Replaces an
    ///         earlier offer; agency 0 withdraws it. It gives no right, and any appointment uses it up.
    function offerService(uint64 agencyId) external;
    /// @notice Admin of an active agency: hand the office over to an account that offered its service to the agency.
    function transferAdmin(address admin) external;
    /// @notice Admin of an active agency: let an account that offered its service to the agency send.
    function addSender(address sender) external;
    /// @notice Admin, whatever the agency's status: an account may no longer send.
    function removeSender(address sender) external;

    // ------------------------------------------------------------------------------------ types, accreditations

    /// @notice Root: add a credential type (kind 1) or a record type (kind 2).
    function addType(bytes32 nameDigest, uint8 kind) external returns (uint64 typeId);
    /// @notice Root, or the admin of an active agency whose own accreditation may be delegated: accredit an agency.
    ///         Replaces one, running or over, that the same grantor gave or whose grantor was merged; the agency's
    ///         accreditor replaces one of any other agency's, the root authority any. One that was ended is nobody's.
    /// @param until First second at which it is over; one by an agency ends no later than that agency's own.
    function accredit(uint64 agencyId, uint64 typeId, uint64 until, bool mayDelegate) external;
    /// @notice Root or the grantor's admin, whatever the grantor's status, or the admin of the agency's active
    ///         accreditor if another agency is the grantor: end an accreditation now.
    function endAccreditation(uint64 agencyId, uint64 typeId) external;

    // ----------------------------------------------------------------------------------------------------- keys

    /// @notice Root: change how many keys an agency may register in all, those that ended counted. Takes no key away.
    function setKeyLimit(uint64 agencyId, uint64 limit) external;
    /// @notice Admin of an active agency: register a signing key, up to the agency's limit.
    /// @param multikey 0xed01 and the 32 bytes of an Ed25519 public key.
    /// @param validFrom First second at which it may anchor.
    /// @param validUntil First second at which it may no longer.
    function registerKey(bytes calldata multikey, uint64 validFrom, uint64 validUntil) external returns (uint64 keyId);
    /// @notice Admin, whatever the agency's status: retire a key for ever.
    function retireKey(uint64 keyId) external;
    /// @notice Root or accreditor: consent that the key's agency dates a compromise back as far as `since`.
    function consentToCompromise(uint64 keyId, uint64 since) external;
    /// @notice Admin, whatever the agency's status: declare a key compromised since a date, or move the date earlier.
    ///         Before this block by 30 days, or for a suspended or merged agency at all, only as far as consented to.
    function compromiseKey(uint64 keyId, uint64 since) external;

    // ---------------------------------------------------------------------------------------------------- views

    /// @notice Whether the sender may anchor for the type with the key in this block; reverts with the reason if not.
    function entitlement(address sender, uint64 typeId, uint64 keyId)
        external
        view
        returns (uint64 agencyId, bytes32 keyHash);
    /// @notice The agency an account sends for, and whether that agency is active. Reverts if it is no sender.
    function senderAgency(address sender) external view returns (uint64 agencyId, bool active);
    /// @notice The agency that acts for this one: itself, or the last in its line of successors.
    function actingAgency(uint64 agencyId) external view returns (uint64);

    /// @notice What an account is, and of which agency (0 for members and for nobody).
    function accountOf(address account) external view returns (AccountKind kind, uint64 agencyId);
    /// @notice The agency an account without an office offers its service to; 0 if none.
    function offerOf(address account) external view returns (uint64 agencyId);
    /// @notice Number of members, and how many of them must sign.
    function rootAuthority() external view returns (uint256 members, uint256 threshold);
    /// @notice Number the next signed call must carry; each executed call raises it by one.
    function rootNonce() external view returns (uint256);
    /// @notice An agency's state; zeros for an unknown id.
    function agencyOf(uint64 agencyId)
        external
        view
        returns (AgencyStatus status, address admin, uint64 accreditorId, uint64 successorId);
    /// @notice The accreditation of the pair itself, running or over, without those above it; zeros if none or ended.
    function accreditationOf(uint64 agencyId, uint64 typeId)
        external
        view
        returns (uint64 grantorId, uint64 until, bool mayDelegate);
    /// @notice A key's state; zeros for an unknown id. `validUntil` is 0 once it is retired or compromised.
    function keyOf(uint64 keyId)
        external
        view
        returns (
            uint64 agencyId,
            bytes32 keyHash,
            uint64 validFrom,
            uint64 validUntil,
            bool retired,
            uint64 compromisedSince
        );
    /// @notice How many keys an agency registered in all, and how many it may; zeros for an unknown id.
    function keyLimitOf(uint64 agencyId) external view returns (uint64 registered, uint64 limit);
    /// @notice The earliest date of compromise consented to for a key; 0 if none.
    function consentOf(uint64 keyId) external view returns (uint64 since);
    /// @notice How many there are, which is also the last id of each.
    function counts() external view returns (uint64 agencies, uint64 types, uint64 keys);
    /// @notice The agency with a DID digest; 0 if none.
    function agencyWithDid(bytes32 didDigest) external view returns (uint64 agencyId);
    /// @notice The type with a name digest; 0 if none.
    function typeWithName(bytes32 nameDigest) external view returns (uint64 typeId);
}
