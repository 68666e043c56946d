import assert from 'node:assert/strict';
import { cFunctions } from '../../../src/learn/csource.ts';
import { hollow, lineOfSymbol, parseReference, quote } from '../../../src/learn/source.ts';

const text = `/** The file. */

import { a } from './a.ts';

/** About one. */
export const one: Thing = {
  name: 'one',
  // why
  steps(plan, { spec }) {
    plan.x({ spec }, '}');
  },
  namespaces: (spec) => wanted(spec, 'one'),
  at: { born: async (claim) => void claim },
};

export function two(): number {
  return 2;
}
`;

describe('source', () => {
  it('quotes a declaration with the comment above it, by its place', async () => {
    const found = await quote('src/runtime/isolators/pid.ts#pid');
    assert.match(found.text, /^export const pid: Isolator = \{\n[\s\S]*\n\};$/);
    assert.equal(found.end - found.start + 1, found.text.split('\n').length);
  });

  it('quotes a method without the margin of the object around it', async () => {
    const { text: quoted } = await quote('src/runtime/isolators/pid.ts#namespaces');
    assert.match(quoted, /^namespaces: \(spec\) =>/);
  });

  it('quotes a C function with its comment', async () => {
    const { text: quoted, language } = await quote('addon/init/drydock-init.c#reap_and_forward');
    assert.equal(language, 'c');
    assert.match(quoted, /^\/\/ The life of PID 1[\s\S]*static int reap_and_forward\([\s\S]*\n\}$/);
  });

  it('says what was probably meant, and refuses what is no reference', async () => {
    await assert.rejects(quote('src/runtime/isolators/pid.ts#namespace'), {
      code: 'SLOT_INVALID',
      hint: "did you mean 'namespaces'?",
    });
    await assert.rejects(quote('src/nothing.ts#x'), { code: 'SLOT_INVALID' });
    assert.throws(() => parseReference('src/a.ts'), { code: 'BAD_USAGE' });
  });

  it('empties a method, an arrow and a function, with the margin of each', async () => {
    const starter = await hollow('x.ts', text, [
      { symbol: 'steps', todo: ['first', 'second'], body: [] },
      { symbol: 'one.namespaces', todo: ['say it'], body: ['return [];'] },
      { symbol: 'two', todo: ['two'], body: ['return 0;'] },
    ]);
    assert.match(starter, /  steps\(plan, \{ spec \}\) \{\n    \/\/ TODO: first\n    \/\/       second\n  \},\n/);
    assert.match(starter, /  namespaces: \(spec\) => \{\n    \/\/ TODO: say it\n    return \[\];\n  \},\n/);
    assert.match(starter, /two\(\): number \{\n  \/\/ TODO: two\n  return 0;\n\}\n$/);
    assert.doesNotMatch(starter, /plan\.x|wanted/);
  });

  it('finds functions at any depth, and refuses what is none', async () => {
    assert.equal(await lineOfSymbol('x.ts', text, 'one.at.born'), 13);
    assert.equal(await lineOfSymbol('x.ts', text, 'two'), 16);
    await assert.rejects(hollow('x.ts', text, [{ symbol: 'one.name', todo: [], body: [] }]), { code: 'SLOT_INVALID' });
  });

  it('refuses a name that two declarations share', async () => {
    const twice = 'const a = { f() {} };\nconst b = { f() {} };\n';
    await assert.rejects(lineOfSymbol('x.ts', twice, 'f'), { code: 'SLOT_INVALID', hint: 'say which: a.f, b.f' });
    assert.equal(await lineOfSymbol('x.ts', twice, 'b.f'), 2);
  });
});

describe('csource', () => {
  const c = `#include <x.h>
#define BRACE {
// a comment with } and "
static const char* s = "}{";
struct point { int x; };
int declared(int);
int table[] = {1, 2};

// Adds.
// Really.
static int add(int a, int b) {
  if (a) { return '}'; } /* } */
  return a + b; // }
}

int main(void)
{
  return add(1, 2);
}
`;

  it('finds definitions, not declarations, structures and tables', () => {
    assert.deepEqual(
      cFunctions(c).map(({ symbol }) => symbol),
      ['add', 'main'],
    );
  });

  it('ends a function with its own brace, whatever strings and comments say', () => {
    const [add, main] = cFunctions(c);
    assert.match(
      c.slice(add!.full, add!.end),
      /^\/\/ Adds\.\n\/\/ Really\.\nstatic int add[\s\S]*return a \+ b; \/\/ \}\n\}$/,
    );
    assert.equal(c.slice(main!.body!.start, main!.end), '{\n  return add(1, 2);\n}');
  });
});
