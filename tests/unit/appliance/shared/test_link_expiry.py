from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.shared.link_expiry import end_of, problems, read
from ha.pairing.authority import VALID_DAYS, make_authority, make_link

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86_400.0


# In 2045 the end is written in the other of its two forms.
@pytest.mark.parametrize("made_at", [NOW, datetime(2045, 1, 1, tzinfo=UTC)])
def test_it_reads_when_the_certificates_of_a_pairing_expire(
    tmp_path: Path, made_at: datetime
) -> None:
    authority = make_authority("1f", made_at)
    (tmp_path / "ca.pem").write_text(authority.certificate)
    (tmp_path / "link.pem").write_text(make_link(authority, "app.a.twin", made_at))
    end = (made_at + timedelta(days=VALID_DAYS)).timestamp()

    assert read(tmp_path) == {"ca.pem": end, "link.pem": end}


def test_a_file_that_is_missing_or_corrupt_is_left_to_the_check_of_the_link(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----")

    assert read(tmp_path) == {}
    with pytest.raises(ValueError, match="no certificate"):
        end_of("")


def test_a_certificate_is_named_with_its_remedy_from_sixty_days_before_its_end() -> None:
    now = NOW.timestamp()

    assert problems({"link.pem": now + 60 * DAY}, now) == []
    assert problems({"link.pem": now + 59.5 * DAY, "ca.pem": now - DAY}, now) == [
        (
            "the certificate of this side's links (link.pem) expires in 59 days, on 2026-03-01:"
            " `make twin-invite` renews it, then `make twin-join` on the other VM"
        ),
        (
            "the certificate of the pairing's authority (ca.pem) expired on 2025-12-31:"
            " `make twin-invite` renews it, then `make twin-join` on the other VM"
        ),
    ]
