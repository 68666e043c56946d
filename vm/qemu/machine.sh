#!/bin/sh
# The machines of vm/Vagrantfile without Vagrant: Ubuntu's own cloud images under qemu, told by cloud-init what to become.
#
#     vm/qemu/machine.sh [lab|trusty] up                  makes it the first time, and starts it
#     vm/qemu/machine.sh [lab|trusty] ssh | run CMD…      goes into it; CMD runs in the project's copy
#     vm/qemu/machine.sh [lab|trusty] snapshot NAME       its disk as it is now, also while it runs
#     vm/qemu/machine.sh [lab|trusty] restore NAME        back to it; forget NAME removes it; reset: back to the image
#     vm/qemu/machine.sh [lab|trusty] down | destroy
#
# The image is a file of vm/downloads that vm/checksums knows, or the one that DRYDOCK_VM_IMAGE names. Needs qemu and
# OpenSSH, and neither a build of Drydock nor root. The seed for cloud-init is a folder that qemu shows as a disk.
#
#     build/vm/cloud/lab/   disk.qcow2   what differs from the image; snapshots are inside
#                           id_ed25519   made here      seed/   user-data, meta-data      pid   of its qemu
#                           monitor.in   what qemu is told while it runs                  console.log
#
# Sizes: DRYDOCK_VM_MEMORY, DRYDOCK_VM_CPUS; DRYDOCK_VM_PORT for ssh. See qemu(1), cloud-init's NoCloud data source.
set -eu

say() { printf 'machine: %s\n' "$*" >&2; }
fail() { say "$1"; shift; [ $# = 0 ] || printf '         %s\n' "$@" >&2; exit 125; }
need() { command -v "$1" >/dev/null 2>&1 || fail "$1 is not installed" "next: sudo apt-get install $2"; }

home=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
name=lab port=2222
case ${1:-} in
  lab) shift ;;
  trusty) name=trusty port=2322 && shift ;;
esac
verb=${1:-}
[ $# = 0 ] || shift
folder=${DRYDOCK_VM:-$home/build/vm}/cloud/$name
port=${DRYDOCK_VM_PORT:-$port}
learner=ubuntu

# --- what is there ----------------------------------------------------------------------------------------------------

# A process of that number which has the disk open: after a restart of this machine the number may be a stranger's.
runs() {
  number=$(cat "$folder/pid" 2>/dev/null) || return 1
  [ -n "$(find "/proc/$number/fd" -lname "$(readlink -f "$folder/disk.qcow2")" 2>/dev/null)" ]
}
need_running() { runs || fail "$name is not up" "next: $0 $name up"; }
need_down() { ! runs || fail "$name is up" "next: $0 $name down"; }
has_disk() { [ -f "$folder/disk.qcow2" ]; }
need_disk() { has_disk || fail "there is no machine $name" "next: $0 $name up"; }
# Of a number qemu-img does not say whether it is a name, or one of its own ids.
need_name() {
  case ${1:?a name} in
    *[!0-9]*) ;;
    *) fail "a snapshot cannot be called '$1': qemu gives numbers of its own" "next: $0 $name snapshot lab-$1" ;;
  esac
  case $1 in [!A-Za-z0-9_]* | *[!A-Za-z0-9_.-]*) fail "a snapshot cannot be called '$1': letters, digits, and . _ - between them" ;; esac
}
has_snapshot() { qemu-img snapshot -U -l "$folder/disk.qcow2" | awk 'NR > 2 { print $2 }' | grep -qxF -- "$1"; }

has_no_snapshot() { ! has_snapshot "$1"; }

image() {
  if [ -n "${DRYDOCK_VM_IMAGE:-}" ]; then
    [ -f "$DRYDOCK_VM_IMAGE" ] || fail "there is no image $DRYDOCK_VM_IMAGE"
    printf '%s' "$DRYDOCK_VM_IMAGE"
    return
  fi
  case $name in
    lab) file=noble-server-cloudimg-amd64.img ;;
    trusty) file=trusty-server-cloudimg-amd64-disk1.img ;;
  esac
  [ -f "$home/vm/downloads/$file" ] || fail "$file is not in vm/downloads" \
    'next: fetch it from where Ubuntu publishes its cloud images, or name another: DRYDOCK_VM_IMAGE=FILE'
  grep -q "  $file\$" "$home/vm/checksums" || fail "vm/checksums has no sum for $file" \
    'next: add the line of the SHA256SUMS beside it, checked with the key of Ubuntu: SHA256  NAME'
  (cd "$home/vm/downloads" && grep "  $file\$" "$home/vm/checksums" | sha256sum --quiet -c -) >&2 ||
    fail "$file is not what vm/checksums says"
  printf '%s' "$home/vm/downloads/$file"
}

