# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by bench/compare/run: what cookiecutter-django generates, with Django REST framework and Celery. It is for PostgreSQL only.

label="cookiecutter-django, DRF, Celery"
project=compare_django
path=/
artefact=.venv
may_be_missing=yes
export DATABASE_URL=${TEST_POSTGRES_URL%/*}/compare_django
export REDIS_URL=$TEST_REDIS_URL/3

# What it fetches stays in this run.
bring_up_contender() {
    bring_up_python_program uv
    bring_up_python_program cookiecutter
    export COOKIECUTTER_CONFIG=$work/cookiecutter.yaml
    printf '%s: %s\n' cookiecutters_dir "$work/cookiecutters" replay_dir "$work/replay" >"$COOKIECUTTER_CONFIG"
}

# The first time the template is fetched. Where that asks for a password, nobody is there to type one.
generate() {
    local fetched=$work/cookiecutters/cookiecutter-django template=gh:cookiecutter/cookiecutter-django
    [[ ! -e $fetched ]] || template=$fetched
    GIT_TERMINAL_PROMPT=0 timeout 300 cookiecutter "${COOKIECUTTER_DJANGO:-$template}" \
        --no-input project_slug="$project" use_docker=n use_celery=y rest_api=DRF cloud_provider=None \
        mail_service="Other SMTP" use_whitenoise=y
}

fetch() { build; }

build() { uv sync; }

migrate() {
    psql "$TEST_POSTGRES_URL" --quiet --no-psqlrc --command "CREATE DATABASE compare_django" &&
        .venv/bin/python manage.py migrate
}

develop() { exec .venv/bin/python manage.py runserver --noreload "127.0.0.1:$port"; }

edit() { replace "$project/users/api/views.py" "@action(detail=False)" '@action(detail=False, url_path="myself")'; }

rebuild() { :; }

release() { uv sync --no-dev && in_production .venv/bin/python manage.py collectstatic --noinput; }

packages() { packages_of_environment; }

versions() { versions_of django djangorestframework celery; }

in_production() {
    DJANGO_SETTINGS_MODULE=config.settings.production DJANGO_SECRET_KEY=$secret DJANGO_ADMIN_URL=admin/ \
        DJANGO_ALLOWED_HOSTS=127.0.0.1 DJANGO_SECURE_SSL_REDIRECT=False "$@"
}

web() { in_production exec .venv/bin/gunicorn config.wsgi --bind "127.0.0.1:$port" --workers 2; }

worker() { in_production exec .venv/bin/python -m celery -A config.celery_app worker --loglevel info --concurrency 2; }
