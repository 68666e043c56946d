#!/bin/sh
# `npm test`: sets up what is missing, builds what is older than its sources, runs the suites named (all by default).
#
# Works as the first command on a machine, and with a node_modules that is missing: nothing from there is used before
# the launcher's set-up is done.
set -eu
home=$(cd "${0%/*}/.." && pwd -P)
"$home/drydock" --setup
. "$home/build/ready" # sets $node
# Tests call `node`. Where that is this one already, its folder stays where it is in PATH: other programs are in it, too.
# shellcheck disable=SC2154
[ "$(command -v node)" = "$node" ] || PATH=${node%/*}:$PATH
cd "$home"
exec "$node" scripts/suites.mjs "$@"
