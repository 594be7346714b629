# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by bench/compare/run: FastAPI, SQLAlchemy and Celery as bench/http and bench/tasks have them. Nobody generates that: who
# writes it takes longer than the copying here.

label="FastAPI, SQLAlchemy, Celery, by hand"
project=compare_fastapi
path=/health/liveness
artefact=.venv

bring_up_contender() { :; }

generate() {
    mkdir "$project" && cp "$root/bench/http/fastapi/app.py" "$root/bench/http/fastapi/requirements.txt" "$project" &&
        cp "$root/bench/tasks/celery/app.py" "$project/tasks.py"
}

fetch() { build; }

# kombu needs `packaging` for Redis and does not say so.
build() {
    python3 -m venv .venv &&
        .venv/bin/python -m pip install --requirement requirements.txt celery redis packaging
}

# It has no migrations.
migrate() { :; }

serve() {
    DATABASE_URL=sqlite+aiosqlite:///data.db exec .venv/bin/uvicorn app:app --port "$port" "$@"
}

develop() { serve; }

edit() { replace app.py '"status": "alive"' '"status": "well"'; }

rebuild() { :; }

release() { :; }

packages() { packages_of_environment; }

versions() { versions_of fastapi sqlalchemy celery; }

web() { serve --workers 2; }

worker() { BROKER_URL=$TEST_REDIS_URL/2 exec .venv/bin/python -m celery -A tasks worker --concurrency 2; }
