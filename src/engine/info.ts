/**
 * `info`: the engine and its machine, in the words that Docker has used since 2013. The lines of the storage driver are its
 * own; what is missing on this machine is said in `Warnings`.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { cpus, hostname, machine, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { writeDurably } from '../content/durable.ts';
import { features } from '../linux/features.ts';
import { mountContaining } from '../linux/mountinfo.ts';
import { warn } from '../runtime/warning.ts';
import { ownVersion } from '../version.ts';
import type { Engine } from './engine.ts';
import { logDrivers } from './log-options.ts';
import { limitsHere, limitWarnings } from './limits.ts';

export type Info = Readonly<Record<string, unknown>> & { readonly SecurityOptions: readonly string[] };

const noCommit = { ID: '', Expected: '' };

/** `GET /info`. */
export async function engineInfo(engine: Engine): Promise<Info> {
  const { root, options, store, containers, events } = engine;
  const states = containers.all().map(({ record }) => record.State);
  const running = states.filter(({ Running }) => Running).length;
  const paused = states.filter(({ Paused }) => Paused).length;
  const limits = limitsHere();
  return {
    ID: await idOf(root),
    Containers: states.length,
    ContainersRunning: running - paused,
    ContainersPaused: paused,
    ContainersStopped: states.length - running,
    Images: Object.keys(store.db.read().images).length,
    Driver: store.snapshots.driver,
    DriverStatus: await driverRows(engine),
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: [...logDrivers],
    },
    ...limits,
    ...kernelSwitches(),
    ...machineFacts(),
    ...proxies(),
    Debug: options.isDebug ?? false,
    NFd: readdirSync('/proc/self/fd').length,
    NEventsListener: events.listening,
    // Of a program in Go, and of programs beside it: here is none of these.
    ...{ NGoroutines: 0, ContainerdCommit: noCommit, RuncCommit: noCommit, InitCommit: noCommit },
    SystemTime: new Date().toISOString(),
    LoggingDriver: options.logConfig?.Type ?? 'json-file',
    ExecutionDriver: `native-${ownVersion()}`,
    CgroupDriver: 'cgroupfs',
    CgroupVersion: features().cgroup === 'v2' ? '2' : '1',
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registriesOf(options.insecureRegistries, options.registryMirrors),
    DockerRootDir: root,
    Labels: options.labels ?? [],
    ServerVersion: ownVersion(),
    Runtimes: { drydock: { path: 'drydock-oci' } },
    DefaultRuntime: 'drydock',
    Swarm: {
      ...{ LocalNodeState: 'inactive', ControlAvailable: false, Error: '' },
      ...{ NodeAddr: '', NodeID: '', RemoteManagers: null },
    },
    GenericResources: null,
    Isolation: '',
    LiveRestoreEnabled: true,
    InitBinary: 'drydock-init',
    SecurityOptions: securityOptions(),
    Warnings: limitWarnings(limits),
  };
}

/** Made once for each root: 12 groups of four letters, as Docker writes it. None as long as it cannot be kept, on a full disk. */
async function idOf(root: string): Promise<string> {
  const path = join(root, 'engine-id');
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const letters = [...randomBytes(48)].map((byte) => BASE32[byte & 31]!).join('');
  const id = letters.match(/.{4}/g)!.join(':');
  try {
    await writeDurably(path, `${id}\n`);
    return id;
  } catch (error) {
    warn('the engine has no ID yet', error as Error);
    return '';
  }
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

async function driverRows({ root, store: { snapshots } }: Engine): Promise<[string, string][]> {
  const folder = join(root, 'snapshots', snapshots.driver);
  const { type = 'unknown' } = mountContaining(realpathSync(root)) ?? {};
  return [
    ['Root Dir', folder],
    ['Backing Filesystem', /^ext[234]$/.test(type) ? 'extfs' : type],
    ['Dirs', String((await snapshots.walk()).length)],
  ];
}

function kernelSwitches(): Record<string, boolean> {
  const isOn = (name: string): boolean => textOf(`/proc/sys/net/${name}`).trim() === '1';
  return {
    IPv4Forwarding: isOn('ipv4/ip_forward'),
    BridgeNfIptables: isOn('bridge/bridge-nf-call-iptables'),
    BridgeNfIp6tables: isOn('bridge/bridge-nf-call-ip6tables'),
    OomKillDisable: features().cgroup !== 'v2',
  };
}

function machineFacts(): Record<string, string | number> {
  const system = Object.fromEntries(
    textOf('/etc/os-release')
      .split('\n')
      .map((line) => /^(\w+)="?(.*?)"?$/.exec(line))
      .flatMap((found) => (found ? [[found[1], found[2]]] : [])),
  ) as Record<string, string | undefined>;
  return {
    Name: hostname(),
    KernelVersion: release(),
    OperatingSystem: system.PRETTY_NAME ?? 'Linux',
    OSVersion: system.VERSION_ID ?? '',
    OSType: 'linux',
    Architecture: machine(),
    NCPU: cpus().length,
    MemTotal: totalmem(),
  };
}

/** Passwords in them are nobody's business. */
function proxies(): Record<string, string> {
  const named = (name: string): string => process.env[name] ?? process.env[name.toLowerCase()] ?? '';
  const masked = (url: string): string => url.replace(/\/\/[^@/]*@/, '//xxxxx:xxxxx@');
  return {
    HttpProxy: masked(named('HTTP_PROXY')),
    HttpsProxy: masked(named('HTTPS_PROXY')),
    NoProxy: named('NO_PROXY'),
  };
}

function registriesOf(insecure: readonly string[] = [], mirrors: readonly string[] = []): object {
  // As dockerd shows them.
  const Mirrors = mirrors.map((url) => url.replace(/\/*$/, '/'));
  const isRange = (name: string): boolean => /^[\d.:a-f]+\/\d+$/i.test(name);
  const hosts = insecure.filter((name) => !isRange(name));
  const hub = { Name: 'docker.io', Mirrors, Secure: true, Official: true };
  const others = hosts.map((Name) => [Name, { Name, Mirrors: [], Secure: false, Official: false }] as const);
  return {
    AllowNondistributableArtifactsCIDRs: [],
    AllowNondistributableArtifactsHostnames: [],
    InsecureRegistryCIDRs: ['127.0.0.0/8', ...insecure.filter(isRange)],
    IndexConfigs: { 'docker.io': hub, ...Object.fromEntries(others) },
    Mirrors,
  };
}

function securityOptions(): string[] {
  const apparmor = textOf('/sys/module/apparmor/parameters/enabled').startsWith('Y');
  return [...(apparmor ? ['name=apparmor'] : []), 'name=seccomp,profile=default'];
}

/** Empty where this kernel has no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
