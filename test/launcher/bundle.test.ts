import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOME } from './support.ts';

/** Whether V8 takes a code cache for a bundle: exit code 0. */
const TAKES = `
const { readFileSync } = require('node:fs');
const [file, cache] = process.argv.slice(1);
const script = new (require('node:vm').Script)(readFileSync(file, 'latin1'), { cachedData: readFileSync(cache) });
process.exitCode = script.cachedDataRejected ? 1 : 0;
`;

describe('the bundles', function () {
  this.timeout(120_000);
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'drydock-bundle-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('are in the code caches that their starts use', () => {
    const built = (name: string): string => join(HOME, 'dist', name);
    const takes = (bundle: string, ...flags: string[]): number | null => {
      const words = [...flags, '-e', TAKES, '--', built(`${bundle}.js`), built(`${bundle}.cache`)];
      return spawnSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] }).status;
    };
    for (const bundle of ['main', 'runtime', 'client']) assert.equal(takes(bundle), 0, bundle);
    const flags = readFileSync(built('daemon.flags'), 'utf8').trim().split(' ');
    assert.equal(takes('daemon', ...flags), 0, 'daemon');
    assert.equal(takes('daemon'), 1, 'other flags');
  });

  it('lack the course where nobody learns', () => {
    const size = (bundle: string): number => statSync(join(HOME, 'dist', `${bundle}.js`)).size;
    for (const bundle of ['runtime', 'client', 'daemon']) {
      assert.doesNotMatch(readFileSync(join(HOME, 'dist', `${bundle}.js`), 'latin1'), /check-life\.ts"\(/, bundle);
      assert(size(bundle) < (2 / 3) * size('main'), `${bundle}: ${size(bundle)}, of main's ${size('main')}`);
    }
  });

  it('say what they were made from', () => {
    const sources = (bundle: string): string[] =>
      readFileSync(join(HOME, 'dist', `${bundle}.sources`), 'utf8')
        .trim()
        .split(' ');
    for (const bundle of ['main', 'runtime', 'client', 'daemon'])
      assert.deepEqual(
        sources(bundle).filter((path) => !existsSync(join(HOME, path))),
        [],
        bundle,
      );
    const [client, runtime] = [sources('client'), sources('runtime')];
    for (const path of ['src/cli/docker/ps.ts', 'src/client/whole.ts', 'addon', 'scripts', 'package-lock.json'])
      assert(client.includes(path), path);
    assert(!client.includes('src/runtime/init.ts'));
    assert(runtime.includes('src/runtime/init.ts'));
  });

  // What a bundle leaves out is known by the names of folders: by those of the project alone.
  it('have all of it below folders that are called like ours', () => {
    const home = join(folder, 'learn', 'docker', 'vm', 'drydock');
    mkdirSync(home, { recursive: true });
    for (const name of ['scripts', 'src', 'lessons', 'package.json', 'tsconfig.json'])
      cpSync(join(HOME, name), join(home, name), { recursive: true });
    for (const name of ['node_modules', 'build', 'addon']) symlinkSync(join(HOME, name), join(home, name));
    const run = (...words: string[]): string => {
      const env = { ...process.env, DRYDOCK_ROOT: join(folder, 'root'), DRYDOCK_RUN: join(folder, 'run') };
      const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: home, env, encoding: 'utf8' });
      assert.equal(status, 0, `${words.join(' ')}\n${stdout}${stderr}`);
      return stdout;
    };
    mkdirSync(join(home, 'dist'));
    writeFileSync(join(home, 'dist', 'client.js'), 'the one before');
    linkSync(join(home, 'dist', 'client.js'), join(folder, 'read meanwhile'));
    run('scripts/bundle.mjs');
    assert.equal(readFileSync(join(folder, 'read meanwhile'), 'utf8'), 'the one before');
    assert.match(run('dist/drydock.cjs', 'oci', 'features'), /"ociVersionMax"/);
    assert.match(run('dist/drydock.cjs', 'try', '--explain', 'true'), /execve/);
  });
});
