"""Which process ends when: with its parent, and first when memory runs out (Linux)."""

import ctypes
import os
import signal
from pathlib import Path

PR_SET_PDEATHSIG = 1  # prctl(2)
# proc(5): 1000 is killed before everything else; a child inherits it.
REPEATABLE_SCORE = 500


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent dies; exit now if it is already dead."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def die_first_of_memory(score: Path = Path("/proc/self/oom_score_adj")) -> None:
    """Have the kernel kill this process before a larger one, such as a store, when memory runs out.

    For work that is repeated: a job loses nothing by it, a store makes everything wait. In a pod of
    Kubernetes the score is most often higher already, and only a privileged process may lower it.
    """
    if int(score.read_text()) < REPEATABLE_SCORE:
        score.write_text(str(REPEATABLE_SCORE))
