"""Pages, the HTTP API, sockets, and the HTTP way in for devices."""
