/** What people get wrong about PID namespaces, and about the process that is number 1 in one. */
import type { Mistake } from '../../src/learn/mistake.ts';

const NAMESPACES = 'isolators/pid.ts#namespaces';
const LOOP = 'addon/init/drydock-init.c#reap_and_forward';
const JOINED = 'a PID namespace that config.json names is joined, not made';
const EXIT_CODE = 'the exit code of the program is that of the container';

/** The loop with one of its parts done wrong. */
const loop = ({
  wait = 'while ((ended = waitpid(-1, &status, WNOHANG)) > 0)',
  code = 'WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)',
  forward = 'kill(-child, number); continue;',
}): string[] => [
  'for (;;) {',
  '  int number = sigwaitinfo(all, NULL);',
  `  if (number > 0 && number != SIGCHLD) { ${forward} }`,
  '  int status, code = -1;',
  '  pid_t ended;',
  `  ${wait}`,
  `    if (ended == child) code = ${code};`,
  '  if (code >= 0) return code;',
  '}',
];

export const mistakes: readonly Mistake[] = [
  {
    title: 'one SIGCHLD is taken for one child',
    slot: LOOP,
    body: loop({ wait: 'if ((ended = waitpid(-1, &status, WNOHANG)) > 0)' }),
    fails: 'five orphans that end at the same moment leave no zombie',
    hint: /One SIGCHLD may stand for many/,
  },
  {
    title: 'only the program is waited for',
    slot: LOOP,
    body: loop({ wait: 'while ((ended = waitpid(child, &status, WNOHANG)) > 0)' }),
    fails: 'orphans that end one after another leave no zombie',
    hint: /-1 is the point/,
  },
  {
    title: 'the path of the namespace is overlooked',
    slot: NAMESPACES,
    body: ["return spec.linux?.namespaces?.some(({ type }) => type === 'pid') ? [{ type: 'pid', how: 'clone' }] : [];"],
    fails: JOINED,
    hint: /how: 'join'/,
  },
  {
    title: 'a namespace is made that nobody has asked for',
    slot: NAMESPACES,
    body: [
      "const asked = spec.linux?.namespaces?.find(({ type }) => type === 'pid');",
      "return asked?.path ? [{ type: 'pid', how: 'join', path: asked.path }] : [{ type: 'pid', how: 'clone' }];",
    ],
    fails: JOINED,
    hint: /Without this type in the list, return \[\]/,
  },
  {
    title: 'the namespace is left to the child',
    slot: NAMESPACES,
    body: ["return [{ type: 'pid', how: 'unshare' }];"],
    fails: 'the container has its own PID namespace',
    hint: /return \[\{ type: 'pid', how: 'clone' \}\]/,
  },
  {
    title: 'the wait status is taken for the exit code',
    slot: LOOP,
    body: loop({ code: 'status' }),
    fails: EXIT_CODE,
    hint: /fills in a status: not the code itself/,
  },
  {
    title: 'PID 1 crashes',
    slot: LOOP,
    body: loop({ code: '*(volatile int *)0' }),
    fails: EXIT_CODE,
    hint: /PID 1 itself was ended by SIGSEGV: 139 is 128 \+ 11/,
  },
  {
    title: 'signals are kept',
    slot: LOOP,
    body: loop({ forward: 'continue;' }),
    fails: 'SIGTERM reaches the program, which then ends with 143',
    hint: /kept it/,
  },
  {
    title: 'only SIGTERM is passed on',
    slot: LOOP,
    body: loop({ forward: 'if (number == SIGTERM) kill(-child, number); continue;' }),
    fails: 'SIGTERM reaches the program, which then ends with 143',
    hint: /SIGUSR1 did not reach the program/,
  },
  {
    title: 'the program hears of it, and its group does not',
    slot: LOOP,
    body: loop({ forward: 'kill(child, number); continue;' }),
    fails: 'SIGTERM reaches the program, which then ends with 143',
    hint: /SIGUSR1 did not reach the other process of its group/,
  },
  {
    title: 'PID 1 ends with the signal',
    slot: LOOP,
    body: loop({ forward: 'kill(-child, number); return 128 + number;' }),
    fails: 'a program that takes its time over SIGTERM is waited for',
    hint: /no reason to end/,
  },
];
