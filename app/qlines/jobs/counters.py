"""The counters of the RQ workers, the scheduler and the dispatcher: name and meaning."""

WORKER_COUNTERS = {
    "done": "jobs that finished",
    "failed": "runs of jobs that failed; a job that is retried may fail several times",
}
DISPATCH_COUNTERS = {
    "events_planned": "changes of alarms of which messages were made, or none by a setting",
    "messages_planned": "messages about alarms that were put into the outbox, dropped ones too",
}
DISPATCH_GAUGES = {
    "messages_due": "messages that are due and not sent",
    "oldest_due_seconds": "for how long the oldest of these has been due",
    "channels_failing": "channels that are on and whose last message failed",
    "mail_outage_seconds": "for how long the mail server has taken no mail; 0 when it does",
}
CRON_COUNTERS = {
    "enqueued": "jobs put on the queue because they were due",
}
