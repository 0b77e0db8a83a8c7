#!/bin/bash
# Runs a command inside the container until it ends, or until Ctrl-C here: run_inside.sh CONTAINER COMMAND…
set -euo pipefail
name=$1
shift
pid_file=/tmp/run-inside-$$.pid

# Docker does not forward signals to what `docker exec` started, so it would never end.
stop() {
    docker exec "$name" sh -c "kill -INT \$(cat $pid_file); rm $pid_file" 2>/dev/null || true
    wait || true
}
trap stop EXIT
trap 'exit 0' INT TERM

docker exec "$name" sh -c "echo \$\$ >$pid_file; exec \"\$@\"" - "$@" &
wait $!
