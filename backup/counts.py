"""What a source counts: how many items of each kind, by name in the plural."""

Counts = dict[str, int]


def in_words(number: int, name: str) -> str:
    """Return a count for people, such as "1 device" or "1,000 readings of 20261123"."""
    noun, *rest = name.split(" ")
    if number == 1:
        noun = noun.removesuffix("s")
    return " ".join([f"{number:,}", noun, *rest])
