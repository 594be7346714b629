# shellcheck shell=bash disable=SC2154
# Sourced by bench/compare/run: what the contenders in Python have in common.

# A program from PyPI, in an environment of its own: on the path, or installed for this run.
bring_up_python_program() {
    local program=$1 place=$work/tools/$1
    PATH=$work/tools/bin:$PATH
    ! command -v "$program" >/dev/null || return 0
    mkdir -p "$work/tools/bin"
    quietly python3 -m venv "$place"
    quietly "$place/bin/python" -m pip install "$program"
    ln -s "$place/bin/$program" "$work/tools/bin/$program"
}

# How many packages are in the environment of a project, without what installs them.
packages_of_environment() {
    .venv/bin/python -c '
from importlib.metadata import distributions

print(len({found.name.lower() for found in distributions()} - {"pip", "setuptools", "wheel"}))
'
}

# Packages of that environment and their versions.
versions_of() {
    .venv/bin/python -c '
import sys
from importlib.metadata import version

print(", ".join(f"{name} {version(name)}" for name in sys.argv[1:]))
' "$@"
}
