/**
 * Everything that a daemon can be told, in one table: as an option of `drydock daemon`, and as a key of daemon.json.
 * The names are dockerd's, so that a person's old files and habits work.
 *
 * A thing may be said in one of the two places; in both it is refused, because nobody would know which one counts.
 */
import { isIP } from 'node:net';
import { checkLog } from '../engine/log-options.ts';
import { rlimitsOf } from '../engine/spec/limits.ts';
import type { Ulimit } from '../engine/types.ts';
import { poolNet } from '../network/addresses.ts';
import { DEVICE_NAMES, noDeviceName } from '../network/link/names.ts';
import type { Pool } from '../network/networks.ts';
import { DrydockError } from '../errors.ts';

export type Kind = 'text' | 'list' | 'flag' | 'pairs' | 'number' | 'ulimits' | 'pools';

interface Setting {
  readonly kind: Kind;
  /** The key in daemon.json, if it is not the option's name. */
  readonly key?: string;
  /** The object in daemon.json that the key stands in. */
  readonly within?: string;
  readonly alias?: string | readonly string[];
  readonly describe: string;
  /** Obeyed again when the file is read anew (SIGHUP). */
  readonly isReloaded?: boolean;
}

const setting = <K extends Kind>(kind: K, describe: string, more: Omit<Setting, 'kind' | 'describe'> = {}) =>
  ({ kind, describe, ...more }) as Setting & { readonly kind: K };

export const table = {
  host: setting('list', 'where to listen: unix://PATH, tcp://ADDRESS:PORT, fd://', { key: 'hosts', alias: 'H' }),
  group: setting('text', 'who may use the unix socket', { alias: 'G' }),
  'data-root': setting('text', 'what stays: images, containers, volumes', { alias: ['g', 'graph'] }),
  'exec-root': setting('text', 'what a reboot may take'),
  'storage-driver': setting('text', 'overlay, btrfs, vfs, aufs, devicemapper, auto', { alias: 's' }),
  pidfile: setting('text', 'where to write the process id', { alias: 'p' }),
  debug: setting('flag', 'tell every request', { alias: 'D', isReloaded: true }),
  label: setting('list', 'NAME=VALUE, shown by info', { key: 'labels', isReloaded: true }),
  dns: setting('list', 'name servers for containers', { isReloaded: true }),
  'dns-opt': setting('list', 'options of their resolv.conf', { key: 'dns-opts', isReloaded: true }),
  'dns-search': setting('list', 'domains that they search', { isReloaded: true }),
  bridge: setting('text', 'the default bridge’s name, where drydock0 is taken', { alias: 'b' }),
  bip: setting('text', 'the default bridge’s own address, as in 172.30.0.1/16'),
  'log-driver': setting('text', 'json-file, local or none, for containers that do not say'),
  'log-opt': setting('pairs', 'NAME=VALUE for it', { key: 'log-opts' }),
  'default-ulimit': setting('ulimits', 'TYPE=SOFT[:HARD], for containers that do not say', { key: 'default-ulimits' }),
  'default-address-pool': setting('pools', 'base=SUBNET,size=PREFIX: where subnets are taken from', {
    key: 'default-address-pools',
  }),
  mtu: setting('number', 'the largest packet of the default bridge'),
  'userland-proxy': setting('flag', 'published ports answer at [::], also where containers have no IPv6; true'),
  experimental: setting('flag', 'lets docker ask for what it calls so, like build --squash; drydock need not'),
  init: setting('flag', 'a PID 1 that reaps, for containers that do not say'),
  'insecure-registry': setting('list', 'registries without TLS', { key: 'insecure-registries', isReloaded: true }),
  'registry-mirror': setting('list', 'asked before Docker’s hub', { key: 'registry-mirrors', isReloaded: true }),
  'max-concurrent-downloads': setting('number', 'layers that are fetched at once, 3', { isReloaded: true }),
  'max-concurrent-uploads': setting('number', 'layers that are sent at once, 5', { isReloaded: true }),
  'max-download-attempts': setting('number', 'how often a request to a registry is tried, 6', { isReloaded: true }),
  'http-proxy': setting('text', 'the way to registries that speak HTTP', { within: 'proxies' }),
  'https-proxy': setting('text', 'the way to those with TLS', { within: 'proxies' }),
  'no-proxy': setting('text', 'hosts that are asked without them, with commas between', { within: 'proxies' }),
  tls: setting('flag', 'TLS for tcp://'),
  tlsverify: setting('flag', 'TLS, and certificates of clients'),
  tlscacert: setting('text', 'whose certificates clients have to show'),
  tlscert: setting('text', 'the certificate of the engine'),
  tlskey: setting('text', 'the key of the engine'),
} as const;

