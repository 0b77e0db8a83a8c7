"""/api/call-webhook: where calls of methods by your devices go."""

from typing import Any

import orjson
from flask import Response
from marshmallow import Schema, fields

from qlines.store.call_webhooks import CallWebhook, NotedCall
from qlines.web import call_webhook_changes
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content
from qlines.web.times import ms_of

blueprint = ApiBlueprint("call_webhook", __name__, description="Where calls of your devices go")


class NotedCallSchema(Schema):
    """What became of a call; `error` is empty when the webhook answered it."""

    ts = fields.Integer()
    device = fields.String()
    name = fields.String()
    method = fields.String()
    error = fields.String()
    milliseconds = fields.Integer()


class AddressSchema(Schema):
    """Where calls go."""

    url = fields.String(required=True)


class SecretSchema(Schema):
    """The secret with which calls are signed, of Standard Webhooks; it is shown only once."""

    secret = fields.String()


class SetWebhookSchema(SecretSchema):
    """The webhook after it was set; `secret` is there when it is a new one."""

    url = fields.String()


class WebhookSchema(Schema):
    """The webhook; `calls` are the last 20, newest first."""

    url = fields.String()
    secret_ts = fields.Integer()
    calls = fields.List(fields.Nested(NotedCallSchema))


class TestSchema(Schema):
    """What came of a test: the `answer` of the webhook, or an `error`."""

    answer = fields.Raw()
    error = fields.String()
    milliseconds = fields.Integer()


@endpoint(blueprint, "GET", "/call-webhook", returns=WebhookSchema(), errors=(404,))
def show_webhook() -> Response:
    """Return the webhook to which calls of your devices go, and what became of the last ones."""
    return answer(webhook_json(call_webhook_changes.current()))


@endpoint(blueprint, "PUT", "/call-webhook", body=AddressSchema, returns=SetWebhookSchema())
def set_webhook(body: dict[str, Any]) -> Response:
    """Let calls of your devices go to an address; the secret of a new one is in the answer only.

    Methods that QLines answers itself (getTime, getCurrentTime, getSessionLimits) do not go there.
    """
    secret = call_webhook_changes.set_address(body["url"])
    return answer({"url": body["url"], **({"secret": secret} if secret else {})})


@endpoint(blueprint, "DELETE", "/call-webhook", status=204, errors=(404,))
def remove_webhook() -> Response:
    """Let calls of your devices go nowhere: they are answered with an error at once."""
    call_webhook_changes.remove()
    return no_content()


@endpoint(blueprint, "POST", "/call-webhook/secret", returns=SecretSchema(), errors=(404,))
def roll_secret() -> Response:
    """Replace the secret; for a day calls are signed with the old one too."""
    return answer({"secret": call_webhook_changes.roll_secret()})


@endpoint(blueprint, "POST", "/call-webhook/test", returns=TestSchema(), errors=(404,))
def test_webhook() -> Response:
    """Call the method `test` as a device would, and return what the webhook answers, or why not."""
    result = call_webhook_changes.send_test()
    outcome = {"error": result.error} if result.error else {"answer": orjson.loads(result.answer)}
    return answer({**outcome, "milliseconds": result.milliseconds})


def webhook_json(webhook: CallWebhook) -> dict[str, Any]:
    """Return the webhook as WebhookSchema describes it, without its secret."""
    return {
        "url": webhook["url"],
        "secret_ts": ms_of(webhook["secret_at"]),
        "calls": [_call_json(call) for call in reversed(webhook["calls"])],
    }


def _call_json(call: NotedCall) -> dict[str, Any]:
    return {
        "ts": ms_of(call["at"]),
        "device": call["device"],
        "name": call["name"],
        "method": call["method"],
        "error": call["error"],
        "milliseconds": call["milliseconds"],
    }
