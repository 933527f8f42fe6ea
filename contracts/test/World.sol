// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";
import {ITrustRegistry} from "../src/interfaces/ITrustRegistry.sol";

/// @title What the registries should hold, kept a second time in the plainest way
/// @dev Nothing here reads the registries. Rules are written from docs/contracts.md, not from the sources.
abstract contract Model is Fixture {
    struct Agency {
        ITrustRegistry.AgencyStatus status;
        uint64 accreditor;
        uint64 successor;
        uint64 line;
        uint64 senders;
        address admin;
    }

    struct Grant {
        uint64 grantor;
        uint64 until;
        bool mayDelegate;
    }

    struct Key {
        uint64 agency;
        uint64 from;
        uint64 until;
        uint64 since;
        uint64 consent;
        bool retired;
        bytes32 keyHash;
    }

    uint64 public agencies;
    uint64 public types;
    uint64 public keys;
    uint64 public members;
    uint64 public threshold;
    mapping(address => ITrustRegistry.AccountKind) public kindOf;
    mapping(address => uint64) public officeOf;
    mapping(address => uint64) public offerOf;
    mapping(uint64 => uint64) public keysOf;
    mapping(uint64 => uint64) public keyLimitOf;
    mapping(uint64 => Agency) public agency;
    mapping(uint64 => mapping(uint64 => Grant)) public grant;
    mapping(uint64 => Key) public key;
    mapping(uint64 => mapping(bytes32 => bool)) internal _registered;

    function _free(address account) internal view returns (bool) {
        return account != address(0) && account != address(trust) && kindOf[account] == ITrustRegistry.AccountKind.None;
    }

    function _offered(address account, uint64 office) internal view returns (bool) {
        return _free(account) && office != 0 && offerOf[account] == office;
    }

    function _active(uint64 id) internal view returns (bool) {
        return agency[id].status == ITrustRegistry.AgencyStatus.Active;
    }

    function _exists(uint64 id) internal view returns (bool) {
        return id > 0 && id <= agencies;
    }

    function _merged(uint64 id) internal view returns (bool) {
        return agency[id].status == ITrustRegistry.AgencyStatus.Merged;
    }

    function _runs(uint64 id, uint64 typeId) internal view returns (bool) {
        return grant[id][typeId].until > block.timestamp;
    }

    /// @dev Steps from the root authority down to the agency's accreditation; 0 if the chain is broken anywhere.
    function _depth(uint64 id, uint64 typeId) internal view returns (uint256) {
        uint256 steps = 1;
        while (_active(id) && _runs(id, typeId) && steps < 10) {
            uint64 above = grant[id][typeId].grantor;
            if (above == 0) return steps;
            if (!grant[above][typeId].mayDelegate) return 0;
            id = above;
            ++steps;
        }
        return 0;
    }

    function _maySupervise(uint64 caller, uint64 id) internal view returns (bool) {
        return caller == 0 || (_active(caller) && agency[id].accreditor == caller);
    }

    function _mayAccredit(uint64 caller, uint64 id, uint64 typeId, uint64 until) internal view returns (bool) {
        if (typeId == 0 || typeId > types || !_active(id) || until <= block.timestamp) return false;
        if (caller == 0) return true;
        uint256 depth = _depth(caller, typeId);
        if (caller == id || depth == 0 || depth > 2 || !grant[caller][typeId].mayDelegate) return false;
        uint64 before = grant[id][typeId].grantor;
        return grant[id][typeId].until == 0 || before == caller || _merged(before) || _overrules(caller, id, before);
    }

    /// @dev The accreditor decides over what other agencies gave, not over what the root authority gave.
    function _overrules(uint64 caller, uint64 id, uint64 grantor) internal view returns (bool) {
        return grantor != 0 && _active(caller) && agency[id].accreditor == caller;
    }

    function _mayEnd(uint64 caller, uint64 id, uint64 typeId) internal view returns (bool) {
        Grant storage given = grant[id][typeId];
        if (given.until == 0) return false;
        return caller == 0 || given.grantor == caller || _overrules(caller, id, given.grantor);
    }

    /// @dev The day before which a key cannot be declared compromised.
    function _earliest(uint64 keyId) internal view returns (uint256) {
        uint256 alone = block.timestamp - (_active(key[keyId].agency) ? 30 days : 0);
        uint64 consent = key[keyId].consent;
        return consent != 0 && consent < alone ? consent : alone;
    }

    function _isEntitled(address sender, uint64 typeId, uint64 keyId) internal view returns (bool) {
        if (kindOf[sender] != ITrustRegistry.AccountKind.Sender) return false;
        uint64 office = officeOf[sender];
        uint256 depth = _depth(office, typeId);
        Key storage k = key[keyId];
        return depth >= 1 && depth <= 3 && k.agency == office && !k.retired && k.since == 0
            && k.from <= block.timestamp && block.timestamp < k.until;
    }

    function _acting(uint64 id) internal view returns (uint64) {
        while (_merged(id)) {
            id = agency[id].successor;
        }
        return id;
    }

    function _appoint(address account, ITrustRegistry.AccountKind kind, uint64 office) internal {
        kindOf[account] = kind;
        officeOf[account] = office;
        delete offerOf[account];
    }

    function _dismiss(address account) internal {
        delete kindOf[account];
        delete officeOf[account];
    }
}

