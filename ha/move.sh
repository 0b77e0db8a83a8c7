#!/bin/bash
# Implements `make twins`, `make drain`, `make resume`, `make upgrade` and `make promote`. The first functions below, named as these, are the tables
# of contents; what is left of each is decided by ha/movement.py, in the proxy's container.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=ha/twin.sh
source ha/twin.sh

# Blogs change their roles 15 s after the apps; devices are moved at a limited rate before.
DRAIN_SECONDS=${DRAIN_SECONDS:-120}
# A side that was away for long copies everything again.
CATCH_UP_SECONDS=${CATCH_UP_SECONDS:-3600}
BACK_SECONDS=60
# One answer that came late must not end an upgrade after its build.
REFUSE_SECONDS=10

twins() {
    prepare
    is_paired || fail "this VM has no twin: make twin-invite makes one"
    require_running
    local status=0
    docker exec "$NAME" qlines twins || status=1
    echo
    movement look || status=1
    return "$status"
}

drain() {
    prepare
    require_twin
    move_away
}

resume() {
    prepare
    require_running
    if ! is_paired; then
        docker exec "$NAME" qlines resume
        return
    fi
    take_back
}

upgrade() {
    prepare
    if has_witness; then
        upgrade_witness
        docker inspect "$NAME" >/dev/null 2>&1 || return 0
    fi
    if ! is_paired; then
        say "this VM has no twin: pages and devices wait for some seconds while it restarts"
        appliance/vm.sh up
        return
    fi
    require_twin
    # Before the drain: it takes minutes, and until the end of the drain nothing could take over from the other side.
    build_images
    move_away
    appliance/vm.sh up
    take_back
    say "this VM runs what was built; the other one follows with make upgrade over there"
}

promote() {
    prepare
    require_twin
    [ "${YES-}" = 1 ] || YES=
    docker exec --interactive "$NAME" qlines twins promote ${YES:+--yes}
}

# ---- parts of these --------------------------------------------------------------------------------------------

require_twin() {
    require_running
    is_paired || fail "this VM has no twin that could serve in the meantime: make twin-invite makes one; docker exec $NAME qlines drain sends people away"
}

move_away() {
    is_draining || movement refuse "$REFUSE_SECONDS" || fail "nothing was changed: the other side could not serve; see above."
    docker exec "$NAME" qlines drain || fail "the drain is not complete; see above, and make drain again, or make resume."
    movement drained "$DRAIN_SECONDS" || fail "the drain is not complete after $DRAIN_SECONDS s; see above, and make drain again, or make resume."
}

take_back() {
    wait_until_caught_up
    docker exec "$NAME" qlines resume
    movement back "$BACK_SECONDS" || fail "this side is not back after $BACK_SECONDS s; see above, and docker exec $NAME qlines health"
}

is_draining() { docker exec "$NAME" test -e /data/maintenance.json; }

movement() { docker exec "$NAME-proxy" python -m ha.movement "$@"; }

# Nothing is asked of this side before it has what the other one has.
wait_until_caught_up() {
    local end=$((SECONDS + CATCH_UP_SECONDS)) report said=
    until report=$(docker exec "$NAME" qlines twins caught-up 2>&1); do
        # The table aside, which changes each second.
        report=$(grep -E '^[A-Z`].*\.$' <<<"$report" || echo "$report")
        [ "$report" = "$said" ] || say "$report"
        said=$report
        [ "$SECONDS" -lt "$end" ] || fail "this side has not caught up after $CATCH_UP_SECONDS s; see above, and make resume again."
        sleep 1
    done
}

[ "${BASH_SOURCE[0]}" != "$0" ] || { "$@"; exit; }
