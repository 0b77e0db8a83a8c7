"""Strategies of hypothesis for views, and the shortest way to write one down."""

from hypothesis import strategies as st

from ha.view import BlogRole, Condition, Decision, Role, Seen, View

SIDES = ("a", "b")


def seen(condition=Condition.READY, role=Role.STANDBY, *, ago=None, active=100.0, reign="r1"):
    """Return an app; with the role ACTIVE its claim is fresh unless *ago* says otherwise."""
    if ago is None and role is not Role.ACTIVE:
        return Seen(condition, role)
    return Seen(condition, role, reign, active, ago or 0.0)


def view(own, other, *, blogs=(Condition.READY, Condition.READY), link=True):
    """Return the view of side a."""
    return View("a", "b", {"a": own, "b": other}, dict(zip(SIDES, blogs, strict=True)), link)


conditions = st.sampled_from(Condition)
apps = st.builds(
    seen,
    conditions,
    st.sampled_from(Role),
    ago=st.none() | st.floats(0, 30),
    active=st.floats(0, 40),
    reign=st.sampled_from(["r1", "r2"]),
)
views = st.builds(view, apps, apps, blogs=st.tuples(conditions, conditions), link=st.booleans())
orders = st.sampled_from([("a",), ("b",), ("a", "b"), ("b", "a")])
decisions = st.none() | st.builds(
    Decision,
    app=orders,
    mqtt=orders,
    blog=orders,
    blog_role=st.sampled_from(BlogRole),
    reign=st.sampled_from(["", "r1", "r2"]),
)
