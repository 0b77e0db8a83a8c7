"""The version of QLines; pyproject.toml and the health report read it here."""

VERSION = "0.1.0"
