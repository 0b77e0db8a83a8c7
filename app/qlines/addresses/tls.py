"""Why a TLS connection was refused, in a sentence with its remedy; pure."""

import re

# OpenSSL's words, which the clients of all stores pass on; the first that is found counts.
HOST = r"(?:Hostname|IP address) mismatch, certificate is not valid for '([^']*)'"
VERIFY = r"CERTIFICATE_VERIFY_FAILED|certificate verify failed"
CLEAR_TEXT = r"(?i)WRONG_VERSION_NUMBER|wrong version number|record layer failure"
CLIENT = r"(?i)certificate[_ ]required|bad[_ ]certificate|handshake[_ ]failure|unknown[_ ]ca\b"
UNKNOWN_AUTHORITY = (
    "its certificate is signed by an authority that is not known here: name that authority's"
    " certificate in {authority}"
)
REASONS = (
    (HOST, "its certificate is not for {0}: use a host that the certificate names, in {address}"),
    (r"certificate has expired", "its certificate has expired: renew it there"),
    (VERIFY, UNKNOWN_AUTHORITY),
    (CLEAR_TEXT, "it does not speak TLS at this port: correct {address}"),
    (CLIENT, "it does not accept the certificate of this program, or its lack: see {certificate}"),
)


def reason(error: object, *, address: str, authority: str, certificate: str) -> str | None:
    """Return the sentence for an error of OpenSSL, None for another error.

    The others are where the operator sets the address, the authority's certificate and the
    certificate of this program.
    """
    for pattern, sentence in REASONS:
        if found := re.search(pattern, str(error)):
            return sentence.format(
                *found.groups(), address=address, authority=authority, certificate=certificate
            )
    return None
