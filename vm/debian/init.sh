#!/bin/busybox sh
# shellcheck shell=dash
# The first program of the guest: loads what the disk needs, puts the scripts of
# today on it, and hands over to busybox's init there.
set -u
export PATH=/bin
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module" || echo "cannot load $module"; done </modules/order
tries=0
until [ -b /dev/vda ] || [ $((tries += 1)) -gt 100 ]; do usleep 50000; done
# After qemu was killed in the middle of a write ext4 plays its journal back here.
mount -t ext4 /dev/vda /root || { echo 'drydock guest: the disk cannot be mounted' && poweroff -f; }
mkdir -p /root/drydock
for script in boot cgroups; do cp "/$script" "/root/drydock/$script.sh"; done
chmod 755 /root/drydock/*.sh
cp /inittab /root/etc/inittab
mount --move /dev /root/dev
umount /proc /sys
exec switch_root /root /sbin/init
