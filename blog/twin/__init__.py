"""What makes the blogs of twins one: MariaDB's role, a copy of the other's data, and its files."""