enter() { # COMMAND
  ssh -F none -i "$folder/id_ed25519" -p "$port" -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new \
    -o UserKnownHostsFile="\"$folder/known_hosts\"" -o LogLevel=ERROR -o ConnectTimeout=20 "$@"
}

# The Node of the project's build, where it is outside the project: the guest takes both along instead of building.
node_of_build() {
  [ -f "$home/build/ready" ] || return 1
  # shellcheck disable=SC1091  # made by scripts/setup.sh, and sets $node
  (. "$home/build/ready" && [ -x "${node:-}" ] && printf '%s' "$node")
}
node_name() { node_path=$(node_of_build) && printf '%s' "${node_path##*/}"; }

# --- its making -------------------------------------------------------------------------------------------------------

# Every boot mounts the project, and provisions until that has succeeded: the old kernel asks for a restart in between.
write_seed() {
  mkdir -p "$folder/seed"
  printf 'instance-id: drydock-%s\nlocal-hostname: drydock-%s\n' "$name" "$name" >"$folder/seed/meta-data"
  cat >"$folder/seed/user-data" <<END
#cloud-config
ssh_authorized_keys: ['$(cat "$folder/id_ed25519.pub")']
system_info: { default_user: { name: $learner } }
write_files:
  - path: /var/lib/cloud/scripts/per-boot/drydock.sh
    permissions: '0755'
    content: |
      #!/bin/sh
      mkdir -p /drydock
      mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro project /drydock || exit 1
      [ ! -e /etc/drydock-machine-to-learn-on ] || exit 0
      rm -f /run/drydock-failed
      sh /drydock/vm/provision.sh kernel || { : >/run/drydock-failed; exit 1; }
      [ ! -e /var/run/reboot-required ] || exec reboot
      mkdir -p /drydock-node
      mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro node /drydock-node || :
      sh /drydock/vm/provision.sh tools /drydock "/drydock-node/$(node_name)" || : >/run/drydock-failed
END
}

make() {
  from=$(image)
  mkdir -p "$folder"
  chmod 700 "$folder"
  [ -f "$folder/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C "drydock $name" -f "$folder/id_ed25519"
  kind=$(qemu-img info "$from" | sed -n 's/^file format: //p')
  qemu-img create -q -f qcow2 -b "$from" -F "$kind" "$folder/disk.qcow2" 20G
}

# A path of the folder as qemu reads it in an option: whole, because with -daemonize qemu goes to / before it reads the seed,
# and with each comma twice.
there() { twice "$folder/$1"; }
twice() { printf '%s' "$1" | sed 's/,/,,/g'; }

# In another virtual machine a /dev/kvm may be there and not work: taken only if it is asked for.
accelerated() {
  case ${DRYDOCK_VM_ACCEL:-auto} in
    none) return 1 ;;
    kvm) [ -w /dev/kvm ] || fail 'you may not open /dev/kvm, or there is none' 'without it, and slower: leave DRYDOCK_VM_ACCEL out' ;;
    *) [ -w /dev/kvm ] && ! grep -q '^flags.*\<hypervisor\>' /proc/cpuinfo ;;
  esac
}

