# shellcheck shell=bash
# Sourced by scripts/lib/servers.sh: whether a server answers at a URL.

answers_postgres() {
    psql "$1" --quiet --no-psqlrc --tuples-only --command "SELECT 1" >/dev/null 2>&1
}

answers_mysql() {
    mysql_execute "$1" "SELECT 1" >/dev/null 2>&1
}

# Runs SQL at `mysql://user:password@host:port/…`, whose parts the client takes.
mysql_execute() {
    local address=${1#*://} login
    login=${address%@*}
    address=${address##*@}
    address=${address%%/*}
    MYSQL_PWD=${login#*:} mariadb --no-defaults --protocol tcp --user "${login%%:*}" --host "${address%:*}" \
        --port "${address##*:}" --execute "$2"
}

# What a server says first, in hexadecimal: a URL, what it is told and how many bytes it says.
first_bytes() {
    local address=${1#*://}
    address=${address##*@}
    address=${address%%/*}
    # shellcheck disable=SC2059 # What it is told has escapes.
    (exec 3<>"/dev/tcp/${address%:*}/${address##*:}" && printf "$2" >&3 && head -c "$3" <&3 | od -An -tx1) 2>/dev/null
}

answers_redis() {
    # `+PONG`, or `-NOAU`: one that wants a password answers too.
    [[ $(first_bytes "$1" 'PING\r\n' 5) =~ ^" "("2b 50 4f 4e 47"|"2d 4e 4f 41 55")$ ]]
}

answers_rabbitmq() {
    # A method on channel 0.
    [[ $(first_bytes "$1" 'AMQP\0\0\11\1' 3) == " 01 00 00" ]]
}

answers_nats() {
    # `INFO`.
    [[ $(first_bytes "$1" '' 4) == " 49 4e 46 4f" ]]
}
