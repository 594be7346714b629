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

# Which database it is, without its password.
shown_url() {
    sed -E 's#//([^:/@]*):[^@]*@#//\1@#' <<<"$url"
}

# Has `dump` write all that the database has into a file. One of that name stays until the new one is whole.
dump_to() {
    local file=$1
    echo "dumping $(shown_url)" >&2
    rm -f "$file.part"
    if ! dump "$file.part"; then
        rm -f "$file.part"
        exit 1
    fi
    mv "$file.part" "$file"
}

# Asks before all that the database has is replaced, unless that is answered already: by `--yes`.
ask_to_replace() {
    local answer=
    [[ ${1-} == --yes ]] || read -r -p "Replace everything in $(shown_url)? [y/N] " answer || true
    if [[ ${1-} != --yes && $answer != [yY]* ]]; then
        echo "nothing was replaced; where nobody can be asked, add --yes" >&2
        exit 1
    fi
    echo "restoring into $(shown_url)" >&2
}

# A part of a URL, without the percent signs.
decoded() {
    local text=${1//\\/\\\\}
    printf '%b' "${text//%/\\x}"
}
