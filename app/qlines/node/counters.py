"""The gauge of `node`: name and meaning."""

GAUGES = {
    "nodes": "nodes beside the same stores, this one and those lost within a day among them",
}
