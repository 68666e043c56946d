/** What root of a container can do to a file of the machine's root, with and without a number of its own outside. */
import { readFileSync } from 'node:fs';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { remapped } from '../../src/runtime/remap.ts';
import { scratchFile, withFile } from './scratch.ts';

const writing: Attack = {
  name: 'root inside writes a file of root’s outside',
  undefended: 'root is 0 outside, too',
  defended: 'root is nobody outside',
  attempt: (target, isDefended) =>
    withFile('diary', 'mine\n', 0o600, async (path) => {
      const container = await target.container({
        args: ['sleep', '1000'],
        adjust: (spec) => scratchFile(isDefended ? remapped(spec) : spec, path),
      });
      const { output } = await container.inside(['sh', '-c', 'echo was here >>/mnt/diary']);
      const succeeded = readFileSync(path, 'utf8') !== 'mine\n';
      return { succeeded, seen: succeeded ? 'the file has a second line' : output.trim().replace(/^.*: /, '') };
    }),
};

export const attacks: readonly Attack[] = [writing];

export const breakIt = breaking(attacks, {
  lesson: 'user',
  seconds: 2,
  question: 'Root in a container, and a file of the machine’s root: is it yours?',
  turn: ['./drydock read user', 'why two roots can have one number'],
});
