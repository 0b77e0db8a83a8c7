"""From Kafka to the browsers that watch: filter, combine, publish to Socket.IO's queue."""
