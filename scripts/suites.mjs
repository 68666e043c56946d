// Runs suites of tests, each in a mocha of its own and with the rights that it needs, and adds up what they counted.
//
//     node scripts/suites.mjs [SUITE…] [OPTION…]     the last line is `N passed, N failed, N skipped`
//
// Root: a suite that needs it runs through sudo, and says so; the others run as the person who typed the command, also
// when that was `sudo npm test`. Each suite has forty minutes, or what it says. Options go to the suite that has
// a command of its own: `npm run test:vm -- --all`.
//
// Suites that need root look at what they have left on the machine, and so they come one after another; those that need
// none, or do everything in a machine of their own, run beside them, and are printed when they have ended. With
// DRYDOCK_TALLIES=FOLDER the counts stay there, and `--total` prints what failed in any of them once more, and their sum:
// .ci/run starts us several times.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const home = resolve(import.meta.dirname, '..');
process.chdir(home);
const options = process.argv.slice(2).filter((word) => word.startsWith('--') && word !== '--total');
const shim = 'build/Release/drydock-shim';
const isRoot = process.getuid() === 0;

/**
 * Name: where the tests are, whether root runs them, and beside others, whether they make guests, what must be so while they run, what CI takes, and
 * what runs them if not mocha.
 */
const suites = {
  unit: { folder: 'test/unit' },
  kernel: { folder: 'test/kernel', root: true },
  cli: { folder: 'test/cli', root: true },
  clients: { folder: 'test/clients', root: true },
  lessons: { folder: 'test/lessons', root: true },
  launcher: { folder: 'test/launcher', root: true, beside: true },
  book: { folder: 'test/book' },
  3.16: { folder: 'test/kernel', root: true, prepare: filterOf316, sample: near316 },
  vm: {
    folder: 'test/kernel/runtime',
    root: true,
    command: ['--import', 'tsx', 'scripts/vm.ts', ...options],
    guests: true,
    minutes: options.length > 0 ? 600 : 65, // several kernels, each emulated
  },
  guest: {
    folder: 'test/guest',
    root: true,
    guests: true,
    minutes: 300,
    sample: (file) => file.endsWith('/disk.test.ts'),
  },
  sanitizer: { folder: 'test/kernel/shim', root: true, prepare: sanitized },
};
const byDefault = ['unit', 'kernel', 'cli', 'clients', 'lessons', 'launcher', 'book'];

/** The kernel suite as if on Linux 3.16: what came later answers ENOSYS, to the tests and to all that they start. */
function filterOf316(tallies) {
  const filter = join(tallies, '3.16.bpf');
  mustRun(process.execPath, '--import', 'tsx', 'scripts/filter-3.16.ts', filter);
  return { before: [shim, 'filter', filter, '--'] };
}

/** What meets other calls on an old kernel; the rest of the suite is the same through fewer of them, as are crowds. */
function near316(file) {
  if (/\/(crowd|fuzz)\.test/.test(file)) return false;
  return /^test\/kernel\/(runtime|shim|linux|attacks)\/|\/engine\/(archive|life)\.|\/snapshots\/overlay/.test(file);
}

/** The shim's suite against a build with the address and undefined-behaviour sanitizers. */
function sanitized() {
  mustRun(process.execPath, 'scripts/native.mjs', '--sanitize');
  return { env: { DRYDOCK_SHIM: join(home, 'build/sanitize/Release/drydock-shim') } };
}

