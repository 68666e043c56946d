#!/bin/sh
# What busybox's init runs once: everything between a bare root file system and a machine that one can enter. Every
# line has its reason; systemd would need half a minute of an emulated processor for the same.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec >/dev/console 2>&1
trap 'echo "drydock guest: its start failed; the line above says at what"; poweroff -f' EXIT

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs tmp /tmp
chmod 1777 /tmp
mkdir -p /dev/pts /dev/shm
mount -t devpts -o mode=620,ptmxmode=666,gid=5 devpts /dev/pts
mount -t tmpfs shm /dev/shm
ln -sf /proc/self/fd /dev/fd
modprobe -a virtio_net 9pnet_virtio 9p overlay veth loop dm_thin_pool

sh /drydock/cgroups.sh ''

# The addresses are those of qemu's user network: a router and a name server of its own, the host behind them.
hostname drydock
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
echo nameserver 10.0.2.3 >/etc/resolv.conf

# What the host shares: a first folder that says what the others are, one line each: TAG HOW PATH.
share() { mkdir -p "$3" && mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$2" "$1" "$3"; }
share about ro,cache=loose /run/about
while read -r tag how path; do share "$tag" "$how" "$path"; done </run/about/shares
# Under the host's name for it, because build/ready of the project names it so. It is there already where it lies in the
# project itself, which is read-only: the launcher has fetched it, or the kit brings it.
read -r node </run/about/node
[ -e "$node" ] || { mkdir -p "${node%/*}" && ln -sfn /drydock/node/"${node##*/}" "$node"; }

mkdir -p /root/.ssh /etc/dropbear
chmod 700 /root /root/.ssh
cp /run/about/authorized_keys /root/.ssh/
dropbear -R -s
trap - EXIT
echo 'drydock guest: ready'
