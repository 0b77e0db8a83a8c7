"""Split the address of several servers; pure.

Python's own urlsplit() refuses an IPv6 address that is not the first of them, from 3.11.12, 3.12.9
and 3.13.2 on: ``mongodb://one:1,[::1]:3/``.
"""

import re
from urllib.parse import SplitResult

# RFC 3986, appendix B; each part may be empty.
PARTS = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)


def split_url(text: str) -> SplitResult:
    """Return the parts of an address; the hosts in *netloc* are for the caller to check."""
    scheme, *others = (part or "" for part in PARTS.fullmatch(text).groups())  # type: ignore[union-attr] # any text matches
    return SplitResult(scheme.lower(), *others)
