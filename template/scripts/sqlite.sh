#!/usr/bin/env bash
# What there is to do with the database as a whole, by SQLite's own program (Debian: sqlite3):
#   bash scripts/sqlite.sh dump FILE      all it has, while the service runs or not
#   bash scripts/sqlite.sh restore FILE   that again, in the place of what it has, `--yes` without asking; stop the service first
#   bash scripts/sqlite.sh sql [SQL]      a statement, or a prompt
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/database_url.sh
database=${url#sqlite://}
umask 077 # A dump is nobody else's.

fail() {
    echo "$1" >&2
    exit 1
}

# SQLite makes the file that it does not find.
must_exist() {
    [[ -f $1 ]] || fail "$1: no such file"
}

dump() {
    sqlite3 -bail "$database" ".backup '$1'"
}

# What the programs of SQLite begin their files with (its documentation, "Database File Format", 1.3).
must_be_dump() {
    must_exist "$1"
    [[ $(head -c 15 "$1") == "SQLite format 3" ]] || fail "$1: is no dump of SQLite"
}

# In quotes, a command of SQLite's program knows no way to write one.
check_name() {
    [[ $1 != *\'* ]] || fail "$1: give it a name without a quote"
}

case "${1-} $#" in
    "dump 2")
        must_exist "$database"
        check_name "$2"
        dump_to "$2"
        ;;
    "restore 2" | "restore 3")
        must_be_dump "$2"
        check_name "$2"
        ask_to_replace "${3-}"
        sqlite3 -bail "$database" ".restore '$2'"
        ;;
    "sql 1" | "sql 2") sqlite3 -bail "$database" "${@:2}" ;;
    *)
        sed -n '3,5s/^# *//p' "$0" >&2
        exit 2
        ;;
esac
