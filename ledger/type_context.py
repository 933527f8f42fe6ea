"""The JSON-LD context of a credential type: flat, closed, protected, and named by its own digest.

    {"@context": {"@protected": true,
                  "BusinessLicence": "https://…/business-licence#BusinessLicence",
                  "businessName": "https://…/business-licence#businessName",
                  "startedOn": {"@id": "https://…#startedOn", "@type": "http://www.w3.org/2001/XMLSchema#date"}}}

    https://<host>/contexts/BusinessLicence/1/<base64url SHA-256 of the context's bytes>

The bytes are the JCS of the document. It defines the type's name and every property of its schema, each by an absolute
IRI, and nothing else: no term is left to ``@vocab`` or to another document, so a reader who expands the credential
(JSON-LD 1.1) and one who does not have the same claims before them. ``@version`` stays out: 1.1 is a float, and JSON-LD
1.1 is what a processor assumes without it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ledger import base64url
from ledger.digest import Digest
from ledger.errors import MalformedInput

RESERVED_TERMS: Final = frozenset(
    """
    _sd _sd_alg assertionMethod aud authentication BitstringStatusList BitstringStatusListCredential
    BitstringStatusListEntry capabilityDelegation capabilityInvocation challenge cnf confidenceMethod created
    credentialSchema credentialStatus credentialSubject cryptosuite DataIntegrityProof description digestMultibase
    digestSRI domain encodedList EnvelopedVerifiableCredential EnvelopedVerifiablePresentation evidence exp expires
    holder iat id iss issuer jku JsonSchema JsonSchemaCredential jsonSchema jwk keyAgreement kid mediaType message name
    nbf nonce previousProof proof proofPurpose proofValue refreshService relatedResource renderMethod status
    statusListCredential statusListIndex statusMessage statusPurpose statusReference statusSize sub termsOfUse ttl type
    validFrom validUntil VerifiableCredential verifiableCredential VerifiablePresentation verificationMethod x5u ...
    """.split()  # noqa: SIM905 - as a list it would be 72 lines of one word
)
"""Terms that https://www.w3.org/ns/credentials/v2 defines at any depth. They are protected: a context that defines one
again makes a JSON-LD processor refuse the whole credential (JSON-LD 1.1, section 4.1.11)."""

_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]{1,255}")
_DEFINITION_MEMBERS: Final = frozenset(("@id", "@type", "@container"))
_CONTAINERS: Final = frozenset(("@list", "@set"))


def check_context(document: Any, type_name: str, terms: frozenset[str]) -> None:
    """Check a context document against the name and the terms that it must define.

    Raises MalformedInput ``type.context-form``, ``type.context-unprotected``, ``type.context-reserved-term``,
    ``type.context-term-missing``, ``type.context-term-unknown``, ``type.context-iri``.
    """
    context = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(context, dict) or len(document) != 1:
        raise _bad("type.context-form", "is not one object under @context", 'Write {"@context": {…}}.')
    if context.get("@protected") is not True:
        raise _bad("type.context-unprotected", "is not protected", 'Add "@protected": true.')
    defined = context.keys() - {"@protected"}
    keywords = sorted(term for term in defined if term.startswith("@"))
    if keywords:
        raise _bad("type.context-form", f"uses {keywords[0]}", "Only @protected and term definitions may stand here.")
    expected = terms | {type_name}
    for term in sorted(defined & RESERVED_TERMS):
        raise _bad("type.context-reserved-term", f"defines {term}, a term of VC 2.0", "Rename the field.", term)
    for term in sorted(expected - defined):
        raise _bad("type.context-term-missing", f"does not define {term}", "Define it by an IRI.", term)
    for term in sorted(defined - expected):
        raise _bad("type.context-term-unknown", f"defines {term}, which the schema does not have", "Remove it.", term)
    for term in sorted(defined):
        _check_definition(term, context[term])


def context_url(base: str, type_name: str, type_version: str, digest: Digest) -> str:
    """Address of a context under ``base`` (``https://host``, no slash at the end); its last segment is the digest."""
    return f"{base}/contexts/{type_name}/{type_version}/{base64url.encode(digest)}"


def _check_definition(term: str, definition: Any) -> None:
    iri, datatype = definition, None
    if isinstance(definition, dict):
        if definition.keys() - _DEFINITION_MEMBERS or definition.get("@container", "@set") not in _CONTAINERS:
            raise _bad("type.context-form", f"defines {term} in an unknown way", "Use @id, @type, @container.", term)
        iri, datatype = definition.get("@id"), definition.get("@type")
    for value in (iri,) if datatype is None else (iri, datatype):
        if not isinstance(value, str) or not _IRI.fullmatch(value):
            raise _bad("type.context-iri", f"does not define {term} by an absolute IRI", "Write the IRI in full.", term)


def _bad(code: str, what: str, cure: str, term: str | None = None) -> MalformedInput:
    return MalformedInput(code, f"The context {what}.", cure, path="/context", term=term)
