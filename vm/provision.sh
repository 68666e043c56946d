#!/bin/sh
# Makes an Ubuntu or Debian into a machine to learn on: for Vagrant and for vm/qemu alike.
#
#     provision.sh kernel           as root: on Ubuntu 14.04 Linux 3.16, which runs after a restart; nothing elsewhere
#     provision.sh tools PROJECT    as root: a copy of the project in the user's home, with all that it needs, built
#
# Can be given again: what is there stays. What 14.04 cannot have by apt lies in PROJECT/vm/downloads, by the names and
# sums of PROJECT/vm/checksums; a file with another sum is not used. See apt-get(8).
set -eu
export DEBIAN_FRONTEND=noninteractive

say() { printf 'provision: %s\n' "$*"; }
fail() { say "$1" >&2; shift; [ $# = 0 ] || printf '           %s\n' "$@" >&2; exit 1; }

# shellcheck disable=SC1090,SC1091  # each distribution has its own
. "${DRYDOCK_OS_RELEASE:-/etc/os-release}"
is_old() { [ "$ID$VERSION_ID" = ubuntu14.04 ]; }

# The person who learns: the first with a home of their own.
owner() { getent passwd | awk -F: '$3 >= 1000 && $3 < 60000 { print $1; exit }'; }

install_kernel() {
  is_old || { say "Linux $(uname -r) stays"; return; }
  case $(uname -r) in 3.16.*) return ;; esac
  apt-get update -q
  apt-get install -y -q linux-generic-lts-utopic # with aufs, and with overlay under its old name
  say 'Linux 3.16 runs after a restart'
}

# The project lies on a shared folder, where the host's own build is, and where links and locks may not work.
copy_project() { # PROJECT HOME OWNER
  mkdir -p "$2/drydock"
  tar -C "$1" -cf - --exclude=./node_modules --exclude=./build --exclude=./dist --exclude=./.node --exclude=./.git . |
    tar -C "$2/drydock" -xf -
  chown -R "$3:" "$2/drydock"
}

# download NAME: prints the path of a file that is what vm/checksums says.
download() {
  file=$project/vm/downloads/$1
  grep -q "  $1\$" "$project/vm/checksums" ||
    fail "vm/checksums has no sum for $1" 'next: look the sum up where its makers publish it, and add the line: SHA256  NAME'
  [ -f "$file" ] || fail "$1 is not in vm/downloads" 'next: put it there (vm/README.md says what it is), then vagrant provision'
  (cd "${file%/*}" && grep "  $1\$" "$project/vm/checksums" | sha256sum --quiet -c -) >&2 || fail "$1 is not what vm/checksums says"
  printf '%s' "$file"
}

# Node 20 for the C library of 2014, the addon for the same, and Node's getentropy for the kernel.
old_tools() { # HOME/drydock
  node_archive=$(download node-v20.20.2-linux-x64-glibc-217.tar.xz)
  built_archive=$(download drydock-built-x64-glibc-217.tar.xz)
  apt-get install -y -q gcc libc6-dev busybox-static git xz-utils
  mkdir -p "$1/.node"
  tar -xJf "$node_archive" -C "$1/.node" --strip-components=1
  tar -xJf "$built_archive" -C "$1"
  gcc -shared -fPIC -O2 -o /usr/local/lib/getentropy.so "$project/vm/getentropy.c"
  mv "$1/.node/bin/node" "$1/.node/bin/node.real"
  # shellcheck disable=SC2016  # for the shell that reads it
  printf '#!/bin/sh\nLD_PRELOAD=/usr/local/lib/getentropy.so exec "${0%%/*}/node.real" "$@"\n' >"$1/.node/bin/node"
  chmod 755 "$1/.node/bin/node"
}

install_tools() {
  project=$1
  learner=$(owner)
  [ -n "$learner" ] || fail 'there is no user with a home of their own on this machine'
  place=$(getent passwd "$learner" | cut -d: -f6)
  copy_project "$project" "$place" "$learner"
  if is_old; then
    old_tools "$place/drydock"
    chown -R "$learner:" "$place/drydock"
  else
    apt-get update -q
    apt-get install -y -q --no-install-recommends git sudo ca-certificates
    su "$learner" -c "cd ~/drydock && DRYDOCK_YES=1 ./drydock --setup"
  fi
  # What the warning before a break-it lab looks for: this machine is there to be broken.
  : >/etc/drydock-machine-to-learn-on
  say "ready: cd $place/drydock && ./drydock"
}

case ${1:-} in
  kernel) install_kernel ;;
  tools) install_tools "${2:?the folder of the project}" ;;
  *) fail 'usage: provision.sh kernel | tools PROJECT' ;;
esac
