#!/bin/sh
# Installs the pinned compiler, test runner and libraries under node_modules, if package-lock.json changed since.
set -eu
cd "$(dirname "$0")/.."
cmp -s package-lock.json node_modules/installed-lock.json && exit 0
npm ci --no-audit --no-fund --loglevel=error
cp package-lock.json node_modules/installed-lock.json
