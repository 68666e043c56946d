/** Where kernels, images and guests are kept: build/vm of the project, or the folder that DRYDOCK_VM names. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DrydockError } from '../errors.ts';
import { projectHome } from '../linux/native.ts';

export function vmFolder(): string {
  return resolve(process.env.DRYDOCK_VM || join(projectHome(), 'build/vm'));
}

/** Throws VM_STATE where we may not write in a folder of it: root has made it, or another person. See access(2). */
export function needOurs(folder: string): void {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  try {
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DrydockError('VM_STATE', `you may not write in ${there}, where guests are kept`, {
      hint: `if it is to be yours: sudo chown -R "$USER": '${there}'; or another folder: DRYDOCK_VM=FOLDER ./drydock vm up`,
      cause,
    });
  }
}
