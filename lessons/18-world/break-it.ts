/** Root inside with more powers than Docker gives, and the wall of this lesson. */
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { isolators } from '../../src/runtime/isolators/index.ts';
import { sleeping } from './judged.ts';
import { landlock } from './landlock.ts';

/** An attack by a line of shell; it succeeds when the line does. */
const attack = (name: string, line: string, done: string): Attack => ({
  name,
  undefended: 'no wall',
  defended: 'writes beneath /tmp alone',
  async attempt(target, isDefended) {
    const container = await target.container(sleeping(isolators, landlock, isDefended ? '/tmp' : undefined));
    const { code, output } = await container.inside(['sh', '-c', line]);
    return { succeeded: code === 0, seen: code === 0 ? done : output.trim().replace(/^.*: /, '') };
  },
});

export const attacks: readonly Attack[] = [
  attack('root replaces a program', 'cp /bin/busybox /bin/new && mv /bin/new /bin/su', '/bin/su is another one'),
  attack('root mounts something over it', 'mount -t tmpfs none /etc', '/etc is its own now'),
  attack('a program that it starts does it', 'sh -c "sh -c \'echo toor >> /etc/passwd\'"', 'a line more'),
];

export const breakIt = breaking(attacks, {
  lesson: 'world',
  seconds: 3,
  question: 'Root inside, with CAP_SYS_ADMIN: what can still be kept from it?',
  turn: ['./drydock begin world', 'the isolator that does it: about 40 min'],
});
