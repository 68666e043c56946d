/**
 * The JSON that the engine takes and gives: Docker's Engine API, version 1.41, as far as it is obeyed here.
 *
 * Names are Docker's, with their capitals, because the same objects go over the wire and into container.json: nothing is
 * translated, so nothing is lost in translation. What is absent is Docker's default; a `null` of a client that is written
 * in Go has been read as absent (src/api/schemas). Times are RFC 3339, amounts are bytes, and ids are 64 hex digits.
 *
 *     types/config.ts        the inside of a container        types/containers.ts    a container: request, record, views
 *     types/host-config.ts   its limits, rights, folders      types/execs.ts         further processes in it
 *     types/mounts.ts        its mounts                       types/events.ts        what happens
 *     types/networks.ts      its networks and ports
 *
 * https://docs.docker.com/reference/api/engine/version/v1.41/
 */
export type * from './types/config.ts';
export type * from './types/containers.ts';
export type * from './types/events.ts';
export type * from './types/execs.ts';
export type * from './types/host-config.ts';
export type * from './types/mounts.ts';
export type * from './types/networks.ts';

/** Of `GET …?filters=`, whatever form they came in: `{ status: ['running'], label: ['a', 'b=c'] }`. */
export type Filters = Readonly<Record<string, readonly string[]>>;
