"""What the controller tells: the state for `/proxy-health`, the blog's role, the problems; pure."""

from collections.abc import Mapping
from typing import Any

from ha.decide import active_side
from ha.view import LEASE_SECONDS, BlogRole, Condition, Decision, Role, View

OWN_PROBLEM = "the app of {side} is {condition}{reason}"
# An answer may be this old without any clock being wrong.
CLOCKS_MAY_DIFFER_SECONDS = 2.5
CLOCKS = (
    "the clock of {side} is {seconds:+.0f} s off this one: what devices send without a time of its"
    " own gets that of the VM which it reaches; let NTP set both"
)
CUT = "the link to {side} is down: its proxy does not answer, so nothing can be moved to it"


def document(
    view: View, decision: Decision, since: float, peer: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the state; *since* is when the decision changed last, in seconds since 1970.

    *peer* is what the other controller says of itself, None while it does not answer.
    """
    roles = {view.own: str(decision.blog_role), view.other: (peer or {}).get("blog_role")}
    return {
        "side": view.own,
        "sentence": decision.sentence,
        "since": since,
        "active": active_side(view),
        "link": "up" if view.is_link_up else "down",
        "sides": {
            side: {
                "app": str(view.apps[side].condition),
                "role": str(view.apps[side].role),
                "blog": str(view.blogs[side]),
                "blog_role": roles[side],
            }
            for side in (view.own, view.other)
        },
        "upstreams": upstreams(decision),
        "upstreams_of_other": (peer or {}).get("upstreams"),
        "problems": problems(view),
    }


def upstreams(decision: Decision) -> dict[str, list[str]]:
    """Return the sides by what they serve, the preferred one first."""
    return {name: list(getattr(decision, name)) for name in ("app", "mqtt", "blog")}


def problems(view: View) -> list[str]:
    """Return a sentence for everything that an operator should know; a drain is not a problem."""
    found = [] if view.is_link_up else [CUT.format(side=view.other)]
    for side in (view.own, view.other):
        app = view.apps[side]
        is_said = side == view.other and not view.is_link_up
        if app.condition in (Condition.UNREADY, Condition.UNREACHABLE) and not is_said:
            reason = f" ({app.reason})" if app.reason else ""
            found.append(OWN_PROBLEM.format(side=side, condition=app.condition, reason=reason))
    active = [side for side, app in view.apps.items() if app.role is Role.ACTIVE]
    # Behind a link that is down the other app may be active: the own one, which stands by, sees it.
    is_seen_by_own = not view.is_link_up and view.apps[view.own].role is Role.STANDBY
    if not active and not is_seen_by_own:
        found.append("no app is active: users and devices cannot be changed")
    if len(active) > 1:
        found.append("both apps say that they are active: this must end within seconds")
    return found


def clock_problems(view: View, peer: Mapping[str, Any] | None, now: float) -> list[str]:
    """Return a sentence when the clocks of the two VMs differ; *now* is in seconds since 1970."""
    there = (peer or {}).get("time")
    if not isinstance(there, int | float) or abs(there - now) <= CLOCKS_MAY_DIFFER_SECONDS:
        return []
    return [CLOCKS.format(side=view.other, seconds=there - now)]


def blog_role(decision: Decision, age_seconds: float) -> dict[str, Any]:
    """Return the answer to the own blog, *age_seconds* after the decision.

    A primary that hears nothing else turns read-only after *valid_seconds*.
    """
    valid_seconds = round(decision.lease_seconds - age_seconds, 2)
    if valid_seconds > 0:
        role, sentence = decision.blog_role, decision.blog_reason
    else:
        role, valid_seconds = BlogRole.READ_ONLY, LEASE_SECONDS
        sentence = f"nobody has confirmed for {age_seconds:.0f} s which app is active"
    return {"role": str(role), "sentence": sentence, "valid_seconds": valid_seconds}


def to_memory(decision: Decision) -> dict[str, Any]:
    """Return what a restarted controller needs: its last decision."""
    return decision._asdict()


def from_memory(document: Mapping[str, Any]) -> Decision:
    """Return the decision of a document; raise ValueError, KeyError or TypeError for another."""
    fields = dict(document)
    for name in ("app", "mqtt", "blog"):
        fields[name] = tuple(fields[name])
    return Decision(**{**fields, "blog_role": BlogRole(fields["blog_role"])})
