# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by bench/compare/run: Loco's starter, with SQLite for its tables and its queue. It has no lock file: its dependencies are
# the newest of the day.

label="Loco, starter"
project=compare_loco
path=/_ping
artefact=target/release/compare_loco-cli
compiled=yes

bring_up_contender() { CARGO_TARGET_DIR=$work/tools/loco bring_up_cargo_program loco "$loco_version"; }

generate() { new_loco "$project" "$PWD" queue-sqlite; }

fetch() { cargo fetch; }

build() { cargo build; }

# It does that itself.
migrate() { :; }

develop() { PORT=$port BINDING=127.0.0.1 exec target/debug/compare_loco-cli start; }

edit() { replace src/controllers/auth.rs "could not register user" "could not register this user"; }

rebuild() { build; }

release() { cargo build --release; }

packages() { crates; }

versions() { echo "loco $loco_version"; }

in_production() {
    DATABASE_URL="sqlite://production.sqlite?mode=rwc" QUEUE_URL="sqlite://queue.sqlite?mode=rwc" PORT=$port \
        become_loco "$artefact" "$@"
}

web() { in_production; }

worker() { in_production --worker; }
