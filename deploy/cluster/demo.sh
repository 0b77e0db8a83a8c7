#!/bin/bash
# Implements `make cluster-demo` and `make cluster-demo-down`. `demo` below is the table of contents; README.md beside this explains it.
# `demo.sh stores` starts the stores alone, for a container that moves to them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# Many programs start at the same time on one machine; 35 s were measured on two cores.
HEALTHY_SECONDS=${HEALTHY_SECONDS:-300}
# shellcheck source=appliance/vm.sh
source appliance/vm.sh

# Measured: 2.3 GB after the start, with next to no data.
NEEDED_MB=4000
STORES=(kafka-1 kafka-2 kafka-3 mongodb-1 mongodb-2 mongodb-3 clickhouse-1 clickhouse-2 zookeeper redis)
NODES=(ingest-1 ingest-2 web-1 web-2 proxy)

demo() {
    local goal=${1:-up}
    read_cluster_settings
    if [ "$goal" = down ]; then
        take_cluster_down
        return
    fi
    require_processor
    require_docker
    require_memory
    build_missing
    require_compose
    require_free_cluster_ports
    deploy/cluster/make_secrets.sh "$SECRETS_FOLDER"
    start "${STORES[@]}"
    make_users
    if [ "$goal" = stores ]; then
        say "the stores are ready in the network ${NAME}_stores; $SECRETS_FOLDER/nodes has how to sign in"
        return
    fi
    start "${NODES[@]}"
    SERVICES=("${NODES[@]}")
    wait_until_healthy
    add_devices
    print_where_to_look
}

# ---- settings ----------------------------------------------------------------------------------------------------

read_cluster_settings() {
    # shellcheck disable=SC2034  # read by container_of
    NAME=${QLINES_CLUSTER_NAME:-qlines-cluster}
    SECRETS_FOLDER=${QLINES_CLUSTER_SECRETS:-./secrets/cluster}
    WEB=${QLINES_CLUSTER_HTTPS_PORT:-9443}
    MQTTS=${QLINES_CLUSTER_MQTTS_PORT:-9883}
    MQTT=${QLINES_CLUSTER_MQTT_PORT:-2883}
    PROXY_HEALTH=${QLINES_CLUSTER_PROXY_HEALTH_PORT:-6002}
    DEVICES=${QLINES_CLUSTER_DEVICES:-10}
    # Always a project of its own, whatever .env names for `make vm`.
    export COMPOSE_PROJECT_NAME=$NAME
    FILES=(--file docker-compose.cluster.yml)
}

require_memory() {
    local available
    # What runs already has its memory.
    ! docker inspect "$NAME-proxy" >/dev/null 2>&1 || return 0
    available=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
    [ "$available" -ge "$NEEDED_MB" ] ||
        fail "the example needs $NEEDED_MB MB of free memory, and $available MB are free: end other programs, or use a larger machine."
}

require_free_cluster_ports() {
    ! docker inspect "$NAME-proxy" >/dev/null 2>&1 || return 0
    GOAL=cluster-demo
    require_free_port QLINES_CLUSTER_HTTPS_PORT "$WEB"
    require_free_port QLINES_CLUSTER_MQTTS_PORT "$MQTTS"
    require_free_port QLINES_CLUSTER_MQTT_PORT "$MQTT"
    require_free_port QLINES_CLUSTER_PROXY_HEALTH_PORT "$PROXY_HEALTH"
}

# ---- images ------------------------------------------------------------------------------------------------------

# An image that a variable names is not built.
build_missing() {
    if [ -z "${QLINES_CLUSTER_IMAGE-}" ]; then
        appliance/up.sh image
        export QLINES_CLUSTER_IMAGE=qlines/appliance
    fi
    export QLINES_CLUSTER_KAFKA_IMAGE=${QLINES_CLUSTER_KAFKA_IMAGE:-$QLINES_CLUSTER_IMAGE}
    export QLINES_CLUSTER_MONGODB_IMAGE=${QLINES_CLUSTER_MONGODB_IMAGE:-$QLINES_CLUSTER_IMAGE}
    export QLINES_CLUSTER_CLICKHOUSE_IMAGE=${QLINES_CLUSTER_CLICKHOUSE_IMAGE:-$QLINES_CLUSTER_IMAGE}
    export QLINES_CLUSTER_REDIS_IMAGE=${QLINES_CLUSTER_REDIS_IMAGE:-$QLINES_CLUSTER_IMAGE}
    [ -n "${QLINES_CLUSTER_PROXY_IMAGE-}" ] || build_part proxy
    [ -n "${QLINES_CLUSTER_ZOOKEEPER_IMAGE-}" ] || build_part zookeeper deploy/cluster/zookeeper/Dockerfile
}

# ---- starting ----------------------------------------------------------------------------------------------------

start() {
    mkdir -p build
    say "starting $*"
    "${COMPOSE[@]}" up --detach --no-build "$@" >build/cluster.log 2>&1 && return
    tail -n 30 build/cluster.log >&2
    fail "compose did not start everything; see its reason above."
}

make_users() {
    say "making MongoDB's set and its users"
    docker exec "$NAME-mongodb-1" python /etc/mongodb/make_set.py || fail "see the reason above, and: docker logs $NAME-mongodb-1"
    say "granting Kafka's rights"
    docker exec "$NAME-kafka-1" python /etc/kafka/grant_rights.py || fail "see the reason above, and: docker logs $NAME-kafka-1"
}

add_devices() {
    [ "$DEVICES" != 0 ] || return 0
    # First at a node, which waits until its broker knows them.
    docker exec "$NAME-ingest-1" qlines simulate --devices "$DEVICES" --mqtt proxy:1883 --seconds 1 >/dev/null ||
        fail "the simulated devices cannot send; see the reason above, and: docker logs $NAME-ingest-1"
    start devices
}

print_where_to_look() {
    cat <<END

The cluster is ready.
  Pages         https://localhost:$WEB (self-signed: the browser warns)
  Sign in       admin@example.com, password: $(cat "$SECRETS_FOLDER/nodes/QLINES_ADMIN_PASSWORD")
  Devices       MQTT over TLS: localhost:$MQTTS, without: localhost:$MQTT
  Upstreams     http://127.0.0.1:$PROXY_HEALTH/proxy-health
  Health        docker exec $NAME-web-1 qlines health

Kill what you like, but the proxy, and bring it back: docker kill $NAME-kafka-2; docker start $NAME-kafka-2
End it and delete its data: make cluster-demo-down
END
}

take_cluster_down() {
    require_compose
    "${COMPOSE[@]}" down --volumes --remove-orphans
    # They fit nothing but the data that are gone. Only what make_secrets.sh has made.
    [ ! -e "$SECRETS_FOLDER/complete" ] || rm -rf "$SECRETS_FOLDER"
    say "$NAME is down, and its data and secrets are deleted"
}

demo "$@"; exit
