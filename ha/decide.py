"""Decide which VM serves what, and what the own blog is: a view in, a decision out; pure.

People are sent to the active app, since MongoDB's primary is there; devices to the own broker,
since both take messages. Each kind of request knows the other side as a backup, which nginx uses by
itself. A decision says in one sentence what it is and why.

====================================  ===========================  ==============================
the two apps                          people                       devices
====================================  ===========================  ==============================
both ready, one of them active        the active one, then the     the own one, then the other
                                      other
both ready, none or both active       as before                    the own one, then the other
one ready, the other not, or away     the ready one, then the      the own one unless it is away,
                                      other                        then the other
one ready, the other draining         the ready one only           the ready one only
one draining, the other not ready     the draining one, then the   the own one unless it is away,
                                      other                        then the other
neither ready                         as before; the one that      the own one unless it is away,
                                      answers before the one that  then the other
                                      does not
====================================  ===========================  ==============================

The blog's pages come from the ready blog, of two ready ones from that of the active app; a draining
side is left out while the other's blog is ready. The own blog's role:

====================================  ===========================================================
the two apps                          the own blog
====================================  ===========================================================
only the own one is active            primary, once that has lasted for PROMOTION_SECONDS
the own one was active until now,     a primary stays one until the lease ends, then read-only
and nobody else is
only the other one is active          replica
both say that they are active         read-only: one of them does not know yet
nobody is active                      stays replica; else read-only
====================================  ===========================================================

Why never two blogs are primary: a *reign* is the time from the election of one MongoDB primary to
its end, and no two overlap. A blog is primary in its app's reign only, from PROMOTION_SECONDS after
the reign began until LEASE_SECONDS after the app was last seen to claim it, whatever fails. So
there is a pause between two primaries if an app claims a reign for less than 5 s after its end, and
MongoDB itself takes 2 s. Without a majority nobody is elected, and so nobody is promoted.
"""

from ha.view import LEASE_SECONDS, BlogRole, Condition, Decision, Role, Seen, View

PROMOTION_SECONDS = 15.0

_RANKS = {
    Condition.READY: 3,
    Condition.DRAINING: 2,
    Condition.UNREADY: 1,
    Condition.UNREACHABLE: 0,
}


def decide(view: View, before: Decision | None) -> Decision:
    """Return what follows from *view*, and from the decision before where the view is undecided."""
    app, reason = _app(view, before)
    blog_role, blog_reason = _blog_role(view, before)
    is_primary, own = blog_role is BlogRole.PRIMARY, view.apps[view.own]
    return Decision(
        app=app,
        mqtt=_mqtt(view),
        blog=_blog(view, before),
        blog_role=blog_role,
        lease_seconds=LEASE_SECONDS - own.claimed_seconds_ago if is_primary else LEASE_SECONDS,
        reign=own.reign if is_primary else "",
        reason=reason,
        blog_reason=f"the blog of {view.own} {blog_reason}",
    )


def active_side(view: View) -> str | None:
    """Return the side whose app is the only one that is active, None if there is no such side."""
    active = [side for side, app in view.apps.items() if app.role is Role.ACTIVE]
    return active[0] if len(active) == 1 else None


def _app(view: View, before: Decision | None) -> tuple[tuple[str, ...], str]:
    first = _preferred(view, before)
    second = _of_two(view, first)
    if _is_left_out(view, second):
        return (first,), f"{first} serves people while {second} is drained"
    return (first, second), _reason(view, first, second)


def _preferred(view: View, before: Decision | None) -> str:
    """Return the side that people are sent to first."""
    ranks = {side: _RANKS[app.condition] for side, app in view.apps.items()}
    if ranks[view.own] != ranks[view.other]:
        return max(ranks, key=lambda side: ranks[side])
    active = active_side(view)
    if active and view.apps[active].condition is Condition.READY:
        return active
    return before.app[0] if before else view.own


def _reason(view: View, first: str, second: str) -> str:
    one, two = view.apps[first], view.apps[second]
    if one.condition is not two.condition:
        return f"{first} serves people because the app of {second} is {two.condition}"
    if one.condition is not Condition.READY:
        return f"people are sent to {first} as before, both apps are {one.condition}"
    if active_side(view) == first:
        return f"{first} serves people as the active one, {second} stands by"
    return f"{first} serves people as before, which app is active is not known"


def _mqtt(view: View) -> tuple[str, ...]:
    sides = [side for side in (view.own, view.other) if not _is_left_out(view, side)]
    # A stable sort: the own one is first unless it alone is away.
    return tuple(sorted(sides, key=lambda side: view.apps[side].condition is Condition.UNREACHABLE))


def _blog(view: View, before: Decision | None) -> tuple[str, ...]:
    ready = {side: view.blogs[side] is Condition.READY for side in (view.own, view.other)}
    if ready[view.own] != ready[view.other]:
        first = max(ready, key=lambda side: ready[side])
    else:
        first = active_side(view) or (before.blog[0] if before else view.own)
    if all(ready.values()) and _is_left_out(view, first):
        first = _of_two(view, first)
    second = _of_two(view, first)
    return (first,) if ready[first] and _is_left_out(view, second) else (first, second)


def _is_left_out(view: View, side: str) -> bool:
    """Return whether a side is drained and the other one can take its requests."""
    return (
        view.apps[side].condition is Condition.DRAINING
        and view.apps[_of_two(view, side)].condition is Condition.READY
    )


def _of_two(view: View, side: str) -> str:
    return view.other if side == view.own else view.own


def _blog_role(view: View, before: Decision | None) -> tuple[BlogRole, str]:
    own, other = view.apps[view.own], view.apps[view.other]
    was = before.blog_role if before else BlogRole.READ_ONLY
    if own.is_active and other.is_active:
        return BlogRole.READ_ONLY, "is read-only because both apps say that they are active"
    if other.is_active:
        return BlogRole.REPLICA, f"is a replica because the app of {view.other} is active"
    if own.is_active:
        return _role_of_active(own, before)
    if was is BlogRole.REPLICA:
        return was, "stays a replica, no app is active"
    return BlogRole.READ_ONLY, "is read-only because no app is active"


def _role_of_active(own: Seen, before: Decision | None) -> tuple[BlogRole, str]:
    was_primary = before is not None and before.blog_role is BlogRole.PRIMARY
    if before and was_primary and before.reign == own.reign:
        return BlogRole.PRIMARY, "is the primary because its app is active"
    if own.role is Role.ACTIVE and own.active_seconds >= PROMOTION_SECONDS:
        return BlogRole.PRIMARY, "is the primary because its app is active"
    waits = f"waits until its app has been active for {PROMOTION_SECONDS:.0f} s"
    return (before.blog_role if before and not was_primary else BlogRole.READ_ONLY), waits
