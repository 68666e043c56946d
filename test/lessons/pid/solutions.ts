/** What a learner could have written for the lesson `pid`: the reference, the reference with a mistake, anything else. */
import assert from 'node:assert/strict';
import type { Workspace } from '../../../src/learn/workspace.ts';
import { read, source, write } from '../support.ts';

export const ISOLATOR = 'pid/isolators/pid.ts';
const LOOP = 'pid/init/drydock-init.c';

export const reference = (work: Workspace): void => {
  write(work, ISOLATOR, source('src/runtime/isolators/pid.ts'));
  write(work, LOOP, source('addon/init/drydock-init.c'));
};

/** The reference with a mistake in it. */
export function mistaken(work: Workspace, from: string | RegExp, to: string): void {
  reference(work);
  const text = read(work, LOOP);
  const wrong = text.replace(from, to);
  assert.notEqual(wrong, text, 'the mistake must be made');
  write(work, LOOP, wrong);
}

/** The isolator with this as the body of `namespaces`. */
export const isolator = (body: string): string => `
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import type { Isolator } from '../isolator.ts';

export const pid: Isolator = {
  name: 'pid',
  summary: 'its own process numbers',
  namespaces: () => {
${body}
    void [spawn, spawnSync, fs];
    return [];
  },
};
`;
