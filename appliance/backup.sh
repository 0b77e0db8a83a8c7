#!/bin/bash
# Implements `make backup` and `make restore`. `create` and `restore` below are the tables of contents; backup/README.md is the runbook.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=appliance/vm.sh
source appliance/vm.sh

# shellcheck disable=SC2034  # for messages of up.sh
GOAL=restore
# What the restoring container needs of the settings; those of pages, mail and limits come with the start after it.
NEEDED="ROLES|KAFKA|CLICKHOUSE|(MONGODB|REDIS|BACKUP_SECRETS_PASSWORD)(_FILE)?|DISK_GUARD_PERCENT|LOG_LEVEL"
# A blog answers after its tables are loaded, which takes minutes when they are gigabytes.
RESTORED_SECONDS=1800

create() {
    read_env_file
    is_running "$NAME" || fail "$NAME is not running, and a backup is made by what runs: make up, or make vm"
    if is_running "$NAME-blog"; then
        say "dumping the databases of the blog"
        docker exec "$NAME-blog" dump_databases || say "not every database could be dumped; the backup takes their last dumps"
    fi
    say "making a backup"
    appliance/run_inside.sh "$NAME" qlines backup create
}

restore() {
    read_env_file
    find_repository
    read_password
    require_processor
    require_docker
    build_image
    require_readable
    require_unused
    trap clean_up EXIT
    stop_what_runs
    start_restorer
    bring_back
    keep_password
    stop_restorer
    start_again
    print_report
}

is_running() { [ "$(docker inspect --format '{{.State.Running}}' "$1" 2>/dev/null)" = true ]; }
has_volume() { docker volume inspect "$1" >/dev/null 2>&1; }

# ---- the repository --------------------------------------------------------------------------------------------

find_repository() {
    local folder
    [ -n "${FROM-}" ] || fail "FROM must name the repository, a folder of this machine or an address: make restore FROM=/mnt/backup"
    REPOSITORY=$FROM REPOSITORY_MOUNTS=() READ_ONLY=()
    [ -d "$FROM" ] || [[ $FROM =~ ^[a-z0-9]+:. ]] ||
        fail "FROM must be a folder of this machine, or an address as QLINES_BACKUP_REPOSITORY takes it, got '$FROM'"
    [ -d "$FROM" ] || return 0
    folder=$(realpath "$FROM")
    REPOSITORY=/repository REPOSITORY_MOUNTS=(--volume "$folder:/repository:ro") READ_ONLY=(--no-lock)
    # With a password of their own, secrets are beside it (QLINES_BACKUP_SECRETS_PASSWORD).
    [ ! -d "$folder-secrets" ] || REPOSITORY_MOUNTS+=(--volume "$folder-secrets:/repository-secrets:ro")
}

# Not exported: it must not become a setting of the container that serves afterwards.
read_password() {
    local file
    PASSWORD=${QLINES_BACKUP_PASSWORD-}
    file=$(on_this_machine "${QLINES_BACKUP_PASSWORD_FILE-}")
    [ -n "$PASSWORD" ] || [ ! -r "$file" ] || PASSWORD=$(<"$file")
    if [ -z "$PASSWORD" ] && [ -t 0 ]; then
        read -rsp "Password of the backups (the first boot of the old machine printed it): " PASSWORD
        echo
    fi
    [ -n "$PASSWORD" ] || fail "the password of the backups is missing: QLINES_BACKUP_PASSWORD=… make restore FROM=$FROM"
}

