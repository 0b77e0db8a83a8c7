"""What can go wrong in a pairing."""


class PairingError(Exception):
    """A step of the pairing cannot be done; the text names the rule, the value and the remedy."""
