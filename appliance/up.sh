#!/bin/bash
# Implements `make up`, `make image` and `make dev`, and installs Docker for `make test`. `main` below is the table of contents.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

IMAGE=qlines/appliance
BUILD_LOG=build/image.log
READY_SECONDS=120
# More than the sum of stopwaitsecs in supervisord.conf, so that Docker never cuts a clean stop short.
STOP_SECONDS=225
# Settings that may hold a password; a test compares them with app/qlines/setting_table.py.
SECRETS="QLINES_ADMIN_PASSWORD QLINES_BACKUP_PASSWORD QLINES_BACKUP_SECRETS_PASSWORD QLINES_CLICKHOUSE QLINES_HEALTH_TOKEN QLINES_KAFKA_PASSWORD QLINES_MONGODB QLINES_REDIS QLINES_SECRET_KEY QLINES_SMTP_URL QLINES_TELEGRAM_BOT_TOKEN"

main() {
    local goal=${1:-up}
    read_env_file
    require_processor
    require_docker
    [ "$goal" != docker ] || return 0
    build_image
    [ "$goal" != image ] || return 0
    [ "$goal" != dev ] || share_source
    pass_settings
    require_valid_settings
    if is_running_as_wanted; then
        say "$NAME is already running with this image and these settings"
    else
        require_free_ports
        replace_container
    fi
    wait_until_ready
    print_how_to_use_it
    [ "$goal" != dev ] || watch_source
}

say() { echo "▶ $*"; }
fail() { echo "✖ $*" >&2; exit 1; }

# ---- settings --------------------------------------------------------------------------------------------------

# QLINES_* of .env apply unless the environment sets them.
read_env_file() {
    local line name
    while IFS= read -r line || [ -n "$line" ]; do
        [[ $line =~ ^(QLINES_[A-Z_]+)=(.*)$ ]] || continue
        name=${BASH_REMATCH[1]}
        [ -n "${!name+set}" ] || export "$name=$(unquoted "${BASH_REMATCH[2]}")"
    done < <(cat .env 2>/dev/null || true)
    NAME=${QLINES_NAME:-qlines}
    WEB_PORT=${QLINES_WEB_PORT:-5000}
    MQTT_PORT=${QLINES_MQTT_PORT:-1883}
    HEALTH_PORT=${QLINES_HEALTH_PORT:-5001}
    export QLINES_PUBLIC_URL=${QLINES_PUBLIC_URL:-http://localhost:$WEB_PORT}
}

unquoted() {
    local text=$1
    [[ $text =~ ^\"(.*)\"$ || $text =~ ^\'(.*)\'$ ]] && text=${BASH_REMATCH[1]}
    echo "$text"
}

# Values stay off the command line, where other users could read them: docker takes them from this environment.
pass_settings() {
    local name
    SETTINGS=()
    for name in $(compgen -e QLINES_ | sort); do
        case $name in
            QLINES_NAME | QLINES_WEB_PORT | QLINES_HEALTH_PORT | QLINES_MONGODB_IMAGE | QLINES_CLICKHOUSE_IMAGE) ;;
            *_FILE) pass_file "$name" ;;
            *) if is_secret "$name"; then SETTINGS+=(--env "${name}_FILE=$(secret_path "$name")"); else SETTINGS+=(--env "$name"); fi ;;
        esac
    done
}

# With a value and a file for one setting both are passed on, and the check below says so.
is_secret() {
    local file=$1_FILE
    [[ " $SECRETS " == *" $1 "* ]] && [ -n "${!1-}" ] && [ -z "${!file-}" ]
}
secret_path() { echo "/data/secrets/passed/$1"; }

# Everyone who may use Docker can read a container's environment. So secrets go through standard input into files of its volume,
# readable by its user only. `store_secrets IMAGE OPTIONS OF docker run…`; then the command in $CHECK runs there.
store_secrets() {
    local image=$1
    shift
    for name in $SECRETS; do
        ! is_secret "$name" || printf '%s=%s\n' "$name" "${!name}"
    done | docker run --rm --interactive "$@" "$image" sh -c "$STORE${CHECK:+ && $CHECK}"
}

# shellcheck disable=SC2016  # expanded in the container
STORE='umask 077; folder=/data/secrets/passed; rm -rf "$folder"; mkdir -p "$folder"
while IFS= read -r line; do printf %s "${line#*=}" >"$folder/${line%%=*}" || exit; done'

# A file of this machine is mounted into the container under another name.
pass_file() {
    local file=${!1}
    [ -r "$file" ] || fail "$1 names $file, which cannot be read."
    SETTINGS+=(--volume "$(realpath "$file"):/etc/qlines/$1:ro" --env "$1=/etc/qlines/$1")
}

require_valid_settings() {
    CHECK='python -m qlines.settings' store_secrets "$IMAGE" "${SETTINGS[@]}" || fail "a setting is invalid (see the sentence above)."
}

