/** What `create` and `run` can be told about the container, in the order of Docker's help. */
import { isIP } from 'node:net';
import { duration } from '../../moment.ts';
import { checkName } from './env-file.ts';
import { byteRate, checkRule, operationRate, ulimitOf, weightOf } from './device-options.ts';
import { integer, list, pairs, several, text, toggle, value, type Values } from './flags.ts';
import { mountOf } from './mount-option.ts';
import { hostOf, networkOf, type NetworkWish } from './network-option.ts';
import { trust } from './shared-flags.ts';
import { billionths, bytes, bytesOrNone } from './values.ts';

const net = (about: string, isHidden = false) => ({ ...several<NetworkWish>(about, 'network', networkOf), isHidden });

/** What takes things away from the container, or limits them. */
const limits = {
  'blkio-weight': integer('share of the disks, 10 to 1000', { kind: 'uint16' }),
  'blkio-weight-device': several('DEVICE:WEIGHT, its share of one disk', 'list', weightOf),
  'cgroup-parent': text('cgroup above the container’s'),
  'cpu-period': integer('microseconds of a period of the CFS scheduler'),
  'cpu-quota': integer('microseconds in each period'),
  'cpu-rt-period': integer('microseconds of a period of the real-time scheduler'),
  'cpu-rt-runtime': integer('microseconds of real time in each period'),
  'cpu-shares': integer('share of the processors, 1024 is one', { short: 'c' }),
  cpus: value('so many processors', 'decimal', billionths),
  'cpuset-cpus': text('on these processors: 0-3 or 0,1'),
  'cpuset-mems': text('with this memory: 0-3 or 0,1'),
  'device-read-bps': several('DEVICE:BYTES a second, read', 'list', byteRate),
  'device-read-iops': several('DEVICE:NUMBER a second, read', 'list', operationRate),
  'device-write-bps': several('DEVICE:BYTES a second, written', 'list', byteRate),
  'device-write-iops': several('DEVICE:NUMBER a second, written', 'list', operationRate),
  'kernel-memory': value('memory that the kernel has for it', 'bytes', bytes),
  memory: value('memory', 'bytes', bytes, { short: 'm' }),
  'memory-reservation': value('memory that it is pushed back to', 'bytes', bytes),
  'memory-swap': value('memory and swap together; -1 is all there is', 'bytes', bytesOrNone),
  'memory-swappiness': integer('0 to 100: how soon it is swapped out'),
  'oom-kill-disable': toggle('when memory runs out, it waits'),
  'oom-score-adj': integer('-1000 to 1000: how soon it is killed when the machine runs out of memory'),
  'pids-limit': integer('so many processes; -1 is as many as there are'),
  ulimit: several('TYPE=SOFT[:HARD], as in nofile=1024:2048', 'ulimit', ulimitOf),
};

/** What it may do, and whose namespaces it is in. */
const powers = {
  'cap-add': list('a capability more: NET_ADMIN, ALL'),
  'cap-drop': list('a capability less'),
  cgroupns: text('cgroup namespace: host or private'),
  device: list('DEVICE[:INSIDE[:rwm]], a device of the host'),
  'device-cgroup-rule': list("a rule for devices: 'c 1:3 rwm'", { check: checkRule }),
  gpus: list('graphics processors', { kind: 'gpu-request' }),
  'group-add': list('a group more'),
  ipc: text('IPC namespace: private, shareable, host, none, container:NAME'),
  isolation: text('taken for the sake of scripts: default'),
  pid: text('PID namespace: host or container:NAME'),
  privileged: toggle('every capability and device'),
  'security-opt': list('no-new-privileges, seccomp=FILE, apparmor=PROFILE …'),
  sysctl: pairs('NAME=VALUE, a parameter of its own namespaces'),
  user: text('name or uid, and :group', { short: 'u' }),
  userns: text('user namespace: host'),
  uts: text('UTS namespace: host'),
};

