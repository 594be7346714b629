# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by the scripts of bench/ and by scripts/image and scripts/first-day: what more than one of them needs. $work is a directory of the caller, $root the repository.

loco_version=1.2.0

# A secret for tests of speed, nothing else.
secret=speed-speed-speed-speed-speed-speed

complain() {
    echo "$0: $1" >&2
    return 1
}

# Runs a step. What it prints is shown only if it fails. Of a function every command has to depend on the one before: bash does
# not stop at a failure by itself while somebody waits for it.
quietly() {
    "$@" >"$work/step.log" 2>&1 || { tail -n 30 "$work/step.log" >&2; complain "failed: $*"; }
}

# Puts another text into a file, which has to have the first.
replace() {
    grep --quiet --fixed-strings "$2" "$1" || complain "$1: not found: $2"
    sed -i "s|$2|$3|" "$1"
}

# Seconds since a time, with one decimal.
since() {
    awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'
}

# Seconds that a command takes, with one decimal.
seconds() {
    local start=$EPOCHREALTIME
    quietly "$@" || return 1
    since "$start"
}

# A file, or all that is in a directory, in MB.
megabytes() {
    du --summarize --bytes "$1" | awk '{ printf "%.1f", $1 / 1e6 }'
}

# The crates that a project is built of, itself included.
crates() {
    cargo tree --locked --edges normal,build --prefix none | sed 's/ (\*)$//' | sort -u | wc -l
}

# The process and all that it has started.
family() {
    local child
    echo "$1"
    for child in $(pgrep --parent "$1"); do
        family "$child"
    done
}

# Memory of processes, with those that they have started, in MB; what they share counts once.
memory_mb() {
    local process member files=()
    for process; do
        for member in $(family "$process"); do
            files+=("/proc/$member/smaps_rollup")
        done
    done
    awk '/^Pss:/ { sum += $2 } END { printf "%.1f", sum / 1024 }' "${files[@]}"
}

# Waits up to a minute until a URL of a process is answered with 200.
await_200() {
    local process=$1 url=$2
    for _ in {1..1200}; do
        [[ $(curl --silent --output /dev/null --write-out '%{http_code}' "$url") != 200 ]] || return 0
        kill -0 "$process" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

# Asks a process to stop. One that does not is not to hold up the others.
stop_process() {
    kill "$1" 2>/dev/null || true
    for _ in {1..100}; do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# A program of cargo's that helps to build: on the path, or built once into target/tools.
bring_up_cargo_program() {
    local program=$1 version=$2
    shift 2
    PATH=$root/target/tools/bin:$PATH
    [[ $("$program" --version 2>/dev/null) == "$program $version" ]] ||
        quietly cargo install "$program" --version "$version" --locked --debug --force --root "$root/target/tools" "$@"
}

# The starter of Loco in a directory, with a kind of background tasks.
new_loco() {
    loco new --name "$1" --path "$2" --db sqlite --bg "$3" --assets none --allow-in-git-repo
}

# Loco's program with its production settings, which have no defaults for secrets and addresses. Takes the place of this shell.
become_loco() {
    local program=$1
    shift
    HOST=http://127.0.0.1 BINDING=127.0.0.1 JWT_SECRET=$secret MAILER_HOST=127.0.0.1 MAILER_USER=nobody \
        MAILER_PASSWORD=none exec "$program" start "$@" --environment production
}
