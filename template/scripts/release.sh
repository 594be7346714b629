#!/usr/bin/env bash
# Makes the commit and the tag of a release, here alone: to push them is what publishes it.
#   bash scripts/release.sh 1.2.3
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "release: $1" >&2
    exit 1
}

current() {
    cargo pkgid --locked | sed 's/.*[#@]//'
}

[[ $# == 1 ]] || fail "say which version, such as 1.2.3"
version=$1
number='(0|[1-9][0-9]*)'
[[ $version =~ ^$number\.$number\.$number(-[0-9A-Za-z.-]+)?$ ]] || fail "$version: not a version such as 1.2.3"
[[ -z $(git status --porcelain) ]] || fail "something here is not committed: see \`git status\`"
if git rev-parse --quiet --verify "refs/tags/v$version" >/dev/null; then
    fail "v$version is there already"
fi

name=$(sed -n '/^\[package\]/,/^name = /s/^name = "\(.*\)"/\1/p' Cargo.toml)
if [[ $(current) != "$version" ]]; then
    # In both files, the version of a package stands below its name.
    for file in Cargo.toml Cargo.lock; do
        awk -v name="$name" -v version="$version" '
            $0 == "name = \"" name "\"" { own = 1 }
            own && !done && /^version = / { $0 = "version = \"" version "\""; done = 1 }
            { print }' "$file" >"$file.new"
        mv "$file.new" "$file"
    done
    [[ $(current) == "$version" ]] || fail "Cargo.toml: write the version below the name in [package]"
fi
if [[ -f CHANGELOG.md ]] && ! grep --quiet --fixed-strings --line-regexp "## $version" CHANGELOG.md; then
    awk -v version="$version" '
        /^## \[?Unreleased/ && !done { print $0 "\n"; $0 = "## " version; done = 1 }
        { print }' CHANGELOG.md >CHANGELOG.md.new
    mv CHANGELOG.md.new CHANGELOG.md
fi

git diff --quiet || git commit --quiet --all --message "Release $version"
git tag --annotate "v$version" --message "$version"
echo "v$version is tagged; to publish it: git push origin HEAD v$version"
