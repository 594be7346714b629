# shellcheck shell=bash disable=SC2154
# Sourced by scripts/test: the servers that rendered services need.
#
# A server of your own is used if its variables are set; otherwise one is started on a free port of this machine, with
# its data in $work, and stopped at the end:
#   TEST_POSTGRES_URL   a role that may create databases
#   TEST_MYSQL_URL      MySQL 8 or MariaDB 10.11, or later: a user who may create databases
#   TEST_REDIS_URL      Redis 7 or later, without a database number; the tests empty the databases 1 to 15
#   TEST_RABBITMQ_URL   a user of the virtual hosts test1 to test15, without a path
#   TEST_NATS_URL       NATS with JetStream and the accounts test1 to test15, each with a user and password of that name
#   TEST_{POSTGRES,MYSQL,REDIS,RABBITMQ,NATS}_TLS_URL, TEST_CA_FILE
#                       all of them: servers that demand TLS, and who signed for them

source scripts/lib/answers.sh

# Tests kill servers, not machines: what is committed need not be on the disk, unless `durable` is set.
fsync_or_not() {
    [[ -n ${durable-} ]] && echo "$1" || echo "$2"
}

server_pids=()

has_tls_servers() {
    [[ -n ${TEST_POSTGRES_TLS_URL-} && -n ${TEST_MYSQL_TLS_URL-} && -n ${TEST_REDIS_TLS_URL-} &&
        -n ${TEST_RABBITMQ_TLS_URL-} && -n ${TEST_NATS_TLS_URL-} && -n ${TEST_CA_FILE-} ]]
}

has_postgres() {
    has_tls_servers && [[ -n ${TEST_POSTGRES_URL-} ]]
}

has_mysql() {
    has_tls_servers && [[ -n ${TEST_MYSQL_URL-} ]]
}

has_redis() {
    has_tls_servers && [[ -n ${TEST_REDIS_URL-} ]]
}

has_rabbitmq() {
    has_tls_servers && [[ -n ${TEST_RABBITMQ_URL-} ]]
}

has_nats() {
    has_tls_servers && [[ -n ${TEST_NATS_URL-} ]]
}

bring_up_servers() {
    local own_tls=yes
    has_tls_servers && own_tls=
    make_certificates
    has_postgres || start_postgres
    has_mysql || start_mysql
    has_redis || start_redis
    has_rabbitmq || start_rabbitmq
    has_nats || start_nats
    [[ -z $own_tls ]] || TEST_CA_FILE=$work/tls/ca.crt
    answers_postgres "$TEST_POSTGRES_URL" || fail "TEST_POSTGRES_URL: no PostgreSQL answers there"
    answers_mysql "$TEST_MYSQL_URL" || fail "TEST_MYSQL_URL: no MySQL answers there"
    answers_redis "$TEST_REDIS_URL" || fail "TEST_REDIS_URL: no Redis answers there"
    answers_rabbitmq "$TEST_RABBITMQ_URL" || fail "TEST_RABBITMQ_URL: no RabbitMQ answers there"
    answers_nats "$TEST_NATS_URL" || fail "TEST_NATS_URL: no NATS answers there"
    export TEST_POSTGRES_URL TEST_MYSQL_URL TEST_REDIS_URL TEST_RABBITMQ_URL TEST_NATS_URL TEST_CA_FILE
    export TEST_POSTGRES_TLS_URL TEST_MYSQL_TLS_URL TEST_REDIS_TLS_URL TEST_RABBITMQ_TLS_URL TEST_NATS_TLS_URL
}

# Where a service of a pair finds its broker, for those with a single service at a time.
broker_url() {
    case ${1#*-} in
        redis) echo "$TEST_REDIS_URL/1" ;;
        rabbitmq) echo "$TEST_RABBITMQ_URL/test1" ;;
        nats) echo "${TEST_NATS_URL/:\/\//:\/\/test1:test1@}" ;;
    esac
}

