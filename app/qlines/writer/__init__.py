"""From Kafka to ClickHouse: batch, insert, then commit the offsets."""
