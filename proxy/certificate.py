"""The facts of a certificate that decisions need."""

from typing import NamedTuple


class Certificate(NamedTuple):
    """*not_before* and *not_after* are seconds since 1970, names as in RFC 4514."""

    serial: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    issuer: str
    subject: str
    has_ocsp: bool

    @property
    def is_self_signed(self) -> bool:
        """Return whether no authority signed it."""
        return self.issuer == self.subject

    def days_left(self, now: float) -> float:
        """Return the days until it expires, with one decimal, negative afterwards."""
        return round((self.not_after - now) / 86400, 1)
