#!/bin/sh
# `npm run soak`: the rounds that take too long for every day, one kind after the other; each prints its result. Goes on
# after one that failed, so that one night shows all there is to mend.
set -u
cd "${0%/*}/.." || exit 1
failed=''
for kind in day content images registry engine crowd tar; do
  printf '%s\n' "soak: $kind"
  node --import tsx "test/soak/$kind.ts" || failed="$failed $kind"
done
printf '%s\n' 'soak: builds'
# Of these a day's run takes a sample: the whole corpus, what is on Debian, and what is large.
env -u CI node_modules/.bin/mocha 'test/clients/builder/*.test.ts' || failed="$failed builds"
[ -z "$failed" ] || { printf 'soak failed:%s\n' "$failed" >&2 && exit 1; }
