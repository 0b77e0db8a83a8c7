"""Send one message to one channel of a person, and say in one sentence what became of it."""
