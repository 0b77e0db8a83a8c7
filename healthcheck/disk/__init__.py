"""The disk: when it will be full, and the guard that makes room before it is."""
