#!/bin/busybox sh
# shellcheck shell=dash
# The first program of the guest: takes the host's files as its own, changes to them stay in memory, and starts the
# tests in them. The kernel's command line says which cgroups are mounted.
#
#     host   9p, read-only ── lower ─┐
#     tmpfs ──────────────── upper ──┴─ overlay ── the root of the tests
#     ext4, a disk of its own ────────────────── /scratch, where the tests have their folders
set -u
export PATH=/bin
/bin/busybox --install -s /bin
mkdir -p /proc /sys /host /changes /root
mount -t proc proc /proc
mount -t sysfs sys /sys
while read -r module; do insmod "/modules/$module" || echo "cannot load $module"; done </modules/order
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro host /host || poweroff -f
mount -t tmpfs -o size=60% changes /changes
mkdir /changes/upper /changes/work
mount -t overlay -o lowerdir=/host,upperdir=/changes/upper,workdir=/changes/work root /root || poweroff -f
cd /root || poweroff -f
mount -t proc proc proc
mount -t sysfs sys sys
mount -t devtmpfs dev dev
mkdir -p dev/pts dev/shm scratch
mount -t devpts -o mode=620,ptmxmode=666,gid=5 devpts dev/pts
mount -t tmpfs shm dev/shm
# The project itself may lie below /tmp or /var/tmp: those stay the host's. A disk, because tmpfs has no attributes
# `user.*` before Linux 6.6, and a store of layers keeps all that files have. See tmpfs(5), xattr(7).
tries=0
until [ -b dev/vda ] || [ $((tries += 1)) -gt 100 ]; do usleep 50000; done
mount -t ext4 dev/vda scratch || poweroff -f
chmod 1777 scratch
mount -t tmpfs run run
sh /cgroups /root
[ ! -d sys/fs/selinux ] || mount -t selinuxfs selinux sys/fs/selinux
# Below a file system of ours: the host may have a file of any name.
mkdir run/tests
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 drydock-tests run/tests
ln -sf /proc/self/fd dev/fd
ip link set lo up
hostname guest
echo 1 >/proc/sys/kernel/unprivileged_userns_clone 2>/dev/null
umount /proc /sys
exec switch_root /root /bin/sh /run/tests/run.sh
