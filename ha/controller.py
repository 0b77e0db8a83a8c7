"""Look, decide and act each second.

It is a thread of the proxy's program `controller`: a program of its own would cost 10 MB. It
answers on two ports: the blog's role on ROLE_PORT, which is published nowhere and reachable from
the networks of this VM; on loopback, for the other controller through the link, its own view.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from appliance.shared import twin
from appliance.shared.files import write_atomically
from appliance.shared.http_server import Request, Response, json_response, make_server, not_found
from ha import act, state
from ha.certificates import CopyError, pack, unpack
from ha.decide import active_side, decide
from ha.observe import CONTROLLER, Observer, Round, ask
from ha.steady import LOST_AFTER_SECONDS, Steady, Track, follow, seen
from ha.view import Condition, Decision, View

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
ROLE_PORT = 5004
UP, DOWN = "up", "down"
COPY_EVERY_SECONDS, COPY_TIMEOUT_SECONDS = 30.0, 10.0


class Controller:
    """The loop, and what it answers; *observe* returns a round of answers."""

    def __init__(
        self,
        pairing: twin.Twin,
        observe: Callable[[], Round],
        *,
        data: Path,
        run: Path,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sides = {"own": pairing.side, "other": pairing.other}
        self._observe = observe
        self._data, self._memory, self._state = data, data / "ha.json", run / "ha.json"
        self._now = now
        self._apps: dict[str, Track] = {}
        self._blogs: dict[str, Track] = {}
        self._since = time.time()
        # With when it was asked for; replaced as a whole, for the servers answer in other threads.
        self._decided: tuple[Decision | None, float] = (self._remembered(), float("-inf"))
        self._link: Steady | None = None
        self._was_link_up = False
        self._link_pid_file = run / "link.pid"
        self.active: str | None = None
        self.problem = ""

    @property
    def decision(self) -> Decision | None:
        """Return the last decision, None before the first."""
        return self._decided[0]

    def run(self) -> None:
        """Run until the process ends."""
        while True:
            began_at = self._now()
            self.attempt()
            time.sleep(max(EVERY_SECONDS - (self._now() - began_at), 0.1))

    def attempt(self) -> bool:
        """Run once; return False, and log why, when that fails.

        Then the lease runs out and the state grows old, which both are noticed; the proxy's loops
        in the same process continue.
        """
        try:
            self.run_once()
        except Exception:
            log.exception("the controller of the pair (ha) could not decide")
            return False
        return True

    def run_once(self) -> str:
        """Look, decide and act once; return the decision's sentence."""
        asked_at = self._now()
        answers = self._observe()
        view = self._view(answers)
        before = self.decision
        decision = decide(view, before)
        # Its lease counts from the question, not from the answer.
        self._decided = (decision, asked_at)
        is_new = before is None or _effects(decision) != _effects(before)
        if is_new:
            self._since = time.time()
            log.info("%s", decision.sentence)
            write_atomically(self._memory, json.dumps(state.to_memory(decision)))
        self._end_connections(view)
        act.write_upstreams(self._data / "upstreams", decision, view.own)
        self.active = active_side(view)
        document = state.document(view, decision, self._since, answers.peer)
        document["problems"] += state.clock_problems(view, answers.peer, time.time())
        document["problems"] += [self.problem] if self.problem else []
        act.write_state(self._state, document)
        return decision.sentence

    def _view(self, answers: Round) -> View:
        for name, side in self._sides.items():
            self._apps[side] = follow(self._apps.get(side), answers.apps[name])
            if name in answers.blogs:
                self._blogs[side] = follow(self._blogs.get(side), answers.blogs[name])
        asked_at = answers.apps["own"].at
        blogs = {side: Condition(track.condition.value) for side, track in self._blogs.items()}
        self._link = self._follow_link(answers, asked_at)
        return View(
            own=self._sides["own"],
            other=self._sides["other"],
            apps={side: seen(track, asked_at) for side, track in self._apps.items()},
            blogs={side: blogs.get(side, Condition.UNREACHABLE) for side in self._sides.values()},
            is_link_up=self._link.value == UP,
        )

    def _follow_link(self, answers: Round, at: float) -> Steady:
        """Return whether anything of the other side answers, without what lasts for a moment."""
        others = [side["other"] for side in (answers.apps, answers.blogs) if side]
        is_heard = answers.peer is not None or any(
            other.condition is not Condition.UNREACHABLE for other in others
        )
        observed = UP if is_heard else DOWN
        if self._link is None:
            return Steady(observed, observed, at)
        return self._link.follow(observed, at, LOST_AFTER_SECONDS)

    def _end_connections(self, view: View) -> None:
        """End what waits for the other VM once the link is down."""
        if self._was_link_up and not view.is_link_up:
            ended = act.end_connections(self._link_pid_file)
            log.info(
                "the link to %s is down: ended the connections of %s workers", view.other, ended
            )
        self._was_link_up = view.is_link_up

    def _remembered(self) -> Decision | None:
        try:
            return state.from_memory(json.loads(self._memory.read_text()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s is corrupt and ignored: %s", self._memory, error)
            return None

    def copy_certificates(self) -> None:
        """Copy what the other side has, if that is the active one, until the process ends."""
        while True:
            if self.active == self._sides["other"]:
                self.problem = copy_once(self._data)
            else:
                self.problem = ""
            time.sleep(COPY_EVERY_SECONDS)

    def role(self) -> dict[str, Any]:
        """Return the answer to the own blog."""
        return self._role(*self._decided)

    def summary(self) -> dict[str, Any]:
        """Return the answer to the other controller."""
        decision, at = self._decided
        assert decision
        return {
            "side": self._sides["own"],
            "sentence": decision.sentence,
            "blog_role": self._role(decision, at)["role"],
            "upstreams": state.upstreams(decision),
            "time": time.time(),
        }

    def _role(self, decision: Decision | None, at: float) -> dict[str, Any]:
        assert decision  # the servers start after the first round
        return state.blog_role(decision, self._now() - at)


def copy_once(data: Path) -> str:
    """Copy the other side's certificates; return "", or why that was not possible."""
    copy = ask(CONTROLLER._replace(path="/certificates"), COPY_TIMEOUT_SECONDS)
    try:
        if isinstance(copy, str):
            raise CopyError(copy)
        written = unpack(data, copy)
    except (CopyError, OSError) as error:
        return f"the certificates of the other side could not be copied: {error}"
    if written:
        log.info("copied from the other side: %s", ", ".join(written))
    return ""


def _effects(decision: Decision) -> tuple[object, ...]:
    return decision.app, decision.mqtt, decision.blog, decision.blog_role, decision.reign


def respond(request: Request, answers: dict[str, Callable[[], dict[str, Any]]]) -> Response:
    """Return the answer to a request by its path."""
    answer = answers.get(request.path)
    return json_response(200, answer()) if answer else not_found(*answers)


def run(data: Path, run_dir: Path, *, has_blog: bool) -> None:
    """Run the controller until the process ends; return at once without a pairing that is valid.

    *data* and *run_dir* are the proxy's folders.
    """
    try:
        pairing = twin.read(data)
    except twin.TwinError as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence is all that there is to say
        return
    if pairing is None:
        return
    controller = Controller(pairing, Observer(has_blog=has_blog).observe, data=data, run=run_dir)
    while not controller.attempt():
        time.sleep(EVERY_SECONDS)
    _serve(ROLE_PORT, {"/role": controller.role})
    # Private keys are among it: never on another address.
    private = {"/view": controller.summary, "/certificates": lambda: pack(data)}
    _serve(twin.PROXY_HA_PORT, private, host="127.0.0.1")
    threading.Thread(target=controller.copy_certificates, daemon=True).start()
    controller.run()


def _serve(port: int, answers: dict[str, Callable[[], dict[str, Any]]], host: str = "") -> None:
    server = make_server(port, partial(respond, answers=answers), host=host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
