/**
 * `info`: the engine and its machine, in the order in which Docker has always told it. The storage driver's own rows are
 * free: whatever an engine sends is shown as it is.
 */
import { shaped } from '../format/template/values.ts';
import { template } from '../format/template.ts';
import { binarySize } from '../format/units.ts';
import { ownVersion } from '../version.ts';
import { command, none } from './command.ts';
import { sentenceOf } from './each.ts';
import { CommandFailure } from './failure.ts';
import { print, warn } from './print.ts';
import { templateOf } from './shared-flags.ts';
import { printFilled, told } from './template-failure.ts';

type Names = readonly string[] | null;

interface Info {
  readonly ServerVersion?: string;
  readonly Containers: number;
  readonly ContainersRunning: number;
  readonly ContainersPaused: number;
  readonly ContainersStopped: number;
  readonly Images: number;
  readonly Driver: string;
  readonly DriverStatus?: readonly (readonly [string, string])[] | null;
  readonly LoggingDriver?: string;
  readonly ExecutionDriver?: string;
  readonly CgroupDriver?: string;
  readonly CgroupVersion?: string;
  readonly Plugins?: {
    readonly Volume?: Names;
    readonly Network?: Names;
    readonly Authorization?: Names;
    readonly Log?: Names;
  };
  readonly Swarm?: { readonly LocalNodeState?: string };
  readonly Runtimes?: Readonly<Record<string, unknown>> | null;
  readonly DefaultRuntime?: string;
  readonly InitBinary?: string;
  readonly ContainerdCommit?: { readonly ID: string };
  readonly RuncCommit?: { readonly ID: string };
  readonly InitCommit?: { readonly ID: string };
  readonly SecurityOptions?: Names;
  readonly KernelVersion?: string;
  readonly OperatingSystem?: string;
  readonly OSType?: string;
  readonly Architecture?: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly Name?: string;
  readonly ID?: string;
  readonly DockerRootDir?: string;
  readonly Debug?: boolean;
  readonly HttpProxy?: string;
  readonly HttpsProxy?: string;
  readonly NoProxy?: string;
  readonly Labels?: Names;
  readonly ExperimentalBuild?: boolean;
  readonly RegistryConfig?: {
    readonly InsecureRegistryCIDRs?: Names;
    readonly IndexConfigs?: Readonly<Record<string, { readonly Secure: boolean }>> | null;
    readonly Mirrors?: Names;
  } | null;
  readonly LiveRestoreEnabled?: boolean;
  readonly Warnings?: Names;
  readonly [field: string]: unknown;
}

const ClientInfo = { Debug: false, Version: ownVersion(), Context: 'default', Plugins: [], Warnings: null };

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Shows what there is to know about the engine and its machine.',
  words: none,
  flags: { format: templateOf },
  async run({ client, flags }) {
    const fill = told(() => template(flags.format), 'template parsing error: ', 64);
    let info: Info | undefined;
    let failure: string | undefined;
    try {
      info = await client.json<Info>('GET', '/info');
    } catch (error) {
      failure = sentenceOf(error);
    }
    if (flags.format !== '') {
      if (failure !== undefined) throw new CommandFailure(failure);
      const all = { ...info, ClientInfo };
      if (flags.format === 'json') return print(`${JSON.stringify(all)}\n`);
      return printFilled(fill, shaped(all, { kind: 'struct', type: 'system.dockerInfo' }));
    }
    print(clientText());
    if (info) {
      print(engineText(info).join('\n') + '\n\n');
      for (const warning of info.Warnings ?? []) warn(`${warning}\n`);
    }
    if (failure !== undefined) throw new CommandFailure(failure);
  },
});

const clientText = (): string =>
  `Client:\n Version:    ${ClientInfo.Version}\n Context:    ${ClientInfo.Context}\n Debug Mode: ${ClientInfo.Debug}\n\nServer:\n`;

