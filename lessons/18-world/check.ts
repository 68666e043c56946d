/**
 * What has to hold in lesson world: the learner's isolator is judged as those of the runtime are (src/learn/isolator-suite.ts),
 * by what root inside can still write, and by what `state` says.
 */
import { readFileSync } from 'node:fs';
import { check, consequence, type Bench, type Check } from '../../src/learn/check/check.ts';
import { nothingLeft } from '../../src/learn/check/nothing-left.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { runThrough, stepsOf } from '../../src/learn/isolator-suite.ts';
import { defaultSpec } from '../../src/runtime/default-spec.ts';
import { features, linux316 } from '../../src/linux/features.ts';
import type { Features } from '../../src/linux/features.ts';
import type { Host, StepContext } from '../../src/runtime/isolator.ts';
import { alone, canWrite, isolatorOf, sleeping, writable } from './judged.ts';
import { WRITABLE, type placesOf } from './landlock.ts';

export const PLACES = 'lessons/18-world/landlock.ts#placesOf';
export const STEPS = 'lessons/18-world/landlock.ts#landlock.steps';
export const CLAIM = 'lessons/18-world/landlock.ts#landlock.claim';

export const LIST = 'the annotation is read: places, no place at all, and nothing asked';
export const WALL = 'root inside writes beneath the places of the config, and nowhere else';

/** What the learner's function makes of an annotation: the places, or the code of an error. */
function answerTo(t: Bench, annotation: string | undefined): string {
  try {
    const annotations = annotation === undefined ? undefined : { [WRITABLE]: annotation };
    const places = functionOf<typeof placesOf>(t, PLACES)({ annotations });
    return places === undefined ? 'undefined' : JSON.stringify(places);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === undefined) throw error;
    return `${code}${message.includes("'srv'") ? ' that names it' : ''}`;
  }
}

function judge(t: Bench, cases: readonly (readonly [annotation: string | undefined, wanted: string])[]): void {
  for (const [annotation, wanted] of cases) {
    const asked = t.fact('asked', annotation === undefined ? 'no annotation' : JSON.stringify(annotation));
    const answer = t.fact('answer', answerTo(t, annotation));
    t.must(answer === wanted, { did: `placesOf, ${asked}`, kernel: answer, wanted });
  }
}

const list = check(
  LIST,
  {
    slot: PLACES,
    see: 'jq .annotations config.json',
    hint: ({ asked, answer }) => [
      'Three configs: one asks for two places, one for none at all, one says nothing. What may the program write in each?',
      `${String(asked)} came to ${String(answer)}. "Nowhere" and "I have not asked" must not look alike.`,
      "if (asked === undefined) return undefined; and ''.split(':') is [''], one place without a name: [] is what was meant.",
    ],
  },
  (t) => {
    judge(t, [
      ['/tmp:/var/log', '["/tmp","/var/log"]'],
      ['/srv', '["/srv"]'],
      ['', '[]'],
      [undefined, 'undefined'],
    ]);
    return Promise.resolve();
  },
);

const refused = check(
  'a place that is no absolute path is refused, by name',
  {
    slot: PLACES,
    needs: [LIST],
    see: './drydock oci run -b BUNDLE ID',
    hint: ({ asked, answer }) => [
      'Where would a path without a slash in front be looked for? In a directory that nobody has chosen.',
      `${String(asked)} came to ${String(answer)}.`,
      "throw new DrydockError('SPEC_INVALID', `… '${wrong}' is no absolute path`)",
    ],
  },
  (t) => {
    judge(t, [
      ['/tmp:srv', 'SPEC_INVALID that names it'],
      ['srv', 'SPEC_INVALID that names it'],
    ]);
    return Promise.resolve();
  },
);

const wall = check(
  WALL,
  {
    slot: STEPS,
    needs: [LIST],
    see: 'touch /tmp/x /etc/x, as root inside',
    hint: ({ wrote, asked }) => [
      'A ruleset that nobody puts on restricts nobody, and one without rules forbids everything. Which of your four calls is missing, or does not do what it says?',
      `With "${String(asked)}" root could write in: ${String(wrote)}.`,
      'create_ruleset(rights) .into("ruleset"); for each place open .into(…) and add_rule(ruleset, rights, place); at the end restrict_self(ruleset).',
    ],
  },
  async (t) => {
    const isolator = await isolatorOf(t);
    for (const [asked, wanted] of [
      ['/tmp', '/tmp'],
      ['/tmp:/srv', '/tmp /srv'],
      ['', 'none'],
    ] as const) {
      t.fact('asked', asked);
      const container = await t.run(sleeping(t.stack, isolator, asked));
      const wrote = t.fact('wrote', await canWrite(container, '/tmp', '/srv', '/etc'));
      t.must(wrote === wanted, {
        did: `touched a file in /tmp, /srv and /etc, with "${asked}"`,
        kernel: `written: ${wrote}`,
        wanted,
      });
    }
  },
);

