"""Settings of gunicorn; address and worker class are on the command line in supervisord.conf."""  # noqa: INP001  # gunicorn reads it by its path

import os

from qlines.process_lifetime import die_with_parent

# Read by eventlet when the worker loads it. In place of eventlet's own resolver, which is 10 MB,
# real threads look names up (qlines/web/extensions.py).
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

# The worker touches a file here to show that it is alive; on a disk that could block it.
worker_tmp_dir = "/run/qlines"
# A request that takes longer than this has hung, and the worker is replaced.
timeout = 60
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


def post_fork(server, worker):
    """End the worker with its parent: eventlet's does not notice, and would hold port 5000."""
    die_with_parent(worker.ppid)
