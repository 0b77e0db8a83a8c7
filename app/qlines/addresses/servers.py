"""Addresses of servers, host:port; pure."""


def servers(text: str) -> str:
    """Return addresses as they are; raise ValueError when one is not host:port."""
    for address in text.split(","):
        host, _, number = address.rpartition(":")
        if not host or not number.isdigit() or not 0 < int(number) < 65536:
            raise ValueError("host:port, several separated by commas")
    return text
