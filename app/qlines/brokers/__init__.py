"""What the brokers of twins, or of several nodes, tell each other through MongoDB."""
