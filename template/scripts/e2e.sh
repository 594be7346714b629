#!/usr/bin/env bash
# One journey through the service from outside, with curl: a person is created, has a birthday, and is gone.
#   bash scripts/e2e.sh        through a service that this starts and stops, with the settings that hold otherwise
#   TEST_BASE_URL=http://127.0.0.1:8000 TEST_TOKEN=… bash scripts/e2e.sh
#                              through one that runs there, with a token for the scopes read and write if it wants one
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
service=
trap 'stop' EXIT
trap 'exit 130' INT TERM

stop() {
    [[ -z $service ]] || { kill "$service" && wait "$service"; } 2>/dev/null || true
    rm -rf "$work"
}

fail() {
    echo "e2e: $1" >&2
    [[ -z $service ]] || tail -n 20 "$work/log" >&2
    exit 1
}

# What holds for the service that this starts, as it says itself; nothing if it is not set.
setting() {
    sed -n "s/^$1=\([^ ]*\).*/\1/p" "$work/settings"
}

# Starts API, worker and scheduler in one process, with a secret of its own.
start() {
    local port
    while
        port=$((RANDOM % 12000 + 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
    do :; done
    cargo build --locked
    # In prod it also asks for the secret, which comes below.
    cargo run --quiet --locked -- config >"$work/settings" || true
    [[ -z $(setting OIDC_ISSUER_URL) ]] ||
        fail "OIDC_ISSUER_URL is set: start the service, and set TEST_BASE_URL and TEST_TOKEN"
    export JWT_SECRET API_PREFIX
    JWT_SECRET=$(openssl rand -hex 32)
    API_PREFIX=$(setting API_PREFIX)
    cargo run --quiet --locked -- all --host 127.0.0.1 --port "$port" >"$work/log" 2>&1 &
    service=$!
    TEST_BASE_URL=http://127.0.0.1:$port
    TEST_TOKEN=$(cargo run --quiet --locked -- token --sub e2e --scope "read write")
}

wait_until_ready() {
    for _ in {1..150}; do
        curl --silent --fail --max-time 5 --output "$work/body" "$TEST_BASE_URL/health/readiness" && return
        [[ -z $service ]] || kill -0 "$service" 2>/dev/null || fail "the service has ended"
        sleep 0.2
    done
    fail "$TEST_BASE_URL is not ready"
}

# Sends a request: the status that it must have, the method, the path, and what else curl is told.
ask() {
    local expected=$1 method=$2 path=$3 status
    shift 3
    status=$(curl --silent --show-error --max-time 60 --no-buffer --output "$work/body" --dump-header "$work/head" \
        --write-out '%{http_code}' --request "$method" "$@" "$origin$path") || fail "$method $path: no answer"
    [[ $status == "$expected" ]] || fail "$method $path: $status, not $expected: $(cat "$work/body")"
    echo "e2e: $method $path: $status"
}

# Where the last answer says that to go on.
location() {
    tr -d '\r' <"$work/head" | awk 'tolower($1) == "location:" { print $2 }'
}

# What the last answer must say.
expect() {
    grep --quiet --fixed-strings "$1" "$work/body" || fail "no $1 in: $(cat "$work/body")"
}

[[ -n ${TEST_BASE_URL-} ]] || start
[[ $TEST_BASE_URL =~ ^(https?://[^/]+)(.*)$ ]] || fail "TEST_BASE_URL: not a URL: $TEST_BASE_URL"
origin=${BASH_REMATCH[1]}
persons=${BASH_REMATCH[2]%/}${API_PREFIX:-/api/v1}/persons
wait_until_ready

# In files: what stands on a command line can be read by everybody on this machine.
echo '{"name": "Ada Lovelace", "email": "ada-'"$RANDOM$RANDOM$RANDOM"'@example.com", "age": 36}' >"$work/person"
echo ${TEST_TOKEN:+"Authorization: Bearer $TEST_TOKEN"} >"$work/token"
token=(--header "@$work/token")
json=(--header "Content-Type: application/json" --data "@$work/person")

[[ -z ${TEST_TOKEN-} ]] || ask 401 POST "$persons" "${json[@]}"
ask 201 POST "$persons" "${json[@]}" "${token[@]}"
person=$(location)
ask 200 GET "$person"
expect '"age":36'
ask 202 POST "$person/birthday" "${token[@]}"
task=$(location)
# Ends when the task does.
ask 200 GET "$task/events" "${token[@]}"
expect "event: end"
expect '"state":"succeeded"'
ask 200 GET "$person"
expect '"age":37'
ask 204 DELETE "$person" "${token[@]}"
ask 404 GET "$person"
echo "e2e: well"
