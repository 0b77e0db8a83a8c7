"""Probe upstreams, and read the certificate that nginx serves."""

import http.client
import socket
import ssl

TIMEOUT_SECONDS = 3.0


def http_answer(address: str, port: int, path: str) -> str:
    """Return "" when the address answers with anything below 500, otherwise the reason."""
    connection = http.client.HTTPConnection(address, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("HEAD", path, headers={"User-Agent": "qlines-proxy"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"port {port}: {error or type(error).__name__}"
    finally:
        connection.close()
    return "" if status < 500 else f"port {port} answers with {status}"


def listens(address: str, port: int) -> str:
    """Return "" when the port accepts a connection, otherwise the reason."""
    try:
        socket.create_connection((address, port), TIMEOUT_SECONDS).close()
    except OSError as error:
        return f"port {port}: {error}"
    return ""


def served_certificate(name: str, port: int) -> bytes:
    """Return the certificate that this machine serves for a name, in DER; raise OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the placeholder is read too
    with (
        socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as bare,
        context.wrap_socket(bare, server_hostname=name) as secure,
    ):
        return secure.getpeercert(binary_form=True) or b""
