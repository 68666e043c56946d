// Bundles the command line and everything that it imports: dist/drydock.cjs starts dist/main.js.
//
// One file, because reading 200 small ones costs more than running them. Dynamic imports stay lazy inside it (a verb's
// modules are evaluated when the verb is used); esbuild and typescript stay outside: only the lessons' verbs load them.
// The same sources give the same bytes: no times, no paths of this machine.
import { execFileSync } from 'node:child_process';
import { build } from 'esbuild';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

const home = resolve(import.meta.dirname, '..');
const loader = resolve(home, 'dist/drydock.cjs');

// yargs asks at its start how wide the terminal is, which makes Node open it. Ours are told by .wrap(80).
const noTerminalForYargs = {
  name: 'no terminal for yargs',
  setup({ onLoad }) {
    onLoad({ filter: /yargs\/lib\/platform-shims\/esm\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('process.stdout.columns', 'undefined'),
    }));
  },
};

rmSync(resolve(home, 'dist/main.cache'), { force: true });
await build({
  absWorkingDir: home,
  entryPoints: ['src/cli/index.ts'],
  outfile: 'dist/main.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true, // names stay: error.stack and --explain show them
  sourcemap: 'linked', // read only when a line of the source is shown
  sourcesContent: false,
  alias: { 'string-width': './src/cli/width.ts', assert: './src/cli/assert.ts' },
  // Modules written for ESM (yargs) ask where they are: in the bundle's own file.
  define: { 'import.meta.url': 'moduleUrl', 'import.meta.dirname': '__dirname' },
  banner: {
    js:
      '(function(exports,require,module,__filename,__dirname){' +
      "const moduleUrl=require('node:url').pathToFileURL(__filename).href;",
  },
  footer: { js: '})' },
  supported: { 'dynamic-import': false }, // a script from the code cache may only require
  external: ['esbuild', 'typescript', '*.node'],
  plugins: [noTerminalForYargs],
  logLevel: 'warning',
});
copyFileSync(resolve(home, 'scripts/loader.cjs'), loader);
// Whatever this run compiles is in the cache: the longest way through the command line that needs no rights.
execFileSync(process.execPath, [loader, 'try', '--explain', 'true'], {
  env: { ...process.env, DRYDOCK_HOME: home, DRYDOCK_WRITE_CACHE: '1' },
  stdio: 'ignore',
});
