import pytest

from appliance.shared.settings import SettingsError
from qlines.moving import target_file
from qlines.setting_table import MONGODB

ENV = {
    "QLINES_KAFKA": "old:9092",
    "QLINES_MONGODB_FILE": "/run/qlines/secrets/mongodb",
    "QLINES_RETENTION_DAYS": "30",
    "QLINES_DATA_DIR": "/nowhere",
    "PATH": "/bin",
}


def test_comments_empty_lines_and_quotes_are_as_in_env():
    text = "# the cluster\n\nQLINES_KAFKA=kafka:9092\nexport QLINES_NODE='node-1'\n"

    assert target_file.parse(text) == {"QLINES_KAFKA": "kafka:9092", "QLINES_NODE": "node-1"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("QLINES_KAFKA kafka:9092", "line 1 must be QLINES_NAME=value"),
        ("\nKAFKA=kafka:9092", "line 2 must be"),
        ("QLINES_KAFKAA=kafka:9092", "QLINES_KAFKAA is not a QLines setting"),
    ],
)
def test_a_line_that_is_no_setting_is_refused(text, sentence):
    with pytest.raises(SettingsError, match=sentence):
        target_file.parse(text)


def test_an_empty_file_is_a_container_alone_with_everything_else_as_it_is():
    settings = target_file.settings_of("", ENV)

    assert (settings.kafka, settings.mongodb) == ("127.0.0.1:9092", MONGODB)
    assert settings.retention_days == 30


def test_what_is_given_goes_before_what_the_container_has_as_a_value_or_as_a_file(tmp_path):
    (tmp_path / "key").write_text("a key that is long enough")
    env = ENV | {"QLINES_SECRET_KEY": "another key, for now"}

    settings = target_file.settings_of(f"QLINES_SECRET_KEY_FILE={tmp_path / 'key'}", env)

    assert settings.secret_key == "a key that is long enough"


def test_a_path_of_the_target_is_not_taken_for_a_file_with_a_value():
    env = target_file.environment({"QLINES_KAFKA": "kafka:9092"}, {"QLINES_KAFKA_CA_FILE": "/ca"})

    assert env == {"QLINES_KAFKA": "kafka:9092"}
