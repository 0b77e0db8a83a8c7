"""Stop the programs that only use the stores at the same time, then the stores one by one.

supervisord stops one program after the other, from the last to the first. Most programs do not
need each other to stop cleanly, so they need not wait for each other.
"""

from typing import Any

from supervisor import events


def make_extension(supervisord: Any, at_once_from_priority: str) -> None:
    """Stop every program of *at_once_from_priority* or higher as soon as supervisord is stopping.

    supervisord then stops the others in the order of their priorities, highest first.
    """

    def stop_at_once(_event: Any) -> None:
        for group in supervisord.process_groups.values():
            if group.config.priority >= int(at_once_from_priority):
                group.stop_all()

    events.subscribe(events.SupervisorStoppingEvent, stop_at_once)