function engineText(info: Info): string[] {
  return [
    ` Containers: ${info.Containers}`,
    `  Running: ${info.ContainersRunning}`,
    `  Paused: ${info.ContainersPaused}`,
    `  Stopped: ${info.ContainersStopped}`,
    ` Images: ${info.Images}`,
    ...row('Server Version', info.ServerVersion),
    ...row('Storage Driver', info.Driver),
    ...(info.DriverStatus ?? []).map(([name, value]) => `  ${name}: ${value}`),
    ...row('Logging Driver', info.LoggingDriver),
    ...row('Execution Driver', info.ExecutionDriver),
    ...row('Cgroup Driver', info.CgroupDriver),
    ...row('Cgroup Version', info.CgroupVersion),
    ...pluginText(info),
    ...row('Swarm', info.Swarm?.LocalNodeState),
    ...runtimeText(info),
    ...securityText(info.SecurityOptions ?? []),
    ...row('Kernel Version', info.KernelVersion),
    ...row('Operating System', info.OperatingSystem),
    ...row('OSType', info.OSType),
    ...row('Architecture', info.Architecture),
    ` CPUs: ${info.NCPU}`,
    ` Total Memory: ${binarySize(info.MemTotal)}`,
    ...row('Name', info.Name),
    ...row('ID', info.ID),
    ...row('Docker Root Dir', info.DockerRootDir),
    ` Debug Mode: ${info.Debug ?? false}`,
    ...row('HTTP Proxy', info.HttpProxy),
    ...row('HTTPS Proxy', info.HttpsProxy),
    ...row('No Proxy', info.NoProxy),
    ...listed('Labels', info.Labels ?? []),
    ` Experimental: ${info.ExperimentalBuild ?? false}`,
    ...registryText(info),
    ` Live Restore Enabled: ${info.LiveRestoreEnabled ?? false}`,
  ];
}

const row = (name: string, value: string | undefined): string[] => (value ? [` ${name}: ${value}`] : []);
const listed = (name: string, values: readonly string[]): string[] =>
  values.length > 0 ? [` ${name}:`, ...values.map((value) => `  ${value}`)] : [];

function pluginText({ Plugins = {} }: Info): string[] {
  const line = (name: string, values: Names | undefined): string[] =>
    values?.length ? [`  ${name}: ${values.join(' ')}`] : [];
  const { Volume, Network, Authorization, Log } = Plugins;
  const volumes = `  Volume: ${(Volume ?? []).join(' ')}`;
  const networks = `  Network: ${(Network ?? []).join(' ')}`;
  return [' Plugins:', volumes, networks, ...line('Authorization', Authorization), `  Log: ${(Log ?? []).join(' ')}`];
}

function runtimeText(info: Info): string[] {
  const { Runtimes, DefaultRuntime, InitBinary, ContainerdCommit, RuncCommit, InitCommit } = info;
  const commit = (name: string, value: { readonly ID: string } | undefined): string[] =>
    value ? [` ${name} version: ${value.ID}`] : [];
  return [
    ...(Runtimes ? [` Runtimes: ${Object.keys(Runtimes).sort().join(' ')}`] : []),
    ...row('Default Runtime', DefaultRuntime),
    ...row('Init Binary', InitBinary),
    ...commit('containerd', ContainerdCommit),
    ...commit('runc', RuncCommit),
    ...commit('init', InitCommit),
  ];
}

/** `name=seccomp,profile=default`: the name, and below it what is known of it. */
function securityText(options: readonly string[]): string[] {
  const lines = options.flatMap((option) => {
    const [first = '', ...facts] = option.split(',').map((pair) => pair.split('='));
    return [`  ${first[1] ?? first[0]}`, ...facts.map(([key = '', value]) => `   ${title(key)}: ${value}`)];
  });
  return lines.length > 0 ? [' Security Options:', ...lines] : [];
}

const title = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

function registryText({ RegistryConfig }: Info): string[] {
  if (!RegistryConfig) return [];
  const { InsecureRegistryCIDRs, IndexConfigs, Mirrors } = RegistryConfig;
  const insecure = Object.entries(IndexConfigs ?? {}).flatMap(([name, { Secure }]) => (Secure ? [] : [name]));
  return [
    ...listed('Insecure Registries', [...insecure, ...(InsecureRegistryCIDRs ?? [])]),
    ...listed('Registry Mirrors', Mirrors ?? []),
  ];
}
