import pytest

from qlines.addresses import tls

WHERE = {"address": "ADDRESS", "authority": "AUTHORITY", "certificate": "CERTIFICATE"}
FAILED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            f"{FAILED}: Hostname mismatch, certificate is not valid for 'db-1'. (_ssl.c:1006)",
            "its certificate is not for db-1: use a host that the certificate names, in ADDRESS",
        ),
        (
            f"{FAILED}: IP address mismatch, certificate is not valid for '10.0.0.1'.",
            "its certificate is not for 10.0.0.1",
        ),
        (f"{FAILED}: certificate has expired (_ssl.c:1006)", "its certificate has expired"),
        (f"{FAILED}: self-signed certificate in certificate chain", "not known here"),
        (f"{FAILED}: unable to get local issuer certificate", "name that authority's certificate"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "correct ADDRESS"),
        ("[SSL] record layer failure (_ssl.c:1006)", "it does not speak TLS at this port"),
        ("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert", "see CERTIFICATE"),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca", "see CERTIFICATE"),
    ],
)
def test_an_error_of_openssl_becomes_a_sentence_with_its_remedy(error, words):
    assert words in tls.reason(OSError(error), **WHERE)


def test_another_error_has_no_such_sentence():
    assert tls.reason(OSError("connection refused"), **WHERE) is None
