import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { projectHome } from '../../../src/linux/native.ts';
import { vocabulary } from '../../../src/runtime/steps.ts';
import { isOptional, phases, type Word } from '../../../src/runtime/words.ts';

/** Letters of the shim's signatures for the kinds of TypeScript's. */
const letters: Record<string, string> = { fd: 'f', strings: 'l', path: 's', text: 's', bytes: 's' };

function signature({ args }: Word): string {
  return args
    .map(([, kind]) => {
      const letter = letters[kind.replace('?', '')] ?? 'i';
      return isOptional(kind) ? letter.toUpperCase() : letter;
    })
    .join('');
}

describe('the vocabulary of plans', () => {
  it('is the same in TypeScript and in the shim', () => {
    const shim = join(projectHome(), 'build/Release/drydock-shim');
    const printed = execFileSync(shim, ['steps'], { encoding: 'utf8' }).trimEnd().split('\n').sort();
    const ours = Object.entries(vocabulary)
      .map(([name, word]) => `${name} ${signature(word)}`)
      .sort();
    assert.deepEqual(ours, printed);
  });

  it('gives each word a phase that exists, or leaves it to the isolator', () => {
    for (const [name, { phase }] of Object.entries(vocabulary))
      assert.ok(phase === 'own' || phases.includes(phase), `${name} happens in '${phase}'`);
  });

  it('names a manual page for each word', () => {
    for (const [name, { manual }] of Object.entries(vocabulary)) assert.match(manual, /^\w+\(\d\)$/, name);
  });
});
