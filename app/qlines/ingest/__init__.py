"""From the spool to Kafka: decode, check the registry, pack; then what MongoDB is told."""
