/**
 * What a container cannot ask for because somebody else's network or names are its own: whose network it shares decides its
 * ports, hosts and name servers. The sentences and their order are Docker's (runconfig/hostconfig_unix.go).
 */
import { DrydockError } from '../errors.ts';
import type { CreateRequest, HostConfig } from './types.ts';

const UNDEFINED = 'This would result in undefined behavior';
const CONFLICT = 'conflicting options:';

/** In the request: what the image says of ports is no wish of anybody. Throws BAD_USAGE. */
export function refuseConflicts({ Hostname, MacAddress, ExposedPorts, HostConfig = {} }: CreateRequest): void {
  const { NetworkMode = '', UTSMode } = HostConfig;
  const isHost = NetworkMode === 'host';
  const isShared = NetworkMode.startsWith('container:');
  if (UTSMode === 'host' && Hostname) refuse('hostname and the UTS mode');
  if (isShared && Hostname) refuse('hostname and the network mode');
  if (isShared) refuseNames(HostConfig);
  if (isHost && HostConfig.Links?.length) refuse(`host type networking can't be used with links. ${UNDEFINED}`);
  if ((isHost || isShared) && MacAddress) refuse('mac-address and the network mode');
  if (isShared) refusePorts(HostConfig, Object.keys(ExposedPorts ?? {}).length > 0);
}

function refuseNames({ Links, Dns, ExtraHosts }: HostConfig): void {
  if (Links?.length) refuse(`container type network can't be used with links. ${UNDEFINED}`);
  if (Dns?.length) refuse('dns and the network mode');
  if (ExtraHosts?.length) refuse('custom host-to-IP mapping and the network mode');
}

function refusePorts({ PortBindings = {}, PublishAllPorts }: HostConfig, isExposing: boolean): void {
  if (Object.keys(PortBindings).length > 0 || PublishAllPorts)
    refuse('port publishing and the container type network mode');
  if (isExposing) refuse('port exposing and the container type network mode');
}

function refuse(what: string): never {
  throw new DrydockError('BAD_USAGE', `${CONFLICT} ${what}`, {
    hint: 'say it to the container whose network or names these are, or leave one of both out',
  });
}
