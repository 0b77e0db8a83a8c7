"""The settings of the target, as an operator writes them into a file like .env; pure."""

import re
from collections.abc import Mapping

from appliance.shared.settings import PREFIX, SettingsError
from qlines.settings import Settings, unknown_variables

LINE = re.compile(r"(?:export )?(QLINES_[A-Z_]+)=(.*)")
# What says where the stores are, and which of them this container runs: never taken over from the
# source, so that an empty file means a container alone, with stores of its own.
OF_STORES = re.compile(rf"{PREFIX}(KAFKA\w*|MONGODB|CLICKHOUSE\w*|REDIS|ROLES|NODE)")


def parse(text: str) -> dict[str, str]:
    """Return the settings by their names; raise SettingsError for any other line."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        parts = LINE.fullmatch(stripped)
        if not parts:
            raise SettingsError(f"line {number} must be QLINES_NAME=value, as in .env")
        found[parts[1]] = _unquoted(parts[2])
    if unknown := unknown_variables(found):
        raise SettingsError(f"{unknown[0]} is not a QLines setting: appliance/README.md lists them")
    return found


def environment(given: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the container that starts next: *given*, and the rest of *env*."""
    names = {_name(variable) for variable in given}
    kept = {
        variable: value
        for variable, value in env.items()
        if _name(variable) not in names and not OF_STORES.fullmatch(_name(variable))
    }
    return {**kept, **given}


def settings_of(text: str, env: Mapping[str, str]) -> Settings:
    """Return the settings that the file gives a container of *env*; raise SettingsError."""
    return Settings.from_env(environment(parse(text), env))


def _name(variable: str) -> str:
    """Return the setting that a variable sets, by its value or by a file."""
    is_path = variable in (
        "QLINES_KAFKA_CA_FILE",
        "QLINES_KAFKA_CERT_FILE",
        "QLINES_KAFKA_KEY_FILE",
    )
    return variable if is_path else variable.removesuffix("_FILE")


def _unquoted(text: str) -> str:
    quoted = re.fullmatch(r"\"(.*)\"|'(.*)'", text)
    return (quoted[1] or quoted[2] or "") if quoted else text
