"""Copy certificates and certbot's account from the active VM's proxy, which alone orders them.

A copy is one JSON document: ``{"files": {path: text}, "links": {path: target}}``, with paths below
``/data``. It holds private keys, so it is given to the other proxy through the link only.
"""

import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from appliance.shared.files import write_atomically

CERTIFICATES, LETSENCRYPT, LIVE = "certificates", "letsencrypt", "letsencrypt/live"
FOLDERS = (CERTIFICATES, LETSENCRYPT)
SUFFIXES = (".pem", ".json", ".conf", "README")


class CopyError(Exception):
    """A copy cannot be used; the text says which file is wrong."""


def pack(data: Path) -> dict[str, dict[str, str]]:
    """Return what there is to copy."""
    files, links = {}, {}
    for path in _paths(data):
        name = path.relative_to(data).as_posix()
        if path.is_symlink():
            links[name] = os.readlink(path)
        elif path.is_file() and name.endswith(SUFFIXES):
            files[name] = path.read_text()
    return {"files": files, "links": links}


def _paths(data: Path) -> Iterator[Path]:
    for name in FOLDERS:
        # The sorted order is that of certbot's folders: accounts, archive, live, renewal.
        yield from sorted((data / name).rglob("*"))


def unpack(data: Path, copy: Mapping[str, Any]) -> list[str]:
    """Write what differs, what nginx reads last; return the paths that were written.

    Raise CopyError before anything is written when a path leads elsewhere, or a certificate comes
    without its own key: certbot may have been at work while it was read.
    """
    files, links = _texts(copy, "files"), _texts(copy, "links")
    for name in (*files, *links):
        _check_path(name)
    for name, target in links.items():
        _check_path(os.path.normpath(PurePosixPath(name).parent / target))
    _check_pairs(files, links)
    written = [name for name in _in_order(files) if _write(data / name, files[name])]
    return written + [name for name, target in links.items() if _link(data / name, target)]


def _texts(copy: Mapping[str, Any], kind: str) -> dict[str, str]:
    found = copy.get(kind)
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise CopyError(f"a copy must have {kind}, each a text by its path")
    return found


def _check_path(name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.parts[0] not in FOLDERS:
        raise CopyError(f"a path of a copy must be below {' or '.join(FOLDERS)}, got {name!r}")


def _check_pairs(files: Mapping[str, str], links: Mapping[str, str]) -> None:
    """Raise CopyError unless every certificate comes with its own key."""
    for name, text in files.items():
        if name.startswith(f"{CERTIFICATES}/"):
            _check_pair(name, text)
    for name in {str(PurePosixPath(one).parent) for one in links if one.startswith(LIVE)}:
        parts = [
            files.get(os.path.normpath(f"{name}/{links.get(f'{name}/{part}', '')}"), "")
            for part in ("privkey.pem", "fullchain.pem")
        ]
        _check_pair(name, "".join(parts))


def _check_pair(name: str, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # only its owner can read it
        file.write(text)
        file.flush()
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file.name)
        except (OSError, ssl.SSLError) as error:
            raise CopyError(f"{name} must hold a certificate with its key: {error}") from None


def _in_order(files: Mapping[str, str]) -> list[str]:
    return sorted(files, key=lambda name: (name.startswith(CERTIFICATES), name))


def _write(file: Path, text: str) -> bool:
    if file.is_file() and file.read_text() == text:
        return False
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(file, text, mode=0o600)
    return True


def _link(file: Path, target: str) -> bool:
    if file.is_symlink() and os.readlink(file) == target:
        return False
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(file)
    return True
