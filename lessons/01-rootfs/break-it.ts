/** The way out of a chroot, and the runtime that leaves nothing to walk out to. */
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { upTo } from '../up-to.ts';
import { escape, whoseFiles } from './escape.ts';

const openDirectory: Attack = {
  name: 'a directory that was left open',
  undefended: 'chroot alone',
  defended: 'the finished runtime',
  async attempt(target, isDefended) {
    const args = ['sh', '-c', escape(whoseFiles)];
    const container = await target.container({ args, stack: isDefended ? undefined : upTo('rootfs') });
    await container.ended();
    const seen = container.output().trim();
    return { succeeded: seen.startsWith('ID=') && seen !== 'ID=drydock-lab', seen };
  },
};

export const attacks: readonly Attack[] = [openDirectory];

export const breakIt = breaking(attacks, {
  lesson: 'rootfs',
  seconds: 2,
  question: 'Root in a chroot keeps a directory open: where does `..` end?',
  turn: ['./drydock read rootfs', 'why no engine relies on chroot alone'],
});
