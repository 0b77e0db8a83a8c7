"""The counters and gauges of the evaluator: name and meaning."""

COUNTERS = {
    "readings": "readings of devices with alarm rules that were evaluated",
    "raised": "alarms raised",
    "severity": "changes of an active alarm's severity",
    "cleared": "alarms ended",
    "historic": "alarms of the past that late readings have shown",
    "faults": "evaluations that failed by a fault of QLines; the rule's page has the error",
    "invalid_records": "Kafka records skipped: not readable, or of another version",
    "commits": "transactions that stored what was evaluated",
    "restarts": "times the evaluation began again from what is stored",
}
GAUGES = {
    "is_evaluating": "1 while this container evaluates alarm rules, 0 while another one does",
    "rules": "enabled alarm rules",
    "devices": "devices with alarm rules",
    "pairs_left_out": "pairs of a rule and a device beyond QLINES_ALARM_PAIRS, not evaluated",
    "states": "pairs of a rule and a device that have met",
    "timers": "pairs that are looked at again at a known time",
    "lag_seconds": "how long the oldest reading has waited for its evaluation",
}
