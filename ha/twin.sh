#!/bin/bash
# Implements `make twin-invite`, `twin-join`, `witness`, `twin-forget` and `twin-leave`. The first functions below, named as these, are
# the tables of contents; what is decided and written is decided and written by ha/pairing, in a container.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=appliance/vm.sh
source appliance/vm.sh

# shellcheck disable=SC2034  # for messages of up.sh
GOAL=twin-join
WITNESS_ROLES=mongodb,twin,links,healthd

invite() {
    prepare
    require_running
    require_new_file
    build_images
    remember_pairing
    write_invitation "$@"
    # Before the restart, which may fail: the passphrase is known to nobody else.
    print_invitation
    switch_on
    take_up_pairing
}

join() {
    prepare
    require_invitation
    read_passphrase
    build_images
    make_volumes
    decide_how_to_join
    require_unused
    remember_pairing
    stop_vm_unless_joined
    write_joined_side
    if [ "$JOINING" = again ]; then take_up_pairing; else appliance/vm.sh up; fi
    say "this VM is paired; how far it has come: docker exec $NAME qlines health"
}

witness() {
    prepare
    require_invitation
    NAME=$NAME-witness
    appliance/up.sh image
    build_part proxy
    read_passphrase
    docker run --rm --volume "$NAME-data:/data" "$IMAGE" true
    write_witness
    run_witness
    wait_until_linked
    say "the witness $NAME is running; the VM that is active takes it in"
}

forget() { invite --revoke; }

leave() {
    prepare
    if has_witness; then
        docker stop "$NAME-witness" >/dev/null
        docker rm "$NAME-witness" >/dev/null
        NAME=$NAME-witness pairing leave
        say "the witness has left; its data stay in the volume $NAME-witness-data"
        return
    fi
    build_images
    pairing leave
    set_in_env QLINES_TWIN off
    export QLINES_TWIN=off
    give_up_address
    recreate_vm
    say "this VM is on its own again"
}

# ---- before anything changes -----------------------------------------------------------------------------------

prepare() {
    GIVEN=$(compgen -e QLINES_ | tr '\n' ' ' || true)
    read_env_file
    read_vm_settings
    [ "${REPLACE-}" = 1 ] || REPLACE=
    require_docker
}

is_running() { [ "$(docker inspect --format '{{.State.Running}}' "$1" 2>/dev/null)" = true ]; }
has_witness() { docker inspect "$NAME-witness" >/dev/null 2>&1; }
has_volume() { docker volume inspect "$1" >/dev/null 2>&1; }

require_running() {
    { is_running "$NAME" && is_running "$NAME-proxy"; } || fail "this VM is not running, and what runs is paired: make vm"
}

require_new_file() {
    FILE=${FILE:-twin-invitation.txt}
    [ ! -e "$FILE" ] || fail "$FILE exists and may be another invitation: remove it, or choose another name with FILE=…"
}

require_invitation() {
    [ -n "${FILE-}" ] || fail "FILE must name the invitation that make twin-invite wrote: make $GOAL FILE=twin-invitation.txt"
    [ -r "$FILE" ] || fail "FILE must be a file that can be read, got '$FILE'"
}

build_images() {
    appliance/up.sh image
    build_part proxy
    build_part blog
}

# The first time it brings the other VM's users, devices and posts: it must not silently replace any.
require_unused() {
    [ "$JOINING" = first ] && [ -z "${REPLACE-}" ] || return 0
    require_unused_app
    ! has_volume "$NAME-blog-data" || require_unused_blog
}

require_unused_app() {
    local devices users
    if is_running "$NAME"; then
        devices=$(docker exec "$NAME" qlines device list --json) || refuse_silent app
        users=$(docker exec "$NAME" qlines user list --json) || refuse_silent app
        [ "$(tr -d ' \n' <<<"$devices")" = "[]" ] || refuse_data "devices"
        [ "$(grep -o '"email"' <<<"$users" | wc -l)" -le 1 ] || refuse_data "users besides the first admin"
    elif volumes_say 'test -e /vm/app/mongodb/WiredTiger'; then refuse_silent app; fi
}

# Its dumps are up to an hour old, so the databases are asked.
require_unused_blog() {
    local count
    if is_running "$NAME-blog"; then
        count=$(docker exec --interactive "$NAME-blog" bash -s <blog/count_contents.sh) || refuse_silent blog
        [ "$count" = 0 ] || refuse_data "posts, pages or uploads"
    elif volumes_say 'test -e /vm/blog/mariadb/mysql'; then refuse_silent blog; fi
}

refuse_data() {
    fail "this VM has $1, which the other VM's would replace: REPLACE=1 make twin-join FILE=$FILE replaces them, and nothing was changed"
}

