# What the runners share: where things lie, a server of their own, PostgreSQL for the store's tests. Sourced, not run.

repository=$(git rev-parse --show-toplevel 2>/dev/null || pwd)
tools="$repository/target/tools"
strata="$repository/target/release/strata"
debian_packages="litmus cadaver curl rclone calcurse python3-httplib2"

section() { printf '\n== %s\n' "$*"; }

# The reference shelf stands beside the repository, or beside the one that this work tree belongs to.
shared_folder() {
    local common candidate
    common=$(git -C "$repository" rev-parse --path-format=absolute --git-common-dir 2>/dev/null)
    for candidate in "${STRATA_SHARED:-}" "$repository/../shared" "${common:+$common/../../shared}"; do
        if [ -n "$candidate" ] && [ -d "$candidate/rigs" ]; then (cd "$candidate" && pwd); return 0; fi
    done
    return 1
}

# start_server FOLDER [CONFIGURATION]: a fresh database in FOLDER with user01..user03; sets SERVER_PID and SERVER_URL.
start_server() {
    local folder=$1 configuration=${2:-/dev/null} number
    rm -rf "$folder" && mkdir -p "$folder/data" || return 1
    cat "$configuration" > "$folder/config.toml" || return 1
    for number in 01 02 03; do
        echo "user$number" | "$strata" --config "$folder/config.toml" --data "$folder/data" user add "user$number" \
            --display-name "User $number" --email "user$number@example.com" --password-stdin >> "$folder/server.err" 2>&1 || return 1
    done
    "$strata" --config "$folder/config.toml" --data "$folder/data" --listen 127.0.0.1:0 serve \
        > "$folder/server.out" 2>> "$folder/server.err" < /dev/null &
    SERVER_PID=$!
    for number in $(seq 200); do
        SERVER_URL=$(sed -n 's/^strata listening on //p' "$folder/server.out")
        [ -n "$SERVER_URL" ] && return 0
        kill -0 "$SERVER_PID" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

stop_server() {
    [ -n "${SERVER_PID:-}" ] || return 0
    kill "$SERVER_PID" 2>/dev/null
    wait "$SERVER_PID" 2>/dev/null
    SERVER_PID=""
}

as_postgres() {
    # PostgreSQL refuses to run as root.
    if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi
}

postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

# start_postgres: a throw-away cluster on a loopback port; sets POSTGRES_URL.
start_postgres() {
    local bin port
    bin=$(postgres_bin)
    if [ -z "$bin" ]; then bin=$(dirname "$(command -v pg_ctl 2>/dev/null || echo /nowhere/x)"); fi
    [ -x "$bin/initdb" ] || return 1
    POSTGRES_FOLDER=$(mktemp -d /tmp/strata-postgres.XXXXXX) || return 1
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$POSTGRES_FOLDER"; fi
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])') || return 1
    (cd /tmp && as_postgres "$bin/initdb" -D "$POSTGRES_FOLDER/data" -U strata -A trust -E UTF8 --locale=C.UTF-8 --no-sync > "$POSTGRES_FOLDER.log" 2>&1) || return 1
    (cd /tmp && as_postgres "$bin/pg_ctl" -D "$POSTGRES_FOLDER/data" -w -t 60 -l "$POSTGRES_FOLDER/data/log" \
        -o "-c listen_addresses=127.0.0.1 -p $port -k $POSTGRES_FOLDER -c fsync=off -c max_connections=200" start >> "$POSTGRES_FOLDER.log" 2>&1) || return 1
    (cd /tmp && as_postgres "$bin/createdb" -h 127.0.0.1 -p "$port" -U strata strata_test) || return 1
    POSTGRES_BIN=$bin
    POSTGRES_URL="postgres://strata@127.0.0.1:$port/strata_test"
}

stop_postgres() {
    [ -n "${POSTGRES_FOLDER:-}" ] || return 0
    (cd /tmp && as_postgres "${POSTGRES_BIN:-$(postgres_bin)}/pg_ctl" -D "$POSTGRES_FOLDER/data" -m immediate stop > /dev/null 2>&1)
    rm -rf "$POSTGRES_FOLDER" "$POSTGRES_FOLDER.log"
    POSTGRES_FOLDER=""
}
