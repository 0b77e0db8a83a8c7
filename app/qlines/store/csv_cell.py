"""Text in CSV files that a spreadsheet opens without running it as a formula; pure."""

# Excel, LibreOffice and Google Sheets run a cell that begins like this as a formula (OWASP, "CSV
# injection"), so text sent by a device could attack the person who opens the file.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def escape_formula(text: str) -> str:
    """Return *text*, with a leading apostrophe when a spreadsheet would run it as a formula.

    What has such apostrophes already gets one more, so that unescape_formula() returns the same.
    """
    return "'" + text if text.lstrip("'").startswith(FORMULA_STARTS) else text


def unescape_formula(text: str) -> str:
    """Return the text of which escape_formula() made *text*."""
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(FORMULA_STARTS) else text
