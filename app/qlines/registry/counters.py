"""The counters of the registry program: name and meaning."""

COUNTERS = {
    "rebuilds": "times the registry file was rebuilt from all of MongoDB's devices",
    "changes": "devices added, changed or removed since the program started",
}
