"""/demo/mail: what a demonstration would have mailed."""

from qlines.clock import utc_datetime
from qlines.store import caught_mail


def test_an_admin_reads_the_mails_as_text(world, carol):
    assert "None yet." in carol.get("/demo/mail").text
    now = utc_datetime(world.deps.clock.now_us())
    caught_mail.keep(world.deps.db, "carol@example.com", "QLines: <b>hot</b>", "84 °C", now)

    page = carol.get("/demo/mail").text

    assert "QLines: &lt;b&gt;hot&lt;/b&gt;" in page
    assert "to carol@example.com" in page
    assert "84 °C" in page
