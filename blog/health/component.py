"""A line of the health report."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Component(NamedTuple):
    """One line of the report; *blocked_by* names the component that has to recover first.

    *details* are further fields of the line.
    """

    name: str
    status: str
    sentence: str
    blocked_by: str | None = None
    details: Mapping[str, Any] = MappingProxyType({})

    def as_json(self) -> dict[str, Any]:
        """Return the line in the shape of the appliance's report."""
        line: dict[str, Any] = {"name": self.name, "status": self.status}
        if self.blocked_by:
            line["blocked_by"] = self.blocked_by
        return line | {"sentence": self.sentence} | dict(self.details)
