// Builds what is native (CMakeLists.txt): linux.node, drydock-shim, drydock-init.
//
// cmake-js knows where the headers of Node's API lie, but asks for half a second each time; so it configures, once, and
// afterwards cmake alone does the work: 0.1 s when there is nothing to do. `--sanitize` builds the helpers a second
// time, with the address and undefined-behaviour sanitizers, into build/sanitize.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';

const home = resolve(import.meta.dirname, '..');
const sanitize = process.argv.includes('--sanitize');
const out = join(home, sanitize ? 'build/sanitize' : 'build');

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: home, stdio: 'inherit' });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(1);
}

/** Not after a configuration that failed, nor in a checkout that was moved or copied: cmake refuses the other's cache. */
function configured() {
  const cache = join(out, 'CMakeCache.txt');
  const made = ['build.ninja', 'Makefile'].some((name) => existsSync(join(out, name)));
  return made && readFileSync(cache, 'utf8').includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${home}\n`);
}

if (!configured()) {
  rmSync(join(out, 'CMakeCache.txt'), { force: true });
  if (sanitize) run('cmake', '-S', home, '-B', out, '-DSANITIZE=ON');
  else {
    const type = ['--out', out, '--config', 'Release'];
    run(process.execPath, 'node_modules/cmake-js/bin/cmake-js', 'configure', '--directory', home, ...type);
  }
}
run('cmake', '--build', out, '--parallel', String(availableParallelism()));
