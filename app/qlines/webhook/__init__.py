"""Send a message to an address that a person has chosen: signed, and never into our own network."""
