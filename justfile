# What one does every day. `scripts/test` is what guards a change.

default:
    @just --list --unsorted

# What CI does first: no rendered service is built
check:
    scripts/test --fast

# Everything
test:
    scripts/test

# One part of it: lint, cli, template or compile
part part:
    scripts/test --part {{ part }}

# Everything about some pairs, at full size, and their rows of docs/matrix.md
matrix *pairs:
    scripts/test --matrix {{ pairs }}

# Measure the task engine: every pair, or some, beside Celery
bench *pairs:
    bench/tasks/run {{ pairs }}

# Measure the routes: beside a bare service, Loco and FastAPI, on SQLite and PostgreSQL, or on one of them
bench-http *databases:
    bench/http/run {{ databases }}

# Measure the CLI: a hundred resources in one project
bench-cli:
    bench/cli/run

# Build the site into target/site (cargo install mdbook)
site:
    mdbook build

# Install the CLI as it would be published, and compare what it renders
package *flags:
    scripts/package {{ flags }}

# Measure starting, building, size and memory beside Loco, FastAPI and Django, or beside some of them
bench-compare *contenders:
    bench/compare/run {{ contenders }}

# Build the image of a rendered pair as its Dockerfile says, and run it; as root
image *pair:
    scripts/image {{ pair }}

# What a newcomer does on the first day, with times
first-day:
    scripts/first-day

# Look for files and fields that the generators get wrong, for so many seconds each
fuzz seconds="60":
    scripts/fuzz {{ seconds }}

# Render a pair into target/my-service, to look at it
render database="sqlite" broker="database":
    rm -rf target/my-service
    cargo run --quiet -- new my-service --path target --yes --no-git --database {{ database }} --broker {{ broker }}

# Record anew what is rendered; read the difference
golden:
    SNAPSHOTS=overwrite cargo test --package template-tests --test golden

# Make the lock files of the template again; `--update` takes the newest versions
locks *flags:
    scripts/update-locks {{ flags }}
