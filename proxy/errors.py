"""Every error that the proxy raises on purpose; a leaf, so that anything may import it."""


class ProxyError(Exception):
    """The root of what the proxy raises; its text is one sentence for the person who reads it."""


class CertificateError(ProxyError):
    """A certificate cannot be read or made; the text says what is wrong with it."""