/// @title People who try everything, in every office, with and without the right
/// @dev Every call is made, and must succeed exactly if the model allows it. Then the model follows.
contract World is Model {
    uint256 private constant PEOPLE = 24;

    uint256[] private _personKeys;
    address[] private _persons;
    uint256 private _seed;
    uint256 private _names;

    /// @dev The last call the root authority made, to be sent again.
    bytes private _spent;

    struct AnchorEntry {
        uint64 agency;
        uint64 typeId;
        bytes32 root;
    }

    AnchorEntry[] private _anchored;
    mapping(uint64 => mapping(bytes32 => uint256)) public timesAnchored;
    mapping(uint64 => uint64) public versionOf;
    uint64[] private _lists;

    /// @dev How often each kind of thing was done, and refused.
    mapping(string => uint256) public done;
    mapping(string => uint256) public refused;

    constructor() {
        setUp();
        (members, threshold) = (3, 2);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _personKeys.push(i < 3 ? memberKeys[i] : 0x1000 + i);
            _persons.push(vm.addr(_personKeys[i]));
            if (i < 3) _appoint(_person(i), ITrustRegistry.AccountKind.Member, 0);
        }
        _found();
    }

    /// @dev Something to begin with: two types, and a ministry, province and city in a line of delegation.
    function _found() private {
        for (uint64 i = 0; i < 2; ++i) {
            _root("addType", abi.encodeCall(trust.addType, (_name(), 1)), true);
            ++types;
        }
        for (uint64 i = 1; i <= 4; ++i) {
            address admin = _person(2 + 2 * i);
            _root("addAgency", abi.encodeCall(trust.addAgency, (_name(), admin, i / 2)), true);
            _addAgency(admin, i / 2);
            _call("offerService", _person(3 + 2 * i), abi.encodeCall(trust.offerService, (i)), true);
            _call("addSender", admin, abi.encodeCall(trust.addSender, (_person(3 + 2 * i))), true);
            _addSender(_person(3 + 2 * i), i);
            _register(i, admin, _name(), NOW, NOW + 3650 days);
            for (uint64 typeId = 1; typeId <= 2; ++typeId) {
                uint64 grantor = i == 4 ? 0 : i - 1;
                bytes memory call = abi.encodeCall(trust.accredit, (i, typeId, NOW + 3650 days, true));
                if (grantor == 0) _root("accredit", call, true);
                else _call("accredit", agency[grantor].admin, call, true);
                grant[i][typeId] = Grant(grantor, NOW + 3650 days, true);
            }
        }
    }

    // -------------------------------------------------------------------------------------- what people may try

    function timePasses(uint256 seed) external {
        _seed = seed;
        vm.warp(block.timestamp + _below(5 days));
        vm.roll(block.number + 1);
    }

    /// @dev The root authority changes itself.
    function rootOnRoot(uint256 seed) external {
        _seed = seed;
        uint256 what = _below(4);
        address one = _someone();
        if (what == 0) {
            bool allowed = _free(one) && members < 8;
            if (members >= 8) return;
            if (_root("addMember", abi.encodeCall(trust.addMember, (one)), allowed)) {
                ++members;
                _appoint(one, ITrustRegistry.AccountKind.Member, 0);
            }
        } else if (what == 1) {
            one = _likely(ITrustRegistry.AccountKind.Member);
            bool allowed = kindOf[one] == ITrustRegistry.AccountKind.Member && members > threshold;
            if (_root("removeMember", abi.encodeCall(trust.removeMember, (one)), allowed)) {
                --members;
                _dismiss(one);
            }
        } else if (what == 2) {
            address from = _likely(ITrustRegistry.AccountKind.Member);
            bool allowed = kindOf[from] == ITrustRegistry.AccountKind.Member && _free(one);
            if (_root("rotateMember", abi.encodeCall(trust.rotateMember, (from, one)), allowed)) {
                _dismiss(from);
                _appoint(one, ITrustRegistry.AccountKind.Member, 0);
            }
        } else {
            uint64 wanted = uint64(_below(members + 2));
            bool allowed = wanted > 0 && wanted <= members;
            if (_root("setThreshold", abi.encodeCall(trust.setThreshold, (wanted)), allowed)) threshold = wanted;
        }
    }

    /// @dev The root authority founds and merges agencies, names admins and types.
    function rootOnAgencies(uint256 seed) external {
        _seed = seed;
        uint256 what = _below(5);
        address one = _someone();
        uint64 id = _someAgency();
        if (what == 0) {
            uint64 accreditor = _below(2) == 0 ? 0 : _someAgency();
            bool allowed = _free(one) && (accreditor == 0 || _active(accreditor)) && agencies < 12;
            if (agencies >= 12) return;
            if (_root("addAgency", abi.encodeCall(trust.addAgency, (_name(), one, accreditor)), allowed)) {
                _addAgency(one, accreditor);
            }
        } else if (what == 1) {
            if (_root("setAdmin", abi.encodeCall(trust.setAdmin, (id, one)), _exists(id) && _free(one))) {
                _changeAdmin(id, one);
            }
        } else if (what == 2 && _below(6) == 0) {
            uint64 heir = _below(4) == 0 ? id : _someAgency();
            bool allowed = _exists(id) && !_merged(id) && heir != id && _active(heir) && agency[id].line < 8;
            if (_root("mergeAgency", abi.encodeCall(trust.mergeAgency, (id, heir)), allowed)) {
                agency[id].status = ITrustRegistry.AgencyStatus.Merged;
                agency[id].successor = heir;
                if (agency[heir].line < agency[id].line + 1) agency[heir].line = agency[id].line + 1;
            }
        } else if (what == 3) {
            uint8 kind = uint8(_below(4));
            if (types >= 5) return;
            if (_root("addType", abi.encodeCall(trust.addType, (_name(), kind)), kind == 1 || kind == 2)) ++types;
        } else if (what == 4) {
            uint64 limit = uint64(keysOf[id] + _below(8));
            if (_root("setKeyLimit", abi.encodeCall(trust.setKeyLimit, (id, limit)), _exists(id))) {
                keyLimitOf[id] = limit;
            }
        }
    }

    /// @dev The root authority or an admin, of the right agency or not, suspends, readmits or consents.
    function supervise(uint256 seed) external {
        _seed = seed;
        (uint64 office, address admin) = _someOffice();
        uint64 id = _someAgency();
        uint256 what = _below(3);
        if (what < 2 && office != 0 && _below(2) == 0) id = _ward(office, id);
        ITrustRegistry.AgencyStatus status = agency[id].status;
        if (what == 0 && _below(3) > 0) what = 1;
        bool may = _maySupervise(office, id) && _exists(id);
        if (what == 0) {
            bool allowed = may
                && (status == ITrustRegistry.AgencyStatus.Active
                    || (office == 0 && status == ITrustRegistry.AgencyStatus.SuspendedByAccreditor));
            if (_by("suspendAgency", admin, abi.encodeCall(trust.suspendAgency, (id)), allowed)) {
                agency[id].status = office == 0
                    ? ITrustRegistry.AgencyStatus.SuspendedByRoot
                    : ITrustRegistry.AgencyStatus.SuspendedByAccreditor;
            }
        } else if (what == 1) {
            bool allowed = may
                && (status == ITrustRegistry.AgencyStatus.SuspendedByAccreditor
                    || (office == 0 && status == ITrustRegistry.AgencyStatus.SuspendedByRoot));
            if (_by("readmitAgency", admin, abi.encodeCall(trust.readmitAgency, (id)), allowed)) {
                agency[id].status = ITrustRegistry.AgencyStatus.Active;
            }
        } else {
            uint64 keyId = _someKey();
            uint64 since = _someDate();
            bool allowed = keyId > 0 && keyId <= keys && _maySupervise(office, key[keyId].agency) && since > 0
                && since <= block.timestamp;
            bytes memory call = abi.encodeCall(trust.consentToCompromise, (keyId, since));
            if (_by("consentToCompromise", admin, call, allowed)) key[keyId].consent = since;
        }
    }

    /// @dev The root authority or an admin accredits, or ends an accreditation.
    function accredit(uint256 seed) external {
        _seed = seed;
        (uint64 office, address admin) = _someOffice();
        uint64 id = _someAgency();
        uint64 typeId = uint64(_below(types + 2));
        if (_below(2) == 0) (office, admin, id) = _rivals(typeId, office, admin, id);
        uint64 before = grant[id][typeId].grantor;
        bool overrules = office != 0 && before != office && _overrules(office, id, before);
        if (_below(4) > 0) {
            uint64 until = uint64(block.timestamp + _below(1000 days) - 20 days);
            bool mayDelegate = _below(4) > 0;
            bool allowed = _mayAccredit(office, id, typeId, until) && (office == 0 || _active(office));
            bytes memory call = abi.encodeCall(trust.accredit, (id, typeId, until, mayDelegate));
            if (_by("accredit", admin, call, allowed)) {
                uint64 own = grant[office][typeId].until;
                if (office != 0 && own < until) until = own;
                grant[id][typeId] = Grant(office, until, mayDelegate);
                if (overrules) ++done["overrule"];
            }
        } else {
            bool allowed = _mayEnd(office, id, typeId);
            if (_by("endAccreditation", admin, abi.encodeCall(trust.endAccreditation, (id, typeId)), allowed)) {
                delete grant[id][typeId];
                if (overrules) ++done["overrule"];
            }
        }
    }

    /// @dev Anybody offers an agency its service, or withdraws that.
    function offer(uint256 seed) external {
        _seed = seed;
        address one = _someone();
        uint64 office = _below(6) == 0 ? 0 : _someAgency();
        bool allowed = _free(one) && (office == 0 || _exists(office));
        if (_call("offerService", one, abi.encodeCall(trust.offerService, (office)), allowed)) offerOf[one] = office;
    }

    /// @dev An admin names senders or hands over.
    function adminOnPeople(uint256 seed) external {
        _seed = seed;
        uint64 office = _someAgency();
        address admin = agency[office].admin;
        if (admin == address(0)) return;
        address one = _someone();
        if (_below(3) > 0) one = _offering(office, one);
        uint256 what = _below(5);
        if (what == 0) {
            bool allowed = _active(office) && _offered(one, office);
            if (_call("transferAdmin", admin, abi.encodeCall(trust.transferAdmin, (one)), allowed)) {
                _changeAdmin(office, one);
            }
        } else if (what < 4) {
            bool allowed = _active(office) && _offered(one, office) && agency[office].senders < 8;
            if (_call("addSender", admin, abi.encodeCall(trust.addSender, (one)), allowed)) _addSender(one, office);
        } else {
            one = _likely(ITrustRegistry.AccountKind.Sender);
            bool allowed = kindOf[one] == ITrustRegistry.AccountKind.Sender && officeOf[one] == office;
            if (_call("removeSender", admin, abi.encodeCall(trust.removeSender, (one)), allowed)) {
                --agency[office].senders;
                _dismiss(one);
            }
        }
    }

    /// @dev An admin registers, retires or gives up keys.
    function adminOnKeys(uint256 seed) external {
        _seed = seed;
        uint64 office = _someAgency();
        address admin = agency[office].admin;
        if (admin == address(0)) return;
        uint256 what = _below(6);
        uint64 keyId = _below(2) == 0 ? _ownKey(office) : _someKey();
        if (what < 4) {
            uint64 from = uint64(block.timestamp + _below(4 days) - 3 days);
            // A quarter are bytes that somebody registered before.
            bytes32 bits = what == 0 ? bytes32(1 + _below(_names)) : _name();
            _register(office, admin, bits, from, uint64(from + _below(400 days)));
        } else if (what == 4) {
            bool allowed = keyId != 0 && keyId <= keys && key[keyId].agency == office && !key[keyId].retired;
            if (_call("retireKey", admin, abi.encodeCall(trust.retireKey, (keyId)), allowed)) {
                key[keyId].retired = true;
            }
        } else {
            uint64 since = _someDate();
            Key storage k = key[keyId];
            bool allowed = keyId != 0 && k.agency == office && since > 0 && since <= block.timestamp
                && (k.since == 0 || since < k.since) && since >= _earliest(keyId);
            if (_call("compromiseKey", admin, abi.encodeCall(trust.compromiseKey, (keyId, since)), allowed)) {
                vm.assertTrue(k.since == 0 || since < k.since, "a compromise never moves later");
                k.since = since;
            }
        }
    }

    /// @dev A2: anybody, mostly senders, anchors for any type with any key, often a root that was anchored before.
    function anchor(uint256 seed) external {
        _seed = seed;
        address sender = _likely(ITrustRegistry.AccountKind.Sender);
        uint64 office = officeOf[sender];
        uint64 typeId = _below(4) > 0 ? _ownType(office) : uint64(_below(types + 1));
        uint64 keyId = _below(4) > 0 ? _ownKey(office) : _someKey();
        bytes32 root = _below(3) == 0 ? bytes32(1 + _below(3)) : _name();
        bool entitled = _isEntitled(sender, typeId, keyId);
        bool allowed = entitled && timesAnchored[office][root] == 0;
        vm.prank(sender);
        (bool ok, bytes memory result) =
            address(anchors).call(abi.encodeCall(anchors.anchor, (root, uint64(64), typeId, keyId)));
        vm.assertTrue(ok == allowed, "anchored exactly by those entitled, and once");
        if (ok) {
            vm.assertEq(abi.decode(result, (uint64)), _anchored.length);
            ++timesAnchored[office][root];
            _anchored.push(AnchorEntry(office, typeId, root));
        } else if (entitled) {
            ++refused["anchor twice"];
        }
        _count("anchor", ok);
    }

    /// @dev S1, S2, S3: anybody, mostly senders, publishes any version of any list.
    function publish(uint256 seed) external {
        _seed = seed;
        address sender = _likely(ITrustRegistry.AccountKind.Sender);
        uint64 office = officeOf[sender];
        uint64 owner = _below(3) > 0 ? office : _someAgency();
        uint64 list = (owner << 32) | uint64(_below(2));
        uint64 version = versionOf[list] + uint64(_below(5) == 0 ? _below(3) : 1);
        uint64 length = uint64(15 + _below(8));
        bool allowed = kindOf[sender] == ITrustRegistry.AccountKind.Sender && _active(office) && _exists(owner)
            && _acting(owner) == office && version == versionOf[list] + 1 && length >= 16;
        vm.prank(sender);
        (bool ok,) = address(statuses)
            .call(abi.encodeCall(statuses.publish, (list, version, keccak256("root"), length, keccak256("reasons"))));
        vm.assertTrue(ok == allowed, "published exactly by the owner, in order");
        if (ok) {
            if (versionOf[list] == 0) _lists.push(list);
            if (owner != office) ++done["publish as successor"];
            versionOf[list] = version;
        }
        _count("publish", ok);
    }

    /// @dev T7, T8: a sender, a lone member or anybody without an office tries what is not theirs.
    function overstep(uint256 seed) external {
        _seed = seed;
        address caller = _below(2) == 0 ? _likely(ITrustRegistry.AccountKind.Sender) : _someone();
        if (kindOf[caller] == ITrustRegistry.AccountKind.Admin) return;
        bytes memory call = _anyCall();
        vm.prank(caller);
        (bool ok,) = address(trust).call(call);
        vm.assertFalse(ok, "nobody oversteps");
        _count(kindOf[caller] == ITrustRegistry.AccountKind.Sender ? "overstep as sender" : "overstep", false);
    }

    /// @dev T7: fewer members than the threshold, or a member many times over, or a stranger among them, sign.
    function conspire(uint256 seed) external {
        _seed = seed;
        uint256[] memory signers = _signers();
        uint256 what = _below(4);
        if (threshold == 1 && what % 2 == 1) return;
        if (what == 0) {
            signers = _butLast(signers);
        } else if (what == 1) {
            for (uint256 i = 1; i < signers.length; ++i) {
                signers[i] = signers[0];
            }
        } else if (what == 2) {
            signers[_below(signers.length)] = 0xdead;
            signers = _ascending(signers);
        } else {
            (signers[0], signers[1]) = (signers[1], signers[0]);
        }
        bytes memory call = _anyCall();
        uint256 deadline = block.timestamp + 1;
        bytes[] memory signatures = _sign(call, trust.rootNonce(), deadline, signers);
        (bool ok,) = address(trust).call(abi.encodeCall(trust.execute, (call, deadline, signatures)));
        vm.assertFalse(ok, "no power without the threshold");
        _count("conspire", false);
    }

    /// @dev T7: what the root authority once signed and did is sent again.
    function replay(uint256 seed) external {
        _seed = seed;
        vm.prank(_someone());
        (bool ok,) = address(trust).call(_spent);
        vm.assertFalse(ok, "signed for once alone");
        _count("replay", false);
    }

    // ------------------------------------------------------------------------------------------ for the reader

    function people() external view returns (address[] memory) {
        return _persons;
    }

    function registries() external view returns (address, address, address) {
        return (address(trust), address(anchors), address(statuses));
    }

    function anchored() external view returns (AnchorEntry[] memory) {
        return _anchored;
    }

    function lists() external view returns (uint64[] memory) {
        return _lists;
    }

    // -------------------------------------------------------------------------------------------------- making

    function _root(string memory name, bytes memory call, bool allowed) private returns (bool ok) {
        uint256 deadline = block.timestamp + _below(100);
        bytes[] memory signatures = _sign(call, trust.rootNonce(), deadline, _signers());
        bytes memory signed = abi.encodeCall(trust.execute, (call, deadline, signatures));
        (ok,) = address(trust).call(signed);
        vm.assertTrue(ok == allowed, string.concat("root: ", name));
        if (ok) _spent = signed;
        _count(name, ok);
    }

    function _call(string memory name, address caller, bytes memory call, bool allowed) private returns (bool ok) {
        vm.prank(caller);
        (ok,) = address(trust).call(call);
        vm.assertTrue(ok == allowed, name);
        _count(name, ok);
    }

    function _by(string memory name, address admin, bytes memory call, bool allowed) private returns (bool) {
        return admin == address(0) ? _root(name, call, allowed) : _call(name, admin, call, allowed);
    }

    function _register(uint64 office, address admin, bytes32 bits, uint64 from, uint64 until) private {
        bytes memory multikey = abi.encodePacked(hex"ed01", bits);
        bytes32 keyHash = sha256(multikey);
        bool allowed = _active(office) && from < until && until > block.timestamp && !_registered[office][keyHash]
            && keysOf[office] < keyLimitOf[office];
        if (_call("registerKey", admin, abi.encodeCall(trust.registerKey, (multikey, from, until)), allowed)) {
            _registered[office][keyHash] = true;
            ++keysOf[office];
            key[++keys] = Key(office, from, until, 0, 0, false, keyHash);
        }
    }

    function _addAgency(address admin, uint64 accreditor) private {
        agency[++agencies] = Agency(ITrustRegistry.AgencyStatus.Active, accreditor, 0, 0, 0, admin);
        _appoint(admin, ITrustRegistry.AccountKind.Admin, agencies);
        keyLimitOf[agencies] = 32;
    }

    function _addSender(address account, uint64 office) private {
        ++agency[office].senders;
        _appoint(account, ITrustRegistry.AccountKind.Sender, office);
    }

    function _changeAdmin(uint64 office, address admin) private {
        _dismiss(agency[office].admin);
        agency[office].admin = admin;
        _appoint(admin, ITrustRegistry.AccountKind.Admin, office);
    }

    /// @dev A call of any function that changes something, with arguments that would often be right for its owner.
    function _anyCall() private returns (bytes memory) {
        uint256 what = _below(20);
        address one = _someone();
        uint64 id = _someAgency();
        uint64 keyId = _someKey();
        if (what == 0) return abi.encodeCall(trust.addMember, (one));
        if (what == 1) return abi.encodeCall(trust.removeMember, (_likely(ITrustRegistry.AccountKind.Member)));
        if (what == 2) return abi.encodeCall(trust.rotateMember, (_likely(ITrustRegistry.AccountKind.Member), one));
        if (what == 3) return abi.encodeCall(trust.setThreshold, (1));
        if (what == 4) return abi.encodeCall(trust.addAgency, (_name(), one, 0));
        if (what == 5) return abi.encodeCall(trust.addType, (_name(), 1));
        if (what == 6) return abi.encodeCall(trust.setAdmin, (id, one));
        if (what == 7) return abi.encodeCall(trust.mergeAgency, (id, 1 + (id % agencies)));
        if (what == 8) return abi.encodeCall(trust.suspendAgency, (id));
        if (what == 9) return abi.encodeCall(trust.readmitAgency, (id));
        if (what == 10) return abi.encodeCall(trust.consentToCompromise, (keyId, 1));
        if (what == 11) return abi.encodeCall(trust.accredit, (id, 1, type(uint64).max, true));
        if (what == 12) return abi.encodeCall(trust.endAccreditation, (id, 1));
        if (what == 13) return abi.encodeCall(trust.transferAdmin, (one));
        if (what == 14) return abi.encodeCall(trust.addSender, (one));
        if (what == 15) return abi.encodeCall(trust.retireKey, (keyId));
        if (what == 16) return abi.encodeCall(trust.compromiseKey, (keyId, uint64(block.timestamp)));
        if (what == 17) return abi.encodeCall(trust.removeSender, (_likely(ITrustRegistry.AccountKind.Sender)));
        if (what == 18) return abi.encodeCall(trust.setKeyLimit, (id, 1000));
        return abi.encodeCall(
            trust.registerKey, (abi.encodePacked(hex"ed01", _name()), uint64(block.timestamp), type(uint64).max)
        );
    }

    // ------------------------------------------------------------------------------------------------ choosing

    /// @dev A number below `limit` out of the seed, which moves on.
    function _below(uint256 limit) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed % limit;
    }

    function _name() private returns (bytes32) {
        return bytes32(++_names);
    }

    function _person(uint256 i) private view returns (address) {
        return _persons[i];
    }

    function _someone() private returns (address) {
        return _person(_below(PEOPLE));
    }

    /// @dev Somebody of that kind, if one is found quickly.
    function _likely(ITrustRegistry.AccountKind kind) private returns (address one) {
        for (uint256 i = 0; i < 12; ++i) {
            one = _someone();
            if (kindOf[one] == kind && (officeOf[one] == 0 || _active(officeOf[one]))) break;
        }
    }

    /// @dev An agency, rarely one that does not exist.
    function _someAgency() private returns (uint64) {
        return uint64(_below(20) == 0 ? _below(agencies + 2) : 1 + _below(agencies));
    }

    function _someKey() private returns (uint64) {
        return uint64(_below(20) == 0 ? _below(keys + 2) : 1 + _below(keys));
    }

    function _ownKey(uint64 office) private returns (uint64 keyId) {
        for (uint256 i = 0; i < 12; ++i) {
            keyId = _someKey();
            Key storage k = key[keyId];
            if (k.agency == office && !k.retired && k.since == 0) break;
        }
    }

    /// @dev Somebody who offered the office its service, if there is one.
    function _offering(uint64 office, address other) private view returns (address) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (_offered(_person(i), office)) return _person(i);
        }
        return other;
    }

    /// @dev A type the office is accredited for, if one is found quickly.
    function _ownType(uint64 office) private returns (uint64 typeId) {
        for (uint256 i = 0; i < 6; ++i) {
            typeId = uint64(_below(types + 1));
            if (_depth(office, typeId) > 0) break;
        }
    }

    function _ward(uint64 office, uint64 other) private view returns (uint64) {
        for (uint64 id = 1; id <= agencies; ++id) {
            if (agency[id].accreditor == office && !_merged(id)) return id;
        }
        return other;
    }

    /// @dev An active accreditor and its agency that another agency accredited, if there are such.
    function _rivals(uint64 typeId, uint64 office, address admin, uint64 other)
        private
        returns (uint64, address, uint64)
    {
        uint64 first = uint64(_below(agencies));
        for (uint64 i = 0; i < agencies; ++i) {
            uint64 id = 1 + ((first + i) % agencies);
            uint64 above = agency[id].accreditor;
            uint64 grantor = grant[id][typeId].grantor;
            if (_active(above) && grantor != 0 && grantor != above) return (above, agency[above].admin, id);
        }
        return (office, admin, other);
    }

    /// @dev The root authority (0, no account) or an agency with its admin.
    function _someOffice() private returns (uint64 office, address admin) {
        if (_below(2) == 0) return (0, address(0));
        office = uint64(1 + _below(agencies));
        admin = agency[office].admin;
    }

    function _someDate() private returns (uint64) {
        uint256 what = _below(8);
        if (what == 0) return 0;
        if (what == 1) return uint64(block.timestamp + 1 + _below(100));
        return uint64(block.timestamp - _below(what < 5 ? 30 days : 60 days));
    }

    /// @dev Just so many members as must sign, ascending.
    function _signers() private view returns (uint256[] memory signers) {
        signers = new uint256[](threshold);
        uint256 found = 0;
        for (uint256 i = 0; i < PEOPLE && found < threshold; ++i) {
            if (kindOf[_person(i)] == ITrustRegistry.AccountKind.Member) signers[found++] = _personKeys[i];
        }
        return _ascending(signers);
    }

    function _butLast(uint256[] memory list) private pure returns (uint256[] memory shorter) {
        shorter = new uint256[](list.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = list[i];
        }
    }

    function _count(string memory name, bool ok) private {
        if (ok) ++done[name];
        else ++refused[name];
    }
}
