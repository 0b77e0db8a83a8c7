"""The evaluator of alarm rules: from Kafka's readings to alarms, once each, in one place."""
