#!/bin/bash
# Generates what docker-compose.cluster.yml mounts: an authority, a certificate for each store, passwords, and the addresses
# with passwords in them that QLines reads. `make_secrets.sh FOLDER`; what is there already stays.
# Each container gets one folder. Its files can be read by the users of the containers, FOLDER itself by its owner only.
set -euo pipefail

STORES="kafka-1 kafka-2 kafka-3 mongodb-1 mongodb-2 mongodb-3 clickhouse-1 clickhouse-2 redis"
DAYS=3650

main() {
    FOLDER=$1
    command -v openssl >/dev/null || fail "openssl is missing: install it."
    mkdir -p "$FOLDER"
    chmod 0700 "$FOLDER"
    cd "$FOLDER"
    [ ! -e complete ] || return 0
    mkdir -p authority nodes
    make_authority
    local store
    for store in $STORES; do
        mkdir -p "$store"
        sign "$store"
    done
    make_kafka
    make_mongodb
    make_clickhouse
    make_redis
    make_nodes
    chmod -R a+rX nodes
    # shellcheck disable=SC2086  # a list of folders
    chmod -R a+rX $STORES
    touch complete
}

fail() { echo "✖ $*" >&2; exit 1; }
# Letters and digits only, so that no notation has to quote it.
random() { openssl rand -hex 24; }
# `write VALUE FILE…`
write() {
    local value=$1 file
    shift
    for file in "$@"; do printf '%s\n' "$value" >"$file"; done
}

# ---- certificates ------------------------------------------------------------------------------------------------

make_authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "$DAYS" -subj "/CN=QLines cluster" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout authority/key.pem -out authority/ca.pem 2>/dev/null
}

# A key and a certificate for the store's name, in one file; a store is server and, towards its own kind, client.
sign() {
    local name=$1
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
        -keyout "$name/key.pem" -out "$name/request.pem" 2>/dev/null
    openssl x509 -req -in "$name/request.pem" -CA authority/ca.pem -CAkey authority/key.pem -CAcreateserial -days "$DAYS" \
        -extfile <(printf 'subjectAltName=DNS:%s,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n' "$name") \
        -out "$name/certificate.pem" 2>/dev/null
    cat "$name/key.pem" "$name/certificate.pem" >"$name/server.pem"
    rm "$name/key.pem" "$name/certificate.pem" "$name/request.pem"
    cp authority/ca.pem "$name/ca.pem"
}

# ---- the stores --------------------------------------------------------------------------------------------------

make_kafka() {
    local password
    password=$(random)
    write "$password" kafka-{1,2,3}/password nodes/QLINES_KAFKA_PASSWORD
    # 16 bytes in URL-safe base64; the first bits are zero, or one in 64 would begin with a dash.
    write "A$(openssl rand -base64 16 | tr '+/' '-_' | tr -d '=' | cut -c 2-)" kafka-{1,2,3}/cluster_id
}

make_mongodb() {
    local password hosts=mongodb-1,mongodb-2,mongodb-3
    password=$(random)
    write "$password" mongodb-1/password
    write "$(random)" mongodb-1/admin_password
    write "$(openssl rand -base64 48 | tr -d '\n')" mongodb-{1,2,3}/key
    # Without a primary pages still read from a secondary; a member that is gone is noticed within a second.
    write "mongodb://qlines:$password@$hosts/qlines?replicaSet=qlines&authSource=admin&tls=true&tlsCAFile=/etc/qlines/ca.pem&readPreference=primaryPreferred&heartbeatFrequencyMS=1000" \
        nodes/QLINES_MONGODB
}

make_clickhouse() {
    local password hash
    password=$(random)
    hash=$(printf %s "$password" | openssl dgst -sha256 -r | cut -d ' ' -f 1)
    cat >clickhouse-1/secrets.xml <<END
<yandex>
    <qlines_password_sha256>$hash</qlines_password_sha256>
    <interserver_password>$(random)</interserver_password>
    <zookeeper_identity>clickhouse:$(random)</zookeeper_identity>
</yandex>
END
    cp clickhouse-1/secrets.xml clickhouse-2/
    write "clickhouse://qlines:$password@clickhouse-1:9440,clickhouse-2:9440/default?secure=1&ca_certs=/etc/qlines/ca.pem" \
        nodes/QLINES_CLICKHOUSE
}

make_redis() {
    local password
    password=$(random)
    write "requirepass $password" redis/password.conf
    write "rediss://:$password@redis:6379/0?ssl_ca_certs=/etc/qlines/ca.pem" nodes/QLINES_REDIS
}

# ---- QLines ------------------------------------------------------------------------------------------------------

make_nodes() {
    cp authority/ca.pem nodes/ca.pem
    write "$(random)" nodes/QLINES_SECRET_KEY
    write "$(random)" nodes/QLINES_HEALTH_TOKEN
    write "$(openssl rand -hex 9)" nodes/QLINES_ADMIN_PASSWORD
}

main "$@"
