# shellcheck shell=bash disable=SC2154
# Sourced by bench/http/run: who is measured, how each is built and how it is started.

loco_version=1.2.0
sea_orm_cli_version=2.0.4

# A secret for tests of speed, nothing else.
secret=speed-speed-speed-speed-speed-speed

# What is measured on a database, as `name|label|variables`. The plain ones come first: only they are asked about memory.
contenders_on() {
    echo 'service|the service|'
    echo 'bare|axum + Diesel, bare|'
    echo "loco|Loco $loco_version|"
    echo "fastapi|FastAPI $(fastapi_version), 2 processes|"
    echo 'service|the service, log to a file|LOG_TO=file'
    # Loco's starter has it from the start.
    if [[ $1 == sqlite ]]; then
        echo 'service|the service, synchronous normal|DATABASE_SYNCHRONOUS=normal'
        echo 'bare|axum + Diesel, bare, synchronous normal|DATABASE_SYNCHRONOUS=normal'
        echo 'fastapi|FastAPI, synchronous normal|DATABASE_SYNCHRONOUS=normal'
    fi
}

build_all() {
    local database
    build_fastapi
    (build_loco)
    for database; do
        (build_service "$database")
        (build_bare "$database")
    done
}

service() {
    echo "$CARGO_TARGET_DIR/$profile_dir/bench-http-$1"
}

build_service() {
    "$scaffold" new "bench-http-$1" --path "$work" --yes --no-git --quiet --database "$1"
    cd "$work/bench-http-$1"
    cargo build --quiet --locked --profile "$profile" --bins
}

build_bare() {
    cd bench/http/bare
    cargo build --quiet --locked --profile "$profile" --features "$1"
    # The other database has the same name.
    cp "$CARGO_TARGET_DIR/$profile_dir/bare" "$work/bare-$1"
}

# A program of cargo's: on the path, or built once into target/tools.
bring_up_cargo_program() {
    local program=$1 version=$2
    PATH=$root/target/tools/bin:$PATH
    [[ $("$program" --version 2>/dev/null) == "$program $version" ]] ||
        cargo install "$program" --version "$version" --locked --force --root "$root/target/tools"
}

# The starter with a scaffold for the table, with routes for everybody: by default each would want a token. One program
# serves both databases, for its features are the same. Its generators are in the dev build only.
build_loco() {
    bring_up_cargo_program loco "$loco_version"
    bring_up_cargo_program sea-orm-cli "$sea_orm_cli_version"
    # Its dependencies are others than ours, and so is its place: builds there wait for none of ours.
    export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/loco
    {
        loco new --name bench_loco --db sqlite --bg async --assets none --path "$work" --allow-in-git-repo
        cd "$work/bench_loco"
        cargo loco generate scaffold person name:string! email:string^ age:int! --no-auth
        cargo build --quiet --profile "$profile"
    } >"$work/loco.log" 2>&1 || { tail -n 30 "$work/loco.log" >&2; return 1; }
}

build_fastapi() {
    python3 -m venv "$work/fastapi"
    "$work/fastapi/bin/python" -m pip install --quiet --requirement bench/http/fastapi/requirements.txt
}

fastapi_version() {
    sed -n 's/^fastapi==//p' bench/http/fastapi/requirements.txt
}

# A new database for each start, and in it the table of the service; Loco makes its own.
fresh_database() {
    local name=$1 database=$2
    case $database in
        sqlite)
            rm -f "$work"/bench.db*
            database_url=sqlite://$work/bench.db
            ;;
        postgres)
            PGOPTIONS=--client-min-messages=warning psql "$TEST_POSTGRES_URL" --quiet --no-psqlrc \
                --command "DROP DATABASE IF EXISTS bench_http WITH (FORCE)" --command "CREATE DATABASE bench_http"
            database_url=${TEST_POSTGRES_URL%/*}/bench_http
            ;;
    esac
    [[ $name == loco ]] ||
        APP_ENV=test LOG_LEVEL=warn DATABASE_URL=$database_url "$(service "$database")" migrate up >/dev/null
}

# Where the routes are, and the token that they want.
describe() {
    case $1 in
        service)
            alive=/health/liveness persons=/api/v1/persons query='?limit=20'
            token=$(APP_ENV=dev JWT_SECRET=$secret "$(service "$2")" token --sub bench --scope write --ttl-secs 86400)
            ;;
        loco) alive=/_ping persons=/api/persons query='?page_size=20' token= ;;
        *) alive=/health/liveness persons=/persons query='?limit=20' token= ;;
    esac
}

# Takes the place of this shell.
become() {
    local name=$1 database=$2
    local -x DATABASE_URL=$database_url PORT=$port
    case $name in
        service)
            cd "$work"
            APP_ENV=prod LOG_FORMAT=json JWT_SECRET=$secret exec "$(service "$database")" api
            ;;
        bare) exec "$work/bare-$database" ;;
        loco)
            [[ $database != sqlite ]] || DATABASE_URL+='?mode=rwc'
            cd "$work/bench_loco"
            HOST=http://127.0.0.1 BINDING=127.0.0.1 JWT_SECRET=$secret MAILER_HOST=127.0.0.1 MAILER_USER=nobody \
                MAILER_PASSWORD=none exec "$loco_target/$profile_dir/bench_loco-cli" start --environment production
            ;;
        fastapi)
            case $database in
                sqlite) DATABASE_URL=sqlite+aiosqlite:///${database_url#sqlite://} ;;
                postgres) DATABASE_URL=postgresql+asyncpg://${database_url#*://} ;;
            esac
            PYTHONDONTWRITEBYTECODE=1 exec "$work/fastapi/bin/uvicorn" app:app --app-dir bench/http/fastapi \
                --port "$port" --workers 2
            ;;
    esac
}
