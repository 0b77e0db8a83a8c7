"""From Kafka to ClickHouse: buffer, insert, then commit the offsets."""
