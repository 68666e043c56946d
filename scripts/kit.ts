// `npm run kit`: Drydock for a stick: one archive that is unpacked and started, without network, compiler or root's apt.
//
//     npm run kit [-- --out=FOLDER]     drydock-kit-x64.tar.xz, and .sha256 beside it
//     npm run kit -- --image            the guest 6.1 goes along, as `./drydock vm up` has made it: 250 MB more
//     npm run kit -- --root             drydock-root-x64.tar as well: the guest's files with the kit in /opt/drydock, for
//                                       docker import, podman import and wsl --import
//
// In the kit are this machine's Node and busybox, what is built, and of node_modules what the built files ask for.
// Invariant: the same tree gives the same bytes, and build/ready in it says that everything is built, wherever it lies.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DrydockError } from '../src/errors.ts';
import { needPrograms } from '../src/vm/command.ts';
import { vmFolder } from '../src/vm/folder.ts';
import { told } from './told.ts';

const home = resolve(import.meta.dirname, '..');

/** All that the launcher looks at, and all that somebody reads. */
const SOURCES = [
  ...['drydock', 'drydock-oci', 'package.json', 'package-lock.json', 'tsconfig.json', 'CMakeLists.txt', 'LICENSE'],
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'src', 'addon', 'lessons', 'scripts', 'book'],
  ...['vm', 'packaging', 'dist'],
];
/** Of the dependencies those that only a build asks for. */
const FOR_BUILDING = ['cmake-js', 'node-addon-api', 'node-api-headers'];
/** A learner's file is compiled before the kernel is asked; it names types of Node's. */
const FOR_CHECKING = ['@types/node'];

interface Package {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

/** The folders of node_modules that the running program may ask for. */
function modules(): string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    const folder = join('node_modules', name);
    if (found.has(folder) || !existsSync(join(home, folder))) return; // one for another kind of machine is not here
    found.add(folder);
    const about = JSON.parse(readFileSync(join(home, folder, 'package.json'), 'utf8')) as Package;
    Object.keys({ ...about.dependencies, ...about.optionalDependencies }).forEach(add);
  };
  const { dependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Required<Package>;
  const runs = Object.keys(dependencies).filter((name) => !FOR_BUILDING.includes(name));
  [...runs, ...FOR_CHECKING].forEach(add);
  return [...found].sort();
}

/** The program itself: /usr/bin/busybox may be a link. */
function busybox(): string {
  return execFileSync('sh', ['-c', 'readlink -f "$(command -v busybox)"'], { encoding: 'utf8' }).trim();
}

/** Puts the kit's tree together. */
function fill(tree: string): void {
  mkdirSync(join(tree, '.node/bin'), { recursive: true });
  mkdirSync(join(tree, 'build/Release'), { recursive: true });
  const isWanted = (path: string): boolean => !/[/](downloads|[.]vagrant)$/.test(path);
  for (const name of [...SOURCES, ...modules()])
    cpSync(join(home, name), join(tree, name), { recursive: true, filter: isWanted, verbatimSymlinks: true });
  for (const { name } of readdirSync(join(home, 'build/Release'), { withFileTypes: true }).filter((one) =>
    one.isFile(),
  ))
    copyFileSync(join(home, 'build/Release', name), join(tree, 'build/Release', name));
  for (const [name, program] of Object.entries({ node: process.execPath, busybox: busybox() })) {
    copyFileSync(program, join(tree, '.node/bin', name));
    chmodSync(join(tree, '.node/bin', name), 0o755);
  }
  // The launcher reads it with $home set, wherever the kit has been unpacked.
  writeFileSync(join(tree, 'build/ready'), 'node="$home/.node/bin/node"\n');
}

/** The images of 6.1 that are whole, and its kernel, by their places below build/vm. Throws VM_STATE when there is none. */
function guest(): string[] {
  const folder = join(vmFolder(), 'images');
  const images = existsSync(folder) ? readdirSync(folder).filter((name) => /^6[.]1-\w+$/.test(name)) : [];
  if (images.length > 0) return ['kernels/6.1', ...images.map((name) => `images/${name}`)];
  throw new DrydockError('VM_STATE', 'there is no guest 6.1 to take along', { hint: './drydock vm up makes it' });
}

