#!/bin/sh
# `npm run soak [-- KIND…]`: the rounds that take too long for every day, one kind after the other; all of them take about
# four hours. Goes on after a kind that failed, so that one night shows all there is to mend; says at the end how each went.
set -u
cd "${0%/*}/.." || exit 1
notes=$(mktemp)
trap 'rm -f "$notes"' EXIT
kinds='content images registry engine crowd builds day tar'

run() { # KIND
  case $1 in
    # Of these a day's run takes a sample: the whole corpus, what is on Debian, and what is large.
    builds) env -u CI node_modules/.bin/mocha 'test/clients/builder/*.test.ts' ;;
    *) node --import tsx "test/soak/$1.ts" ;;
  esac
}

for kind in "$@"; do
  case " $kinds " in
    *" $kind "*) ;;
    *) printf 'soak: there is no kind %s; there are %s\n' "$kind" "$kinds" >&2 && exit 2 ;;
  esac
done
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $kinds
result=0
for kind in "$@"; do
  printf '\nsoak: %s\n' "$kind"
  from=$(date +%s)
  if run "$kind"; then word=passed; else word=FAILED result=1; fi
  printf '%s  %-10s %6d s\n' "$word" "$kind" "$(($(date +%s) - from))" >>"$notes"
done
printf '\nsoak, at its end:\n'
cat "$notes"
exit "$result"
