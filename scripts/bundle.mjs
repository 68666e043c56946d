// Bundles the command line and everything that it imports: dist/drydock.cjs starts dist/main.js, or dist/runtime.js, which
// lacks what the verbs of the runtime never use, or dist/client.js, which has the verbs that ask an engine and nothing else,
// or dist/daemon.js, which is the engine.
//
// One file each, because reading 200 small ones costs more than running them. Dynamic imports stay lazy inside it (a
// verb's modules are evaluated when the verb is used); esbuild, typescript and undici stay outside: few verbs load them.
// The same sources give the same bytes: no times, no paths of this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { build } from 'esbuild';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pretendEngine } from './rehearsal.mjs';

const home = resolve(import.meta.dirname, '..');
const loader = resolve(home, 'dist/drydock.cjs');

// yargs asks at its start how wide the terminal is, which makes Node open it: ours is told when help is printed
// (src/cli/narrow.ts). And it reads the package.json of whatever folder we stand in, for the version that we tell it not to
// print.
const frugalYargs = {
  name: 'frugal yargs',
  setup({ onLoad }) {
    onLoad({ filter: /yargs\/lib\/platform-shims\/esm\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replaceAll('process.stdout.columns', 'undefined')
        .replace('findUp: escalade', 'findUp: () => undefined'),
    }));
  },
};

// chalk finds out what the terminal can do, with node:tty and all that this needs; ours is told (src/cli/output.ts).
const frugalChalk = {
  name: 'frugal chalk',
  setup({ onLoad }) {
    onLoad({ filter: /chalk\/source\/vendor\/supports-color\/index\.js$/ }, () => ({
      contents: 'export default { stdout: false, stderr: false };',
    }));
  },
};