# ---- the machine -----------------------------------------------------------------------------------------------

require_processor() {
    [ "$(uname -m)" = x86_64 ] ||
        fail "this processor is $(uname -m): MongoDB, ClickHouse and Kafka's lz4 and zstd are available for x86-64 only."
    grep -qw avx /proc/cpuinfo || fail "this processor lacks AVX, which MongoDB 6 needs."
}

require_docker() {
    command -v docker >/dev/null || install_packages docker.io
    docker info >/dev/null 2>&1 && return
    [ "$(id -u)" = 0 ] || fail "Docker does not answer: start it, join its group (usermod -aG docker $(id -un)), or run this as root."
    # Only Docker's client may be installed, for a remote engine: there is nothing to start here then.
    command -v dockerd >/dev/null || install_packages docker.io
    start_docker
}

install_packages() {
    { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; } ||
        fail "$1 is missing: install it, or run this as root on Debian or Ubuntu."
    say "installing $1 from the distribution"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

start_docker() {
    if [ -d /run/systemd/system ]; then
        systemctl start docker
    else
        say "starting dockerd without systemd (log: /var/log/dockerd.log)"
        # A killed dockerd leaves its process id behind, which another process may have now.
        pidof dockerd >/dev/null || rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
        setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &
    fi
    for _ in {1..60}; do
        docker info >/dev/null 2>&1 && return
        sleep 0.5
    done
    fail "dockerd did not start within 30 s; see /var/log/dockerd.log or journalctl -u docker."
}

# ---- the image -------------------------------------------------------------------------------------------------

build_image() {
    local lock
    mkdir -p "$(dirname "$BUILD_LOG")"
    # One build at a time: a second one finds what the first has made in Docker's cache.
    exec {lock}>"$BUILD_LOG.lock"
    flock "$lock"
    BASE=$(base_image trixie) BOOKWORM_BASE=$(base_image bookworm)
    copy_authorities
    say "building $IMAGE (minutes the first time, seconds when nothing changed; log: $BUILD_LOG)"
    docker build --tag "$IMAGE" --file appliance/Dockerfile \
        --build-arg "BASE=$BASE" --build-arg "BOOKWORM_BASE=$BOOKWORM_BASE" \
        --build-arg "QLINES_MONGODB_IMAGE=${QLINES_MONGODB_IMAGE-}" --build-arg "QLINES_CLICKHOUSE_IMAGE=${QLINES_CLICKHOUSE_IMAGE-}" \
        . >"$BUILD_LOG" 2>&1 && { exec {lock}>&-; return; }
    tail -n 30 "$BUILD_LOG" >&2
    fail "the image could not be built; see the failed step above."
}

# Prints the name of a base image: a local one, a pulled one, or one built from the distribution's packages.
base_image() {
    local official=debian:$1-slim own=qlines/base:$1
    local candidate
    for candidate in "$official" "$own"; do
        ! docker image inspect "$candidate" >/dev/null 2>&1 || { echo "$candidate"; return; }
    done
    if timeout 300 docker pull -q "$official" >/dev/null 2>&1; then echo "$official"; return; fi
    make_base "$1" "$own" >&2
    echo "$own"
}

make_base() {
    say "debian:$1-slim cannot be pulled: building it with mmdebstrap"
    command -v mmdebstrap >/dev/null || install_packages mmdebstrap
    mmdebstrap --quiet --variant=minbase --include=ca-certificates "$1" - | docker import - "$2" >/dev/null ||
        fail "the base image could be neither pulled nor built."
}

# The builder trusts what this machine trusts, for example the authority of a TLS proxy.
copy_authorities() {
    local folder=appliance/shared/ca-certificates
    rm -f "$folder"/*.crt
    cp --preserve=timestamps /usr/local/share/ca-certificates/*.crt "$folder"/ 2>/dev/null || true
}

# ---- the container ---------------------------------------------------------------------------------------------

# A label holds a fingerprint of the image and the settings: if it is unchanged, there is nothing to do.
wanted_fingerprint() {
    { docker image inspect --format '{{.Id}}' "$IMAGE"
        env | grep '^QLINES_' | sort
        echo "$WEB_PORT $MQTT_PORT $HEALTH_PORT ${SOURCE[*]-}"; } | sha256sum | cut -c1-16
}

is_running_as_wanted() {
    FINGERPRINT=$(wanted_fingerprint)
    [ "$(docker inspect --format '{{.State.Running}} {{index .Config.Labels "qlines.fingerprint"}}' "$NAME" 2>/dev/null)" = "true $FINGERPRINT" ]
}

require_free_ports() {
    require_free_port QLINES_WEB_PORT "$WEB_PORT"
    require_free_port QLINES_MQTT_PORT "$MQTT_PORT"
    require_free_port QLINES_HEALTH_PORT "$HEALTH_PORT"
}

require_free_port() {
    local own holder
    own=$(docker port "$NAME" 2>/dev/null || true)
    [[ ! $own =~ :$2($|$'\n') ]] || return 0
    (: <"/dev/tcp/127.0.0.1/$2") 2>/dev/null || return 0
    holder=$(docker ps --filter "publish=$2" --format 'the container {{.Names}}')
    [ -n "$holder" ] || holder=$(ss -Hltnp "sport = :$2" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)".*/the program \1/p' | head -n 1)
    fail "port $2 is in use${holder:+ by $holder}: free it, or choose another one: $1=$(($2 + 1000)) make ${GOAL:-up}"
}

replace_container() {
    if docker inspect "$NAME" >/dev/null 2>&1; then
        say "replacing $NAME; its data stay in the volume $NAME-data"
        docker stop "$NAME" >/dev/null
        docker rm "$NAME" >/dev/null
    fi
    store_secrets "$IMAGE" --volume "$NAME-data:/data" || fail "the secrets could not be written to the volume $NAME-data; see Docker's reason above."
    docker run --detach --name "$NAME" --label "qlines.fingerprint=$FINGERPRINT" \
        --publish "$WEB_PORT:5000" --publish "$MQTT_PORT:1883" --publish "127.0.0.1:$HEALTH_PORT:5001" \
        --volume "$NAME-data:/data" --restart unless-stopped --stop-timeout "$STOP_SECONDS" \
        --cap-drop ALL --security-opt no-new-privileges --read-only --tmpfs /tmp --tmpfs /run \
        "${SETTINGS[@]}" ${SOURCE[@]+"${SOURCE[@]}"} "$IMAGE" >/dev/null ||
        { docker rm "$NAME" >/dev/null 2>&1 || true; fail "Docker did not start the container; see its reason above."; }
}

wait_until_ready() {
    local end=$((SECONDS + READY_SECONDS))
    say "waiting until it is ready"
    until docker exec "$NAME" /opt/qlines/appliance/is_ready >/dev/null 2>&1; do
        if [ "$(docker inspect --format '{{.RestartCount}}' "$NAME")" -gt 1 ]; then
            docker logs --tail 30 "$NAME" >&2
            docker stop "$NAME" >/dev/null
            fail "$NAME ended instead of becoming ready; see its last lines above."
        fi
        [ "$SECONDS" -lt "$end" ] || report_and_fail_not_ready
        sleep 0.3
    done
}

report_and_fail_not_ready() {
    docker exec "$NAME" qlines health >&2 || docker logs --tail 50 "$NAME" >&2
    fail "$NAME is not ready after $READY_SECONDS s; see the report above, and its log: make logs"
}

print_how_to_use_it() {
    local email=${QLINES_ADMIN_EMAIL:-admin@example.com}
    local password="docker exec $NAME cat /data/secrets/admin_password"
    [ -z "${QLINES_ADMIN_PASSWORD-}${QLINES_ADMIN_PASSWORD_FILE-}" ] || password="the one you set"
    local backups="docker exec $NAME cat /data/secrets/backup_password"
    [ -z "${QLINES_BACKUP_PASSWORD-}${QLINES_BACKUP_PASSWORD_FILE-}" ] || backups="the password you set"
    cat <<END

QLines is ready:  $QLINES_PUBLIC_URL
  Sign in         $email
  Password        $password
  Backups         $backups
                  Write it down: without this password nobody can read a backup.

Connect a first device:
  docker exec $NAME qlines device add first-device --owner $email --token first-token-0001
  mosquitto_pub -h localhost -p $MQTT_PORT -q 1 -u first-token-0001 -t v1/devices/me/telemetry -m '{"temperature": 21.5}'
  curl -d '{"temperature": 21.5}' -H 'Content-Type: application/json' http://localhost:$WEB_PORT/api/v1/first-token-0001/telemetry
END
}

# ---- make dev --------------------------------------------------------------------------------------------------

share_source() {
    local vendor=app/qlines/web/static/vendor container
    # The mounted source hides the browser libraries of the image: copy them beside it (git ignores them).
    container=$(docker create "$IMAGE")
    rm -rf "$vendor"
    docker cp -q "$container:/opt/qlines/$vendor" "$vendor" 2>/dev/null || docker cp "$container:/opt/qlines/$vendor" "$vendor"
    docker rm "$container" >/dev/null
    SOURCE=(--volume "$PWD/app/qlines:/opt/qlines/app/qlines:ro" --volume "$PWD/healthcheck:/opt/qlines/healthcheck:ro"
        --volume "$PWD/backup:/opt/qlines/backup:ro")
}

watch_source() {
    say "watching app/qlines, healthcheck and backup until Ctrl-C; follow the log in another terminal: make logs"
    exec appliance/run_inside.sh "$NAME" python /opt/qlines/appliance/watch_source.py
}

# On one line: bash reads a script while it runs, and `make dev` must survive an edit of this file. vm.sh sources the functions.
[ "${BASH_SOURCE[0]}" != "$0" ] || { main "$@"; exit; }
