"""Create the web app; ``gunicorn qlines:app`` calls create_app_from_env()."""

import os
from collections import Counter
from collections.abc import MutableMapping
from pathlib import Path
from wsgiref.types import WSGIApplication

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from appliance.shared import twin
from qlines import logs
from qlines.backup_schedule import plan_of
from qlines.clients import clickhouse, mongodb, redis
from qlines.clock import SystemClock, utc_datetime
from qlines.downlink.webhook_calls import WebhookCalls
from qlines.heartbeat import Heartbeat
from qlines.messengers.apprise_process import Apprise
from qlines.peer import find_peer
from qlines.redis_names import SOCKETIO_CHANNEL, device_page_room, device_room
from qlines.settings import Settings
from qlines.spool.appender import SpoolAppender, times_of
from qlines.spool.quota import SpoolQuota
from qlines.store import attributes, command_delivery, owner_attributes
from qlines.store.provisioning import provision
from qlines.store.query_limits import person_settings
from qlines.web import fleet, headers, problem, static_files, twin_exports
from qlines.web.api import spec
from qlines.web.apprise_check import AppriseCheck
from qlines.web.auth import guard, signin
from qlines.web.auth.hashing import HashTurns
from qlines.web.deps import Deps
from qlines.web.device.api import DeviceApi
from qlines.web.device.limits import Limits
from qlines.web.device.polls import BROKER, Polls
from qlines.web.device.provisioning import Provisioning
from qlines.web.device.registry_handle import RegistryHandle
from qlines.web.device.spool_handle import SpoolHandle
from qlines.web.dry_run import dry_run_turns
from qlines.web.extensions import (
    SOCKET_OPTIONS,
    PatientRedisManager,
    QuietDisconnects,
    prepare_real_threads,
    sockets,
)
from qlines.web.history_queries import query_turns
from qlines.web.kept_fleets import KeptFleets
from qlines.web.news import News
from qlines.web.pages import (
    account,
    alarms,
    backups,
    call_webhook,
    changes,
    channels,
    claims,
    demo,
    devices,
    docs,
    guide,
    mail_links,
    people,
    products,
    system,
    unregistered,
    welcome,
)
from qlines.web.registry_wait import RegistryWait
from qlines.web.request_metrics import RequestMetrics
from qlines.web.sockets import tasks
from qlines.web.sockets.alarm_changes import AlarmChanges
from qlines.web.sockets.events import Events
from qlines.web.sockets.page_changes import PageChanges
from qlines.web.sockets.watching import Watching
from qlines.webhook.sender import WebhookSender
from qlines.webhook.url import Rules

CLICKHOUSE_CONNECTIONS = 8
MEBIBYTE = 1_048_576
MAX_BODY_BYTES = MEBIBYTE  # for pages and API; the HTTP API for devices has its own limit
HERE = Path(__file__).parent
PEOPLE_ONLY = "this node serves people only: devices send to a node that runs the program ingest"


def create_app(deps: Deps) -> Flask:
    """Return the Flask app: pages, API and guard, without sockets and the HTTP API for devices."""
    app = Flask("qlines.web", static_folder=None, template_folder="templates")
    app.extensions["qlines"] = deps
    app.config.update(
        SECRET_KEY=deps.secret_key,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        # Flask's own cookie holds only the CSRF token of forms; auth/identity.py has the session's.
        SESSION_COOKIE_NAME="qlines_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=deps.is_https,
    )
    for part in (problem, headers, guard, spec, fleet):
        part.init_app(app)
    static_files.init_app(app, HERE / "static")
    for page in (
        signin, welcome, devices, alarms, claims, products, unregistered, people, changes, backups,
        system, account, call_webhook, channels, mail_links, demo, docs, guide,
    ):  # fmt: skip
        app.register_blueprint(page.blueprint)
    if deps.twin:
        app.register_blueprint(twin_exports.blueprint)
    return app


