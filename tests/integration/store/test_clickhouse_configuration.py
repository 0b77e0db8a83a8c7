"""The configuration for a build with a ClickHouse of today is known to it."""

import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

APPLIANCE = Path(__file__).resolve().parents[3] / "appliance"
CONFIG = APPLIANCE / "etc" / "clickhouse" / "config.xml"
USERS = APPLIANCE / "etc" / "clickhouse" / "users.xml"
FREE_ENTRIES = "number_of_free_entries_in_pool_to_"


@pytest.fixture(scope="module")
def of_today():
    """Return the root of config.xml after the Dockerfile's own change."""
    dockerfile = (APPLIANCE / "Dockerfile").read_text()
    (expression,) = re.findall(r"sed -i -E '([^']+)' /opt/qlines/etc/clickhouse", dockerfile)
    changed = subprocess.run(
        ["sed", "-E", expression, str(CONFIG)], check=True, capture_output=True, text=True
    )
    return ET.fromstring(changed.stdout)


def names(elements):
    return {element.tag for element in elements}


def test_its_settings_of_tables_exist_there(of_today, todays):
    known = {name for (name,) in todays.execute("SELECT name FROM system.merge_tree_settings")}

    of_tables = names(of_today.find("merge_tree"))
    assert of_tables - known == set()
    assert of_tables > names(ET.parse(CONFIG).find("merge_tree"))


def test_its_settings_of_the_server_exist_there(of_today, todays):
    known = {name for (name,) in todays.execute("SELECT name FROM system.server_settings")}

    assert names(of_today) - names(ET.parse(CONFIG).getroot()) <= known | {"user_files_path"}


def test_its_settings_of_the_user_exist_there(todays):
    known = {name for (name,) in todays.execute("SELECT name FROM system.settings")}

    assert names(ET.parse(USERS).find("profiles/default")) - known == set()


def test_no_setting_wants_more_of_the_pool_than_it_has(of_today):
    # Today's server does not start otherwise; the ratio of tasks to threads is 2.
    tasks = 2 * int(of_today.findtext("background_pool_size"))
    wanted = [int(item.text) for item in of_today.find("merge_tree") if FREE_ENTRIES in item.tag]

    assert len(wanted) == 3
    assert max(wanted) <= tasks
