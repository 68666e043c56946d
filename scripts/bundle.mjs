// Bundles the command line and everything that it imports into dist/drydock.cjs.
//
// One file, because reading 200 small ones costs more than running them. Dynamic imports stay lazy inside it (a verb's
// modules are evaluated when the verb is used); esbuild and typescript stay outside: only the lessons' verbs load them.
// The same sources give the same bytes: no times, no paths of this machine.
import { build } from 'esbuild';
import { resolve } from 'node:path';

const home = resolve(import.meta.dirname, '..');

await build({
  absWorkingDir: home,
  entryPoints: ['src/cli/index.ts'],
  outfile: 'dist/drydock.cjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  keepNames: true, // error.stack and --explain name functions
  sourcemap: 'linked', // read only when a stack is printed with --enable-source-maps
  sourcesContent: false,
  // Modules written for ESM (yargs) ask where they are: in the bundle's own file.
  define: { 'import.meta.url': 'moduleUrl', 'import.meta.dirname': '__dirname' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  external: ['esbuild', 'typescript', '*.node'],
  logLevel: 'warning',
});