export type Name = keyof typeof table;
interface Values {
  text: string;
  list: readonly string[];
  flag: boolean;
  pairs: Readonly<Record<string, string>>;
  number: number;
  ulimits: readonly Ulimit[];
  pools: readonly Pool[];
}
/** What was said; what nobody has said is absent. */
export type Settings = { readonly [N in Name]?: Values[(typeof table)[N]['kind']] };

export const names = Object.keys(table) as Name[];

export const keyOf = (name: Name): string => table[name].key ?? name;

export const groupOf = (name: Name): string | undefined => table[name].within;

/** Both places together. Throws ENGINE, in Docker's words, where both say the same thing. */
export function together(said: Settings, inFile: Settings, path: string): Settings {
  const twice = names.filter((name) => said[name] !== undefined && inFile[name] !== undefined);
  if (twice.length === 0) return { ...inFile, ...said };
  const which = twice.map(
    (name) => `${keyOf(name)}: (from flag: ${text(said[name])}, from file: ${text(inFile[name])})`,
  );
  throw new DrydockError(
    'ENGINE',
    `the following directives are specified both as a flag and in the configuration file: ${which.join(', ')}`,
    { hint: `take it out of ${path}, or do not say --${twice[0]}` },
  );
}

/** What containers would have to suffer from later. Throws ENGINE, in Docker's words where it has some. */
export function checked(settings: Settings): Settings {
  const wrong = settings.dns?.find((address) => isIP(address) === 0);
  if (wrong !== undefined)
    throw new DrydockError('ENGINE', `dns: ${wrong} is not an ip address`, { hint: '--dns 8.8.8.8' });
  for (const name of ['max-concurrent-downloads', 'max-concurrent-uploads', 'max-download-attempts'] as const)
    checkNumber(name, settings[name], 1, 1000);
  checkNumber('mtu', settings.mtu, 68, 65_535);
  checkDevice(settings.bridge);
  try {
    checkLog({ Type: settings['log-driver'], Config: settings['log-opt'] });
    for (const pool of settings['default-address-pool'] ?? []) poolNet(pool);
    rlimitsOf([...(settings['default-ulimit'] ?? [])]);
  } catch (error) {
    const { message, hint } = error as DrydockError;
    throw new DrydockError('ENGINE', message, { hint, cause: error });
  }
  return settings;
}

function checkNumber(name: Name, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new DrydockError('ENGINE', `${name}: ${value} is none of the numbers from ${least} to ${most}`, {
    hint: 'leave it out for the usual one',
  });
}

function checkDevice(name: string | undefined): void {
  const why = name === undefined ? undefined : noDeviceName(name);
  if (why !== undefined)
    throw new DrydockError('ENGINE', `bridge: '${name}' is no name of a network device: it ${why}`, {
      hint: DEVICE_NAMES,
    });
}

const text = (value: unknown): string => (Array.isArray(value) ? `[${value.join(' ')}]` : String(value));

/** `['a=b']` as `{ a: 'b' }`. Throws BAD_USAGE. */
export function pairs(option: string, entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const cut = entry.indexOf('=');
      if (cut > 0) return [entry.slice(0, cut), entry.slice(cut + 1)];
      throw new DrydockError('BAD_USAGE', `--${option} ${entry} is no pair`, { hint: `--${option} NAME=VALUE` });
    }),
  );
}

/** `base=10.10.0.0/16,size=24`. Throws BAD_USAGE. */
export function pools(option: string, entries: readonly string[]): Pool[] {
  return entries.map((entry) => {
    const { base, size, ...more } = pairs(option, entry.split(','));
    if (base !== undefined && size !== undefined && Object.keys(more).length === 0) return { base, size: Number(size) };
    throw new DrydockError('BAD_USAGE', `--${option} ${entry} is no pool`, { hint: 'base=10.10.0.0/16,size=24' });
  });
}
