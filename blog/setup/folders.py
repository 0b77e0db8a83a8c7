"""Make the folders of the volume, and show each site the themes and plugins of the image."""

from collections.abc import Iterable
from pathlib import Path

_OF_SITE = ("themes", "plugins", "uploads", "upgrade")
_OF_IMAGE = ("themes", "plugins")


def make(data: Path, names: Iterable[str]) -> None:
    """Make what is missing in the volume."""
    for folder in ("log", "secrets", "sites", "tmp"):
        (data / folder).mkdir(exist_ok=True)
    (data / "secrets").chmod(0o700)
    for name in names:
        (data / "tmp" / name).mkdir(exist_ok=True)
        for folder in _OF_SITE:
            (data / "sites" / name / "wp-content" / folder).mkdir(parents=True, exist_ok=True)


def link_image_parts(core: Path, content: Path) -> None:
    """Link the image's themes and plugins beside a site's own, which win over the same name."""
    for kind in _OF_IMAGE:
        _remove_dangling_links(content / kind)
        for part in sorted((core / "wp-content" / kind).iterdir()):
            link = content / kind / part.name
            if not link.exists():
                link.symlink_to(part)


def _remove_dangling_links(folder: Path) -> None:
    # An older image had them.
    for link in folder.iterdir():
        if link.is_symlink() and not link.exists():
            link.unlink()
