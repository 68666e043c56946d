/** What people write who are used to `docker buildx build`. */
import assert from 'node:assert/strict';
import { verb } from '../../../../src/cli/docker/build.ts';
import { readFlags } from '../../../../src/cli/docker/flags.ts';
import { helpText } from '../../../../src/cli/docker/usage.ts';

describe('options that buildx has', () => {
  const read = (...words: string[]): readonly string[] => readFlags(verb.flags, [...words, '.']).words;

  for (const line of ['--load', '--provenance=false --sbom=false', '--push=false', '--rm=false --force-rm'])
    it(`are taken where they ask for nothing else: ${line}`, () => assert.deepEqual(read(...line.split(' ')), ['.']));

  for (const [line, instead] of [
    ['--push', /drydock push NAME/],
    ['-o type=local,dest=out', /drydock save -o FILE NAME.*drydock cp/],
    ['--output=out', /drydock save/],
    ['--platform linux/amd64,linux/arm64', /once for each/],
    ['--provenance=mode=max', /never written/],
    ['--sbom true', /never written/],
  ] as const)
    it(`are refused with what to do instead: ${line}`, () =>
      assert.throws(() => read(...line.split(' ')), { code: 'BAD_USAGE', message: instead }));

  it('are told in --help where they are taken, with the reason', () => {
    const help = helpText(verb, 'drydock build');
    for (const name of ['load', 'provenance', 'sbom', 'rm', 'force-rm']) assert(help.includes(`--${name} `), name);
    assert.match(help, /no step of a build leaves a container/);
  });
});
