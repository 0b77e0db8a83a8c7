"""Read the pairing with another VM, where there is one."""

import logging
from pathlib import Path

from appliance.shared import twin
from proxy.act import x509
from proxy.errors import CertificateError
from proxy.link import Link

log = logging.getLogger(__name__)

PART = "proxy"
FILES = (twin.FILE, "ca.pem", "link.pem")


class Pairing:
    """The files of the pairing; *problem* says why they cannot be used, "" otherwise."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._known: tuple[str, Link | None] = ("", None)
        self.problem = ""

    def link(self) -> Link | None:
        """Return the link to the other proxy, None without a pairing that can be used.

        The files are read again only after one of them changed: a certificate may be renewed.
        """
        mark = self._mark()
        if mark != self._known[0]:
            self._known = (mark, self._read(mark))
        return self._known[1]

    def _mark(self) -> str:
        marks = []
        for name in FILES:
            try:
                stat = (self._data / twin.FOLDER / name).stat()
            except OSError:
                continue
            marks.append(f"{stat.st_mtime_ns}-{stat.st_size}")
        return " ".join(marks)

    def _read(self, mark: str) -> Link | None:
        self.problem = ""
        try:
            pairing = twin.read(self._data)
            if pairing is None:
                return None
            folder = self._data / twin.FOLDER
            x509.check_pair(folder / "link.pem")
            x509.read(folder / "ca.pem")
            host, _, port = pairing.peers[pairing.other].rpartition(":")
        except (OSError, KeyError, twin.TwinError, CertificateError) as error:
            self.problem = f"the pairing with the other VM cannot be used: {error}"
            log.warning("%s", self.problem)
            return None
        return Link(
            pairing.side,
            twin.certificate_name(PART, pairing.side),
            twin.certificate_name(PART, pairing.other),
            host.strip("[]"),
            int(port),
            str(folder),
            mark,
        )
