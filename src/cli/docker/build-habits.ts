/**
 * Options of `docker buildx build` and of Docker's older builder that hands and scripts are used to: what says the same as
 * Drydock does anyway is taken, and what asks for something else is refused with what to do in its place.
 */
import { text, toggle, value, type Flag } from './flags.ts';

/** Attestations, which buildx adds unless it is told not to. */
const none = (what: string): Flag<string | undefined> =>
  value(`only false: ${what} are never written`, 'string', (word) => {
    if (word !== 'false') throw new Error(`${what} are never written; false is what there is`);
    return word;
  });

const instead = (flag: Flag<string> | Flag<boolean>, what: string): Flag<unknown> => ({
  ...flag,
  isHidden: true,
  read(word: string) {
    if (word === 'false') return false;
    throw new Error(what);
  },
});

export const habits = {
  load: toggle('nothing: an image is always loaded into the engine’s store'),
  provenance: none('attestations'),
  sbom: none('bills of materials'),
  push: instead(toggle(''), 'an image is built, then pushed: `drydock push NAME`'),
  output: instead(
    text('', { short: 'o' }),
    'an image is built into the engine’s store; `drydock save -o FILE NAME` writes it as an archive, ' +
      '`drydock create NAME` and `drydock cp CONTAINER:/ FOLDER` its files',
  ),
  rm: toggle('nothing: no step of a build leaves a container', { fallback: true }),
  'force-rm': toggle('nothing: neither does one that fails'),
};

export const platform: Flag<string> = {
  ...text('one, as in linux/arm64'),
  read(word) {
    if (word.includes(',')) throw new Error('a build is for one platform: build once for each, and give each its tag');
    return word;
  },
};
