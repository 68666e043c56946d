/**
 * The shapes of Dockerfiles that people have, each a folder of shapes/, and the images that they begin with, which here
 * come from no registry: programs of this machine with the libraries that they load, or a Debian by debootstrap.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fillWithDebian } from '../../debian.ts';
import { freshFolder, labFiles } from '../support.ts';

export const shapes = join(__dirname, 'shapes');

const lines = (program: string, ...words: string[]): string[] =>
  execFileSync(program, words, { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');

/** What a program loads, by the names that it is looked for. */
const librariesOf = (programs: readonly string[]): string[] => [
  ...new Set(lines('ldd', ...programs).flatMap((line) => /(?:^\s*|=> )(\/\S+) \(0x/.exec(line)?.[1] ?? [])),
];

/** The lab and files of this machine at the same paths; of `programs` what they load, too. */
async function archiveWith(name: string, files: readonly string[], programs: readonly string[]): Promise<string> {
  const archive = join(freshFolder('archives'), `${name}.tar`);
  execFileSync('tar', ['-C', await labFiles(), '-cf', archive, '.']);
  const add = (list: readonly string[], ...options: string[]): Buffer =>
    execFileSync('tar', ['-C', '/', '-rPf', archive, ...options, '--null', '--no-recursion', '-T', '-'], {
      input: list.join('\0'),
    });
  add(files);
  add(librariesOf(programs), '--dereference');
  return archive;
}

/** Node of this machine, and its npm. */
export function nodeArchive(): Promise<string> {
  const node = realpathSync(process.execPath);
  const npm = join(dirname(node), '../lib/node_modules/npm');
  const links = ['npm', 'npx'].map((name) => join(dirname(node), name));
  return archiveWith('node', [node, ...links, ...lines('find', npm)], [node]);
}

/** A compiler of C, out of this machine's packages. What is large and no part of a compiler of C stays away. */
export function gccArchive(): Promise<string> {
  const version = lines('gcc', '-dumpversion')[0]!;
  const packages = ['gcc', `gcc-${version}`, `cpp-${version}`, `libgcc-${version}-dev`, 'libc6-dev', 'linux-libc-dev'];
  const assembler = ['binutils-common', 'binutils-x86-64-linux-gnu', 'binutils', 'make'];
  const files = lines('dpkg', '-L', ...packages, ...assembler).filter(
    (path) => existsSync(path) && !/\/share\/|\/lto|sanitizer|lib[at]san|libubsan|liblsan|gold/.test(path),
  );
  const links = ['/usr/bin/cc', '/etc/alternatives/cc'];
  const parts = ['cc1', 'collect2'].map((name) => lines('gcc', `-print-prog-name=${name}`)[0]!);
  const programs = ['gcc', 'make', 'as', 'ld'].map((name) => `/usr/bin/${name}`);
  return archiveWith('gcc', [...files, ...links], [...programs, ...parts]);
}

/** Debian, with this machine's own source of packages. */
export function debianArchive(): string {
  const archive = join(freshFolder('archives'), 'debian.tar');
  if (!existsSync(archive)) execFileSync('tar', ['-C', fillWithDebian(freshFolder('debian')), '-cf', archive, '.']);
  return archive;
}
