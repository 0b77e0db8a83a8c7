from proxy.act import certbot
from proxy.settings import Settings

SETTINGS = Settings.from_env({"QLINES_ACME_EMAIL": "me@example.com"})


def test_an_order_names_all_and_uses_the_folder_that_port_80_shows():
    words = list(
        certbot.order_arguments(SETTINGS, "one.example", ("one.example", "www.one.example"))
    )

    assert words[:4] == ["certonly", "--webroot", "--webroot-path", "/run/proxy/acme"]
    assert words.count("--domain") == 2
    assert words[words.index("--server") + 1] == SETTINGS.acme_server
    assert words[words.index("--config-dir") + 1] == "/data/letsencrypt"
    assert "--non-interactive" in words


def test_a_renewal_is_forced_only_by_hand_and_never_waits_at_random():
    words = list(certbot.renew_arguments(SETTINGS, "one.example", force=False))

    assert "--no-random-sleep-on-renew" in words
    assert "--force-renewal" not in words
    assert "--server" not in words, "the authority that issued it renews it"
    assert "--force-renewal" in list(certbot.renew_arguments(SETTINGS, "one.example", force=True))


def test_the_cause_of_a_failure_is_extracted_from_the_output():
    said = """Saving debug log to /tmp/x.log
Requesting a certificate for one.example

Certbot failed to authenticate some domains (authenticator: webroot). The authority reported:
  Domain: one.example
  Type:   connection
  Detail: 203.0.113.5: Fetching http://one.example/.well-known/x: Timeout

Hint: The Certificate Authority failed to download the temporary challenge files.
Some challenges have failed.
Ask for help or search for solutions at https://community.letsencrypt.org.
"""

    assert certbot.cause(said) == (
        "Detail: 203.0.113.5: Fetching http://one.example/.well-known/x: Timeout"
    )


def test_without_a_detail_the_last_telling_lines_are_the_cause():
    said = "An unexpected error occurred:\nno route to host\nAsk for help or search\n"

    assert certbot.cause(said) == "no route to host"
    assert len(certbot.cause("x" * 2000)) == 400