const reading = check(
  'reading and executing are as they were, and a config that asks for nothing gets nothing',
  {
    slot: STEPS,
    needs: [LIST],
    see: './drydock try cat /etc/passwd',
    hint: ({ wrote, read }) => [
      'Which rights did you take away? And when was nobody asking?',
      read === undefined
        ? `Without the annotation root could write in: ${String(wrote)}.`
        : `A program of the container, executed to read a file, said: ${String(read)}.`,
      'The rights are writing(features), in the ruleset and in each rule; and if (places === undefined) return;',
    ],
  },
  async (t) => {
    const isolator = await isolatorOf(t);
    const free = await t.run(sleeping(t.stack, isolator));
    const wrote = t.fact('wrote', await canWrite(free, '/tmp', '/srv', '/etc'));
    t.must(wrote === '/tmp /srv /etc', { did: 'ran without the annotation', kernel: wrote, wanted: '/tmp /srv /etc' });
    const walled = await t.run(sleeping(t.stack, isolator, '/tmp'));
    const { output } = await walled.inside(['head', '-1', '/etc/group']);
    const read = t.fact('read', output.trim());
    t.must(read.startsWith('root:'), { did: 'head -1 /etc/group, inside', kernel: read, wanted: 'root:x:0:' });
  },
);

const suite = check(
  'the isolators’ suite accepts it: no more than it requires, the same steps twice, nothing left',
  {
    slot: STEPS,
    needs: [WALL],
    see: 'src/learn/isolator-suite.ts; npx mocha test/kernel/runtime/compose.test.ts',
    hint: ({ first, second, code }) => [
      'An isolator is asked for its steps more than once: for --explain, for create, for each exec. What if it remembers?',
      code === undefined
        ? `The first time it recorded ${String(first)} steps, the second time ${String(second)}.`
        : `The program ended with ${String(code)}.`,
      'Everything that steps needs is in its arguments: no variable outside of the function changes.',
    ],
  },
  async (t) => {
    const isolator = await isolatorOf(t);
    const context = contextOf(features(), '/tmp');
    const [first, second] = [stepsOf(isolator, context), stepsOf(isolator, context)];
    t.fact('first', first.length);
    t.fact('second', second.length);
    t.must(first.join() === second.join(), {
      did: 'asked for the steps twice',
      kernel: second.join('; '),
      wanted: first.join('; '),
    });
    const code = t.fact('code', await alone(t, isolator, (options) => runThrough(t.runtime, options, () => undefined)));
    t.must(code === 0, { did: 'ran `true` with what it requires', kernel: `exit code ${code}`, wanted: '0' });
  },
);

/** What an isolator is told, with the features of another kernel. */
function contextOf(now: Features, places: string | undefined): StepContext {
  const spec = writable(defaultSpec({ args: ['true'] }, features()), places);
  const host = { id: 'paper', stateDir: '/run/paper', bundle: '/', features: now, privileged: true } as Host;
  return { spec, process: spec.process, mode: 'create', features: now, host, stack: new Set() };
}

const cannot = check(
  'a kernel that lacks Landlock is told from one that was not asked',
  {
    slot: CLAIM,
    needs: [LIST],
    see: './drydock doctor',
    hint: ({ places, answer }) => [
      'On Linux 3.16 there is no such call. Somebody relies on the annotation. What must the runtime never do?',
      `On a kernel without it, with ${String(places)}: ${String(answer)}.`,
      "if (placesOf(spec) !== undefined && !features.landlock) throw new DrydockError('UNSUPPORTED', …); return null;",
    ],
  },
  async (t) => {
    const isolator = await isolatorOf(t);
    for (const [now, places, wanted] of [
      [linux316, '/tmp', 'UNSUPPORTED'],
      [linux316, '', 'UNSUPPORTED'],
      [linux316, undefined, 'null'],
      [features({ landlock: true }), '/tmp', 'null'],
    ] as const) {
      const { spec, host } = contextOf(now, places);
      t.fact('places', places === undefined ? 'no annotation' : `"${places}"`);
      const answer = t.fact(
        'answer',
        claimed(() => isolator.claim?.(spec, host)),
      );
      t.must(answer === wanted, { did: `claim, landlock: ${now.landlock}`, kernel: answer, wanted });
    }
  },
);

function claimed(claim: () => unknown): string {
  try {
    return JSON.stringify(claim());
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code ?? message;
  }
}

const agrees = consequence(
  '`state` says what the kernel says, and carries the annotation to whoever asks',
  { slot: STEPS, needs: [WALL], see: './drydock oci state ID; grep PPid /proc/PID/status    (PID: of the container)' },
  async (t) => {
    const container = await t.run(sleeping(t.stack, await isolatorOf(t), '/tmp'));
    const run = process.env.DRYDOCK_RUN ?? '/run/drydock';
    const { pid, status, annotations } = t.runtime.state(run, container.id);
    const sleeps = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const seen = [status, sleeps, annotations?.[WRITABLE]].join(', ');
    t.must(seen === 'running, sleep 1000, /tmp', { did: 'state', kernel: seen, wanted: 'running, sleep 1000, /tmp' });
  },
);

const left = nothingLeft(
  './drydock doctor',
  'Every container of these checks was removed. What is left was made beside them.',
  'Your isolator makes nothing on the host: it records steps, and the process takes them on itself.',
);

export const checks: readonly Check[] = [list, refused, wall, reading, suite, cannot, agrees, left];
