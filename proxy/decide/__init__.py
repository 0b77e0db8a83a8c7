"""Pure rules: what follows from settings and from what was seen."""
