/** Variables that an ARG before the first FROM names, and that an instruction of a stage does not see. */
import assert from 'node:assert/strict';
import { parseDockerfile } from '../../../src/builder/dockerfile/index.ts';
import { unseenIn } from '../../../src/builder/unseen.ts';

describe('a variable that is not seen in a stage', () => {
  const unseen = (text: string, known: Readonly<Record<string, string>> = {}): string[] => {
    const [instruction] = parseDockerfile(`FROM lab\n${text}\n`).stages[0]!.instructions;
    return unseenIn(instruction!, { get: (name) => known[name] }, new Set(['X', 'Y']));
  };

  for (const text of [
    'RUN echo $X',
    "RUN echo \"it's $X\" 'or not'",
    'RUN make X=$X',
    'RUN make X="${X}" all',
    'RUN echo ${X%.*} ${#X}',
    'RUN for i in $X; do echo $i; done',
    'RUN <<END\necho $X\nEND',
    'RUN cat <<END\n$X\nEND',
    'RUN <<END\ncat <<IN > /x\nit says $X\nIN\nEND',
    "RUN <<END\ncp $X /x; cat <<'IN' > /y\nIN\nEND",
    "RUN echo a#$X # it's",
    'RUN echo "# $X"',
    'RUN ./source $X; echo "a. $X"',
    'RUN echo "$(basename "$X")"',
    'COPY $X /x',
    'ENV a=$X',
    'WORKDIR /srv/$X',
    'ARG a=$X',
    'LABEL a="$X"',
    'EXPOSE $X',
  ])
    it(`is told: ${text.replaceAll('\n', '\\n')}`, () => assert.deepEqual(unseen(text), ['X']));

  for (const text of [
    'RUN echo $OTHER',
    "RUN echo '$X'",
    'RUN echo \\$X "\\$X"',
    'RUN X=1; echo $X',
    'RUN export X=1 && echo $X',
    'RUN for X in 1 2; do echo $X; done',
    'RUN echo 1 | while read -r a X; do echo $X; done',
    'RUN echo ${X:-1} ${X-1} ${X:+1} ${X:=1}',
    'RUN : "${X:=1}"; echo $X',
    'RUN X="${X:-1}"; echo $X',
    'RUN . /etc/os-release && echo $X',
    'RUN set -a; source ./env; echo $X',
    'RUN eval "$(cat env)"; echo $X',
    'RUN mapfile -t X < list; echo $X',
    'RUN printf -v X %s 1; echo $X',
    'RUN declare -i X; ((X++)); echo $X',
    'RUN echo $$X',
    `RUN a="$(awk '{print $X}' /etc/passwd)"`,
    'RUN ["echo", "$X"]',
    'RUN <<END\n#!/usr/bin/python3\nprint("$X")\nEND',
    "RUN cat <<'END' > /x\n$X\nEND",
    'RUN --mount=type=secret,id=x,env=X echo $X',
    'RUN make # not $X',
    "RUN <<END\n# it's $X\nmake all # nor $X\nEND",
    'RUN make \\\n  # $X\n  all',
    "RUN <<END\ncat <<'IN' > /x\n$X\nIN\nEND",
    'RUN <<END\npython3 - <<-"IN"\nprint("$X")\nIN\nEND',
    'CMD echo $X',
    'ENTRYPOINT echo $X',
    'HEALTHCHECK CMD echo $X',
    'ONBUILD RUN echo $X',
    'RUN echo $X1 ${XY}',
  ])
    it(`is not told: ${text.replaceAll('\n', '\\n')}`, () => assert.deepEqual(unseen(text), []));

  it('is told once of an instruction, and not where it has a value', () => {
    assert.deepEqual(unseen('RUN echo $Y $X $Y'), ['Y', 'X']);
    assert.deepEqual(unseen('RUN echo $Y $X', { X: '' }), ['Y']);
  });

  it('is not told of what a container has anyway', () => {
    const [instruction] = parseDockerfile('FROM lab\nRUN echo $HOME $PWD\n').stages[0]!.instructions;
    assert.deepEqual(unseenIn(instruction!, { get: () => undefined }, new Set(['HOME', 'PWD'])), []);
  });

  it('costs no time in a text without an end', () => {
    for (const text of ['"', "'", '\\', 'a=', 'for ', '${', '$X', '"$(', '. ', ';', 'X+'])
      assert(unseen(`RUN ${text.repeat(60_000 / text.length)}`).length <= 1);
  });
});
