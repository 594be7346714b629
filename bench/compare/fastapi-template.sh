# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by bench/compare/run: what FastAPI-template generates, with SQLAlchemy, migrations and background tasks by taskiq, for it
# has no Celery. Its generator installs, formats and checks everything and makes a first commit. Its .env has the server reload.

label="FastAPI-template, SQLAlchemy, taskiq"
project=compare_template
path=/api/health
artefact=.venv
export COMPARE_TEMPLATE_DB_FILE=data.sqlite3 COMPARE_TEMPLATE_RELOAD=False
export COMPARE_TEMPLATE_REDIS_HOST=127.0.0.1 COMPARE_TEMPLATE_REDIS_PORT=${TEST_REDIS_URL##*:}

bring_up_contender() {
    bring_up_python_program uv
    bring_up_python_program fastapi_template
}

generate() {
    GIT_AUTHOR_NAME=bench GIT_AUTHOR_EMAIL=bench@localhost GIT_COMMITTER_NAME=bench GIT_COMMITTER_EMAIL=bench@localhost \
        fastapi_template --name "$project" --quiet --api-type rest --db sqlite --orm sqlalchemy --ci none \
        --redis --taskiq --migrations --dummy --routers --swagger
}

fetch() { build; }

build() { uv sync --locked; }

build_again() { rm -rf .venv && build; }

migrate() { .venv/bin/alembic upgrade head; }

serve() { COMPARE_TEMPLATE_PORT=$port COMPARE_TEMPLATE_WORKERS_COUNT=$1 exec .venv/bin/python -m "$project"; }

develop() { serve 1; }

edit() { replace "$project/web/api/monitoring/views.py" "Checks the health" "Tells the health"; }

rebuild() { :; }

release() { uv sync --locked --no-dev; }

packages() { packages_of_environment; }

versions() { echo "FastAPI-template $(fastapi_template --version), $(versions_of fastapi taskiq)"; }

web() { serve 2; }

worker() { exec .venv/bin/taskiq worker "$project.tkq:broker" --workers 2; }
