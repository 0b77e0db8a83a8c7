"""The OpenAPI document, generated from the endpoints, plus the paths for devices."""

from typing import Any

import flask_smorest
from flask import Flask

from qlines.web.api import (
    alarm_dry_run,
    alarm_rule_files,
    alarm_rules,
    alarms,
    attributes,
    call_webhook,
    channels,
    claims,
    command_lists,
    commands,
    controls,
    data,
    device_import,
    device_lists,
    devices,
    exports,
    first_message,
    notification_settings,
    notifications,
    products,
    push,
    readings,
    system,
    telegram_links,
    unregistered,
    waiting_devices,
)
from qlines.web.api.fields import ProblemSchema
from qlines.web.auth.access import public
from qlines.web.device.openapi import OPENAPI_PATHS
from qlines.web.thingsboard import attributes as thingsboard_attributes
from qlines.web.thingsboard import claims as thingsboard_claims
from qlines.web.thingsboard import rpc as thingsboard_rpc

DESCRIPTION = """\
Sign in on the page, or send `Authorization: Bearer KEY` with a key from the page Account; scripts
for ThingsBoard may send it as they do there, `X-Authorization: Bearer KEY` or `ApiKey KEY`.
With the session cookie, every request that writes needs the header `X-CSRFToken`.
Times are milliseconds since 1970, UTC. Errors are `application/problem+json` (RFC 9457).
"""


class Api(flask_smorest.Api):  # type: ignore[misc] # flask-smorest ships no types
    """flask-smorest, with errors as application/problem+json."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"

    def _register_error_handlers(self) -> None:
        """Register none: web/problem.py handles all errors."""


def _finish(document: dict[str, Any]) -> dict[str, Any]:
    """Add the paths for devices, which bypass Flask, and the content type of errors."""
    document["paths"].update(OPENAPI_PATHS)
    for response in document["components"]["responses"].values():
        content = response.get("content", {})
        if "application/json" in content:
            response["content"] = {"application/problem+json": content["application/json"]}
    return document


def document_of(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of the app's API."""
    api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return _finish(api.spec.to_dict())


def init_app(app: Flask) -> None:
    """Register every part of the API, and /api/openapi.json."""
    app.config.update(
        API_TITLE="QLines",
        API_VERSION="1",
        OPENAPI_VERSION="3.0.3",
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION},
            "components": {
                "securitySchemes": {
                    "key": {"type": "http", "scheme": "bearer"},
                    "thingsboard": {"type": "apiKey", "in": "header", "name": "X-Authorization"},
                    "session": {"type": "apiKey", "in": "cookie", "name": "qlines_session"},
                }
            },
            "security": [{"key": []}, {"thingsboard": []}, {"session": []}],
        },
    )
    api = Api(app)
    for part in (
        data, devices, device_lists, device_import, first_message, attributes, readings, commands,
        command_lists, controls, alarms, alarm_rules, alarm_rule_files, alarm_dry_run,
        call_webhook, channels, telegram_links, notification_settings, push, claims, products,
        waiting_devices, unregistered, notifications, system, exports, thingsboard_attributes,
        thingsboard_claims, thingsboard_rpc,
    ):  # fmt: skip
        api.register_blueprint(part.blueprint, url_prefix="/api")
    app.add_url_rule("/api/openapi.json", "openapi", public(lambda: document_of(app)))
