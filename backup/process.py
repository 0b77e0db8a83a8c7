"""How child processes are started: they end with this one, whatever ends it.

By a program of util-linux and not by code between fork and exec, where the threads of MongoDB's and
Kafka's clients may hold locks.
"""

ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
