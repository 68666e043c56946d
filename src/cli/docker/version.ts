/** `version`: which client this is, and which engine it talks to. */
import { arch, platform } from 'node:process';
import type { Client } from '../../client/client.ts';
import { API_VERSION } from '../../client/client.ts';
import { shaped } from '../format/template/values.ts';
import { template } from '../format/template.ts';
import { ownVersion } from '../version.ts';
import { command, none } from './command.ts';
import { sentenceOf } from './each.ts';
import { CommandFailure } from './failure.ts';
import { print } from './print.ts';
import { templateOf } from './shared-flags.ts';
import { printFilled, told } from './template-failure.ts';

interface Component {
  readonly Name: string;
  readonly Version: string;
  readonly Details?: Readonly<Record<string, string>> | null;
}

interface Engine {
  readonly Platform?: { readonly Name: string };
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
  readonly GitCommit?: string;
  readonly GoVersion?: string;
  readonly BuildTime?: string;
  readonly Os?: string;
  readonly Arch?: string;
  readonly Experimental?: boolean;
  readonly Components?: readonly Component[] | null;
}

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Shows which client this is, and which engine it talks to.',
  words: none,
  flags: { format: templateOf },
  async run({ client, flags }) {
    const fill = told(() => template(flags.format, 'version'), 'template parsing error: ', 64);
    let Server: Engine | null = null;
    let failure: string | undefined;
    try {
      Server = await client.json<Engine>('GET', '/version');
    } catch (error) {
      failure = sentenceOf(error);
    }
    const Client = clientFacts(client);
    if (flags.format === '') print(asText(Client, Server));
    else if (flags.format === 'json') print(`${JSON.stringify({ Client, Server })}\n`);
    else printFilled(fill, versions(Client, Server));
    if (failure !== undefined) throw new CommandFailure(failure);
  },
});

/** As Docker calls their types. */
function versions(Client: Record<string, string>, engine: Engine | null): object {
  const Server =
    engine && shaped({ ...engine, APIVersion: engine.ApiVersion }, { kind: 'struct', type: '*types.Version' });
  return shaped({ Client, Server }, { kind: 'struct', type: 'system.versionInfo' });
}

function clientFacts({ version }: Client): Record<string, string> {
  return {
    Version: ownVersion(),
    ApiVersion: version,
    DefaultAPIVersion: API_VERSION,
    NodeVersion: process.version,
    Os: platform,
    Arch: goArch(arch),
    Context: 'default',
  };
}

/** As Docker calls it. */
const goArch = (name: string): string => (name === 'x64' ? 'amd64' : name);

function asText(client: Record<string, string>, server: Engine | null): string {
  const api =
    client.ApiVersion === client.DefaultAPIVersion
      ? client.ApiVersion
      : `${client.ApiVersion} (changed from ${client.DefaultAPIVersion})`;
  const rows: [string, string | undefined][] = [
    ['Version', client.Version],
    ['API version', api],
    ['Node version', client.NodeVersion],
    ['OS/Arch', `${client.Os}/${client.Arch}`],
    ['Context', client.Context],
  ];
  return `Client:\n${facts(rows, 1)}${server ? `\n${serverText(server)}` : ''}`;
}

function serverText(server: Engine): string {
  const [engine, ...others] = server.Components?.length ? server.Components : [ofOldServer(server)];
  const details = engine!.Details ?? {};
  const rows: [string, string | undefined][] = [
    ['Version', engine!.Version],
    [
      'API version',
      `${details.ApiVersion ?? server.ApiVersion} (minimum version ${details.MinAPIVersion ?? server.MinAPIVersion ?? ''})`,
    ],
    ['Go version', details.GoVersion],
    ['Node version', details.NodeVersion],
    ['Git commit', details.GitCommit],
    ['Built', details.BuildTime],
    ['OS/Arch', `${details.Os ?? server.Os}/${details.Arch ?? server.Arch}`],
    ['Experimental', details.Experimental ?? 'false'],
  ];
  const rest = others.map(({ Name, Version, Details }) => {
    const more = Object.entries(Details ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return ` ${Name}:\n${facts([['Version', Version], ...more], 2)}`;
  });
  const name = server.Platform?.Name ? ` ${server.Platform.Name}` : '';
  return `Server:${name}\n ${engine!.Name}:\n${facts(rows, 2)}${rest.join('')}`;
}

/** An engine from before there were components says it itself. */
function ofOldServer({ Version, GitCommit = '', GoVersion = '', BuildTime = '' }: Engine): Component {
  return { Name: 'Engine', Version, Details: { GitCommit, GoVersion, BuildTime } };
}

/** `  Version:          20.10`; what nobody knows is left out. */
function facts(rows: readonly (readonly [string, string | undefined])[], indent: number): string {
  const width = 20 - indent;
  return rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${' '.repeat(indent)}${`${name}:`.padEnd(width - 1)} ${value}\n`)
    .join('');
}
