"""A side of a pairing: its role, and what it fetches from its twin."""
