"""Speak to devices: send them their commands, and note what became of each."""
