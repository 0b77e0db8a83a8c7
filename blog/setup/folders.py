"""Make the folders of the volume, and link the image's themes and plugins into each site."""

from collections.abc import Iterable
from pathlib import Path

_SITE_FOLDERS = ("themes", "plugins", "uploads", "upgrade")
_IMAGE_FOLDERS = ("themes", "plugins")


def make(data: Path, names: Iterable[str]) -> None:
    """Make the folders of the volume that are missing; *names* are the sites."""
    for folder in ("log", "secrets", "sites", "tmp"):
        (data / folder).mkdir(exist_ok=True)
    (data / "secrets").chmod(0o700)
    for name in names:
        (data / "tmp" / name).mkdir(exist_ok=True)
        for folder in _SITE_FOLDERS:
            (data / "sites" / name / "wp-content" / folder).mkdir(parents=True, exist_ok=True)


def link_image_parts(core: Path, content: Path) -> None:
    """Link the image's themes and plugins beside a site's own; one with the same name is kept.

    *core* is WordPress's folder, *content* the site's wp-content.
    """
    for kind in _IMAGE_FOLDERS:
        _remove_dangling_links(content / kind)
        for part in sorted((core / "wp-content" / kind).iterdir()):
            link = content / kind / part.name
            if not link.exists():
                link.symlink_to(part)


def _remove_dangling_links(folder: Path) -> None:
    # Parts that an older image had.
    for link in folder.iterdir():
        if link.is_symlink() and not link.exists():
            link.unlink()
