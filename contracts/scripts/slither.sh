#!/bin/sh
# Static analysis of src/ with the pinned slither; any finding that slither.config.json leaves fails.
set -eu
cd "$(dirname "$0")/.."
environment=cache/slither
if ! cmp -s requirements-slither.txt "$environment/installed.txt"; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements-slither.txt
  cp requirements-slither.txt "$environment/installed.txt"
fi
scripts/install.sh
PATH="$PWD/bin:$PWD/$environment/bin:$PATH" slither .
