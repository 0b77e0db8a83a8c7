"""The page /help/alarms: how rules, alarms and messages work, for the owners of devices."""

from flask import Blueprint, render_template

from qlines.evaluation.durations import duration
from qlines.evaluation.rule_check import DEFAULTS
from qlines.jobs.dispatch import attempts, batching
from qlines.store import alarm_document, alarm_rules, channels, restored, sessions
from qlines.web.api.channels import MAX_DELIVERIES
from qlines.web.deps import deps

blueprint = Blueprint("guide", __name__)

# What the page says in numbers, from where each of them is decided.
FACTS = {
    "lateness": duration(DEFAULTS["lateness_seconds"]),
    "collected_for": duration(batching.GROUP.total_seconds()),
    "max_a_minute": batching.MAX_A_MINUTE,
    "tried_for": duration(sum(attempts.DELAYS_SECONDS)),
    "switched_off_after": duration(channels.MAX_FAILING.total_seconds()),
    "alarms_kept": duration(alarm_document.KEPT.total_seconds()),
    "messages_listed": MAX_DELIVERIES,
    "max_rules": f"{alarm_rules.MAX_RULES:,}",
    "digest_after": duration(restored.DIGEST_AFTER.total_seconds()),
    "session": duration(sessions.LIFETIME.total_seconds()),
}


@blueprint.get("/help/alarms")
def alarms() -> str:
    """Show how alarms work."""
    return render_template("help_alarms.html", facts=FACTS, max_pairs=f"{deps().alarm_pairs:,}")
