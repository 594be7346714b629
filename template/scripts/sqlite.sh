#!/usr/bin/env bash
# What there is to do with the database as a whole, by SQLite's own program (Debian: sqlite3):
#   bash scripts/sqlite.sh dump FILE      all it has, while the service runs or not
#   bash scripts/sqlite.sh restore FILE   that again, in the place of what it has; stop the service first
#   bash scripts/sqlite.sh sql [SQL]      a statement, or a prompt
set -euo pipefail
cd "$(dirname "$0")/.."

# As the service has it: the environment, then `.env`, then the default.
url=$({ echo "DATABASE_URL=${DATABASE_URL-}"; cat .env .env.example; } 2>/dev/null |
    sed -n "s/^DATABASE_URL=//p" | tr -d "'\"" | grep -m 1 .) || true
database=${url#sqlite://}

# SQLite makes the file that it does not find.
must_exist() {
    [[ -f $1 ]] || { echo "$1: no such file" >&2; exit 1; }
}

case "${1-} $#" in
    "dump 2")
        must_exist "$database"
        sqlite3 -bail "$database" ".backup '$2'"
        ;;
    "restore 2")
        must_exist "$2"
        sqlite3 -bail "$database" ".restore '$2'"
        ;;
    "sql 1" | "sql 2") sqlite3 -bail "$database" "${@:2}" ;;
    *)
        sed -n '3,5s/^# *//p' "$0" >&2
        exit 2
        ;;
esac
