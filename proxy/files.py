"""Where the proxy keeps what: /data must survive, /run may be lost."""

from pathlib import Path
from typing import NamedTuple

ETC = Path(__file__).parent / "etc" / "nginx"


class Files(NamedTuple):
    """Every file and folder, from the two folders of the settings."""

    data: Path
    run: Path

    @property
    def upstreams(self) -> Path:
        """Lists of upstreams that take the place of the settings, when there is one."""
        return self.data / "upstreams"

    @property
    def state(self) -> Path:
        """What was tried for each domain."""
        return self.data / "state.json"

    @property
    def webroot(self) -> Path:
        """What port 80 shows to the authority."""
        return self.run / "acme"

    def certificate(self, domain: str) -> Path:
        """Return the file with an authority's certificate and its key."""
        return self.data / "certificates" / f"{domain}.pem"

    def placeholder(self, domain: str) -> Path:
        """Return the file with the self-made certificate and its key."""
        return self.data / "placeholders" / f"{domain}.pem"

    def lineage(self, domain: str) -> Path:
        """Return certbot's folder with the newest certificate of a domain."""
        return self.data / "letsencrypt" / "live" / domain

    def make_folders(self) -> None:
        """Make every folder; what holds keys is for its owner only."""
        for folder in (self.data / "certificates", self.data / "placeholders"):
            folder.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.data / "letsencrypt", self.run / "certbot", self.run / "nginx"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.webroot.mkdir(parents=True, exist_ok=True)
