#!/bin/bash
# What `make demo` does: the simulator inside the container, until Ctrl-C here.
set -euo pipefail
name=$1
pid_file=/tmp/demo.pid

# Docker passes no signal on to what `docker exec` started, so it would go on for ever.
stop() {
    docker exec "$name" sh -c "kill -INT \$(cat $pid_file); rm $pid_file" 2>/dev/null || true
    wait || true
}
trap stop EXIT
trap 'exit 0' INT TERM

docker exec "$name" sh -c "echo \$\$ >$pid_file; exec qlines simulate --devices 20" &
wait $!
