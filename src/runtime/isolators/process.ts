/**
 * The program itself: its session, user, working directory, environment, and the execve that everything leads to
 * (credentials(7), execve(2)). Always in the stack.
 *
 * The working directory is entered before the user changes, where it may be one that only root can enter, and if root is
 * refused (a private directory on NFS, one of an owner that the user namespace does not know) after it. Then it is
 * checked with the kernel's own getcwd, because a directory outside the root that came in through a leaked descriptor is
 * a way out (CVE-2024-21626).
 */
import { EACCES, EPERM } from '../../linux/errno.ts';
import { changeUser } from '../change-user.ts';
import { hasOwnInit } from '../init.ts';
import type { Isolator } from '../isolator.ts';
import { slot } from '../plan.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const process: Isolator = {
  name: 'process',
  summary: 'a program with its arguments, environment, user and working directory',
  phase: 'surroundings',
  steps(plan, context) {
    const { process: wanted, mode, stack, host } = context;
    const { cwd, args, env = [], user } = wanted;
    plan.setsid().because('no terminal of ours, and Ctrl-C of ours does not reach it');
    if (mode === 'create' && cwd !== '/' && stack.has('rootfs'))
      plan.mkdir_at(slot('root'), cwd, 0o755).because('the working directory, if the image lacks it');

    plan.umask(user.umask ?? 0o022).because('not whatever ours was');
    plan.chown_stdio(user.uid).because('a pipe of its own it may open as /dev/stdout');
    plan.chdir(cwd).tolerate(EACCES, EPERM).because('where the program starts, even if only root may enter');
    // Where the sets of capabilities are in the stack, they are changed around it: there, then.
    if (!stack.has('capabilities')) changeUser(plan, context);
    plan.chdir_again(cwd).because('where only the user may enter, and root was refused');
    plan.check_cwd().because('"(unreachable)" would be a directory of the host');

    plan.lookup_exec(candidates(args[0]!, env)).because('"not found" is known before `start`');
    for (let i = 0; i < host.preserveFds; i++)
      plan.dup2(slot(`preserved-${i}`), 3 + i).because('passed on as --preserve-fds says');
    if (mode === 'create' && hasOwnInit(context.spec))
      plan.hold_signals().tolerate(EPERM).because('a signal before the init is ready waits for it');
    plan.prepare_exec(host.preserveFds).because('of our descriptors only those that were asked for');
    plan.execve(args, env).because('everything else was for this');
  },
};

/** The paths at which execvp(3) would look. An empty name is nowhere, and no folder of PATH. */
export function candidates(program: string, env: readonly string[]): string[] {
  if (program === '' || program.includes('/')) return [program];
  const path = env.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? DEFAULT_PATH;
  return path.split(':').map((dir) => `${dir || '.'}/${program}`);
}
