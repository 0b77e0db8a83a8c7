import pytest

from qlines.errors import FieldError
from qlines.webhook.url import Rules, Target, parse

LAX = Rules(allows_http=True, allows_private=True)


@pytest.mark.parametrize(
    ("url", "target", "authority"),
    [
        ("https://example.com", Target(True, "example.com", 443, "/"), "example.com"),
        ("https://example.com:443/a", Target(True, "example.com", 443, "/a"), "example.com"),
        ("https://e.com:8443/a?b=c", Target(True, "e.com", 8443, "/a?b=c"), "e.com:8443"),
        ("https://[2606::1]/", Target(True, "2606::1", 443, "/"), "[2606::1]"),
        ("http://10.0.0.1:80/", Target(False, "10.0.0.1", 80, "/"), "10.0.0.1"),
    ],
)
def test_an_address_is_taken_apart(url, target, authority):
    assert parse(url, LAX) == target
    assert target.authority == authority


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://example.com/", "begin with https,"),
        ("ftp://example.com/", "begin with https"),
        ("example.com", "begin with https"),
        ("https://", "begin with https"),
        ("https:///calls", "begin with https"),
        ("https://example.com:99999/", "be an address such as"),
        ("https://example.com:0/", "port 0"),
        ("https://[::1/", "be an address such as"),
        ("https://user:password@example.com/", "no user, password"),
        ("https://@example.com/", "no user, password"),
        ("https://example.com/#part", "fragment"),
        ("https://exämple.com/", "ASCII"),
        ("https://example.com/a b", "without spaces"),
        ("https://example.com/\r\nHost: a", "ASCII"),
        ("https://example.com/" + "a" * 2_000, "at most 2,000"),
        ("https://127.0.0.1/", "loopback address"),
        ("https://10.0.0.1/", "private address"),
        ("https://[::ffff:169.254.169.254]/", "link-local address"),
    ],
)
def test_one_that_may_not_be_used_is_refused_with_the_rule(url, rule):
    with pytest.raises(FieldError, match=rule):
        parse(url, Rules())