# Nobody needs their data: who has not ended after 5 seconds is killed. SIGTERM alone is not enough, for PostgreSQL then
# waits for its clients; SIGINT alone is not either, for a shell has its background jobs ignore that.
stop_servers() {
    local pid signal
    for signal in TERM INT; do
        for pid in "${server_pids[@]}"; do
            kill -s "$signal" "$pid" 2>/dev/null || true
        done
    done
    for _ in {1..50}; do
        kill -0 "${server_pids[@]}" 2>/dev/null || break
        sleep 0.1
    done
    for pid in "${server_pids[@]}"; do
        kill -s KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

fail() {
    echo "scripts/test: $1" >&2
    exit 1
}

# A port of 127.0.0.1 below those that the kernel hands out, where nobody listens.
free_port() {
    local port
    while
        port=$((RANDOM % 12000 + 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
    do :; done
    echo "$port"
}

# Waits until a command succeeds; shows a server's log if it does not.
wait_for() {
    local log=$1
    shift
    for _ in {1..500}; do
        "$@" && return
        sleep 0.2
    done
    tail -n 20 "$log" >&2
    fail "a server did not start within 100 seconds"
}

# A certificate for 127.0.0.1 and localhost, signed by an authority that nobody else knows.
make_certificates() {
    local dir=$work/tls
    mkdir "$dir"
    {
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=tests" -keyout "$dir/ca.key" -out "$dir/ca.crt"
        openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$dir/server.key" -out "$dir/server.csr"
        openssl x509 -req -in "$dir/server.csr" -days 2 -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial \
            -extfile <(echo "subjectAltName = DNS:localhost, IP:127.0.0.1") -out "$dir/server.crt"
    } 2>"$dir/log" || { cat "$dir/log" >&2; fail "openssl made no certificates"; }
}

# Runs the program in this very process, as $user if we are root: PostgreSQL and MariaDB refuse that.
run_as_user() {
    if [[ $(id -u) == 0 ]]; then
        exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
    fi
    exec "$@"
}

# Makes $dir with the server's certificate in it, for $user.
prepare_directory() {
    mkdir "$dir"
    cp "$work/tls/server.key" "$work/tls/server.crt" "$dir"
    chmod 600 "$dir/server.key"
    [[ $(id -u) != 0 ]] || chown -R "$user" "$dir"
}

start_postgres() {
    local dir=$work/postgres port
    local user=nobody
    id postgres >/dev/null 2>&1 && user=postgres
    port=$(free_port)
    prepare_directory
    echo postgres >"$dir/password"
    (cd "$dir" && run_as_user initdb --pgdata data --username postgres --pwfile password --auth scram-sha-256 \
        --encoding UTF8 --locale C --no-sync) >"$dir/log" 2>&1 || { cat "$dir/log" >&2; fail "initdb failed"; }
    cat >"$dir/data/pg_hba.conf" <<HBA
hostssl   all  tls_only  127.0.0.1/32  scram-sha-256
hostnossl all  tls_only  127.0.0.1/32  reject
host      all  all       127.0.0.1/32  scram-sha-256
HBA
    (cd "$dir" && run_as_user postgres -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c max_connections=300 -c fsync="$(fsync_or_not on off)" -c ssl=on -c ssl_cert_file="$dir/server.crt" \
        -c ssl_key_file="$dir/server.key") >>"$dir/log" 2>&1 &
    server_pids+=("$!")
    local admin="postgres://postgres:postgres@127.0.0.1:$port/postgres"
    wait_for "$dir/log" answers_postgres "$admin"
    psql "$admin" --quiet --no-psqlrc --command "CREATE ROLE tls_only LOGIN PASSWORD 'tls_only'" \
        --command "CREATE DATABASE tls_only OWNER tls_only"
    TEST_POSTGRES_URL=${TEST_POSTGRES_URL:-$admin}
    [[ -z $own_tls ]] || TEST_POSTGRES_TLS_URL="postgres://tls_only:tls_only@127.0.0.1:$port/tls_only?sslmode=require"
}

start_mysql() {
    local dir=$work/mysql port
    local user=nobody
    id mysql >/dev/null 2>&1 && user=mysql
    port=$(free_port)
    prepare_directory
    (cd "$dir" && run_as_user mariadb-install-db --no-defaults --datadir="$dir/data" --auth-root-authentication-method=normal \
        --skip-test-db --skip-name-resolve) >"$dir/log" 2>&1 || { cat "$dir/log" >&2; fail "mariadb-install-db failed"; }
    cat >"$dir/init.sql" <<SQL
CREATE USER tester@127.0.0.1 IDENTIFIED BY 'tester';
GRANT ALL ON *.* TO tester@127.0.0.1;
CREATE DATABASE tls_only;
CREATE USER tls_only@127.0.0.1 IDENTIFIED BY 'tls_only' REQUIRE SSL;
GRANT ALL ON tls_only.* TO tls_only@127.0.0.1;
SQL
    (cd "$dir" && run_as_user mariadbd --no-defaults --datadir="$dir/data" --init-file="$dir/init.sql" --port="$port" \
        --bind-address=127.0.0.1 --socket="$dir/socket" --pid-file="$dir/pid" --skip-name-resolve --skip-log-bin \
        --max-connections=500 --innodb-flush-log-at-trx-commit="$(fsync_or_not 1 0)" --innodb-buffer-pool-size=256M \
        --ssl-cert="$dir/server.crt" --ssl-key="$dir/server.key") >>"$dir/log" 2>&1 &
    server_pids+=("$!")
    local admin="mysql://tester:tester@127.0.0.1:$port/mysql"
    wait_for "$dir/log" answers_mysql "$admin"
    TEST_MYSQL_URL=${TEST_MYSQL_URL:-$admin}
    [[ -z $own_tls ]] || TEST_MYSQL_TLS_URL="mysql://tls_only:tls_only@127.0.0.1:$port/tls_only?require_ssl=true"
}

start_redis() {
    local dir=$work/redis port tls_port
    port=$(free_port)
    tls_port=$(free_port)
    mkdir "$dir"
    redis-server --port "$port" --bind 127.0.0.1 --dir "$dir" --save "" --appendonly no --tls-port "$tls_port" \
        --tls-cert-file "$work/tls/server.crt" --tls-key-file "$work/tls/server.key" \
        --tls-ca-cert-file "$work/tls/ca.crt" --tls-auth-clients no >"$dir/log" 2>&1 &
    server_pids+=("$!")
    wait_for "$dir/log" answers_redis "redis://127.0.0.1:$port"
    TEST_REDIS_URL=${TEST_REDIS_URL:-redis://127.0.0.1:$port}
    [[ -z $own_tls ]] || TEST_REDIS_TLS_URL="rediss://127.0.0.1:$tls_port"
}

# RabbitMQ needs a server of its own for the names of its nodes.
start_rabbitmq() {
    local dir=$work/rabbitmq port tls_port epmd_port
    port=$(free_port)
    tls_port=$(free_port)
    epmd_port=$(free_port)
    mkdir "$dir"
    local users='{"name": "test", "password": "test", "tags": ""}' vhosts=() grants=()
    local everything='"configure": ".*", "write": ".*", "read": ".*"'
    for number in {1..15}; do
        vhosts+=("{\"name\": \"test$number\"}")
        grants+=("{\"user\": \"test\", \"vhost\": \"test$number\", $everything}")
    done
    local IFS=,
    echo "{\"users\": [$users], \"vhosts\": [${vhosts[*]}], \"permissions\": [${grants[*]}]}" >"$dir/definitions.json"
    cat >"$dir/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
listeners.ssl.1 = 127.0.0.1:$tls_port
ssl_options.cacertfile = $work/tls/ca.crt
ssl_options.certfile = $work/tls/server.crt
ssl_options.keyfile = $work/tls/server.key
ssl_options.verify = verify_none
load_definitions = $dir/definitions.json
CONF
    epmd -address 127.0.0.1 -port "$epmd_port" >"$dir/epmd.log" 2>&1 &
    server_pids+=("$!")
    # As under systemd: the server takes the place of the script that starts it.
    env RUNNING_UNDER_SYSTEMD=true HOME="$dir" RABBITMQ_NODENAME=scaffold-test@localhost ERL_EPMD_PORT="$epmd_port" \
        RABBITMQ_DIST_PORT="$(free_port)" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
        RABBITMQ_CONF_ENV_FILE="$dir/none" RABBITMQ_ENABLED_PLUGINS_FILE="$dir/none" \
        RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" \
        RABBITMQ_MNESIA_BASE="$dir/data" RABBITMQ_LOG_BASE="$dir" rabbitmq-server >"$dir/log" 2>&1 &
    server_pids+=("$!")
    wait_for "$dir/log" answers_rabbitmq "amqp://127.0.0.1:$port"
    TEST_RABBITMQ_URL=${TEST_RABBITMQ_URL:-amqp://test:test@127.0.0.1:$port}
    [[ -z $own_tls ]] || TEST_RABBITMQ_TLS_URL="amqps://test:test@localhost:$tls_port/test1"
}

start_nats() {
    local dir=$work/nats port tls_port
    port=$(free_port)
    tls_port=$(free_port)
    mkdir "$dir"
    {
        echo "accounts {"
        for number in {1..15}; do
            echo "test$number { jetstream: enabled, users: [{ user: test$number, password: test$number }] }"
        done
        echo "}"
    } >"$dir/config"
    nats-server --addr 127.0.0.1 --port "$port" --jetstream --store_dir "$dir/data" --config "$dir/config" \
        >"$dir/log" 2>&1 &
    server_pids+=("$!")
    nats-server --addr 127.0.0.1 --port "$tls_port" --jetstream --store_dir "$dir/tls_data" --tls \
        --tlscert "$work/tls/server.crt" --tlskey "$work/tls/server.key" >"$dir/tls_log" 2>&1 &
    server_pids+=("$!")
    wait_for "$dir/log" answers_nats "nats://127.0.0.1:$port"
    wait_for "$dir/tls_log" answers_nats "nats://127.0.0.1:$tls_port"
    TEST_NATS_URL=${TEST_NATS_URL:-nats://127.0.0.1:$port}
    [[ -z $own_tls ]] || TEST_NATS_TLS_URL="tls://localhost:$tls_port"
}
