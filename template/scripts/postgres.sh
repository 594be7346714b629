#!/usr/bin/env bash
# What there is to do with the database as a whole, by PostgreSQL's own programs (Debian: postgresql-client):
#   bash scripts/postgres.sh dump FILE      all it has, while the service runs or not
#   bash scripts/postgres.sh restore FILE   that again, in the place of what it has, `--yes` without asking; stop the service first
#   bash scripts/postgres.sh sql [SQL]      a statement, or a prompt
set -euo pipefail
cd "$(dirname "$0")/.."

source scripts/database_url.sh
umask 077 # A dump is nobody else's.

# In the environment, for what stands on a command line can be read by everybody on this machine.
if [[ $url =~ ^([a-z]+://[^:/@]*):([^@/]*)(@.*)$ ]]; then
    url=${BASH_REMATCH[1]}${BASH_REMATCH[3]}
    PGPASSWORD=$(decoded "${BASH_REMATCH[2]}")
    export PGPASSWORD
fi

dump() {
    pg_dump --format custom --no-owner --no-privileges --file "$1" "$url"
}

# All of it or nothing; what came after the dump goes, too.
restore() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    pg_restore --list "$1" | grep -v " SCHEMA - public " >"$work/contents"
    echo "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;" >"$work/before.sql"
    pg_restore --use-list "$work/contents" --no-owner --no-privileges --file "$work/dump.sql" "$1"
    PGOPTIONS="--client-min-messages=warning" psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --single-transaction \
        --file "$work/before.sql" --file "$work/dump.sql" "$url" >"$work/log"
}

case "${1-} $#" in
    "dump 2") dump_to "$2" ;;
    "restore 2" | "restore 3")
        ask_to_replace "${3-}"
        restore "$2"
        ;;
    "sql 1") psql "$url" ;;
    "sql 2") psql --set ON_ERROR_STOP=1 --command "$2" "$url" ;;
    *)
        sed -n '3,5s/^# *//p' "$0" >&2
        exit 2
        ;;
esac
