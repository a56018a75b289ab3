#!/usr/bin/env bash
# Checks the helper package and executes the notebooks with the release build of tenure:
#
#     notebooks/run.sh             into the target folder, leaving the clone as it is
#     notebooks/run.sh --write     anew in place, with the outputs that are committed
#
# Python packages go into a venv in the target folder (CARGO_TARGET_DIR moves it), which is kept between runs. Where
# there is no Python, or no package index to fill the venv from, one line says so and the exit code is 0; a cell that
# fails, or a check, is an error.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

target=${CARGO_TARGET_DIR:-$PWD/../target}
mkdir -p -- "$target"
target=$(CDPATH='' cd -- "$target" && pwd)
venv=$target/notebooks-venv
output=$target/notebooks
if [ "${1:-}" = --write ]; then output=.; fi

skip() {
    echo "NOTEBOOKS NOT EXECUTED: $1"
    exit 0
}

if [ -z "${TENURE_PROGRAM:-}" ]; then
    export TENURE_PROGRAM=$target/release/tenure
    if [ ! -x "$TENURE_PROGRAM" ]; then
        echo "error: no $TENURE_PROGRAM: build it with cargo build --release, or name it in TENURE_PROGRAM" >&2
        exit 1
    fi
fi

command -v python3 >/dev/null || skip "there is no python3"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || skip "python3 is older than 3.11"
python3 -c 'import ensurepip, venv' 2>/dev/null || skip "this python3 cannot make a venv (on Debian: python3-venv)"

# Made anew whenever what it should hold has changed.
stamp=$(cat requirements.txt requirements-checks.txt <(python3 --version) | cksum)
if [ "$(cat -- "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
    python3 -m venv --clear -- "$venv"
    pip=("$venv/bin/python" -m pip --disable-pip-version-check --quiet)
    "${pip[@]}" --retries 1 --timeout 20 download --no-deps --dest "$venv/probe" \
        "$(grep '^nbclient==' requirements.txt)" >/dev/null 2>&1 || skip "no package index can be reached"
    "${pip[@]}" install --requirement requirements.txt --requirement requirements-checks.txt
    printf '%s\n' "$stamp" >"$venv/stamp"
fi

export MPLCONFIGDIR=$target/notebooks-venv/matplotlib
export TENURE_NOTEBOOKS_WORK=${TENURE_NOTEBOOKS_WORK:-$target/notebooks-work}
export RUFF_CACHE_DIR=$venv/ruff PYTHONPYCACHEPREFIX=$venv/pycache
# The kernel of the venv, not one that the user may have installed under the same name.
export JUPYTER_PREFER_ENV_PATH=1

"$venv/bin/ruff" check --quiet .
"$venv/bin/ruff" format --quiet --check .
"$venv/bin/mypy" --cache-dir "$venv/mypy" --no-error-summary
"$venv/bin/python" -m unittest discover --quiet --start-directory tests --top-level-directory .
"$venv/bin/python" -m tenure_notebooks.execute "$output"
