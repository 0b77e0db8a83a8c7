"""The counters of the web app: name and meaning."""

COUNTERS = {
    "accepted": "messages that are in the spool",
    "refused": "messages rejected before the spool, with a reason shown to the device's owner",
    "limited": "requests answered with 429, because the device or its owner had sent too much",
    "unknown_tokens": "requests with an unknown token",
    "provisioning_requests": "requests of devices for a token, whatever became of them",
    "webhook_calls_answered": "calls over HTTP, or tests, that the webhook of an owner answered",
    "webhook_calls_failed": "calls over HTTP, or tests, whose webhook gave no answer in time",
    "webhook_calls_refused": "calls over HTTP, or tests, for which too many others waited",
    "refused_queries": "queries answered with 429, because their user had too many at once",
    "refused_sign_ins": "sign-ins answered with 503, because too many people signed in at once",
    "unavailable": "requests answered with 503, because the spool or the registry was unavailable",
}
# By area (page, api, device) and status class; web/request_metrics.py counts them.
REQUEST_COUNTERS = {
    "requests": "requests answered, by area and class of the status; not sockets and polls",
}
HISTOGRAMS = {
    "request_duration_seconds": "time until a response began, by area; not sockets and polls",
}
GAUGES = {
    "requests_in_hand": "requests whose answer is not complete; not sockets and polls",
    "sockets": "browsers that are connected by Socket.IO now",
    "polls": "devices that wait over HTTP for a command, or a change of their attributes, now",
}
