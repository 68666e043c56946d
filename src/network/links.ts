/**
 * `--link db:alias`: before there were user networks, the way in which a container learned of another one. In the
 * default bridge it gets a line of hosts(5) and variables of the environment, both as they are at its start; in a user
 * network it is an alias that the name server knows for this container alone.
 */
import { DrydockError } from '../errors.ts';
import type { Attached, Networks } from './networks.ts';
import { withProtocol } from './ports.ts';

/** Another container as one calls it. */
export interface ResolvedLink {
  readonly alias: string;
  readonly address: string;
  /** For hosts(5): alias, host name, name. */
  readonly names: readonly string[];
  /** Sorted: `5432/tcp`. */
  readonly ports: readonly string[];
  readonly environment: readonly string[];
}

/** `db`, `db:alias`, or as `inspect` shows it: `/db:/web/alias`. */
export function parseLink(text: string): { readonly name: string; readonly alias: string } {
  const [name, alias = name, ...more] = text.split(':').map((part) => part.split('/').at(-1)!);
  if (name && alias && !more.length) return { name, alias };
  throw new DrydockError('NETWORK_INVALID', `bad format for links: ${text}`, {
    hint: 'a container, or a container, a colon and how it shall be called: "db:postgres"',
  });
}

/** The links of the default bridge. Throws WRONG_STATE for a container that has no address there, and what `find` throws. */
export function resolveLinks(
  networks: Networks,
  { HostConfig }: Attached,
  find: (name: string) => Attached,
): ResolvedLink[] {
  return (HostConfig.Links ?? []).map((text) => {
    const { name, alias } = parseLink(text);
    const other = find(name);
    const own = other.Name.replace(/^\//, '');
    const endpoint = (networks.endpoints.get(other.Id) ?? []).find(({ network }) => isDefault(networks, network));
    if (!endpoint)
      throw new DrydockError('WRONG_STATE', `Cannot link to a non running container: ${name} AS ${alias}`, {
        hint: 'start it first; it has to be in the default bridge, too',
      });
    const ports = Object.keys(other.Config.ExposedPorts ?? {}).map(withProtocol);
    return {
      alias,
      address: endpoint.address,
      names: [...new Set([alias, other.Config.Hostname ?? '', own])].filter(Boolean),
      ports: ports.sort((a, b) => parseInt(a) - parseInt(b) || a.localeCompare(b)),
      environment: other.Config.Env ?? [],
    };
  });
}

const isDefault = ({ byId }: Networks, id: string): boolean => byId.get(id)?.name === 'bridge';

/** The variables of Docker 1.6: DB_PORT, DB_PORT_5432_TCP_ADDR, DB_NAME, DB_ENV_…. */
export function linkEnvironment({ Name }: Attached, links: readonly ResolvedLink[]): string[] {
  return links.flatMap(({ alias, address, ports, environment }) => {
    const prefix = alias.toUpperCase().replace(/-/g, '_');
    const urlOf = (key: string): string => `${key.split('/')[1]}://${address}:${parseInt(key)}`;
    return [
      ...ports.slice(0, 1).map((key) => `${prefix}_PORT=${urlOf(key)}`),
      ...ports.flatMap((key) => {
        const [port, protocol] = key.split('/') as [string, string];
        const variable = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
        return [
          `${variable}=${urlOf(key)}`,
          `${variable}_ADDR=${address}`,
          `${variable}_PORT=${port}`,
          `${variable}_PROTO=${protocol}`,
        ];
      }),
      `${prefix}_NAME=/${Name.replace(/^\//, '')}/${alias}`,
      ...environment.filter((entry) => !/^(HOME|PATH)=/.test(entry)).map((entry) => `${prefix}_ENV_${entry}`),
    ];
  });
}
