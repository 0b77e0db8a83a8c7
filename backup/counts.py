"""What a source counts: how many items of each kind, by name."""

Counts = dict[str, int]
