"""One module for each way to ask, each with ``probe(port) -> sentence``; silence is ProbeError."""
