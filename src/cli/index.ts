/**
 * The command line's front: which verb, and what happens when it fails. What there is stands in verbs.ts.
 *
 * A start must stay cheap (`drydock try true` is measured against `node -e 0`), so nothing is imported here that the
 * typed verb does not need: the lists for help, yargs and the printer of errors come when they are wanted.
 */
import { defaultSocket } from '../client/endpoint.ts';
import { DrydockError } from '../errors.ts';
import { find, manner, run } from './dispatch.ts';
import { dockerWords, isForEngine } from './docker/verbs.ts';
import { learn, local, oci } from './verbs.ts';

async function main([first, ...rest]: readonly string[]): Promise<void> {
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') return help(rest);
  if (first === '--version' || first === '-v') return version();
  if (isForEngine(first)) return (await import('./docker/index.ts')).runDocker([first, ...rest]);
  if (first === 'oci') return (await import('./local/oci/index.ts')).runOci(rest);
  if (first === 'vm') return (await import('./local/vm/index.ts')).runVm(rest);
  if (first === 'checkpoint') return noCheckpoints();
  const others = ['oci', 'vm', 'help', '--help', '--version', ...dockerWords()];
  const verb = find([...learn, ...local], first, others, elsewhere(first));
  return run(verb, rest, `drydock ${first}`);
}

/** Where somebody who knows runc, or Docker's plugins, finds a verb that is none of ours. */
function elsewhere(name: string): string | undefined {
  if (name === 'compose') return `docker-compose asks our engine with DOCKER_HOST=unix://${defaultSocket()}`;
  if (name === 'buildx') return 'drydock build builds; there is no other builder';
  return oci.some((verb) => verb.name === name) ? `the runtime has it: drydock oci ${name}` : undefined;
}

/** Docker has the verb; the engine answers the same to who asks it for them (src/api/resources/containers.ts). */
function noCheckpoints(): never {
  manner.failure = 1;
  throw new DrydockError('UNSUPPORTED', 'checkpoints are not supported: containers have none here', {
    hint: 'Docker has them as an experiment, with CRIU; `drydock pause` keeps a container in memory',
  });
}

async function help([verb, ...rest]: readonly string[]): Promise<void> {
  if (verb !== undefined && !verb.startsWith('-')) return main([verb, ...rest, '--help']);
  const [{ overview }, { printHelp }] = await Promise.all([import('./help.ts'), import('./narrow.ts')]);
  printHelp(overview());
}

async function version(): Promise<void> {
  const { ownVersion } = await import('./version.ts');
  process.stdout.write(`drydock ${ownVersion()}\n`);
}

async function failed(error: unknown): Promise<void> {
  try {
    (await import('./errors.ts')).report(error, manner);
  } catch (cause) {
    // Whoever says it well is broken, too. To let this one go would bring it back here, again and again.
    console.error(error, cause);
    process.exitCode = 1;
  }
}

/**
 * A reader that has seen enough (`drydock doctor | head -1`) or a terminal that has gone away (EIO) is no failure of
 * ours, and nobody is there to be told. What is under way comes to its end all the same: a container that is half built
 * has to be given back.
 */
function isUnread(error: NodeJS.ErrnoException): boolean {
  return error.syscall === 'write' && (error.code === 'EPIPE' || error.code === 'EIO');
}

/** A stream knows no path: this is `drydock … > FILE` on a disk that is full. */
function named(error: NodeJS.ErrnoException): Error {
  const { syscall, code, errno = 0 } = error;
  if (syscall !== 'write') return error;
  const facts = { call: 'write', args: ['output'], errno: Math.abs(errno), cause: error };
  return new DrydockError('SYSCALL', `cannot write the output: ${code}`, facts);
}

async function warned({ message }: Error): Promise<void> {
  (await import('./errors.ts')).reportWarning(message, manner);
}

process.removeAllListeners('warning'); // Node's own printer, which speaks of Node
process.on('warning', (warning) => void warned(warning));
process.on('uncaughtException', (error) => {
  if (!isUnread(error)) void failed(named(error));
});
main(process.argv.slice(2)).catch(failed);
