#!/usr/bin/env bash
# What there is to do with the database as a whole, by the programs of MariaDB or MySQL (Debian: mariadb-client):
#   bash scripts/mysql.sh dump FILE      all it has, while the service runs or not
#   bash scripts/mysql.sh restore FILE   that again, in the place of what it has, `--yes` without asking; stop the service first
#   bash scripts/mysql.sh sql [SQL]      a statement, or a prompt
set -euo pipefail
cd "$(dirname "$0")/.."

source scripts/database_url.sh
umask 077 # A dump is nobody else's.

# mysql://user:password@host:port/name?options
[[ $url =~ ^mysql://([^:@/]*)(:([^@/]*))?@([^:/]+)(:([0-9]+))?/([^?]+)(\?(.*))?$ ]] ||
    { echo "DATABASE_URL: not mysql://user:password@host:port/name" >&2; exit 1; }
database=${BASH_REMATCH[7]}
options=${BASH_REMATCH[9]-}

# A part of the URL, as a file of options has it.
option() {
    local text
    text=$(decoded "$1")
    echo "${text//\\/\\\\}"
}

# In a file, for what stands on a command line can be read by everybody on this machine.
settings=$(mktemp)
trap 'rm -f "$settings"' EXIT
cat >"$settings" <<SETTINGS
[client]
protocol = tcp
user = "$(option "${BASH_REMATCH[1]}")"
password = "$(option "${BASH_REMATCH[3]}")"
host = "${BASH_REMATCH[4]}"
port = ${BASH_REMATCH[6]:-3306}
default-character-set = utf8mb4
SETTINGS
# MariaDB knows the one, MySQL the other. MariaDB's newer programs want TLS with a certificate that they know, unless told otherwise.
case $options in
    *require_ssl=true*) printf '%s\n' loose-ssl "loose-ssl-mode = REQUIRED" ;;
    *) echo loose-skip-ssl-verify-server-cert ;;
esac >>"$settings"

# Runs a program under the name that MariaDB gives it, or MySQL.
program() {
    local mariadb=$1 mysql=$2
    shift 2
    command -v "$mariadb" >/dev/null || mariadb=$mysql
    "$mariadb" --defaults-extra-file="$settings" "$@"
}

client() {
    program mariadb mysql "$@" "$database"
}

dump() {
    program mariadb-dump mysqldump --single-transaction --no-tablespaces --routines --result-file "$1" "$database"
}

# Nothing is dropped for a dump that is cut off: its last line says that it is whole.
must_be_whole() {
    [[ -f $1 ]] || { echo "$1: no such file" >&2; exit 1; }
    tail -n 1 "$1" | grep -q "^-- Dump completed" || { echo "$1: is not a whole dump" >&2; exit 1; }
}

# What came after the dump goes, too.
drop_tables() {
    echo "SET foreign_key_checks = 0;"
    client --batch --skip-column-names --execute "SELECT CONCAT('DROP TABLE \`', table_name, '\`;')
        FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
}

case "${1-} $#" in
    "dump 2") dump_to "$2" ;;
    "restore 2" | "restore 3")
        must_be_whole "$2"
        ask_to_replace "${3-}"
        drops=$(drop_tables)
        client <<<"$drops"
        client <"$2"
        ;;
    "sql 1") client ;;
    "sql 2") client --execute "$2" ;;
    *)
        sed -n '3,5s/^# *//p' "$0" >&2
        exit 2
        ;;
esac
