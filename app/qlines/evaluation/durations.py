"""Durations in words."""

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def duration(seconds: float) -> str:
    """Return seconds in words, in at most two units: "5 minutes", "1 hour 30 minutes"."""
    if 0 < seconds < 1:
        return f"{seconds:g} seconds"
    left, words = round(seconds), []
    for unit, size in UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {unit}" if count == 1 else f"{count} {unit}s")
        elif words:
            break
    return " ".join(words[:2]) or "0 seconds"