function addGuest(tree: string, parts: readonly string[]): void {
  for (const part of parts) {
    const from = join(vmFolder(), part);
    execFileSync('sh', [
      '-c',
      'mkdir -p "$1" && cp -a --sparse=always "$0/." "$1"',
      from,
      join(tree, 'build/vm', part),
    ]);
  }
}

function writeSums(tree: string): void {
  const list = execFileSync('find', ['.', '-type', 'f', '!', '-name', 'SHA256SUMS', '!', '-path', './build/vm/*'], {
    cwd: tree,
    encoding: 'utf8',
  });
  const lines = list
    .split('\n')
    .filter(Boolean)
    .sort()
    .map(
      (file) =>
        `${createHash('sha256')
          .update(readFileSync(join(tree, file)))
          .digest('hex')}  ${file}\n`,
    );
  writeFileSync(join(tree, 'SHA256SUMS'), lines.join(''));
}

/** Makes an archive that is there whole or not at all. */
function whole(archive: string, make: (path: string) => void): void {
  const fresh = `${archive}.new`;
  try {
    make(fresh);
    renameSync(fresh, archive);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** One time for all: none is newer than build/ready, and the archive does not tell when it was made. */
function pack(tree: string, archive: string): void {
  const time = Math.floor(statSync(join(home, 'package.json')).mtimeMs / 1000);
  const words = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${time}`, '--sparse'];
  whole(archive, (path) =>
    execFileSync('tar', ['-C', dirname(tree), ...words, '-I', 'xz -T0', '-cf', path, 'drydock']),
  );
  const sum = execFileSync('sha256sum', [archive.split('/').at(-1)!], { cwd: dirname(archive), encoding: 'utf8' });
  writeFileSync(`${archive}.sha256`, sum);
}

/** The guest's files, out of its image without mounting it, and the kit in them. */
function makeRoot(kit: string, archive: string, work: string): void {
  const image = guest().at(-1)!;
  const root = join(work, 'root');
  mkdirSync(root);
  execFileSync('debugfs', ['-R', `rdump / ${root}`, join(vmFolder(), image, 'root.ext4')], { stdio: 'ignore' });
  for (const part of ['lib/modules', 'usr/lib/modules', 'lost+found', 'drydock'])
    rmSync(join(root, part), { recursive: true, force: true });
  for (const link of ['sbin/init', 'sbin/poweroff', 'sbin/reboot', 'sbin/halt'])
    rmSync(join(root, link), { force: true });
  mkdirSync(join(root, 'opt'), { recursive: true });
  execFileSync('tar', ['-C', join(root, 'opt'), '-xJf', kit]);
  whole(archive, (path) => execFileSync('tar', ['-C', root, '--sort=name', '--numeric-owner', '-cf', path, '.']));
}

function main(): void {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: join(home, 'build/kit') },
      image: { type: 'boolean', default: false },
      root: { type: 'boolean', default: false },
    },
  });
  needPrograms('tar', 'xz', 'sha256sum', 'busybox', ...(values.root ? ['debugfs'] : []));
  const parts = values.image || values.root ? guest() : [];
  if (values.root && process.getuid!() !== 0)
    throw new DrydockError('BAD_USAGE', '--root gives files to their owners, and needs root', {
      hint: 'sudo env "PATH=$PATH" npm run kit -- --root',
    });
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'drydock-kit-'));
  // Ctrl-C is for tar as well: it ends, that is thrown here, and nothing is left.
  process.on('SIGINT', () => undefined);
  try {
    const tree = join(work, 'drydock');
    fill(tree);
    if (values.image) addGuest(tree, parts);
    writeSums(tree);
    const kit = join(out, `drydock-kit-${process.arch}.tar.xz`);
    pack(tree, kit);
    console.log(`${kit}: ${Math.round(statSync(kit).size / 1e6)} MB`);
    if (!values.root) return;
    const root = join(out, `drydock-root-${process.arch}.tar`);
    makeRoot(kit, root, work);
    console.log(`${root}: ${Math.round(statSync(root).size / 1e6)} MB`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

told('kit', main);