function mustRun(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`);
}

/** The words that give a command the rights that its suite needs. */
function rights({ root }, env) {
  const { SUDO_UID, SUDO_GID } = process.env;
  if (root && !isRoot) return ['sudo', `--preserve-env=PATH,CI,NO_COLOR,${Object.keys(env).join()}`, '--'];
  if (!root && isRoot && Number(SUDO_UID) > 0)
    return ['setpriv', `--reuid=${SUDO_UID}`, `--regid=${SUDO_GID}`, '--init-groups', '--'];
  return [];
}

/** What root has made in build/vm is the person's: their own `drydock vm` goes on with it. See chown(1). */
function giveBack() {
  const { SUDO_UID, SUDO_GID } = process.env;
  const [uid, gid] = isRoot ? [Number(SUDO_UID), SUDO_GID] : [process.getuid(), process.getgid()];
  const words = [...(isRoot ? [] : ['sudo', '--']), 'chown', '-R', `${uid}:${gid}`, 'build/vm'];
  if (uid > 0 && existsSync('build/vm')) spawnSync(words[0], words.slice(1), { stdio: 'inherit' });
}

const nothing = { passed: 0, failed: 0, skipped: 0 };
const line = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
const sum = (counts) => {
  const total = { ...nothing };
  for (const count of counts) for (const key of Object.keys(total)) total[key] += count[key];
  return total;
};

/** Runs a suite; what it prints goes to the descriptor `output`. */
async function run(name, tallies, output) {
  const suite = suites[name];
  const files = testsIn(suite.folder).filter((file) => !process.env.CI || (suite.sample?.(file) ?? true));
  if (files.length === 0) return { ...nothing, why: `no tests in ${suite.folder}` };
  writeSync(output, `\n=== ${name}${suite.root && !isRoot ? ' (needs root: mount, clone, cgroups)' : ''}\n`);
  const tally = join(tallies, `${name}.counted`);
  const lost = (why) => ({ ...nothing, failed: 1, why });
  try {
    const { before = [], env: more = {} } = suite.prepare?.(tallies) ?? {};
    const env = { ...more, DRYDOCK_TALLY: tally };
    const mocha = [process.execPath, ...(suite.command ?? ['node_modules/mocha/bin/mocha.js', ...files])];
    const [command, ...args] = [...rights(suite, env), ...before, ...mocha];
    const child = spawn(command, args, {
      stdio: [suite.root ? 'inherit' : 'ignore', output, output],
      env: { ...process.env, ...env },
      timeout: (suite.minutes ?? 40) * 60_000,
    });
    const [status] = await once(child, 'close');
    const counted = JSON.parse(readFileSync(tally, 'utf8'));
    const { unfinished, failed } = counted;
    // What had passed by then is told all the same.
    if (unfinished) return { ...counted, failed: failed + 1, why: `it ended before its tests did, at: ${unfinished}` };
    return status === 0 || counted.failed > 0 ? counted : { ...counted, failed: 1, why: `mocha ended with ${status}` };
  } catch (error) {
    return lost(error.code === 'ENOENT' ? 'mocha ended before its tests did' : error.message);
  } finally {
    if (suite.guests) giveBack();
  }
}

/** All of a lane, one after another, each with its place in `counts`. */
async function lane(names, counts, tallies, isAside) {
  for (const name of names) {
    const file = join(tallies, `${name}.output`);
    const output = isAside ? openSync(file, 'w') : 1;
    const from = Date.now();
    const count = await run(name, tallies, output);
    counts.set(name, { ...count, seconds: Math.round((Date.now() - from) / 1000) });
    if (!isAside) continue;
    closeSync(output);
    process.stdout.write(readFileSync(file));
    rmSync(file);
  }
}

function testsIn(folder) {
  try {
    const all = readdirSync(folder, { recursive: true }).sort();
    return all.filter((file) => file.endsWith('.test.ts')).map((file) => join(folder, file));
  } catch {
    return [];
  }
}

/** Where the counts are kept: with us until we end, or where .ci/run collects them. */
function talliesFolder() {
  if (process.env.DRYDOCK_TALLIES) return process.env.DRYDOCK_TALLIES;
  const folder = mkdtempSync(join(tmpdir(), 'drydock-tests-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  if (isRoot && process.env.SUDO_UID) chownSync(folder, Number(process.env.SUDO_UID), Number(process.env.SUDO_GID));
  return folder;
}

const help = `npm test -- [SUITE…]   or   npm run test:SUITE

Suites: ${Object.keys(suites).join(', ')}; without one: ${byDefault.join(', ')}.
vm takes options, the others none: --all for each kernel, --long for all tests of the runtime there,
--kernel=6.1|6.12|5.10 and --cgroup=v2|v1|hybrid for one, --lessons[=NAME,…] for the lessons’ checks alone.
One file: npx mocha FILE [-g PART OF A TITLE], as root where its suite needs it.
Variables: CI=1 takes samples of what is long, DRYDOCK_ROUNDS=N more rounds of what is random.
`;

/** What is wrong with a command line; nothing when all is well. */
function wrongIn(words) {
  const unknown = words.find((word) => !(word in suites));
  if (unknown) return `there is no suite '${unknown}'; there are ${Object.keys(suites).join(', ')}`;
  const takes = words.length > 0 && words.every((name) => suites[name].command);
  return options.length > 0 && !takes ? `${options[0]}: only vm has options\n\n${help}` : undefined;
}

async function main(words) {
  const tallies = talliesFolder();
  if (words.includes('--total')) {
    const files = readdirSync(tallies).filter((file) => file.endsWith('.json'));
    const counts = files.map((file) => [
      file.replace('.json', ''),
      JSON.parse(readFileSync(join(tallies, file), 'utf8')),
    ]);
    for (const [name, { failures = [], why }] of counts)
      for (const failure of why ? [...failures, why] : failures) console.log(`FAILED in ${name}: ${failure}\n`);
    return sum(counts.map(([, count]) => count));
  }
  const wrong = wrongIn(words);
  if (wrong) {
    console.error(wrong);
    process.exit(2);
  }
  const names = words.length > 0 ? words : byDefault;
  const counts = new Map(names.map((name) => [name, nothing]));
  const isBeside = (name) => !suites[name].root || Boolean(suites[name].beside);
  const [beside, kernel] = [true, false].map((aside) => names.filter((name) => isBeside(name) === aside));
  await Promise.all([lane(kernel, counts, tallies, false), lane(beside, counts, tallies, kernel.length > 0)]);
  console.log();
  for (const [name, count] of counts) {
    writeFileSync(join(tallies, `${name}.json`), JSON.stringify(count));
    const { seconds, why } = count;
    console.log(`${name.padEnd(10)} ${`${seconds} s`.padStart(7)}  ${line(count)}${why ? ` (${why})` : ''}`);
  }
  return sum(counts.values());
}

if (options.includes('--help')) {
  process.stdout.write(help);
  process.exit();
}
const total = await main(process.argv.slice(2).filter((word) => !options.includes(word)));
console.log(line(total));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
