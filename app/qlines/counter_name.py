"""Name a counter with its labels, as it stands in a heartbeat file.

`requests{area="page",status="2xx"}`: a name alone, or with labels as in Prometheus' text format.
Values are our own words and numbers, so none needs escaping.
"""

import re

_LABEL = re.compile(r'(\w+)="([^"]*)"')


def join(name: str, **labels: str) -> str:
    """Return the name with its labels."""
    inner = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{inner}}}" if inner else name


def split(counter: str) -> tuple[str, dict[str, str]]:
    """Return the name and the labels."""
    name, _, inner = counter.partition("{")
    return name, dict(_LABEL.findall(inner))
