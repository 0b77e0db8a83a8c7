"""The proxy's end of the link to the other VM, as the configuration needs it."""

from typing import NamedTuple

# The names of the local app and of the local blog, in the networks of this VM.
APP_HOST, BLOG_HOST = "app", "blog"


class Link(NamedTuple):
    """A pairing that can be used; *mark* changes whenever one of its files does.

    *own_name* and *other_name* are those of the two proxies' certificates; *host* and *port* are
    where the other proxy is; *folder* holds ``link.pem`` and ``ca.pem``.
    """

    side: str
    own_name: str
    other_name: str
    host: str
    port: int
    folder: str
    mark: str
