#!/bin/sh
# `npm run check`: everything that can be said about the sources without running them. Each part runs, also after one
# that failed, so that one round shows all there is to mend. The linter needs the types of everything and takes as long
# as all the others together: it runs beside them.
set -u
cd "${0%/*}/.." || exit 1
PATH=$PWD/node_modules/.bin:$PATH
notes=$(mktemp -d)
trap 'rm -rf "$notes"' EXIT

part() { # NAME COMMAND…
  name=$1
  shift
  if out=$("$@" 2>&1); then printf 'ok    %s\n' "$name"; return; fi
  printf 'FAIL  %s\n%s\n' "$name" "$out"
  printf ', %s' "$name" >>"$notes/failed"
}
if_there() { # TOOL COMMAND…: a tool that not every machine has; .ci/run installs it
  tool=$1
  shift
  if command -v "$tool" >/dev/null; then "$@"; else printf 'skip  %s is not installed\n' "$tool"; fi
}
tracked() { git ls-files --cached --others --exclude-standard -- "$@"; }
nowhere() { # PATTERN: fails with the places where it is written
  ! tracked ':!scripts/check.sh' ':!LICENSE' | xargs -d '\n' grep -nIE "$1" /dev/null
}
native() { tracked 'addon/*.cc' 'addon/*.h' 'addon/*.c' | xargs -r "$@"; }
shells() { tracked drydock drydock-oci .ci/run '*.sh' | xargs -r "$@"; }

part 'lint (eslint)' eslint --max-warnings 0 . >"$notes/lint" &
part 'types (tsc)' tsc --noEmit
part 'types of what runs in a browser (tsc)' sh -c 'tsc --noEmit -p src/site/browser && tsc --noEmit -p test/book'
part 'format (prettier)' prettier --check --log-level warn .
part 'arrows (dependency-cruiser)' depcruise --output-type err src lessons
part 'unused code (knip)' knip --no-progress
if_there clang-format-14 part 'format of addon/ (clang-format)' native clang-format-14 --dry-run -Werror
if_there shellcheck part 'shell (shellcheck)' shells shellcheck
part 'no name of a registry, no path of one machine' nowhere 'registry[.](npmjs|yarnpkg)|[(" ='\''`:]/(work|home/[a-z]+)/'
part 'the lock file names no registry' nowhere '^ +"resolved": "http'

wait
cat "$notes/lint"
[ ! -f "$notes/failed" ] || { failed=$(cat "$notes/failed") && printf 'check failed: %s\n' "${failed#, }" >&2 && exit 1; }
