/**
 * The command line's front: which verb, and what happens when it fails. What there is stands in verbs.ts.
 *
 * A start must stay cheap (`drydock try true` is measured against `node -e 0`), so nothing is imported here that the
 * typed verb does not need: the lists for help, yargs and the printer of errors come when they are wanted.
 */
import { find, manner, run } from './dispatch.ts';
import { learn, local } from './verbs.ts';

async function main([first, ...rest]: readonly string[]): Promise<void> {
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') return help(rest);
  if (first === 'version' || first === '--version' || first === '-v') return version();
  if (first === 'oci') return (await import('./local/oci/index.ts')).runOci(rest);
  return run(find([...learn, ...local], first, ['oci', 'help', '--help', '--version']), rest, `drydock ${first}`);
}

async function help([verb, ...rest]: readonly string[]): Promise<void> {
  if (verb !== undefined && !verb.startsWith('-')) return main([verb, ...rest, '--help']);
  const { overview } = await import('./help.ts');
  process.stdout.write(overview());
}

async function version(): Promise<void> {
  const [{ readFileSync }, { join }, { projectHome }] = await Promise.all([
    import('node:fs'),
    import('node:path'),
    import('../linux/native.ts'),
  ]);
  const { version: number } = JSON.parse(readFileSync(join(projectHome(), 'package.json'), 'utf8')) as {
    version: string;
  };
  process.stdout.write(`drydock ${number}\n`);
}

async function failed(error: unknown): Promise<void> {
  // A reader that has seen enough (`drydock doctor | head -1`) is no failure of ours.
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') process.exit();
  (await import('./errors.ts')).report(error, manner);
}

process.on('uncaughtException', (error) => void failed(error));
main(process.argv.slice(2)).catch(failed);