# Words behind the option's own; DRYDOCK_VM_QEMU adds some, for an image that cannot boot by itself.
start() {
  set -- -accel tcg,thread=multi -cpu Westmere
  ! accelerated || set -- -accel kvm -cpu host
  ! node_path=$(node_of_build) ||
    set -- "$@" -virtfs "local,path=$(twice "${node_path%/*}"),mount_tag=node,security_model=none,readonly=on,multidevs=remap"
  [ -p "$folder/monitor.in" ] || mkfifo "$folder/monitor.in" "$folder/monitor.out"
  rm -f "$folder/console.log"
  # shellcheck disable=SC2086  # words
  qemu-system-x86_64 -machine q35 "$@" -smp "${DRYDOCK_VM_CPUS:-2}" -m "${DRYDOCK_VM_MEMORY:-2048}" \
    -nodefaults -display none -serial "file:$(there console.log)" -device virtio-rng-pci -daemonize -pidfile "$folder/pid" \
    -chardev "pipe,id=monitor,path=$(there monitor)" -mon chardev=monitor,mode=readline \
    -drive "file=$(there disk.qcow2),if=virtio,format=qcow2,id=disk" \
    -drive "if=virtio,format=raw,read-only=on,file.driver=vvfat,file.dir=$(there seed),file.label=cidata" \
    -nic "user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:$port-:22" \
    -virtfs "local,path=$(twice "$home"),mount_tag=project,security_model=none,readonly=on,multidevs=remap" ${DRYDOCK_VM_QEMU:-} ||
    fail 'qemu did not start: the line above says why' "a port that is taken: DRYDOCK_VM_PORT=N $0 $name up" "a KVM that does not work: DRYDOCK_VM_ACCEL=none $0 $name up"
}

# Whether it has come to an end, good or bad.
provisioned() { enter "$learner@127.0.0.1" 'test -e /etc/drydock-machine-to-learn-on || test -e /run/drydock-failed'; }

await() { # SECONDS WHAT COMMAND…
  until=$(($(date +%s) + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    runs || fail "qemu ended before $what" "what the machine said: $folder/console.log"
    [ "$(date +%s)" -lt "$until" ] || fail "no $what yet" "what the machine said: $folder/console.log"
    sleep 2
  done
}

up() {
  need qemu-system-x86_64 qemu-system-x86
  need qemu-img qemu-utils
  need ssh openssh-client
  ! runs || { say "$name is up already, or boots; next: $0 $name ssh" && return; }
  [ -f "$folder/disk.qcow2" ] || make
  write_seed
  start
  say 'booting'
  await "${DRYDOCK_VM_PATIENCE:-600}" 'a way in' enter "$learner@127.0.0.1" true
  enter "$learner@127.0.0.1" test -e /etc/drydock-machine-to-learn-on || say 'provisioning, the first time'
  await "${DRYDOCK_VM_PATIENCE:-3600}" 'end of the provisioning' provisioned
  ! enter "$learner@127.0.0.1" test -e /run/drydock-failed ||
    fail 'the provisioning has failed' "what it said: $0 $name run 'sudo tail -n 30 /var/log/cloud-init-output.log'" \
      "then again: $0 $name down; $0 $name up"
  say "up, ssh on port $port; next: $0 $name ssh"
}

down() {
  has_disk || { say "there is no machine $name" && return; }
  runs || { say "$name is down already" && return; }
  enter "$learner@127.0.0.1" sudo poweroff >/dev/null 2>&1 || true
  tries=0
  while runs && [ $((tries += 1)) -le 60 ]; do sleep 1; done
  if runs; then
    halt
    say "$name did not obey for a minute and was ended by force: what it had not written to its disk is lost"
  else say "$name is down"; fi
}

halt() {
  kill -9 "$(cat "$folder/pid")"
  while runs; do sleep 1; done
}

# --- the verbs --------------------------------------------------------------------------------------------------------

case $verb in
  up) up ;;
  ssh) need_running && enter -t "$learner@127.0.0.1" 'cd drydock && exec bash -l' ;;
  run) need_running && enter "$learner@127.0.0.1" "cd drydock && $*" ;;
  snapshot)
    need_disk
    need_name "${1:?a name}"
    ! has_snapshot "${1:?a name}" || fail "$name has a snapshot '$1' already" "next: $0 $name restore $1"
    if runs; then
      enter "$learner@127.0.0.1" sync
      echo "snapshot_blkdev_internal disk $1" >"$folder/monitor.in"
      await 60 'snapshot' has_snapshot "$1"
    else qemu-img snapshot -c "$1" "$folder/disk.qcow2"; fi
    ;;
  restore)
    need_disk
    has_snapshot "${1:?a name}" || fail "$name has no snapshot '$1'" "next: $0 $name snapshot $1"
    was_up=''
    if runs; then was_up=yes; fi
    [ -z "$was_up" ] || halt
    qemu-img snapshot -a "$1" "$folder/disk.qcow2"
    [ -z "$was_up" ] || up
    ;;
  forget)
    need_disk
    has_snapshot "${1:?a name}" || fail "$name has no snapshot '$1'" "those that there are: qemu-img snapshot -U -l $folder/disk.qcow2"
    if runs; then
      echo "snapshot_delete_blkdev_internal disk $1" >"$folder/monitor.in"
      await 60 'end of the snapshot' has_no_snapshot "$1"
    else qemu-img snapshot -d "$1" "$folder/disk.qcow2"; fi
    ;;
  reset) need_disk && need_down && rm "$folder/disk.qcow2" && make && say "$name is the image again; next: $0 $name up" ;;
  down) down ;;
  destroy)
    has_disk || { say "there is no machine $name" && exit; }
    ! runs || halt
    rm -r "$folder"
    ;;
  *) fail "usage: $0 [lab|trusty] up | ssh | run CMD… | snapshot NAME | restore NAME | forget NAME | reset | down | destroy" ;;
esac
