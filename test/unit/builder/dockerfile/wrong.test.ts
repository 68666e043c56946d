import assert from 'node:assert/strict';
import { parseDockerfile, parseIgnore, parseTrigger } from '../../../../src/builder/dockerfile/index.ts';
import { DrydockError } from '../../../../src/errors.ts';

/** Message and hint of what is thrown. */
function told(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert(error instanceof DrydockError, String(error));
    assert.equal(error.code, 'DOCKERFILE_INVALID');
    return `${error.message} | ${error.hint}`;
  }
  return assert.fail('nothing was thrown');
}

/** What is written, and what is told about it; each behind `FROM lab` in the first row. */
const rows: readonly (readonly [text: string, told: string])[] = [
  ['RUNN x', "2:1: unknown instruction: 'RUNN' | did you mean 'RUN'?"],
  ['\n  # c\n   coppy a b', "4:4: unknown instruction: 'coppy' | did you mean 'COPY'?"],
  ['COPY --form=x a b', "2:6: unknown flag: --form | did you mean '--from'?"],
  ['USER --x y', '2:6: unknown flag: --x | USER has no flags'],
  ['COPY --from=x \\\n  --from=y a b', '3:3: --from is given twice | COPY takes one'],
  ['COPY --from a b', '2:6: --from has no value | it is written --from=…'],
  ['COPY --link=maybe a b', "2:6: --link is 'maybe' | a switch is true or false"],
  ['COPY a', '2:6: COPY needs at least two arguments | COPY what… where'],
  ['CMD ["a", 1]', "2:5: '1' in a list is no string | put it into double quotes"],
  ['ENV a=b \\\n  c', '3:3: \'c\' has no = | a value with blanks is quoted: name="one two"'],
  ['ENV a', "2:5: ENV 'a' has no value | it is written name=value"],
  ['ENV =a', "2:5: '=a' has no name | it stands before the ="],
  ['ENV', '2:1: ENV needs at least one argument | it follows on the same line'],
  ['ENV a=${b', "2:5: the closing } is missing | in 'a=${b'"],
  ['WORKDIR /a \\\n $b"', '2:9: the closing " is missing | in \'/a  $b"\''],
  ['LABEL a=${b!c}', "2:7: bad substitution '${b!' | ${name}, or with :- :+ :? - + ? # % / and a word behind the name"],
  ['SHELL /bin/sh', '2:7: SHELL is a list in JSON | SHELL ["/bin/bash", "-c"]'],
  ['HEALTHCHECK CDM x', "2:13: unknown type 'CDM' in HEALTHCHECK | did you mean 'CMD'?"],
  ['HEALTHCHECK --interval=5 CMD x', "2:13: --interval is '5' | a time is a number and a unit: 500ms, 30s, 1m30s"],
  ['HEALTHCHECK --interval=5us CMD x', "2:13: --interval is '5us' | at least 1ms, or 0 for what is usual"],
  [
    'HEALTHCHECK --interval=99999999999h CMD x',
    "2:13: --interval is '99999999999h' | at most 292 years: others read it as 64 bits",
  ],
  ['RUN --network=hsot x', "2:5: --network is 'hsot' | did you mean 'host'?"],
  ['RUN --mount=type=cahce,target=/x y', "2:5: --mount: unknown mount type 'cahce' | did you mean 'cache'?"],
  ['RUN --mount=type=cache,taget=/x y', "2:5: --mount: a mount has no field 'taget' | did you mean 'target'?"],
  ['RUN --mount=target=/x,size=1m y', '2:5: --mount: a mount of type bind has no size | it is for tmpfs'],
  ['RUN <<E\na', "2:5: unterminated heredoc 'E' | a line with E alone ends it"],
  ['COPY <<E /x\n\n${a:-\nE', "3:1: the closing } is missing | in '\n${a:-\n'"],
  ['ONBUILD ONBUILD RUN x', '2:9: ONBUILD cannot be a trigger | ONBUILD takes all others'],
  ['ONBUILD FROM x', '2:9: FROM cannot be a trigger | ONBUILD takes all others'],
  ['ONBUILD RUNN x', "2:9: unknown instruction: 'RUNN' | did you mean 'RUN'?"],
  ['FROM a b', "2:8: 'b' cannot follow the image | FROM image, or FROM image AS name"],
  ['FROM a AS 1x', "2:11: invalid name of a stage: '1x' | a letter, then letters, digits, - _ ."],
  ['VOLUME [""]', '2:8: a volume without a path | VOLUME /data'],
  ['RUN a\0b', '2:6: a byte 0: this is no text | a Dockerfile is written in UTF-8'],
  [
    `RUN ${'x'.repeat(70_000)}`,
    '2:1: a row of 70004 bytes | at most 65535 are read; what is longer belongs into a file that is copied',
  ],
];

describe('what is told about a Dockerfile', () => {
  for (const [text, expected] of rows)
    it(`names the place, the word and what would be right: ${JSON.stringify(text.slice(0, 40))}`, () => {
      const seen = told(() => parseDockerfile(`FROM lab\n${text}`, 'app/Dockerfile'));
      assert.equal(seen.replaceAll('\\n', '\n'), `app/Dockerfile:${expected}`);
    });

  it('names an instruction that stands before the first FROM, and a file without any', () => {
    assert.match(
      told(() => parseDockerfile('ARG a\nRUN x\nFROM y')),
      /^Dockerfile:2:1: RUN before the first FROM/,
    );
    assert.match(
      told(() => parseDockerfile('# nothing\n\n')),
      /^Dockerfile:2:1: no FROM/,
    );
    assert.match(
      told(() => parseDockerfile('')),
      /^Dockerfile:1:1: no FROM/,
    );
  });

  it('names a directive that is wrong or stands there twice', () => {
    assert.match(
      told(() => parseDockerfile('# escape=x\nFROM a')),
      /^Dockerfile:1:10: invalid escape 'x'/,
    );
    assert.match(
      told(() => parseDockerfile('# syntax=a\n# syntax=b\nFROM a')),
      /^Dockerfile:2:10: the directive 'syntax'/,
    );
  });

  it('says that UTF-16 is not what is read', () => {
    const file = Buffer.from('\uFEFFFROM lab\n', 'utf16le');
    assert.match(
      told(() => parseDockerfile(file)),
      /^Dockerfile:1:\d+: a byte 0: this is no text/,
    );
  });

  it('says of a trigger in an image that it is none', () => {
    for (const trigger of ['FROM x', 'ONBUILD RUN x', 'RUN x\nRUN y', ''])
      assert.match(
        told(() => parseTrigger(trigger)),
        /^ONBUILD/,
      );
  });

  it('names the pattern of a .dockerignore', () => {
    assert.match(
      told(() => parseIgnore('a\n!')),
      /'!' alone is no exception/,
    );
    assert.match(
      told(() => parseIgnore('a[b')),
      /the pattern 'a\[b' cannot be read: a \[ is not closed/,
    );
    assert.match(
      told(() => parseIgnore('[c-a]')),
      /\[c-a\] has no such range/,
    );
  });
});
