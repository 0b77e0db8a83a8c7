import json
from dataclasses import fields

import pytest

from appliance.shared.settings import SettingsError
from qlines.programs import NAMES
from qlines.setting_table import SETTINGS
from qlines.settings import Settings, main, unknown_variables
from tests.harness.programs import FOR_SEVERAL


def test_it_has_a_default_for_every_setting():
    settings = Settings.from_env({})

    assert settings.admin_email == "admin@example.com"
    assert settings.retention_days == 365
    assert settings.spool_sync == "interval"
    assert settings.roles == frozenset(NAMES) - FOR_SEVERAL


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [
        ("QLINES_RETENTION_DAYS", "many", "must be a whole number from 1 to 36500, got 'many'"),
        ("QLINES_RETENTION_DAYS", "0", "must be a whole number from 1 to 36500, got '0'"),
        ("QLINES_RETENTION_DAYS", "-5", "must be a whole number from 1 to 36500, got '-5'"),
        ("QLINES_SPOOL_SYNC", "never", "must be one of interval, always, got 'never'"),
        ("QLINES_KAFKA", "kafka", "must be host:port, several separated by commas, got 'kafka'"),
        ("QLINES_MONGODB", "localhost:27017", "must be an address such as mongodb://"),
        ("QLINES_ADMIN_EMAIL", "admin", "must be an e-mail address such as me@example.com"),
        ("QLINES_ROLES", "gunicorn,nginx", "must be 'all' or a comma-separated list of links,"),
        ("QLINES_DATA_DIR", "data", "must be an absolute path, got 'data'"),
    ],
)
def test_it_refuses_nonsense_with_the_rule_and_the_value(variable, value, rule):
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({variable: value})

    assert f"{variable} {rule}" in str(raised.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("QLINES_ADMIN_PASSWORD", "hunter2"),
        ("QLINES_SMTP_URL", "user:hunter2@mail.example.com"),
        ("QLINES_MONGODB", "user:hunter2@db.example.com"),
        ("QLINES_REDIS", "user:hunter2@cache.example.com"),
    ],
)
def test_it_never_shows_a_value_that_may_hold_a_password(variable, value):
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({variable: value})

    assert "hunter2" not in str(raised.value)


def test_it_reads_a_setting_from_a_file(tmp_path):
    file = tmp_path / "days"
    file.write_text("30\n")

    assert Settings.from_env({"QLINES_RETENTION_DAYS_FILE": str(file)}).retention_days == 30


def test_it_refuses_a_file_that_is_missing():
    with pytest.raises(
        SettingsError, match="QLINES_SECRET_KEY_FILE must name a readable text file"
    ):
        Settings.from_env({"QLINES_SECRET_KEY_FILE": "/nowhere/at/all"})


def test_it_refuses_a_setting_given_twice(tmp_path):
    env = {"QLINES_REDIS": "redis://a:1", "QLINES_REDIS_FILE": str(tmp_path / "redis")}

    with pytest.raises(SettingsError, match="both set: keep one"):
        Settings.from_env(env)


def test_it_takes_the_secrets_made_at_first_boot(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "secret_key").write_text("made-at-first-boot\n")

    settings = Settings.from_env({"QLINES_DATA_DIR": str(tmp_path)})

    assert settings.secret_key == "made-at-first-boot"


def test_it_prefers_the_environment_to_a_secret_made_at_first_boot(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "secret_key").write_text("made-at-first-boot")
    env = {"QLINES_DATA_DIR": str(tmp_path), "QLINES_SECRET_KEY": "chosen-by-the-operator"}

    assert Settings.from_env(env).secret_key == "chosen-by-the-operator"


def test_it_names_a_misspelt_setting_and_lets_the_other_parts_have_theirs():
    env = {"QLINES_RETENTION_DAY": "3", "QLINES_WEB_PORT": "5000", "QLINES_BACKUP_EVERY": "6h"}

    assert unknown_variables(env) == ["QLINES_RETENTION_DAY"]


def test_the_table_and_the_fields_are_the_same():
    assert [item.name.lower() for item in SETTINGS] == [field.name for field in fields(Settings)]


def test_it_warns_of_a_misspelt_setting(monkeypatch, capsys):
    monkeypatch.setattr("os.environ", {"QLINES_RETENTION_DAY": "3"})

    assert main() == 0
    assert capsys.readouterr().err == (
        "QLINES_RETENTION_DAY is not a QLines setting and is ignored; "
        "appliance/README.md lists them\n"
    )


def test_it_says_why_a_setting_is_invalid(monkeypatch, capsys):
    monkeypatch.setattr("os.environ", {"QLINES_ROLES": "webserver"})

    assert main() == 2
    assert capsys.readouterr().err.startswith("QLINES_ROLES must be 'all' or a comma-separated")


def test_programs_for_twins_run_only_where_there_is_a_pairing(tmp_path):
    environment = {"QLINES_DATA_DIR": str(tmp_path), "QLINES_ROLES": "links,mongodb"}
    alone = Settings.from_env(environment)
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "twin.json").touch()

    paired = Settings.from_env(environment)

    assert (alone.roles, paired.roles) == ({"mongodb"}, {"links", "mongodb"})


def pair(data_dir):
    (data_dir / "twin").mkdir()
    document = {"version": 1, "side": "b", "part": "app", "peers": {"a": "vm-a:7444"}}
    (data_dir / "twin" / "twin.json").write_text(json.dumps(document))


def test_what_goes_on_without_a_majority_reads_from_the_mongodb_of_its_own_side(tmp_path):
    env = {"QLINES_DATA_DIR": str(tmp_path)}
    alone = Settings.from_env(env)
    pair(tmp_path)

    assert alone.own_mongodb == alone.mongodb
    own = Settings.from_env(env).own_mongodb
    assert own == "mongodb://127.0.1.2:27017/?directConnection=true"


def test_a_twin_is_no_node_of_several(tmp_path):
    pair(tmp_path)
    env = {"QLINES_DATA_DIR": str(tmp_path), "QLINES_NODE": "node-1", "QLINES_ROLES": "writer"}

    with pytest.raises(SettingsError, match="this one is a twin, which has its own: end the"):
        Settings.from_env(env)


def test_an_address_of_mongodb_that_somebody_has_set_counts_for_twins_too(tmp_path):
    pair(tmp_path)
    url = "mongodb://db.example.com:27017/?replicaSet=rs"

    settings = Settings.from_env({"QLINES_DATA_DIR": str(tmp_path), "QLINES_MONGODB": url})

    assert (settings.mongodb, settings.own_mongodb) == (url, url)
