"""What is measured and counted, as Prometheus reads it."""
