"""Kill each program at 3,000 messages a second and compare acknowledged with stored."""

import time

from tests.bench import stored
from tests.bench.bench import Bench
from tests.bench.senders import load, new_tokens
from tests.harness.load_generator import stored_numbers
from tests.harness.recovery import LASTING

MESSAGES = 40_000
RATE = 3000


def measure(bench: Bench) -> dict[str, float]:
    """Send 40,000 messages for each program; kill it in the middle and again after its start."""
    lost = 0
    with bench.appliance() as appliance:
        tokens = new_tokens(appliance, 100)
        for number, program in enumerate(LASTING):
            first = number * 10 * MESSAGES
            appliance.wait_well()
            sender = load(
                bench, appliance, tokens, connections=100, rate=RATE, messages=MESSAGES,
                points=3, first_seq=first, reconnect=True,
            )  # fmt: skip
            time.sleep(4)
            killed = appliance.kill_program(program)
            appliance.wait_for_program(program, other_than=killed)
            appliance.kill_program(program)
            sender.wait()
            acknowledged = sender.acknowledged()
            stored.seconds_until(appliance, len(acknowledged), first, first + 10 * MESSAGES, 60)
            missing = len(acknowledged - stored_numbers(appliance, first, 10 * MESSAGES))
            bench.report_progress(f"{program}: {missing} lost of {len(acknowledged)}")
            lost += missing
    return {"killed_lost": lost}
