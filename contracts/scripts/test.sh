#!/bin/sh
# Rebuilds artifacts/ and tests them: format, unit, owner, fuzz, invariant, and gas against snapshots/.
# `scripts/test.sh --write-gas` writes the snapshots anew instead.
set -eu
cd "$(dirname "$0")/.."
scripts/build.sh
forge=bin/forge
$forge fmt --check
FOUNDRY_PROFILE=test $forge test
if [ "${1:-}" = "--write-gas" ]; then
  FOUNDRY_PROFILE=gas $forge test
else
  FOUNDRY_PROFILE=gas FORGE_SNAPSHOT_CHECK=true $forge test
fi
