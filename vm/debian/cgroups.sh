#!/bin/sh
# cgroups.sh ROOT: mounts cgroups below ROOT, as `drydock.cgroup=` on the kernel's command line says: `v2` alone, `v1`
# alone, or `hybrid`: v1 for the limits and an empty v2 beside it. With `v2` the line has cgroup_no_v1=all as well.
set -u
top=$1/sys/fs/cgroup
mode=$(sed -n 's/.*drydock[.]cgroup=\([a-z0-9]*\).*/\1/p' /proc/cmdline)
if [ "$mode" = v2 ]; then
  mount -t cgroup2 cgroup2 "$top"
  # As systemd leaves it: a controller that the root does not hand down is there for nobody below.
  for controller in cpu cpuset io memory pids; do echo "+$controller" >"$top/cgroup.subtree_control"; done
  exit
fi
mount -t tmpfs -o mode=755 cgroup "$top"
awk 'NR > 1 && $4 == 1 { print $1 }' /proc/cgroups | while read -r controller; do
  mkdir "$top/$controller"
  mount -t cgroup -o "$controller" "$controller" "$top/$controller"
done
[ "$mode" = v1 ] || { mkdir "$top/unified" && mount -t cgroup2 cgroup2 "$top/unified"; }