refuse_silent() {
    fail "the $1 does not say whether it has data of its own, because it is stopped or broken: make vm, or REPLACE=1 make twin-join FILE=$FILE"
}

is_paired() { has_volume "$NAME-data" && volumes_say 'test -e /vm/app/twin/twin.json'; }

read_passphrase() {
    PASSPHRASE=${QLINES_TWIN_PASSPHRASE-}
    unset QLINES_TWIN_PASSPHRASE
    if [ -z "$PASSPHRASE" ] && [ -t 0 ]; then
        read -rsp "Passphrase of the invitation (make twin-invite printed it): " PASSPHRASE
        echo
    fi
    [ -n "$PASSPHRASE" ] || fail "the passphrase is missing: QLINES_TWIN_PASSPHRASE=… make $GOAL FILE=$FILE"
}

# Before the VM is stopped: the passphrase may be wrong, or this the VM that wrote the invitation.
decide_how_to_join() {
    JOINING=$({ echo "$PASSPHRASE"; cat "$FILE"; } | pairing check ${REPLACE:+--replace}) || fail "nothing was changed; see the reason above."
}

# ---- the volumes -----------------------------------------------------------------------------------------------

# The volumes of this machine, each where ha/pairing looks for it, and the files that .env names.
volume_options() {
    local part secrets=${QLINES_SECRETS_DIR:-./secrets}
    VOLUMES=(--volume "$NAME-data:/vm/app")
    for part in proxy blog; do
        ! has_volume "$NAME-$part-data" || VOLUMES+=(--volume "$NAME-$part-data:/vm/$part")
    done
    for part in app proxy; do
        [ ! -d "$secrets/$part" ] || VOLUMES+=(--volume "$(realpath "$secrets/$part"):/etc/qlines/$part:ro")
    done
}

pairing() {
    volume_options
    docker run --rm --interactive --network none "${VOLUMES[@]}" qlines/proxy python -m ha.pairing "$@"
}

# Whether a test succeeds there. Without an answer nothing may be decided.
volumes_say() {
    local answer
    volume_options
    answer=$(docker run --rm --network none "${VOLUMES[@]}" "$IMAGE" sh -c "if $1; then echo yes; else echo no; fi") ||
        fail "the volumes of $NAME cannot be read; see Docker's reason above."
    [ "$answer" = yes ]
}

# A new volume takes its owner from the folder of the image that is mounted there first.
make_volumes() {
    docker run --rm --volume "$NAME-data:/data" "$IMAGE" true
    docker run --rm --volume "$NAME-proxy-data:/data" qlines/proxy true
    [ "$SITES" = none ] || docker run --rm --volume "$NAME-blog-data:/data" qlines/blog true
}

# Programs read twin.json at their start; certificates they can read again while they run. A revocation changes the authority's key,
# a renewal only its certificate.
remember_pairing() {
    PAIRING_BEFORE=$(fingerprint_of twin.json)
    AUTHORITY_BEFORE=$(fingerprint_of ca.key)
}

fingerprint_of() {
    volume_options
    docker run --rm --network none "${VOLUMES[@]}" "$IMAGE" sh -c 'cat /vm/*/twin/"$0" 2>/dev/null | sha256sum' "$1"
}

# ---- what changes ----------------------------------------------------------------------------------------------

# Written beside its name first: a file that says FILE is whole.
write_invitation() {
    local err
    # A name without a dot is known in this machine's own network at best.
    [ -n "${SELF-}" ] || is_paired || SELF=$(hostname -f 2>/dev/null | grep -F . || true)
    err=$(mktemp)
    if ! (umask 077 && env | grep '^QLINES_' | pairing invite --self "${SELF-}" --peer "${PEER-}" --witness "${WITNESS-}" "$@" >"$FILE.new" 2>"$err"); then
        cat "$err" >&2
        rm -f "$FILE.new" "$err"
        fail "no invitation was written; see the reason above."
    fi
    PASSPHRASE=$(tail -n 1 "$err")
    rm -f "$err"
    mv "$FILE.new" "$FILE"
}

switch_on() {
    set_in_env QLINES_TWIN on
    export QLINES_TWIN=on
}

# It is for two VMs; the other one keeps it.
give_up_address() {
    [ -n "${QLINES_VIRTUAL_ADDRESS-}" ] || return 0
    say "QLINES_VIRTUAL_ADDRESS is removed from .env: $QLINES_VIRTUAL_ADDRESS stays with the other VM"
    set_in_env QLINES_VIRTUAL_ADDRESS ""
    export QLINES_VIRTUAL_ADDRESS=
}

