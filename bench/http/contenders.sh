# shellcheck shell=bash disable=SC2034,SC2154,SC2164
# Sourced by bench/http/run: who is measured, how each is built and how it is started.

sea_orm_cli_version=2.0.4

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

# Builds what is not in $built yet.
build_all() {
    local database
    [[ -e $built/fastapi/bin/uvicorn ]] || (build_fastapi)
    [[ -e $built/loco ]] || (build_loco)
    for database; do
        [[ -e $built/service-$database ]] || (build_service "$database")
        [[ -e $built/bare-$database ]] || (build_bare "$database")
    done
}

build_service() {
    # Nobody measures this one, so it is built in the quickest way.
    cargo build --quiet --locked
    rm -rf "$built/bench-http-$1"
    "$CARGO_TARGET_DIR/debug/scaffold" new "bench-http-$1" --path "$built" --yes --no-git --quiet --database "$1"
    cd "$built/bench-http-$1"
    cargo build --quiet --locked --profile "$profile" --bins
    cp "$CARGO_TARGET_DIR/$profile_dir/bench-http-$1" "$built/service-$1"
}

build_bare() {
    cd bench/http/bare
    cargo build --quiet --locked --profile "$profile" --features "$1"
    # The other database has the same name.
    cp "$CARGO_TARGET_DIR/$profile_dir/bare" "$built/bare-$1"
}

# The starter with a scaffold for the table, with routes for everybody: by default each would want a token. One program
# serves both databases, for its features are the same. Its generators are in the dev build only, and want a database.
build_loco() {
    # Its dependencies are others than ours, and so is its place: builds there wait for none of ours.
    export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/loco CARGO_PROFILE_DEV_DEBUG=0
    bring_up_cargo_program loco "$loco_version"
    bring_up_cargo_program sea-orm-cli "$sea_orm_cli_version" --no-default-features \
        --features codegen,runtime-tokio-rustls,sqlx-sqlite
    rm -rf "$built/bench_loco"
    quietly new_loco bench_loco "$built" async
    cd "$built/bench_loco"
    quietly cargo loco generate scaffold person name:string! email:string^ age:int! --no-auth
    quietly cargo build --profile "$profile"
    cp "$CARGO_TARGET_DIR/$profile_dir/bench_loco-cli" "$built/loco"
}

build_fastapi() {
    rm -rf "$built/fastapi"
    python3 -m venv "$built/fastapi"
    quietly "$built/fastapi/bin/python" -m pip install --requirement bench/http/fastapi/requirements.txt
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
        APP_ENV=test LOG_LEVEL=warn DATABASE_URL=$database_url "$built/service-$database" migrate up >/dev/null
}

# Where the routes are, and the token that they want.
describe() {
    case $1 in
        service)
            alive=/health/liveness persons=/api/v1/persons query='?limit=20'
            token=$(APP_ENV=dev JWT_SECRET=$secret "$built/service-$2" token --sub bench --scope write --ttl-secs 86400)
            ;;
        loco) alive=/_ping persons=/api/people query='?page_size=20' token= ;;
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
            APP_ENV=prod LOG_FORMAT=json JWT_SECRET=$secret exec "$built/service-$database" api
            ;;
        bare) exec "$built/bare-$database" ;;
        loco)
            # To a server on the same machine ours speaks without TLS, so nobody else is to be slowed by it.
            case $database in
                sqlite) DATABASE_URL+='?mode=rwc' ;;
                postgres) DATABASE_URL+='?sslmode=disable' ;;
            esac
            cd "$built/bench_loco"
            become_loco "$built/loco"
            ;;
        fastapi)
            case $database in
                sqlite) DATABASE_URL=sqlite+aiosqlite:///${database_url#sqlite://} ;;
                postgres) DATABASE_URL="postgresql+asyncpg://${database_url#*://}?ssl=disable" ;;
            esac
            PYTHONDONTWRITEBYTECODE=1 exec "$built/fastapi/bin/uvicorn" app:app --app-dir bench/http/fastapi \
                --port "$port" --workers 2
            ;;
    esac
}
