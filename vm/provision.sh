#!/bin/sh
# Makes an Ubuntu or Debian into a machine to learn on: for Vagrant and for vm/qemu alike.
#
#     provision.sh kernel           as root: on Ubuntu 14.04 Linux 3.16, which runs after a restart; nothing elsewhere
#     provision.sh tools PROJECT [NODE]    as root: a copy of the project in the user's home, with all that it needs, built
#
# What the host has built is taken along where it works here: to build it once more takes an emulated processor a quarter
# of an hour. NODE is the host's program for it, if that is to be seen.
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
copy_project() { # PROJECT HOME
  mkdir -p "$2/drydock"
  tar -C "$1" -cf - --exclude=./node_modules --exclude=./build --exclude=./dist --exclude=./.node --exclude=./.git . |
    tar -C "$2/drydock" -xf -
}

# A Node that the host shares and that runs its addon here; nothing where the build is older than a source, for another kind
# of machine, or for a younger C library. As `built` of the launcher.
node_of_build() { # PROJECT [NODE]
  [ -f "$1/build/ready" ] && [ -f "$1/dist/drydock.cjs" ] || return 1
  [ -z "$(cd "$1" && find src addon lessons scripts CMakeLists.txt package-lock.json tsconfig.json \
    ! -name '*.md' -newer build/ready -print -quit)" ] || return 1
  for node in "$1/.node/bin/node" "${2:-}"; do
    if [ -x "$node" ] && "$node" -e 'require(process.argv[1])' "$1/build/Release/linux.node" 2>/dev/null; then
      printf '%s' "$node" && return
    fi
  done
  return 1
}

# build/ready is written last, and so is younger than every source. It names the Node as that of a kit does.
take_build() { # NODE PROJECT HOME/drydock
  mkdir -p "$3/build" "$3/.node/bin"
  tar -C "$2" -cf - ./node_modules ./dist ./build/Release | tar -C "$3" -xf -
  cp "$1" "$3/.node/bin/node"
  # shellcheck disable=SC2016  # for the shell that reads it
  printf 'node="$home/.node/bin/node"\n' >"$3/build/ready"
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

# busybox-static asks for a new initramfs, minutes of an emulated processor; the kernel stays, and needs none.
# See update-initramfs.conf(5).
without_initramfs() { # COMMAND…
  settings=${DRYDOCK_INITRAMFS:-/etc/initramfs-tools/update-initramfs.conf} code=0
  if ! [ -f "$settings" ]; then
    "$@"
    return
  fi
  [ -f "$settings.before" ] || cp -p "$settings" "$settings.before"
  sed -i 's/^update_initramfs=.*/update_initramfs=no/' "$settings"
  "$@" || code=$?
  mv "$settings.before" "$settings"
  return "$code"
}

install_tools() {
  project=$1
  learner=$(owner)
  [ -n "$learner" ] || fail 'there is no user with a home of their own on this machine'
  place=$(getent passwd "$learner" | cut -d: -f6)
  copy_project "$project" "$place"
  built_by=''
  if is_old; then
    old_tools "$place/drydock"
  else
    apt-get update -q
    without_initramfs apt-get install -y -q --no-install-recommends git sudo ca-certificates busybox-static gcc libc6-dev libatomic1
    if built_by=$(node_of_build "$project" "${2:-}"); then
      say 'what the host has built works here, and is taken along'
      take_build "$built_by" "$project" "$place/drydock"
    fi
  fi
  chown -R "$learner:" "$place/drydock"
  if ! is_old && [ -z "$built_by" ]; then
    say 'nothing that the host has built works here: building'
    su "$learner" -c "cd ~/drydock && DRYDOCK_YES=1 ./drydock --setup"
  fi
  # What the warning before a break-it lab looks for: this machine is there to be broken.
  : >"${DRYDOCK_MARK:-/etc/drydock-machine-to-learn-on}"
  say "ready: cd $place/drydock && ./drydock"
}

case ${1:-} in
  kernel) install_kernel ;;
  tools) install_tools "${2:?the folder of the project}" "${3:-}" ;;
  *) fail 'usage: provision.sh kernel | tools PROJECT [NODE]' ;;
esac
