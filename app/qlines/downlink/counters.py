"""The counters of what is sent to devices, in the heartbeat of the registry: name and meaning."""

COUNTERS = {
    "commands_sent": "commands given to the broker for a device, each time they were",
    "commands_delivered": "commands that a device has acknowledged",
    "commands_returned": "commands that a device did not acknowledge, queued again or failed",
    "commands_expired": "commands whose time was over before their end",
    "requests_answered": "requests of devices, for attributes or calls, that were answered",
    "requests_rejected": "requests of devices that could not be understood",
    "webhook_calls_answered": "calls of devices by MQTT that the webhook of their owner answered",
    "webhook_calls_failed": "calls of devices by MQTT whose webhook gave no answer in time",
    "webhook_calls_refused": "calls of devices by MQTT for which too many others waited",
    "requests_unanswered": "requests of devices that were dropped: too many, or MongoDB was away",
    "provisions_answered": "requests of connections without a token that were answered",
    "provisions_unanswered": "such requests that were dropped: too many, or MongoDB was away",
}