// Lazy imports that a bundle does without. Who comes to one all the same is told so: the loader has chosen the wrong bundle.
const without = (bundle, lacking) => ({
  name: `what ${bundle}.js lacks`,
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ kind, path, importer }) => {
      // From the project on: whoever has put it below a folder `learn` or `docker` is not lacking all of it.
      const file = path.startsWith('.') ? join('/', relative(home, dirname(importer)), path) : path;
      return kind === 'dynamic-import' && lacking.test(file) ? { path, namespace: 'lacking' } : undefined;
    });
    onLoad({ filter: /./, namespace: 'lacking' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`dist/${bundle}.js lacks ${path}`)}); export {}`,
    }));
  },
});

const common = {
  absWorkingDir: home,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true, // names stay: error.stack and --explain show them
  sourcemap: 'linked', // read only when a line of the source is shown
  sourcesContent: false,
  logLevel: 'warning',
};

// A file is there whole, the one before or the new one: other starts read it at any time, and of those that ask an engine many
// need no build when another part of the project does.
const write = (path, contents) => {
  writeFileSync(`${path}.new`, contents);
  renameSync(`${path}.new`, path);
};
const bundle = async (options) => {
  const { metafile, outputFiles } = await build({ ...common, ...options, write: false });
  mkdirSync(resolve(home, 'dist'), { recursive: true });
  for (const { path, contents } of outputFiles) write(path, contents);
  return metafile;
};

// A worker begins with a file of its own.
await bundle({
  entryPoints: ['src/layers/unpack-thread.ts'],
  outfile: 'dist/unpack-thread.js',
  external: ['*.node'],
});

// What a bundle and the addon were made from, in one line: a start of ./drydock that needs this bundle looks no further.
const writeSources = (name, inputs) => {
  const own = inputs.filter((path) => path.startsWith('src/') || path.startsWith('lessons/')).toSorted();
  const all = [...own, 'addon', 'scripts', 'CMakeLists.txt', 'package-lock.json', 'tsconfig.json'];
  write(resolve(home, `dist/${name}.sources`), `${all.join(' ')}\n`);
};

const commandLine = async (name, lacking) => {
  rmSync(resolve(home, `dist/${name}.cache`), { force: true });
  const { inputs } = await bundle({
    metafile: true,
    entryPoints: ['src/cli/index.ts'],
    outfile: `dist/${name}.js`,
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
    external: ['esbuild', 'typescript', 'undici', '*.node'],
    plugins: [frugalYargs, frugalChalk, ...(lacking ? [without(name, lacking)] : [])],
  });
  writeSources(name, Object.keys(inputs));
};
await commandLine('main');
await commandLine('runtime', /[/](learn|lessons|docker|vm)[/]|[/](daemon|doctor|xray)[.]ts$/);
await commandLine('daemon', /[/](learn|lessons|docker|oci|vm)[/]|[/](doctor|try|xray)[.]ts$/);
await commandLine('client', /^yargs$|[/](learn|local)[/]/);
write(loader, readFileSync(resolve(home, 'scripts/loader.cjs')));

// What Node is told when it starts an engine, by the launcher and src/start/on-demand.ts: a young generation of 3 MB in place
// of 48. An engine makes little that it keeps, and would fill 40 MB with what it has done with. V8 refuses what was compiled
// under other flags: these are for dist/daemon.js alone.
const daemonFlags = ['--max-semi-space-size=1'];
write(resolve(home, 'dist/daemon.flags'), `${daemonFlags.join(' ')}\n`);

// What a run compiles is in the cache that it leaves. The best one is a container that lives and ends: root in a user
// namespace may make one that lacks but mounts and cgroups. Where that is forbidden, or the lab cannot be made yet, the
// plan on paper is the longest way through the command line.
const scratch = mkdtempSync(join(tmpdir(), 'drydock-build-'));
const environment = {
  ...process.env,
  DRYDOCK_HOME: home,
  DRYDOCK_ROOT: join(scratch, 'root'),
  DRYDOCK_RUN: join(scratch, 'run'),
  DRYDOCK_WRITE_CACHE: '1',
};
const rehearse = async (program, ...args) => {
  const child = spawn(program, args, { env: environment, stdio: 'ignore' });
  const [code] = await once(child, 'exit').catch(() => [127]); // no such program
  return code === 0;
};
const drydock = [process.execPath, loader];

// What podman and containerd call three times for each container: in a user namespace of its own, with the lab's files, which
// the first rehearsal has made.
async function rehearseRuntime() {
  const labs = join(environment.DRYDOCK_ROOT, 'lab');
  const [tree] = existsSync(labs) ? readdirSync(labs) : [];
  if (!tree) return;
  const one = [{ containerID: 0, hostID: 0, size: 1 }];
  const mounts = [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
  ];
  const config = {
    ociVersion: '1.2.0',
    root: { path: join(environment.DRYDOCK_ROOT, 'lab', tree) },
    process: { args: ['true'], cwd: '/', env: ['PATH=/bin'], user: { uid: 0, gid: 0 } },
    mounts,
    linux: { namespaces: ['user', 'pid', 'mount'].map((type) => ({ type })), uidMappings: one, gidMappings: one },
  };
  writeFileSync(join(scratch, 'config.json'), JSON.stringify(config));
  const verbs = [`create --bundle ${scratch}`, 'start', 'state', 'delete --force'];
  const lines = verbs.map((verb) => `"$@" oci --cgroup-manager disabled ${verb} rehearsal`);
  await rehearse('unshare', '-Urm', 'sh', '-c', lines.join(' && '), 'sh', ...drydock);
}

// The client's best one is an engine that answers. One that only pretends is there on every machine.
async function rehearseClient() {
  const socket = join(scratch, 'engine');
  writeFileSync(join(scratch, 'Dockerfile'), 'FROM lab\n');
  const engine = await pretendEngine(socket);
  for (const line of [
    ['ps'],
    ['images'],
    ['exec', 'c', 'true'],
    ['run', '--rm', 'lab', 'true'],
    ['build', '-t', 'x', scratch],
  ])
    if (!(await rehearse(...drydock, '-H', `unix://${socket}`, ...line)))
      throw new Error(`\`drydock ${line.join(' ')}\` fails against scripts/rehearsal.mjs`);
  engine.close();
}

// The engine's: one that makes a container, in namespaces of its own. To limit it is forbidden there, so it ends before it
// begins.
async function rehearseEngine() {
  const socket = `unix://${join(scratch, 'daemon')}`;
  const words = [process.execPath, ...daemonFlags, loader, 'daemon', '-H', socket, '--group', 'root'];
  const engine = spawn('unshare', ['-Urmn', ...words], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(engine, 'exit').catch(() => undefined); // no such program
  const said = createInterface(engine.stderr);
  await Promise.race([ended, once(said, 'line')]);
  said.resume();
  for (const line of ['run --rm lab true', 'create --name one lab', 'ps -a', 'inspect one', 'rm one', 'images'])
    await rehearse('env', '-u', 'DRYDOCK_WRITE_CACHE', ...drydock, '-H', socket, ...line.split(' '));
  engine.kill('SIGTERM');
  const deaf = setTimeout(() => engine.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(deaf);
}

try {
  (await rehearse('unshare', '-Urm', ...drydock, 'try', '--without', 'mounts', '--without', 'cgroups', 'true')) ||
    (await rehearse(...drydock, 'try', '--explain', 'true'));
  await rehearseRuntime();
  await rehearse(...drydock, 'progress', '--help');
  await rehearseClient();
  await rehearseEngine();
} finally {
  rmSync(scratch, { recursive: true });
}
