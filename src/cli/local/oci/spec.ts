/** `oci spec`: a config.json to start from. It is made for this kernel: what it lacks is left out. */
import { unlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { features } from '../../../linux/features.ts';
import { defaultSpec } from '../../../runtime/default-spec.ts';
import { rootlessSpec } from '../../../runtime/rootless.ts';
import { withGlobals, type Global } from './options.ts';

export const verb: CommandModule<object, Global & { bundle: string }> = {
  command: 'spec',
  describe: 'Writes a config.json to start from.',
  builder: (yargs) =>
    withGlobals(yargs)
      .option('bundle', {
        alias: 'b',
        type: 'string',
        requiresArg: true,
        default: '.',
        describe: 'folder to write into',
      })
      .example('$0 oci spec --rootless true', 'for an ordinary user')
      .example('$0 oci spec', 'then put a root file system beside it, in rootfs/'),
  handler: ({ bundle, rootless }) => {
    const path = join(bundle, 'config.json');
    const plain = defaultSpec({ terminal: true }, features());
    const spec = rootless === 'true' ? rootlessSpec(plain) : plain;
    try {
      // `wx`: whoever has a config there has worked on it.
      writeFileSync(path, `${JSON.stringify(spec, null, 2)}\n`, { flag: 'wx', mode: 0o644 });
    } catch (cause) {
      const { code, syscall, errno } = cause as NodeJS.ErrnoException;
      if (code !== 'EEXIST') {
        // What is half written would be in the way of the next attempt.
        if (syscall === 'write') unlinkSync(path);
        throw new DrydockError('SYSCALL', `cannot write ${resolve(path)}: ${code}`, {
          call: syscall,
          args: [path],
          errno: Math.abs(errno ?? 0),
          hint: code === 'ENOENT' ? 'make the folder first' : undefined,
          cause,
        });
      }
      throw new DrydockError('BAD_USAGE', `${path} exists already`, {
        hint: 'remove it first, or choose another --bundle',
      });
    }
  },
};
