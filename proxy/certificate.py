"""What a certificate says about itself."""

from typing import NamedTuple


class Certificate(NamedTuple):
    """The facts that decisions need; *not_after* in seconds since 1970."""

    serial: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    issuer: str
    subject: str
    has_ocsp: bool

    @property
    def is_self_signed(self) -> bool:
        """Tell whether nobody else vouches for it."""
        return self.issuer == self.subject

    def days_left(self, now: float) -> float:
        """Return the days until it ends, one decimal, negative afterwards."""
        return round((self.not_after - now) / 86400, 1)
