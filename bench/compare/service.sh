# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by bench/compare/run: what scaffold renders if nothing else is said.

label="scaffold, default service"
project=compare-service
path=/health/liveness
artefact=target/release/compare-service
compiled=yes

bring_up_contender() { :; }

generate() { "$scaffold" new "$project" --yes --no-git --quiet --path "$PWD"; }

fetch() { cargo fetch --locked; }

build() { cargo build --locked; }

# In dev it does that itself.
migrate() { :; }

# API, worker and scheduler.
develop() { PORT=$port exec target/debug/compare-service; }

edit() { replace src/routes/home.rs 'description = "The service"' 'description = "This service"'; }

rebuild() { build; }

release() { cargo build --locked --release && in_production "$artefact" migrate up; }

packages() { crates; }

versions() { git -C "$root" describe --always --dirty; }

in_production() { APP_ENV=prod LOG_FORMAT=json JWT_SECRET=$secret DATABASE_URL=sqlite://production.db PORT=$port "$@"; }

web() { in_production exec "$artefact" api; }

worker() { in_production exec "$artefact" worker; }
