"""From Kafka to the browsers that watch: filter, coalesce, publish to Socket.IO's queue."""
