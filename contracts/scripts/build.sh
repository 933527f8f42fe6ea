#!/bin/sh
# Rebuilds artifacts/ from src/.
set -eu
cd "$(dirname "$0")"
./install.sh
node write-artifacts.js
