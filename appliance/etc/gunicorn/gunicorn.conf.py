"""Settings of gunicorn; address and kind of worker are on its command line in supervisord.conf."""  # noqa: INP001  # gunicorn reads it by its path

import os

from qlines.process_lifetime import die_with_parent

# Read by eventlet when the worker loads it: without its own resolver, which is 10 MB, a look-up of
# a name waits in the worker. Our stores have numeric addresses or stay connected.
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

# The worker touches a file here to show that it is alive; on a disk that could make it wait.
worker_tmp_dir = "/run/qlines"
# A page that takes longer than this has hung, and the worker is replaced.
timeout = 60
# Sockets stay open for ever, so a stop cannot wait for all of them.
graceful_timeout = 3
# Browsers keep a connection between two polls.
keepalive = 15
# No access log: pages that poll each second would fill it.
accesslog = None
errorlog = "-"
loglevel = "warning"
# supervisord is the only one that controls it.
control_socket_disable = True


def post_fork(server, worker):
    """Let the worker end with its parent: eventlet's does not notice, and would keep port 5000."""
    die_with_parent(worker.ppid)
