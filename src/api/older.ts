/**
 * What an older client means by the same words. The API has grown new defaults with its versions, and a client that asks
 * for an old version goes by what was so then (moby 20.10, api/server/router/container/container_routes.go).
 */
import type { CreateRequest, HostConfig } from '../engine/types.ts';
import { isOlder } from './admit.ts';

/** The request of a client that speaks this version, as one that speaks the newest would say it. */
export function asOfNow(request: CreateRequest, version: string): CreateRequest {
  const host: HostConfig = { ...request.HostConfig };
  // Up to 1.24 the client removed the container itself, and would not find it.
  if (isOlder(version, '1.25')) host.AutoRemove = false;
  // Everybody could join the shared memory of everybody.
  if (isOlder(version, '1.40') && !host.IpcMode) host.IpcMode = 'shareable';
  return { ...request, HostConfig: host };
}
