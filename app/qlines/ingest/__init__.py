"""From the spool to Kafka: decode, check the registry, publish; then flush the rest to MongoDB."""
