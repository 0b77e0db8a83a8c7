"""The counters of the program twin: name and meaning."""

COUNTERS = {
    "steps": "changes of MongoDB's set that this side has made",
    "copies": "times that this side's MongoDB was away too long and copied everything again",
    "role_changes": "times that this side became active, standby or neither",
}
