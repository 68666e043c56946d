/**
 * Text that nobody would write. Whatever comes in, parsing ends, and either gives a Dockerfile or an error that names a line
 * of it; expanding what came out ends as well.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expandInstruction, parseDockerfile, parseIgnore } from '../../../../src/builder/dockerfile/index.ts';
import { DrydockError } from '../../../../src/errors.ts';

const rounds = { numRuns: process.env.CI ? 500 : 3_000 };

const names =
  'FROM RUN COPY ADD ENV ARG LABEL CMD ENTRYPOINT EXPOSE HEALTHCHECK ONBUILD SHELL USER VOLUME WORKDIR'.split(' ');
const pieces = [
  ...names,
  ...'STOPSIGNAL MAINTAINER run from NONE AS # \\ ` " \' $ ${ } ${a:-b} ${a/b/c} ${a%%*} [ ] ["a","b"] [1] , = a=b'.split(
    ' ',
  ),
  ...'--from=x --mount=type=cache,target=/x --mount= --link -- --x <<E <<-E E 3<<"F" F * ** ? [a-c] / ../ ! é 😀'.split(
    ' ',
  ),
  '\n',
  '\n\n',
  '\r\n',
  '\t',
  ' ',
  '# escape=`\n',
  '\uFEFF',
  '\\\n',
  '`\n',
];
const like = fc.array(
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary', maxLength: 5 })),
  {
    maxLength: 60,
  },
);
const texts = fc.oneof(
  like.map((all) => `FROM lab\n${all.join('')}`),
  like.map((all) => all.join(' ')),
  fc.string({ unit: 'binary' }),
);

/** What is thrown must be ours, and lead to a line that exists. */
function tried(rows: number, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof DrydockError) || error.code !== 'DOCKERFILE_INVALID') throw error;
    const [, line] = /^(?:Dockerfile:(\d+):\d+|line \d+): ./.exec(error.message) ?? assert.fail(error.message);
    if (line !== undefined) assert(Number(line) >= 1 && Number(line) <= Math.max(rows, 1), error.message);
    assert(error.hint, error.message);
  }
}

describe('any text at all', () => {
  it('is a Dockerfile, or an error that names a line and a way out', () => {
    const check = (text: string): void => {
      const rows = text.split('\n').length;
      tried(rows, () => {
        const { stages } = parseDockerfile(text);
        for (const { from, instructions } of stages)
          for (const instruction of [from, ...instructions]) {
            assert(instruction.line >= 1 && instruction.line <= instruction.lastLine && instruction.lastLine <= rows);
            tried(rows, () => void expandInstruction(instruction, new Map([['a', 'b c']])));
          }
      });
    };
    fc.assert(fc.property(texts, check), rounds);
  });

  it('is the same as bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
        tried(300, () => void parseDockerfile(Buffer.from(bytes))),
      ),
      rounds,
    );
  });

  it('is a .dockerignore, or an error that names a pattern', () => {
    const check = (text: string, path: string): void => {
      try {
        parseIgnore(text)(path);
      } catch (error) {
        assert(error instanceof DrydockError && /'.*'/s.test(error.message), String(error));
      }
    };
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          like.map((all) => all.join('')),
        ),
        fc.string(),
        check,
      ),
      rounds,
    );
  });

  it('may be large, and is read in a time that grows as it does', () => {
    const large = [
      `FROM lab\n${'RUN a\n'.repeat(100_000)}`,
      `FROM lab\nRUN ${'a \\\n'.repeat(200_000)}`,
      `FROM lab\nENV ${'a=b \\\n'.repeat(100_000)}`,
      `FROM lab\nCMD ${'['.repeat(60_000)}`,
      `FROM lab\nRUN ${'<<E '.repeat(16_000)}`,
      `FROM lab\nENV a=${'${a:-'.repeat(13_000)}`,
      `# syntax=${' '.repeat(60_000)}x${' '.repeat(5_000)}\nFROM lab`,
      `FROM lab\nLABEL a=${'"'.repeat(60_001)}`,
      `FROM lab\n${'\\\n'.repeat(100_000)}`,
      `FROM lab\nCOPY --${'x'.repeat(60_000)} a b`,
      `FROM lab\nRUN --mount=${','.repeat(60_000)} b`,
    ];
    for (const text of large) tried(text.split('\n').length, () => void parseDockerfile(text));
  });
});
