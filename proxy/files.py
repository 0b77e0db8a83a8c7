"""The proxy's files: /data must survive, /run may be lost."""

from pathlib import Path
from typing import NamedTuple

ETC = Path(__file__).parent / "etc" / "nginx"


class Files(NamedTuple):
    """Every file and folder, below the two folders of the settings."""

    data: Path
    run: Path

    @property
    def upstreams(self) -> Path:
        """Return the file that overrides the settings' upstreams; it need not exist."""
        return self.data / "upstreams"

    @property
    def state(self) -> Path:
        """Return the file with the attempts for each domain."""
        return self.data / "state.json"

    @property
    def twin_state(self) -> Path:
        """Return the file in which the controller of a pair (ha) says what it decided."""
        return self.run / "ha.json"

    @property
    def webroot(self) -> Path:
        """Return the folder that port 80 serves to the authority."""
        return self.run / "acme"

    def certificate(self, domain: str) -> Path:
        """Return the file with an authority's certificate and its key."""
        return self.data / "certificates" / f"{domain}.pem"

    def placeholder(self, domain: str) -> Path:
        """Return the file with the placeholder certificate and its key."""
        return self.data / "placeholders" / f"{domain}.pem"

    def lineage(self, domain: str) -> Path:
        """Return certbot's folder with the newest certificate of a domain."""
        return self.data / "letsencrypt" / "live" / domain

    def make_folders(self) -> None:
        """Create every folder; only the owner can open those with keys."""
        for folder in (self.data / "certificates", self.data / "placeholders"):
            folder.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.data / "letsencrypt", self.run / "certbot", self.run / "nginx"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.webroot.mkdir(parents=True, exist_ok=True)
