/** Where kernels, images and guests are kept: build/vm of the project, or the folder that DRYDOCK_VM names. */
import { join, resolve } from 'node:path';
import { projectHome } from '../linux/native.ts';

export function vmFolder(): string {
  return resolve(process.env.DRYDOCK_VM || join(projectHome(), 'build/vm'));
}
