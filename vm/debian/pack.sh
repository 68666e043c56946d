#!/bin/sh
# pack.sh ARCHIVE MODULES IMAGE: the archive that mmdebstrap has made becomes an ext4 image, with the kernel's modules in it.
# Runs as root, also as the root of a user namespace: mounts nothing, makes no device.
set -eu
archive=$1 modules=$2 image=$3
tree=$image.tree
trap 'rm -rf "$tree"' EXIT
mkdir "$tree"
tar -C "$tree" -xpf "$archive" --exclude='./dev/*' --numeric-owner

# Modules for devices that no guest has are three quarters of them.
release=${modules##*/}
mkdir -p "$tree/lib/modules/$release"
tar -C "$modules" -cf - --exclude='./kernel/sound' --exclude='./kernel/drivers/gpu' --exclude='./kernel/drivers/media' \
  --exclude='./kernel/drivers/net/ethernet' --exclude='./kernel/drivers/net/wireless' --exclude='./kernel/drivers/usb' \
  --exclude='./kernel/drivers/infiniband' --exclude='./kernel/drivers/scsi' --exclude='./kernel/drivers/staging' \
  --exclude='./kernel/drivers/iio' --exclude='./kernel/drivers/input' --exclude='./kernel/drivers/hwmon' . |
  tar -C "$tree/lib/modules/$release" -xf - --no-same-owner
chroot "$tree" /sbin/depmod "$release"

ln -sf /bin/busybox "$tree/sbin/init"
for applet in poweroff reboot halt; do ln -sf /bin/busybox "$tree/sbin/$applet"; done
mke2fs -q -t ext4 -L drydock -d "$tree" "$image" 8G
