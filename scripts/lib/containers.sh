# shellcheck shell=bash disable=SC2154
# Sourced by scripts/image: containers of an image, by crun, as `docker run --read-only --tmpfs /tmp --cap-drop ALL
# --security-opt no-new-privileges --network host` would have them. What the image says of user, variables, words and volumes holds.
#
# $image_root is its file system, $image_config what it says in JSON, and $settings are the variables of all containers.

declare -A container_pids=()

# As Docker fills a volume that is new: with what the image has there, and whose that is.
fill_volumes() {
    local volume
    while IFS= read -r volume; do
        mkdir -p "$work/volumes$(dirname "$volume")"
        cp -a "$image_root$volume" "$work/volumes$volume"
    done < <(jq -r '.Volumes // {} | keys[]' <<<"$image_config")
}

# Writes what crun reads of a container: its name, and the words that follow the entry point.
bundle() {
    local name=$1
    shift
    mkdir -p "$work/containers/$name"
    (cd "$work/containers/$name" && rm -f config.json && crun spec)
    jq --argjson image "$image_config" --arg root "$image_root" --arg name "$name" --arg volumes "$work/volumes" \
        --argjson settings "$(jq -cn '$ARGS.positional' --args -- "${settings[@]}")" '
        .root = {path: $root, readonly: true}
        | .hostname = $name
        | .process.terminal = false
        | .process.noNewPrivileges = true
        | .process.capabilities = {}
        | .process.user = ($image.User | split(":") | map(tonumber) | {uid: .[0], gid: .[1]})
        | .process.env = [reduce ($image.Env + $settings)[] as $it ({}; .[$it | split("=")[0]] = $it) | .[]]
        | .process.args = $image.Entrypoint + (if $ARGS.positional == [] then $image.Cmd else $ARGS.positional end)
        | .linux.resources = {}
        | .linux.namespaces |= map(select(.type != "network"))
        | .mounts |= map(select(.destination | startswith("/sys") | not))
        | .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=1777"]}]
        | .mounts += ($image.Volumes // {} | keys
            | map({destination: ., type: "bind", source: ($volumes + .), options: ["rbind", "nosuid", "nodev"]}))
        ' --args -- "$@" <"$work/containers/$name/config.json" >"$work/containers/$name/new.json"
    mv "$work/containers/$name/new.json" "$work/containers/$name/config.json"
}

# Without control groups, for which it would want the machine to itself.
runtime() {
    crun --root "$work/crun" --cgroup-manager disabled "$@"
}

# Runs a container to its end.
run_container() {
    bundle "$@"
    runtime run --bundle "$work/containers/$1" "$1"
}

# Starts a container that stays.
start_container() {
    bundle "$@"
    runtime run --bundle "$work/containers/$1" "$1" >"$work/containers/$1/log" 2>&1 &
    container_pids[$1]=$!
}

# Runs a program in a container, as whom and with what the container itself runs.
in_container() {
    local name=$1
    shift
    jq '.process | .args = $ARGS.positional' --args -- "$@" <"$work/containers/$name/config.json" >"$work/process.json"
    runtime exec --process "$work/process.json" "$name"
}

# Waits up to a minute until a program in a container ends well.
await_in_container() {
    for _ in {1..120}; do
        ! in_container "$@" >/dev/null 2>&1 || return 0
        sleep 0.5
    done
    tail -n 20 "$work/containers/$1/log" >&2
    complain "$1: not in a minute: ${*:2}"
}

# Asks a container to stop, and for its exit code.
stop_container() {
    local status=0
    runtime kill "$1" TERM
    wait "${container_pids[$1]}" || status=$?
    unset "container_pids[$1]"
    ((status == 0)) || { tail -n 20 "$work/containers/$1/log" >&2; complain "$1: exit code $status after SIGTERM"; }
}

# Those that a failure has left.
delete_containers() {
    local name
    for name in "${!container_pids[@]}"; do
        runtime delete --force "$name" || true
    done
}
