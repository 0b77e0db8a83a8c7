"""The encrypted links between a container and its counterparts, by stunnel."""
