"""What programs say of errors, as a sentence of a page; pure."""

ENDS = (".", "!", "?", "…")


def as_sentence(text: str) -> str:
    """Return the text with a capital letter and a full stop, "" for none."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(ENDS) else ".") if text else ""
