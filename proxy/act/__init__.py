"""One tool or one file in each module: how to talk to it."""
