"""What browsers are called."""

import pytest

from qlines.web.browser_name import browser_name

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (f"{MAC} (KHTML, like Gecko) Version/18.5 Safari/605.1.15", "Safari on Mac"),
        (f"{PHONE} (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604", "Safari on iPhone"),
        (f"{WINDOWS} AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/2010 Firefox/143.0", "Firefox on Linux"),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
    ],
)  # fmt: skip
def test_a_browser_is_named_with_its_system(agent, name):
    assert browser_name(agent) == name
