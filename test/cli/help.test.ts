/** The examples of --help: a person copies them, so each of them is run as it stands there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { groups } from '../../src/cli/docker/verbs.ts';
import { learn, local, oci, vm } from '../../src/cli/verbs.ts';
import { bundle } from './bundle.ts';
import { drydock, fresh, freshFolder, leavesNothing, output, ownEngine } from './support.ts';

/** Of Docker's verbs those that have examples, in an order in which they can be run. */
const offline = 'run images tag history inspect save load import rmi'.split(' ');
const ofImages = [...offline, 'build', 'pull', 'push', 'search', 'login', 'logout'];

const verbs = [...learn, ...local]
  .map(({ name }) => name)
  .concat(
    oci.map(({ name }) => `oci ${name}`),
    vm.map(({ name }) => `vm ${name}`),
    ...ofImages,
    'image prune',
  );

/** The command lines below "Examples:", without `drydock`. */
async function examplesOf(verb: string): Promise<string[]> {
  const words = verb.split(' ');
  const text = await output([...words.slice(0, -1), words.at(-1)!, '--help']);
  const [, examples = ''] = text.split('Examples:\n');
  return [...examples.matchAll(/^ {2}drydock (.+?)(?: {2}|$)/gm)].map(([, line]) => line!);
}

/** Some answers are no for a reason that has nothing to do with the words. */
const refused: Record<string, [code: number, stderr: RegExp]> = {
  'try --step hostname': [125, /--step needs a terminal/],
  'oci exec -t box sh': [0, /^$/],
  // Of several containers xray wants to hear which, and without any it says how to have one: xray.test.ts has both.
  xray: [125, /no container runs/],
  'check pid': [1, /^$/],
  'check pid --only orphans': [1, /^$/],
};

/** They look at the container of the runtime's examples, once it is there. */
const ofBox = new Set(['xray box --json']);

/** They go on until somebody ends them, as xray.test.ts and the lessons' watch.test.ts do. */
const endless = new Set([
  'xray box --watch',
  'watch pid',
  'daemon',
  'daemon -H tcp://127.0.0.1:2375', // test/clients/engine-daemon.test.ts has both
]);

/** Those boot a machine: test/cli/vm.test.ts has them with stand-ins. */
const ofGuest = (line: string): boolean => line.includes('--in-vm');

describe('the examples of --help', function () {
  this.timeout(180_000);
  leavesNothing();
  const engine = ownEngine();

  it('are there for every verb, and no line is wider than 80 columns', async () => {
    for (const verb of verbs) {
      assert((await examplesOf(verb)).length > 0, verb);
      const wide = (await output([...verb.split(' '), '--help'])).split('\n').filter((line) => line.length > 80);
      assert.deepEqual(wide, [], verb);
    }
  });

  it('come after words for every verb and every group of verbs', async () => {
    const said = [await output(['--help']), ...(await Promise.all(Object.keys(groups).map((name) => output([name]))))];
    for (const text of said) assert.doesNotMatch(text, /undefined/);
  });

  it('of try and doctor and of the course do what they say', async () => {
    const env = { DRYDOCK_WORK: join(freshFolder('work'), 'work') };
    for (const verb of [...local, ...learn].map(({ name }) => name))
      for (const line of await examplesOf(verb))
        if (!ofBox.has(line) && !endless.has(line) && !ofGuest(line)) await runs(line, env);
  });

  it('of images take the lab from an archive to an image and back', async () => {
    const cwd = freshFolder('archives');
    execFileSync('tar', ['-czf', join(cwd, 'tree.tar.gz'), '-C', freshFolder('tree'), '.']);
    for (const verb of [...offline, 'image prune'])
      for (const line of await examplesOf(verb)) if (!ofTerminal.has(line)) await answers(line, cwd, engine);
  });

  it('of build find what they name in a Dockerfile that has it', async () => {
    const cwd = freshFolder('context');
    writeFileSync(join(cwd, 'Dockerfile'), 'FROM lab AS tools\nFROM tools\nARG MODE\nLABEL mode=$MODE\n');
    for (const line of await examplesOf('build')) await answers(line, cwd, engine);
  });

  it('of the runtime take a bundle from spec to delete', async () => {
    const path = await bundle(['sleep', '1000']);
    const once = await bundle(['true']);
    renameSync(join(path, 'config.json'), join(path, 'kept.json'));
    await runs('oci spec', {}, path);
    renameSync(join(path, 'kept.json'), join(path, 'config.json'));
    await runs(`oci run --bundle ${once} box`);
    await runs(`oci create --bundle ${path} box`);
    for (const line of ofBox) await runs(line);
    const later = 'start state exec list pause resume update ps stats events kill delete features'.split(' ');
    for (const verb of later) for (const line of await examplesOf(`oci ${verb}`)) await runs(line);
    const all = new Set(oci.map(({ name }) => name));
    assert.deepEqual(all, new Set(['spec', 'run', 'create', ...later]), 'each verb is among them');
    for (const verb of ['run', 'create'])
      assert.deepEqual(await examplesOf(`oci ${verb}`), [`oci ${verb} --bundle /tmp/box box`]);
  });
});

/** They ask for a terminal. */
const ofTerminal = new Set(['run --rm -it lab']);

/** Runs it, whatever it prints. */
async function answers(line: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
  const { code, stdout, stderr } = await drydock(words, { cwd, env });
  assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
}

/** The container of the examples, by a name that nobody else has at the same time. */
const box = fresh('box');

async function runs(line: string, env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<void> {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
  words.forEach((word, index) => word === 'box' && (words[index] = box));
  const { code, stdout, stderr } = await drydock(words, { env, cwd });
  const [wanted, said] = refused[line] ?? [0, /^$/];
  assert.equal(code, wanted, `${line}\n${stdout}${stderr}`);
  assert.match(stderr, said, line);
}
