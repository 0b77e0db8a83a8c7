#!/bin/bash
# Implements `make vm` and `make down`: the three images, then compose. `vm` below is the table of contents. `vm restart` is for programs
# that read files of the volumes at their start only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=appliance/up.sh
source appliance/up.sh

HEALTHY_SECONDS=${HEALTHY_SECONDS:-120}
# The make goal that a message of up.sh suggests to run again.
# shellcheck disable=SC2034  # read there
GOAL=vm

vm() {
    local goal=${1:-up}
    read_env_file
    read_vm_settings
    if [ "$goal" = down ]; then
        take_down
        return
    fi
    require_twin_for_address
    appliance/up.sh image
    build_part proxy
    build_part blog
    [ -z "${QLINES_VIRTUAL_ADDRESS-}" ] || prepare_address
    require_compose
    replace_lone_appliance
    require_free_vm_ports
    pass_secrets
    [ -n "${QLINES_VIRTUAL_ADDRESS-}" ] || stop_address
    # Only now: what takes minutes, or may fail, is done.
    [ "$goal" != restart ] || stop_parts
    "${COMPOSE[@]}" up --detach --no-build --remove-orphans "${SERVICES[@]}" || fail "compose did not start everything; see its reason above."
    wait_until_healthy
    print_addresses
}

# ---- settings --------------------------------------------------------------------------------------------------

read_vm_settings() {
    HTTP_PORT=${QLINES_HTTP_PORT:-80}
    HTTPS_PORT=${QLINES_HTTPS_PORT:-443}
    MQTTS_PORT=${QLINES_MQTTS_PORT:-8883}
    PROXY_HEALTH_PORT=${QLINES_PROXY_HEALTH_PORT:-5002}
    DOMAINS=${QLINES_APP_DOMAINS:-localhost}
    SITES=${QLINES_BLOG_SITES:-wordpress_qlines=blog.localhost,wordpress_bigbang=bigbang.localhost}
    PORT_IN_ADDRESS=
    [ "$HTTPS_PORT" = 443 ] || PORT_IN_ADDRESS=:$HTTPS_PORT
    # up.sh's default is for an app without a proxy.
    [ "$QLINES_PUBLIC_URL" != "http://localhost:$WEB_PORT" ] || export QLINES_PUBLIC_URL="https://${DOMAINS%%,*}$PORT_IN_ADDRESS"
    SERVICES=(app proxy)
    [ "$SITES" = none ] || SERVICES+=(blog)
    # One project per name, so that a second VM leaves the first alone.
    local own
    own=$(sed -n 's/^COMPOSE_PROJECT_NAME=//p' .env 2>/dev/null || true)
    export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-${own:-$NAME}}
    FILES=(--file docker-compose.yml)
    [ "${QLINES_MQTT_PLAIN:-off}" != on ] || FILES+=(--file docker-compose.mqtt.yml)
    [ "${QLINES_TWIN:-off}" != on ] || FILES+=(--file docker-compose.twin.yml)
    [ -z "${QLINES_VIRTUAL_ADDRESS-}" ] || { FILES+=(--file docker-compose.virtual-address.yml); SERVICES+=(virtual-address); }
}

container_of() {
    if [ "$1" = app ]; then echo "$NAME"; else echo "$NAME-$1"; fi
}

# ---- images ----------------------------------------------------------------------------------------------------

# `build_part NAME [DOCKERFILE]`
build_part() {
    local image=qlines/$1 log=build/$1.log
    mkdir -p build
    say "building $image (log: $log)"
    docker build --tag "$image" --file "${2:-$1/Dockerfile}" --build-arg "BASE=$(base_image trixie)" . >"$log" 2>&1 && return
    tail -n 30 "$log" >&2
    fail "the image $image could not be built; see the failed step above."
}

# ---- the virtual address ---------------------------------------------------------------------------------------

require_twin_for_address() {
    [ -z "${QLINES_VIRTUAL_ADDRESS-}" ] || [ "${QLINES_TWIN:-off}" = on ] ||
        fail "QLINES_VIRTUAL_ADDRESS is for two VMs, got '$QLINES_VIRTUAL_ADDRESS' on one without a twin: remove it, or pair this VM: make twin-invite PEER=…"
}

# In the network of this machine, because whether an address fits depends on its interfaces.
prepare_address() {
    build_part virtual-address ha/virtual_address/Dockerfile
    docker run --rm --network host --env QLINES_VIRTUAL_ADDRESS --env QLINES_VIRTUAL_INTERFACE --env QLINES_VIRTUAL_ROUTER_ID \
        --env QLINES_PROXY_HEALTH_PORT qlines/virtual-address check || fail "a setting is invalid (see the sentence above)."
}

# Once the setting is gone its container is in none of compose's files, and compose kills such a one: the address would stay on the
# interface, and the other VM has it too.
stop_address() {
    ! docker inspect "$NAME-virtual-address" >/dev/null 2>&1 || docker stop "$NAME-virtual-address" >/dev/null
}

# ---- secrets ---------------------------------------------------------------------------------------------------

# As `make up` does it: compose gets the paths of files in the volumes instead of the values.
pass_secrets() {
    store_secrets qlines/appliance --volume "$NAME-data:/data" || fail "the secrets could not be written to the volume $NAME-data."
    SECRETS+=" QLINES_BLOG_ADMIN_PASSWORD"
    [ "$SITES" = none ] || SECRETS="QLINES_BLOG_ADMIN_PASSWORD QLINES_SMTP_URL" store_secrets qlines/blog --volume "$NAME-blog-data:/data" ||
        fail "the secrets could not be written to the volume $NAME-blog-data."
    local name
    for name in $SECRETS; do
        # An empty value in the environment has priority over the one in .env.
        ! is_secret "$name" || export "${name}_FILE=$(secret_path "$name")" "$name="
    done
}

