import assert from 'node:assert/strict';
import { isAsShown, typedIn } from '../../../../src/learn/author/console.ts';

const chapter = `
text

\`\`\`console
# for i in 1 2
> do echo $i; done
1
2
$ ps
  PID CMD
‹12› sh
\`\`\`

\`\`\`text
# not typed
\`\`\`
`;

describe('what a chapter has its reader type', () => {
  it('is what stands in console blocks, with continued lines and what is printed', () => {
    assert.deepEqual(typedIn(chapter), [
      { line: 5, command: 'for i in 1 2\ndo echo $i; done', expected: ['1', '2'] },
      { line: 9, command: 'ps', expected: ['  PID CMD', '‹12› sh'] },
    ]);
  });

  it('is compared but for what is marked, the width of columns and jobs that end', () => {
    const expected = ['  PID CMD', '‹12› sh'];
    assert(isAsShown(expected, '    PID CMD\n4711 sh\n'));
    assert(isAsShown(expected, '    PID CMD\n4711 sh\n[1]+  Done                    sleep 1\n'));
    assert(isAsShown(expected, '    PID CMD\n4711 sh\n[1] + Terminated                 sleep 1\n'));
    assert(!isAsShown(expected, '    PID CMD\n4711 bash\n'));
    assert(!isAsShown(expected, '    PID CMD\n4711 sh\n4712 sh\n'));
    assert(!isAsShown(expected, ''));
  });

  it('may leave lines out where it says so', () => {
    assert(isAsShown(['a', '‹…›', 'z'], 'a\nb\nc\nz\n'));
    assert(isAsShown(['a', '‹…›', 'z'], 'a\nz\n'));
    assert(!isAsShown(['a', '‹…›', 'z'], 'a\nb\n'));
  });

  it('has special characters that mean themselves', () => {
    assert(isAsShown(['a.b (c) [d]*'], 'a.b (c) [d]*\n'));
    assert(!isAsShown(['a.b'], 'axb\n'));
  });
});
