import pytest

from ha.certificates import CopyError, pack, unpack
from tests.harness.twin_proxies import Authority

AUTHORITY = Authority()


def split(pem):
    key, end, certificate = pem.partition("-----END PRIVATE KEY-----\n")
    return key + end, certificate


@pytest.fixture
def active(tmp_path):
    """Return the data folder of a proxy with one certificate, as certbot leaves it."""
    data = tmp_path / "active"
    pem = AUTHORITY.issue("one.example")
    key, certificate = split(pem)
    texts = {
        "certificates/one.example.pem": pem,
        "letsencrypt/archive/one.example/privkey1.pem": key,
        "letsencrypt/archive/one.example/fullchain1.pem": certificate,
        "letsencrypt/renewal/one.example.conf": "version = 4\n",
        "letsencrypt/accounts/server/directory/1/regr.json": "{}",
        "letsencrypt/.certbot.lock": "",
        "placeholders/one.example.pem": pem,
    }
    for name, text in texts.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(text)
    live = data / "letsencrypt" / "live" / "one.example"
    live.mkdir(parents=True)
    for part in ("privkey", "fullchain"):
        (live / f"{part}.pem").symlink_to(f"../../archive/one.example/{part}1.pem")
    return data


@pytest.fixture
def standby(tmp_path):
    data = tmp_path / "standby"
    data.mkdir()
    return data


def test_a_copy_is_whole_and_private(active, standby):
    written = unpack(standby, pack(active))

    live = standby / "letsencrypt" / "live" / "one.example"
    assert (live / "privkey.pem").read_text().startswith("-----BEGIN PRIVATE KEY")
    assert (live / "fullchain.pem").is_symlink()
    certificate = standby / "certificates" / "one.example.pem"
    assert certificate.read_text() == (active / "certificates" / "one.example.pem").read_text()
    assert certificate.stat().st_mode & 0o777 == 0o600
    assert certificate.parent.stat().st_mode & 0o777 == 0o700
    assert not (standby / "placeholders").exists()
    assert not (standby / "letsencrypt" / ".certbot.lock").exists()
    assert len(written) == 7


def test_a_copy_of_what_is_there_already_writes_nothing(active, standby):
    unpack(standby, pack(active))

    assert unpack(standby, pack(active)) == []


def test_a_renewed_certificate_takes_the_place_of_the_old_one(active, standby):
    unpack(standby, pack(active))
    (active / "certificates" / "one.example.pem").write_text(AUTHORITY.issue("one.example"))

    assert unpack(standby, pack(active)) == ["certificates/one.example.pem"]


@pytest.mark.parametrize("name", ["certificates/one.example.pem", "letsencrypt/live/one.example"])
def test_a_certificate_without_its_own_key_is_refused_and_nothing_is_written(active, standby, name):
    other, _ = split(AUTHORITY.issue("one.example"))
    copy = pack(active)
    _, certificate = split(copy["files"]["certificates/one.example.pem"])
    if name.startswith("certificates"):
        copy["files"][name] = other + certificate
    else:
        copy["files"]["letsencrypt/archive/one.example/privkey1.pem"] = other

    with pytest.raises(CopyError, match="must hold a certificate with its key"):
        unpack(standby, copy)
    assert list(standby.iterdir()) == []


@pytest.mark.parametrize(
    "copy",
    [
        {"files": {"../x": ""}, "links": {}},
        {"files": {"/etc/passwd": ""}, "links": {}},
        {"files": {"twin/ca.pem": ""}, "links": {}},
        {"files": {"certificates/../upstreams": ""}, "links": {}},
        {"files": {}, "links": {"letsencrypt/x": "../../etc"}},
        {"files": {}, "links": {"letsencrypt/x": "/etc"}},
        {"files": {}},
        {"files": {"certificates/x": 1}, "links": {}},
        {"status": "not found"},
    ],
)
def test_a_copy_that_leads_elsewhere_or_is_none_is_refused(standby, copy):
    with pytest.raises(CopyError):
        unpack(standby, copy)
    assert list(standby.iterdir()) == []
