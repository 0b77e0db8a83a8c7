"""Keep what was tried in /data/state.json."""

import json
import logging
from pathlib import Path

from proxy.attempts import EMPTY, State, from_document, to_document

log = logging.getLogger(__name__)


def load(file: Path) -> State:
    """Read the file; what is missing or damaged is an empty state, which costs one more try."""
    try:
        return from_document(json.loads(file.read_text()))
    except FileNotFoundError:
        return EMPTY
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be read, so it starts anew: %s", file, error)
        return EMPTY


def save(file: Path, state: State) -> None:
    """Replace the file at once."""
    unfinished = file.with_name(f".{file.name}.new")
    unfinished.write_text(json.dumps(to_document(state), indent=1))
    unfinished.replace(file)