set_in_env() {
    local rest
    rest=$(grep -v "^$1=" .env 2>/dev/null || true)
    write_env "$(printf '%s\n' ${rest:+"$rest"} "$1=$2")"
}

# In place, so that the file keeps its owner and mode. A new one is for its owner only: it may hold passwords.
write_env() { (umask 077 && printf '%s\n' "$1" >.env); }

# Its stores are emptied then, and nothing may have them open.
stop_vm_unless_joined() {
    [ "$JOINING" = again ] || stop_parts
}

write_joined_side() {
    local text
    text=$({ echo "$PASSPHRASE"; cat "$FILE"; cat .env 2>/dev/null || true; } | pairing join ${REPLACE:+--replace}) ||
        { start_stopped; fail "this VM has not joined; see the reason above."; }
    write_env "$text"
    chmod o= .env || say "others may read the passwords in .env: chmod o= .env"
    forget_settings
}

start_stopped() { docker start "$NAME" "$NAME-proxy" "$NAME-blog" >/dev/null 2>&1 || true; }

# What was read from the old .env must not have priority over the new one.
forget_settings() {
    local name
    for name in $(compgen -e QLINES_); do
        [[ " $GIVEN " == *" $name "* ]] || unset "$name"
    done
    read_env_file
    read_vm_settings
}

# A member of another set loses its data, and nothing may have them open.
write_witness() {
    docker stop "$NAME" >/dev/null 2>&1 || true
    { echo "$PASSPHRASE"; cat "$FILE"; } | pairing witness ||
        { docker start "$NAME" >/dev/null 2>&1 || true; fail "there is no new witness; see the reason above."; }
}

# ---- what runs -------------------------------------------------------------------------------------------------

take_up_pairing() {
    if [ "$(fingerprint_of twin.json)" != "$PAIRING_BEFORE" ]; then recreate_vm
    # A revocation ends the connections that were made before it.
    elif [ "$(fingerprint_of ca.key)" != "$AUTHORITY_BEFORE" ]; then reload_links restart
    else reload_links signal HUP; fi
}

# Compose leaves containers alone whose configuration is unchanged, and these must read the pairing again.
recreate_vm() { appliance/vm.sh restart; }

# `reload_links ACTION OF supervisorctl…`
reload_links() {
    say "the links take up the new certificates"
    reload_part "$NAME" appliance links "$@"
    reload_part "$NAME-blog" blog links "$@"
    reload_part "$NAME-proxy" proxy nginx signal HUP
}

reload_part() {
    local container=$1 folder=$2 program=$3
    shift 3
    ! is_running "$container" || docker exec "$container" supervisorctl -c "/opt/qlines/$folder/supervisord.conf" "$@" "$program" >/dev/null
}

run_witness() {
    docker rm --force "$NAME" >/dev/null 2>&1 || true
    docker run --detach --name "$NAME" --restart unless-stopped --stop-timeout 60 \
        --volume "$NAME-data:/data" --publish "${QLINES_TWIN_APP_PORT:-7444}:7444" --sysctl net.ipv4.tcp_retries2=4 \
        --cap-drop ALL --security-opt no-new-privileges --read-only --tmpfs /tmp --tmpfs /run \
        --log-opt max-size=10m --log-opt max-file=5 \
        --env "QLINES_ROLES=$WITNESS_ROLES" "$IMAGE" >/dev/null || fail "Docker did not start the witness; see its reason above."
}

# With its data. While it is away the two VMs are a majority.
upgrade_witness() {
    local NAME=$NAME-witness
    appliance/up.sh image
    docker stop "$NAME" >/dev/null
    run_witness
    wait_until_linked
    say "the witness $NAME runs what was built"
}

# Ready it is only after the active VM has added it to its set.
wait_until_linked() {
    local end=$((SECONDS + READY_SECONDS))
    say "waiting until it listens"
    # 7444 as the kernel writes it; a connection would leave a line in the log.
    until docker exec "$NAME" grep -q ':1D14 00000000:0000 0A' /proc/net/tcp 2>/dev/null; do
        [ "$SECONDS" -lt "$end" ] || { docker logs --tail 30 "$NAME" >&2; fail "the witness does not listen after $READY_SECONDS s; see its last lines above."; }
        sleep 0.3
    done
}

print_invitation() {
    cat <<END

The invitation is in $FILE. Copy it to the other machines, then remove it here:
  The other VM    make twin-join FILE=$(basename "$FILE")
  The witness     make witness FILE=$(basename "$FILE")
  Passphrase      $PASSPHRASE
                  It is shown only now.
END
}

# move.sh sources the functions.
[ "${BASH_SOURCE[0]}" != "$0" ] || { "$@"; exit; }
