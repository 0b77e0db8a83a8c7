"""Load and save the attempts, in /data/state.json."""

import json
import logging
from pathlib import Path

from appliance.shared.files import write_atomically
from proxy.acme_attempts import EMPTY, State, from_document, to_document

log = logging.getLogger(__name__)


def load(file: Path) -> State:
    """Return the saved state; a missing or corrupt file is empty, which costs one attempt."""
    try:
        return from_document(json.loads(file.read_text()))
    except FileNotFoundError:
        return EMPTY
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s is corrupt and ignored: %s", file, error)
        return EMPTY


def save(file: Path, state: State) -> None:
    """Replace the file atomically."""
    write_atomically(file, json.dumps(to_document(state), indent=1))