# A file of .env is named as the container of the VM sees it.
on_this_machine() {
    local secrets=${QLINES_SECRETS_DIR:-./secrets}/app
    if [[ $1 == /etc/qlines/* && ! -r $1 ]]; then echo "$secrets/${1#/etc/qlines/}"; else echo "$1"; fi
}

require_readable() {
    local unreadable
    [ ${#REPOSITORY_MOUNTS[@]} -gt 0 ] || return 0
    unreadable=$(docker run --rm "${REPOSITORY_MOUNTS[@]}" "$IMAGE" sh -c 'find /repository* ! -readable -print -quit 2>/dev/null')
    [ -z "$unreadable" ] ||
        fail "the user of the container may not read ${unreadable/#\/repository/$(realpath "$FROM")}; run: chown -R 7010:7010 $(realpath "$FROM")*"
}

# ---- this machine ----------------------------------------------------------------------------------------------

require_unused() {
    [ "${YES-}" != 1 ] || return 0
    # A stopped app is asked by the restore itself.
    ! is_running "$NAME" || [ "$(docker exec "$NAME" qlines device list --json | tr -d ' \n')" = "[]" ] ||
        fail "$NAME has devices, which the backup would replace: YES=1 make restore FROM=$FROM replaces them, and nothing was changed"
    ! is_blog_used || fail "the blog has posts or uploads, which the backup would replace: YES=1 make restore FROM=$FROM replaces them"
}

# Without an answer nothing is replaced.
is_blog_used() {
    local found
    has_volume "$NAME-blog-data" || return 1
    if is_running "$NAME-blog"; then
        found=$(docker exec --interactive "$NAME-blog" bash -s <blog/count_contents.sh) ||
            fail "the blog does not say whether it has posts of its own: see docker logs $NAME-blog, or YES=1 make restore FROM=$FROM replaces it"
        [ "$found" != 0 ]
        return
    fi
    # A stopped one cannot be asked; its last dumps can.
    found=$(docker run --rm --volume "$NAME-blog-data:/sources/blog:ro" "$IMAGE" sh -c '
        find /sources/blog/sites -path "*/wp-content/uploads/*" -type f -print -quit 2>/dev/null
        grep -hsE "\"posts\": ([2-9]|[1-9][0-9])" /sources/blog/dumps/*.json || true') ||
        fail "the volume of the blog cannot be read; see Docker's reason above."
    [ -n "$found" ]
}

stop_what_runs() {
    local part
    STOPPED=() NEW_VOLUMES=()
    for part in "$NAME-proxy" "$NAME-blog" "$NAME"; do
        has_volume "$part-data" || NEW_VOLUMES+=("$part-data")
        is_running "$part" || continue
        say "stopping $part"
        docker stop "$part" >/dev/null
        STOPPED+=("$part")
    done
}

# After a failure: what ran before runs again, with what it had.
clean_up() {
    docker rm --force "$NAME-restore" >/dev/null 2>&1 || true
    [ ${#STOPPED[@]} -eq 0 ] || docker start "${STOPPED[@]}" >/dev/null
}

# ---- the restoring container: the appliance without ports, with all volumes writable ---------------------------

start_restorer() {
    say "starting the stores"
    docker rm --force "$NAME-restore" >/dev/null 2>&1 || true
    (keep_needed_settings && pass_settings && run_restorer) || fail "the restoring container did not start; see the reason above."
    NAME=$NAME-restore wait_until_ready
}

keep_needed_settings() {
    local name
    for name in $(compgen -e QLINES_); do
        if [[ ! ${name#QLINES_} =~ ^($NEEDED)$ ]]; then unset "$name"
        elif [[ $name == *_FILE ]]; then export "$name=$(on_this_machine "${!name}")"; fi
    done
    export QLINES_BACKUP_REPOSITORY=$REPOSITORY QLINES_BACKUP_PASSWORD=$PASSWORD QLINES_BACKUP_EVERY=off QLINES_DRILL_EVERY=off
}

run_restorer() {
    store_secrets "$IMAGE" --volume "$NAME-data:/data" &&
        docker run --detach --name "$NAME-restore" --stop-timeout "$STOP_SECONDS" \
            --volume "$NAME-data:/data" --volume "$NAME-blog-data:/sources/blog" --volume "$NAME-proxy-data:/sources/proxy" \
            "${REPOSITORY_MOUNTS[@]}" --cap-drop ALL --security-opt no-new-privileges --read-only --tmpfs /tmp --tmpfs /run \
            "${SETTINGS[@]}" "$IMAGE" >/dev/null
}

bring_back() {
    local yes=()
    [ "${YES-}" != 1 ] || yes=(--yes)
    say "restoring the backup ${ID:-latest}"
    REPORT=$(docker exec "$NAME-restore" qlines backup restore "${ID:-latest}" "${READ_ONLY[@]}" "${yes[@]}") ||
        fail "nothing was restored; see the reason above."
    HAS_BLOG=$(docker exec "$NAME-restore" sh -c 'ls -d /sources/blog/restore 2>/dev/null' || true)
    HAS_CERTIFICATES=$(docker exec "$NAME-restore" sh -c 'ls /sources/proxy/certificates 2>/dev/null' || true)
}

# A machine that has made no backup continues with this password; one that has keeps its own, which opens them.
keep_password() {
    printf %s "$PASSWORD" | docker exec --interactive "$NAME-restore" sh -c 'umask 077; file=/data/secrets/backup_password
        [ -e /data/backup/repository/config ] || grep -qs "\"last_good\": {" /data/backup/record.json ||
            { cat >"$file.new" && mv "$file.new" "$file"; }'
}

stop_restorer() {
    docker stop "$NAME-restore" >/dev/null
    docker rm "$NAME-restore" >/dev/null
    trap - EXIT
}

# ---- the start for good ----------------------------------------------------------------------------------------

start_again() {
    unset QLINES_BACKUP_PASSWORD
    if is_vm; then
        HEALTHY_SECONDS=$RESTORED_SECONDS appliance/vm.sh up
    else
        remove_empty_volumes
        appliance/up.sh up
    fi
}

remove_empty_volumes() {
    local volume
    for volume in "${NEW_VOLUMES[@]}"; do
        [ "$volume" = "$NAME-data" ] || docker volume rm "$volume" >/dev/null
    done
}

is_vm() {
    [ -n "$HAS_BLOG$HAS_CERTIFICATES${QLINES_APP_DOMAINS-}${QLINES_BLOG_SITES-}" ] || docker inspect "$NAME-proxy" >/dev/null 2>&1
}

print_report() {
    printf '\n%s\n' "$REPORT"
    [ -e .env ] || echo "There is no .env: domains, ports and other settings are the defaults. Copy that of the old machine, and repeat make vm or make up."
}

[ "${BASH_SOURCE[0]}" != "$0" ] || { "$1"; exit; }
