"""The changes of webhooks for test_audit.py: path and method ▶ what Carol does, and the line."""


def with_webhook(kind, *path, **body):
    """Send a form, or a request to the API, once Carol has a webhook."""

    def act(one):
        one.api("PUT", "/api/call-webhook", url="https://example.com/")
        getattr(one, kind)(*path, **body)

    return act


LINES = {
    "secret": "replaced the secret of the webhook for calls of devices",
    "test": "sent a test to the webhook for calls of devices",
    "remove": "removed the webhook for calls of devices",
}
OF_WEBHOOKS = {
    ("/account/calls", "POST"): (
        lambda one: one.form("/account/calls", url="https://example.com:8443/a?key=1"),
        "set the webhook for calls of devices, at example.com:8443",
    ),
    **{
        (f"/account/calls/{verb}", "POST"): (with_webhook("form", f"/account/calls/{verb}"), line)
        for verb, line in LINES.items()
    },
    ("/api/call-webhook", "PUT"): (
        with_webhook("api", "PUT", "/api/call-webhook", url="https://example.com/"),
        "set the webhook for calls of devices, at example.com",
    ),
    ("/api/call-webhook", "DELETE"): (
        with_webhook("api", "DELETE", "/api/call-webhook"),
        LINES["remove"],
    ),
    **{
        (f"/api/call-webhook/{verb}", "POST"): (
            with_webhook("api", "POST", f"/api/call-webhook/{verb}"),
            LINES[verb],
        )
        for verb in ("secret", "test")
    },
}
