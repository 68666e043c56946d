/** `port`: where the ports of a container are published. */
import type { ContainerDetails } from '../../client/types.ts';
import { command } from './command.ts';
import { CommandFailure } from './failure.ts';
import { hostPort } from './port-text.ts';
import { print } from './print.ts';

export const verb = command({
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  about: 'Shows which ports of a container are published, and where.',
  words: [1, 2],
  flags: {},
  async run({ client, words: [name = '', wanted] }) {
    const path = `/containers/${encodeURIComponent(name)}/json`;
    const { NetworkSettings } = await client.json<ContainerDetails>('GET', path);
    const ports = NetworkSettings.Ports ?? {};
    if (wanted === undefined) {
      const lines = Object.entries(ports).flatMap(([port, bindings]) =>
        (bindings ?? []).map(({ HostIp, HostPort }) => `${port} -> ${hostPort(HostIp, HostPort)}\n`),
      );
      return print(lines.sort(byNumber).join(''));
    }
    const port = wanted.includes('/') ? wanted : `${wanted}/tcp`;
    const bindings = Object.hasOwn(ports, port) ? ports[port] : undefined;
    if (!bindings?.length) throw new CommandFailure(`Error: No public port '${wanted}' published for ${name}`);
    for (const { HostIp, HostPort } of bindings) print(`${hostPort(HostIp, HostPort)}\n`);
  },
});

/** By port, not by letters: 80 comes before 443. */
function byNumber(a: string, b: string): number {
  return parseInt(a, 10) - parseInt(b, 10) || (a < b ? -1 : 1);
}
