/**
 * Keys of Docker's daemon.json that are no settings here. What somebody's old file says with them is taken where it is so
 * anyway; else it is refused with the reason, and with what does the same. docs.docker.com/reference/cli/dockerd,
 * "Daemon configuration file".
 */
import { isDeepStrictEqual } from 'node:util';
import { DrydockError } from '../errors.ts';

interface Answer {
  /** The values that say what is so anyway. */
  readonly holds?: readonly unknown[] | ((value: unknown) => boolean);
  readonly why: string;
  readonly instead?: string;
}

const perContainer = (option: string): Answer['instead'] => `say ${option} for each container that shall have it`;

const answers: Readonly<Record<string, Answer>> = {
  'live-restore': { holds: [true], why: 'containers always go on when the engine ends, and the next one has them' },
  'shutdown-timeout': { holds: () => true, why: 'no container is stopped when the engine ends' },
  iptables: { holds: [true], why: 'networks are made of rules; `--network host` and `none` need none' },
  ip6tables: { holds: [true], why: 'networks with IPv6 are made of rules' },
  'ip-forward': { holds: [true], why: 'containers of a bridge reach the world through the machine' },
  'ip-masq': {
    ...{ holds: [true], why: 'containers of the default bridge go out under the address of the machine' },
    instead: 'drydock network create -o com.docker.network.bridge.enable_ip_masquerade=false',
  },
  icc: {
    ...{ holds: [true], why: 'containers of the default bridge reach one another' },
    instead: 'drydock network create -o com.docker.network.bridge.enable_icc=false',
  },
  ip: { holds: ['', '0.0.0.0'], why: 'ports are published on all addresses', instead: '-p ADDRESS:PORT:PORT' },
  ipv6: {
    holds: [false],
    why: 'the default bridge has IPv4 alone',
    instead: 'drydock network create --ipv6 --subnet …',
  },
  'exec-opts': {
    holds: (value) => Array.isArray(value) && value.every((one) => one === 'native.cgroupdriver=cgroupfs'),
    why: 'cgroups are made in the file system (native.cgroupdriver=cgroupfs)',
  },
  features: {
    holds: (value) => Object.values(value ?? {}).every((one) => one === false),
    why: 'there are no features to switch on: builder and image store are Drydock’s own',
  },
  builder: {
    holds: [{}, { gc: { enabled: false } }],
    why: 'the cache of builds is kept',
    instead: 'drydock builder prune',
  },
  'storage-opts': { holds: [[]], why: 'the storage drivers have no options' },
  'default-runtime': { holds: ['runc', 'drydock'], why: 'there is one runtime, Drydock’s own' },
  runtimes: { holds: [{}], why: 'there is one runtime, Drydock’s own' },
  'log-level': {
    holds: ['info', 'warn', 'error', 'fatal'],
    why: 'the engine has two levels',
    instead: '"debug": true tells every request',
  },
  'log-format': { holds: ['text'], why: 'the engine’s log is lines of text' },
  'raw-logs': { holds: [true, false], why: 'the engine’s log has no colours' },
  'userns-remap': { holds: [''], why: 'the engine’s containers have the users of the machine' },
  'selinux-enabled': {
    holds: [false],
    why: 'labels are given one by one',
    instead: perContainer('--security-opt label=…'),
  },
  'no-new-privileges': {
    ...{ holds: [false], why: 'it is a matter of each container' },
    instead: perContainer('--security-opt no-new-privileges'),
  },
  'seccomp-profile': {
    ...{ holds: ['', 'builtin'], why: 'containers that say nothing have the built-in profile' },
    instead: perContainer('--security-opt seccomp=FILE'),
  },
  'default-shm-size': {
    holds: ['64M', '64m', '64MB', '64MiB', 67_108_864],
    ...{ why: '/dev/shm is 64 MiB', instead: perContainer('--shm-size') },
  },
  'default-ipc-mode': { holds: ['private'], why: 'IPC is private', instead: perContainer('--ipc shareable') },
  'cgroup-parent': { holds: [''], why: 'containers lie below /drydock', instead: perContainer('--cgroup-parent') },
  'oom-score-adjust': {
    holds: [0],
    why: 'the engine’s score is its service manager’s matter',
    instead: 'OOMScoreAdjust=',
  },
};

/** Known to Docker, and there is nothing of the kind here. */
const others = (
  'allow-direct-routing allow-nondistributable-artifacts api-cors-header authorization-plugins cdi-spec-dirs ' +
  'cluster-advertise cluster-store cluster-store-opts containerd containerd-namespace ' +
  'containerd-plugin-namespace cpu-rt-period cpu-rt-runtime default-cgroupns-mode default-gateway ' +
  'default-gateway-v6 default-network-opts firewall-backend fixed-cidr fixed-cidr-v6 graph host-gateway-ip ' +
  'http-proxies init-path metrics-addr min-api-version network-control-plane-mtu node-generic-resources ' +
  'rootless swarm-default-advertise-addr userland-proxy-path'
).split(' ');

/** Of the keys that are no settings, those that Docker has not got either. Throws ENGINE for what cannot be obeyed. */
export function strangers(path: string, said: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(said).flatMap(([key, value]) => {
    if (others.includes(key)) throw refusal(path, key, { why: 'there is nothing of the kind here' });
    const answer = Object.hasOwn(answers, key) ? answers[key]! : undefined;
    if (!answer) return [key];
    if (!isSo(answer, value)) throw refusal(path, `${key}: ${JSON.stringify(value)}`, answer);
    return [];
  });
}

const isSo = ({ holds = [] }: Answer, value: unknown): boolean =>
  typeof holds === 'function' ? holds(value) : holds.some((one) => isDeepStrictEqual(one, value));

function refusal(path: string, what: string, { why, instead }: Answer): DrydockError {
  return new DrydockError('ENGINE', `${path}: ${what} cannot be obeyed: ${why}`, { hint: instead ?? 'take it out' });
}
