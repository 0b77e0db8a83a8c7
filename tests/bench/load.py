"""QoS 1 messages a second that are acknowledged and stored, beside the plain broker."""

import time

from tests.bench import stored
from tests.bench.bench import Bench
from tests.bench.senders import load, new_tokens, send
from tests.harness.docker import new_name, run, session_label

SECONDS = 60
CONNECTIONS = 500
PLAIN = """
listener 1883 0.0.0.0
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 0
max_queued_messages 0
persistence false
log_type error
"""


def measure(bench: Bench) -> dict[str, float]:
    """Send at full speed for a minute, to the appliance and to the plain broker."""
    with bench.appliance() as appliance:
        tokens = new_tokens(appliance, CONNECTIONS)
        sender = load(bench, appliance, tokens, connections=CONNECTIONS, seconds=SECONDS, points=3)
        result = sender.wait()
        sent = int(result["sent"])
        behind_seconds = stored.seconds_until(appliance, int(result["acknowledged"]), 0, sent, 120)
        stored_count = stored.count(appliance, 0, sent)
    plain = _plain(bench, tokens)
    return {
        "acknowledged": result["rate"],
        "stored": stored_count / (result["seconds"] + behind_seconds),
        "share_of_plain": 100 * result["rate"] / plain,
        "plain": plain,
    }


def _plain(bench: Bench, tokens: list[str]) -> float:
    """Return the rate of the same mosquitto with a listener only, without plugin."""
    folder = bench.folder / "plain"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    (folder / "mosquitto.conf").write_text(PLAIN)
    name = new_name()
    run(
        "docker", "run", "-d", "--name", name, "--label", session_label(),
        "-v", f"{folder}:/plain:ro",
        "--entrypoint", "mosquitto", bench.image, "-c", "/plain/mosquitto.conf",
    )  # fmt: skip
    try:
        time.sleep(2)
        sender = send(
            bench.folder, name, tokens, connections=CONNECTIONS, seconds=SECONDS, points=3
        )
        return float(sender.wait()["rate"])
    finally:
        run("docker", "rm", "-f", "-v", name)