# ---- compose ---------------------------------------------------------------------------------------------------

find_compose() {
    if docker compose version >/dev/null 2>&1; then COMPOSE=(docker compose "${FILES[@]}")
    elif command -v docker-compose >/dev/null; then COMPOSE=(docker-compose "${FILES[@]}")
    else return 1; fi
}

require_compose() {
    find_compose || { install_packages docker-compose && find_compose; }
}

is_of_compose() {
    [ -n "$(docker inspect --format '{{index .Config.Labels "com.docker.compose.project"}}' "$NAME" 2>/dev/null)" ]
}

stop_parts() {
    local part
    for part in "$NAME-proxy" "$NAME-blog" "$NAME"; do
        [ "$(docker inspect --format '{{.State.Running}}' "$part" 2>/dev/null)" != true ] || docker stop "$part" >/dev/null
    done
}

# The container of `make up` has the name that compose needs, and the volume that compose takes over.
replace_lone_appliance() {
    ! docker inspect "$NAME" >/dev/null 2>&1 || is_of_compose || remove_lone_appliance
}

remove_lone_appliance() {
    docker stop "$NAME" >/dev/null && docker rm "$NAME" >/dev/null && say "$NAME is down, its data stay in the volume $NAME-data"
}

require_free_vm_ports() {
    ! docker inspect "$NAME-proxy" >/dev/null 2>&1 || return 0
    require_free_port QLINES_HTTP_PORT "$HTTP_PORT"
    require_free_port QLINES_HTTPS_PORT "$HTTPS_PORT"
    require_free_port QLINES_MQTTS_PORT "$MQTTS_PORT"
    require_free_port QLINES_HEALTH_PORT "$HEALTH_PORT"
    require_free_port QLINES_PROXY_HEALTH_PORT "$PROXY_HEALTH_PORT"
}

take_down() {
    if ! is_of_compose; then
        remove_lone_appliance
        return
    fi
    require_compose
    stop_address
    "${COMPOSE[@]}" down --remove-orphans
    say "$NAME is down, its data stay in the volumes $NAME-data, $NAME-proxy-data and $NAME-blog-data"
}

# ---- ready -----------------------------------------------------------------------------------------------------

wait_until_healthy() {
    local end=$((SECONDS + HEALTHY_SECONDS)) service
    for service in "${SERVICES[@]}"; do
        say "waiting until $service is healthy"
        until [ "$(docker inspect --format '{{.State.Health.Status}}' "$(container_of "$service")")" = healthy ]; do
            [ "$(docker inspect --format '{{.RestartCount}}' "$(container_of "$service")")" -lt 2 ] ||
                report_and_fail "$service" "ended instead of becoming healthy; see its last lines above"
            [ "$SECONDS" -lt "$end" ] || report_and_fail "$service" "is not healthy after $HEALTHY_SECONDS s; see its report and its last lines above"
            sleep 0.3
        done
    done
}

report_and_fail() {
    docker inspect --format '{{with .State.Health}}{{range .Log}}{{.Output}}{{end}}{{end}}' "$(container_of "$1")" | tail -n 40 >&2
    docker logs --tail 40 "$(container_of "$1")" >&2
    fail "$1 $2."
}

print_addresses() {
    local email=${QLINES_ADMIN_EMAIL:-admin@example.com} site sites
    local password="docker exec $NAME cat /data/secrets/admin_password"
    [ -z "${QLINES_ADMIN_PASSWORD-}${QLINES_ADMIN_PASSWORD_FILE-}" ] || password="the one you have set"
    local backups="docker exec $NAME cat /data/secrets/backup_password"
    [ -z "${QLINES_BACKUP_PASSWORD-}${QLINES_BACKUP_PASSWORD_FILE-}" ] || backups="the one you have set"
    printf '\nThe VM is ready.\n  App           %s\n' "$QLINES_PUBLIC_URL"
    printf '  Sign in       %s, password: %s\n' "$email" "$password"
    printf '  Backups       password: %s\n                Write it down: without it nobody can read a backup.\n' "$backups"
    printf '  Devices       MQTT over TLS: %s:%s\n' "${DOMAINS%%,*}" "$MQTTS_PORT"
    if [ "$SITES" != none ]; then
        IFS=, read -ra sites <<<"$SITES"
        for site in "${sites[@]}"; do printf '  Blog          https://%s%s\n' "${site#*=}" "$PORT_IN_ADDRESS"; done
    fi
    [ -z "${QLINES_VIRTUAL_ADDRESS-}" ] || printf '  Address       %s moves between the VMs: docker exec %s-virtual-address cat /run/virtual-address/state\n' \
        "$QLINES_VIRTUAL_ADDRESS" "$NAME"
    printf '  Certificates  http://127.0.0.1:%s/proxy-health\n' "$PROXY_HEALTH_PORT"
    [ -n "${QLINES_ACME_EMAIL-}" ] ||
        printf '\nQLINES_ACME_EMAIL is empty: the certificates are self-signed, and browsers warn about them.\n'
}

# backup.sh sources the functions.
[ "${BASH_SOURCE[0]}" != "$0" ] || { vm "$@"; exit; }
