"""Settings of gunicorn; address and worker class are on the command line in supervisord.conf."""  # noqa: INP001  # gunicorn reads it by its path

import os
import resource

from qlines.process_lifetime import die_with_parent

# Read by eventlet when the worker loads it. In place of eventlet's own resolver, which is 10 MB,
# real threads look names up (qlines/web/extensions.py).
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

# The worker touches a file here to show that it is alive; on a disk that could block it.
worker_tmp_dir = "/run/qlines"
# A worker whose loop has not turned for so long has hung, and is replaced; a request may wait
# longer.
timeout = 60
# The 10,000 polls of devices that the app allows may come at once, and people beside them; one that
# waits is no longer a connection of gunicorn's, but a file. At this number nobody else is let in.
worker_connections = 12_000
PARKED_POLLS = 10_000  # MAX_POLLS of qlines/web/device/polls.py
FILES_BESIDE = 500  # the stores, the spool, logs
# WebSockets stay open forever, so a stop cannot wait for all of them.
graceful_timeout = 3
# Browsers reuse a connection for several polls.
keepalive = 15
# No access log: pages that poll every second would fill it.
accesslog = None
errorlog = "-"
loglevel = "warning"
# Only supervisord controls it.
control_socket_disable = True


def allow_open_files(wanted):
    """Raise the limit of this process: each connection is a file, and often 1,024 are allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def post_fork(server, worker):
    """End the worker with its parent: eventlet's does not notice, and would hold port 5000."""
    die_with_parent(worker.ppid)
    allow_open_files(worker_connections + PARKED_POLLS + FILES_BESIDE)
