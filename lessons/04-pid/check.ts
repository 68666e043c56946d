/**
 * What the kernel has to confirm in lesson pid: `namespaces` first (check-namespaces.ts), then the loop of PID 1, towards
 * its program (check-loop.ts) and towards orphans (check-orphans.ts), the whole last.
 */
import { nothingLeft } from '../../src/learn/check/nothing-left.ts';
import { loopChecks } from './check-loop.ts';
import { namespaceChecks } from './check-namespaces.ts';
import { orphanChecks } from './check-orphans.ts';

const left = nothingLeft(
  'ps -e; findmnt; ls /sys/fs/cgroup',
  'The kernel ends what is in a PID namespace whose number 1 has ended. Which of your processes were in none?',
  'Run the checks with --only "own PID namespace" first: without it the processes of a container survive it.',
);

export const checks = [...namespaceChecks, ...loopChecks, ...orphanChecks, left];