def create_app_from_env() -> Flask:
    """Read the settings, create the clients, and return the app with sockets and device API."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    prepare_real_threads()
    registry = RegistryHandle(settings.data_dir / "registry")
    webhook_counters: Counter[str] = Counter()
    deps = _connect(settings, registry, webhook_counters)
    app = create_app(deps)
    watching, following = _serve_sockets(app, deps, settings.redis)
    spool = _spool(settings, deps)
    RegistryWait(registry, deps.clock).init_app(app)
    polls = _polls(deps, registry)
    device_api = DeviceApi(
        app.wsgi_app,
        registry=registry,
        spool=spool,
        client_of=lambda device: attributes.of_device(deps.db, device),
        shared_of=lambda device: owner_attributes.of_device(deps.db, device, "shared"),
        call_webhook=deps.webhooks.call,
        polls=polls,
        provisioning=_provisioning(deps, registry),
        limits=_limits(settings),
        clock=deps.clock,
        closed_because=PEOPLE_ONLY if settings.node and "ingest" not in settings.roles else "",
    )
    requests = RequestMetrics(QuietDisconnects(device_api), deps.clock)
    app.wsgi_app = _behind_proxy(requests, deps)  # type: ignore[method-assign, assignment] # Flask's documented way to add middleware
    tasks.start(
        deps,
        watching,
        following,
        spool,
        polls,
        lambda: {**device_api.counters, **webhook_counters, **requests.counters()},
        Heartbeat(settings.run_dir, "gunicorn", deps.clock),
    )
    return app


def _limits(settings: Settings) -> Limits:
    return Limits(
        settings.device_messages_per_second,
        settings.device_points_per_second,
        settings.owner_messages_per_second,
        settings.owner_points_per_second,
    )


def _serve_sockets(app: Flask, deps: Deps, redis_url: str) -> tuple[Watching, Watching]:
    """Serve the sockets of pages, and return which of them watches and follows what."""
    watching, following = Watching(device_room), Watching(device_page_room)
    changes = PageChanges(deps.db, following.watched, deps.clock)
    alarms = AlarmChanges(deps.db, watching.users, deps.clock)
    Events(deps, watching, following, changes, alarms).register()
    queue = PatientRedisManager(redis_url, channel=SOCKETIO_CHANNEL)
    # Sockets send the session's cookie; Socket.IO's default allows only our own origin.
    sockets.init_app(app, client_manager=queue, **SOCKET_OPTIONS)
    for stream in (changes, alarms):
        sockets.start_background_task(stream.run)
    return watching, following


def _polls(deps: Deps, registry: RegistryHandle) -> Polls:
    return Polls(
        deps.news,
        registry,
        lambda device: command_delivery.take(
            deps.db, device, BROKER, utc_datetime(deps.clock.now_us())
        ),
        deps.clock,
    )


def _provisioning(deps: Deps, registry: RegistryHandle) -> Provisioning:
    return Provisioning(
        lambda body, address: provision(deps.db, body, address, utc_datetime(deps.clock.now_us())),
        registry,
        deps.clock,
    )


def _behind_proxy(inner: WSGIApplication, deps: Deps) -> WSGIApplication:
    """Trust X-Forwarded headers only behind a proxy: without one any client could forge them."""
    return ProxyFix(inner, x_for=1, x_proto=1, x_host=1) if deps.is_https else inner


def _connect(
    settings: Settings, registry: RegistryHandle, webhook_counters: MutableMapping[str, int]
) -> Deps:
    db, clock = mongodb.connect(settings.mongodb), SystemClock()
    rules = Rules(settings.webhook_http, settings.webhook_private_addresses)
    sender = WebhookSender(rules, clock)
    return Deps(
        db=db,
        redis=redis.connect(settings.redis),
        clickhouse=clickhouse.Pool(
            settings.clickhouse,
            CLICKHOUSE_CONNECTIONS,
            person_settings(settings.query_seconds, settings.query_rows),
            any_replica=bool(settings.clickhouse_cluster),
        ),
        clock=clock,
        data_dir=settings.data_dir,
        exports_dir=settings.data_dir / "exports",
        secret_key=settings.secret_key,
        public_url=settings.public_url,
        mqtt_port=settings.mqtt_port,
        alarm_pairs=settings.alarm_pairs,
        query_turns=query_turns(settings.person_queries),
        dry_run_turns=dry_run_turns(),
        hash_turns=HashTurns(),
        news=News(db, clock),
        backup_plan=plan_of(settings.roles, settings.backup_every, settings.drill_every),
        has_mail=bool(settings.smtp_url),
        owner_mails_per_day=settings.owner_mails_per_day,
        webhooks=WebhookCalls(db, sender, webhook_counters, clock),
        telegram_token=settings.telegram_bot_token,
        apprise=AppriseCheck(Apprise(rules) if settings.apprise else None),
        twin=twin.read(settings.data_dir),
        node=settings.node,
        fleets=KeptFleets(registry.generation),
    )


def _spool(settings: Settings, deps: Deps) -> SpoolHandle:
    http, mqtt = (settings.data_dir / "spool" / name for name in ("http", "mqtt"))
    quota = SpoolQuota(
        [http, mqtt],
        settings.spool_limit_mb * MEBIBYTE,
        deps.clock,
        settings.disk_guard_percent,
    )
    peer = find_peer(settings.data_dir)
    appender = SpoolAppender(
        http,
        sync=settings.spool_sync,
        quota=quota,
        clock=deps.clock,
        times=times_of(peer.side if peer else None),
    )
    return SpoolHandle(appender, always=settings.spool_sync == "always")
