/** Where everything lies: DRYDOCK_ROOT for what stays, DRYDOCK_RUN for what is gone after a boot (design: two folders). */
import { resolve } from 'node:path';

export function rootFolder(): string {
  return resolve(process.env.DRYDOCK_ROOT || '/var/lib/drydock');
}

export function runFolder(): string {
  return resolve(process.env.DRYDOCK_RUN || '/run/drydock');
}
