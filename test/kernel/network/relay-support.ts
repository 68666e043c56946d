/** What the tests of a container's relay share: networks, and looks at a relay and at the ports of the machine. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStat } from '../../../src/linux/procfs.ts';
import type { Lab, Started } from './lab.ts';

/** Of our machine. */
export const SIX = 'fd00:1::1';
/** Wishes for a container with a published port. */
export const published = (NetworkMode: string, HostIp = '', HostPort = '8080') => ({
  NetworkMode,
  PortBindings: { '80/tcp': [{ HostIp, HostPort }] },
});

/** `app` with IPv4 alone, `six` with both; and both machines speak IPv6. */
export const networksFor = async (lab: Lab): Promise<void> => {
  await lab.tell('createNetwork', { Name: 'app', IPAM: { Config: [{ Subnet: '10.77.0.0/24' }] } });
  const six = { Config: [{ Subnet: '10.78.0.0/24' }, { Subnet: 'fd00:78::/64' }] };
  await lab.tell('createNetwork', { Name: 'six', EnableIPv6: true, IPAM: six });
  await lab.host(`ip addr add ${SIX}/64 dev eth0 nodad`);
  await lab.other('ip addr add fd00:1::2/64 dev eth0 nodad');
};

export interface RelayRecord {
  readonly pid: number;
  /** Where it leads. */
  readonly way: readonly string[];
}

export const pathOfRelay = (lab: Lab, { record }: Started): string =>
  join(lab.run, record.Id.slice(0, 12), 'relay.json');

export const recordOfRelay = (lab: Lab, one: Started): RelayRecord =>
  JSON.parse(readFileSync(pathOfRelay(lab, one), 'utf8')) as RelayRecord;

/** A zombie holds no port, and is the engine's to reap. */
export const isGone = (pid: number): boolean => ['Z', undefined].includes(readStat(pid)?.state);

/** Whether a program of the machine gets this port, and if not why. */
export async function listensIn(lab: Lab, port: number, address: string): Promise<string> {
  const script = `require('net').createServer().on('error', (e) => console.log(e.code))
    .listen({ port: ${port}, host: '${address}', ipv6Only: true }, () => console.log('on'))`;
  return String(((await once(lab.serve('host', script).stdout!, 'data')) as [Buffer])[0]).trim();
}