/** What it sees of the network, and who sees it. */
const networking = {
  'add-host': several('NAME:IP, a line of its /etc/hosts', 'list', hostOf),
  dns: list('address of a name server', {
    check(word) {
      if (isIP(word) === 0) throw new Error(`IP address is not correctly formatted: ${word}`);
    },
  }),
  'dns-opt': list('as --dns-option', { isHidden: true }),
  'dns-option': list('an option of resolv.conf(5)'),
  'dns-search': list('a domain in which short names are looked up'),
  domainname: text('NIS domain'),
  expose: list('a port that it listens on, or a range'),
  hostname: text('name of the host inside', { short: 'h' }),
  ip: text('its address of IPv4'),
  ip6: text('its address of IPv6'),
  link: list('CONTAINER[:ALIAS], known by name inside'),
  'link-local-ip': list('a link-local address'),
  'mac-address': text('its hardware address'),
  net: net('as --network', true),
  'net-alias': list('as --network-alias', { isHidden: true }),
  network: net('none, host, container:NAME, or a network'),
  'network-alias': list('a further name in its network'),
  publish: list('[[IP:]PORT:]PORT[/udp], a port that the host passes on', { short: 'p' }),
  'publish-all': toggle('all that it exposes, to free ports of the host', { short: 'P' }),
};

/** Files, volumes and devices. */
const files = {
  mount: several('type=bind|volume|tmpfs, source=…, target=…', 'mount', mountOf),
  'read-only': toggle('nothing can be written to its files'),
  'shm-size': value('size of /dev/shm', 'bytes', bytes),
  'storage-opt': list('an option of the storage driver'),
  tmpfs: list('PATH[:OPTIONS], files in memory'),
  'use-api-socket': toggle('the engine’s own socket inside'),
  volume: list('[SOURCE:]PATH[:ro], a folder of the host or a volume', { short: 'v' }),
  'volume-driver': text('who keeps its volumes'),
  'volumes-from': list('CONTAINER[:ro], its volumes'),
};

/** The program, its surroundings and its life. */
const life = {
  annotation: pairs('NAME=VALUE for the OCI runtime'),
  attach: list('STDIN, STDOUT or STDERR: only these', { short: 'a', check: checkStream }),
  cidfile: text('a file that gets the id'),
  entrypoint: text('in place of the image’s'),
  env: list('NAME=value, or NAME of ours', { short: 'e', check: checkName }),
  'env-file': list('a file of such lines'),
  'health-cmd': text('a command that says whether it is well'),
  'health-interval': value('time between two of them', 'duration', duration),
  'health-retries': integer('so many failures, and it is unhealthy'),
  'health-start-interval': value('time between two of them at first', 'duration', duration),
  'health-start-period': value('failures do not count so long at first', 'duration', duration),
  'health-timeout': value('a check that takes longer has failed', 'duration', duration),
  init: toggle('a PID 1 that does its duties'),
  interactive: toggle('standard input stays open', { short: 'i' }),
  label: list('NAME=VALUE, for whoever looks for it', { short: 'l' }),
  'label-file': list('a file of such lines'),
  'log-driver': text('where its output goes'),
  'log-opt': list('NAME=VALUE for the log driver'),
  name: text('its name'),
  'no-healthcheck': toggle('no check of the image’s'),
  restart: text('no, on-failure[:N], always or unless-stopped', { fallback: 'no' }),
  rm: toggle('it is removed when it ends, with its volumes without a name'),
  runtime: text('name of an OCI runtime'),
  'stop-signal': text('the signal that asks it to end'),
  'stop-timeout': integer('seconds until it is killed'),
  tty: toggle('a terminal of its own', { short: 't' }),
  workdir: text('working directory', { short: 'w' }),
};

/** How the image is found. */
const image = {
  'disable-content-trust': trust,
  platform: text('as in linux/arm64'),
  pull: text('always, missing or never: whether to fetch the image', { fallback: 'missing' }),
  quiet: toggle('fetch without progress', { short: 'q' }),
};

const all = { ...limits, ...powers, ...networking, ...files, ...life, ...image };

/** By name, as help lists them. */
export const containerFlags = Object.fromEntries(
  Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)),
) as typeof all;

export type ContainerValues = Values<typeof containerFlags>;
export const resourceFlags = limits;

function checkStream(word: string): void {
  if (!['stdin', 'stdout', 'stderr'].includes(word.toLowerCase()))
    throw new Error('valid streams are STDIN, STDOUT and STDERR');
}
