# shellcheck shell=bash
# Sourced by the script for the database: sets `url` as the service has it, from the environment, then `.env` in dev,
# then the default. A file of settings is not read but told of: whoever restores must not do so in the wrong place.

# The value of DATABASE_URL in a file of lines `NAME=value`, as dotenvy reads it: with `export`, quotes, or a comment behind.
url_in() {
    local value
    value=$(sed -nE 's/^[[:space:]]*(export[[:space:]]+)?DATABASE_URL[[:space:]]*=[[:space:]]*//p' "$1" | head -n 1)
    case $value in
        \'*) value=${value#\'} value=${value%%\'*} ;;
        \"*) value=${value#\"} value=${value%%\"*} ;;
        *) value=${value%%[[:space:]]*} ;;
    esac
    echo "$value"
}

url=${DATABASE_URL-}
if [[ -z $url && ${APP_ENV:-dev} == dev && -f .env ]]; then
    url=$(url_in .env)
fi
if [[ -z $url ]]; then
    file=config/${APP_ENV:-dev}.toml
    if grep -qsi '^[[:space:]]*database_url' "$file"; then
        echo "DATABASE_URL: is in $file, which is not read here: set it in the environment" >&2
        exit 1
    fi
    url=$(url_in .env.example)
fi

# Where what is there is about to be replaced, without the password.
tell_target() {
    echo "restoring into $(sed -E 's#//([^:/@]*):[^@]*@#//\1@#' <<<"$url")" >&2
}

# A part of a URL, without the percent signs.
decoded() {
    local text=${1//\\/\\\\}
    printf '%b' "${text//%/\\x}"
}
