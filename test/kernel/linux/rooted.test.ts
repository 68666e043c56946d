import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSyscallError } from '../../../src/linux/calls.ts';
import * as k from '../../../src/linux/constants.ts';
import { EBUSY, EEXIST, EISDIR, ELOOP, ENOENT, ENOTDIR, EOPNOTSUPP } from '../../../src/linux/errno.ts';
import { features } from '../../../src/linux/features.ts';
import { native } from '../../../src/linux/native.ts';
import { isLink, openRoot, splitPath, type Rooted } from '../../../src/linux/rooted.ts';
import { skip } from '../support.ts';

const refusedWith =
  (...errnos: number[]) =>
  (error: unknown): boolean =>
    isSyscallError(error, ...errnos) || errnos.includes((error as { errno: number }).errno);

for (const walk of [false, true]) {
  describe(`a tree that is not trusted, ${walk ? 'by the checked walk' : 'by openat2'}`, () => {
    let folder: string;
    let inside: string;
    let tree: Rooted;

    before(function () {
      if (!walk && !features().openat2) skip(this, 'no openat2');
    });

    beforeEach(() => {
      folder = fs.mkdtempSync(join(tmpdir(), 'drydock-rooted-'));
      inside = join(folder, 'root');
      fs.mkdirSync(join(inside, 'dir/deep'), { recursive: true });
      fs.writeFileSync(join(inside, 'dir/file'), 'inside');
      fs.writeFileSync(join(folder, 'secret'), 'outside');
      tree = openRoot(inside, { walk });
    });

    afterEach(() => {
      tree.close();
      fs.rmSync(folder, { recursive: true, force: true });
    });

    const read = (path: string | Buffer): string => {
      const fd = tree.open(path, k.O_RDONLY);
      try {
        return fs.readFileSync(fd, 'utf8');
      } finally {
        fs.closeSync(fd);
      }
    };

    it('takes the root for the top of the world', () => {
      for (const path of ['dir/file', '/dir/file', '../dir/file', '/../../dir/../dir/deep/../file', './/dir//./file']) {
        assert.equal(read(path), 'inside', path);
      }
      assert.throws(() => read('../secret'), refusedWith(ENOENT));
      assert.throws(() => read(join(folder, 'secret')), refusedWith(ENOENT));
    });

    it('follows links inside the root, and never out of it', () => {
      fs.symlinkSync('/dir/file', join(inside, 'absolute'));
      fs.symlinkSync('../../../../dir/file', join(inside, 'dir/upwards'));
      fs.symlinkSync('absolute', join(inside, 'second'));
      fs.symlinkSync('/', join(inside, 'top'));
      fs.symlinkSync(join(folder, 'secret'), join(inside, 'out'));
      for (const path of ['absolute', 'dir/upwards', 'second', 'top/dir/file', 'top/../top/dir/file']) {
        assert.equal(read(path), 'inside', path);
      }
      assert.throws(() => read('out'), refusedWith(ENOENT));
    });

    it('gives up after forty links, and at a loop', () => {
      fs.symlinkSync('loop', join(inside, 'loop'));
      assert.throws(() => read('loop'), { code: 'UNSAFE_PATH', errno: ELOOP });
      fs.symlinkSync('/dir/file', join(inside, 'l0'));
      for (let i = 1; i <= 41; i++) fs.symlinkSync(`l${i - 1}`, join(inside, `l${i}`));
      assert.equal(read('l39'), 'inside');
      assert.throws(() => read('l40'), { errno: ELOOP });
    });

    it('refuses the magic links of procfs and takes its ordinary ones', () => {
      const proc = openRoot('/proc', { walk });
      try {
        const close = (fd: number) => fs.closeSync(fd);
        for (const path of ['self/root', 'self/cwd/x', 'self/exe', 'self/fd/0', 'self/ns/mnt']) {
          assert.throws(() => close(proc.open(path, k.O_PATH)), { code: 'UNSAFE_PATH', errno: ELOOP }, path);
        }
        close(proc.open('self/stat', k.O_RDONLY));
        close(proc.open('mounts', k.O_RDONLY));
        close(proc.open('self/exe', k.O_PATH | k.O_NOFOLLOW));
      } finally {
        proc.close();
      }
    });

    it('answers as open does for links, slashes, dots and kinds', () => {
      fs.symlinkSync('file', join(inside, 'dir/link'));
      fs.symlinkSync('deep', join(inside, 'dir/deeper'));
      const cases: [string, number, number | undefined][] = [
        ['dir/link', k.O_RDONLY | k.O_NOFOLLOW, ELOOP],
        ['dir/link', k.O_PATH | k.O_NOFOLLOW, undefined],
        ['dir/deeper/', k.O_PATH | k.O_NOFOLLOW, undefined],
        ['dir/file/', k.O_RDONLY, ENOTDIR],
        ['dir/file/.', k.O_RDONLY, ENOTDIR],
        ['dir/file/..', k.O_RDONLY, ENOTDIR],
        ['dir/file/x', k.O_RDONLY, ENOTDIR],
        ['dir/link/', k.O_RDONLY, ENOTDIR],
        ['dir', k.O_RDWR, EISDIR],
        ['dir', k.O_RDONLY | k.O_DIRECTORY, undefined],
        ['dir/file', k.O_RDONLY | k.O_DIRECTORY, ENOTDIR],
        ['dir/link', k.O_PATH | k.O_DIRECTORY | k.O_NOFOLLOW, ENOTDIR],
        ['', k.O_RDONLY, ENOENT],
        ['/', k.O_PATH, undefined],
        ['dir/file', k.O_RDWR | k.O_CREAT | k.O_EXCL, EEXIST],
        ['dir/link', k.O_RDWR | k.O_CREAT | k.O_EXCL, EEXIST],
        ['dir/new', k.O_RDWR | k.O_CREAT, undefined],
        ['nowhere/new', k.O_RDWR | k.O_CREAT, ENOENT],
        ['dir/', k.O_RDWR | k.O_CREAT, EISDIR],
        [`${'x'.repeat(256)}`, k.O_RDONLY, 36],
      ];
      for (const [path, flags, errno] of cases) {
        const attempt = () => fs.closeSync(tree.open(path, flags, 0o600));
        if (errno === undefined) assert.doesNotThrow(attempt, `${path} ${flags}`);
        else assert.throws(attempt, refusedWith(errno), `${path} ${flags}`);
      }
    });

    it('creates through a link only inside the root', () => {
      fs.symlinkSync(join('..', '..', 'made'), join(inside, 'dir/dangling'));
      fs.closeSync(tree.open('dir/dangling', k.O_RDWR | k.O_CREAT, 0o600));
      assert.ok(fs.existsSync(join(inside, 'made')));
      assert.ok(!fs.existsSync(join(folder, 'made')));
      fs.symlinkSync('../../elsewhere', join(inside, 'dir/other'));
      assert.throws(() => tree.createFile('dir/other'), refusedWith(EEXIST));
    });

    /** Makes the directories, and looks from outside where they are. */
    const makes = (path: string, where: string): void => {
      fs.closeSync(tree.mkdirs(path));
      assert.ok(fs.lstatSync(join(inside, where)).isDirectory(), `${path} makes ${where}`);
    };

    it('makes directories inside the root, also below links, and refuses what is none', () => {
      fs.symlinkSync('/dir', join(inside, 'to-dir'));
      makes('to-dir/a/b/../c', 'dir/a/c');
      makes('/../../x/y', 'x/y');
      makes('x/y/', 'x/y');
      assert.throws(() => tree.mkdirs('dir/file/below'), refusedWith(ENOTDIR));
      assert.throws(() => tree.mkdirs('dir/file'), refusedWith(ENOTDIR));
      assert.throws(() => tree.mkdirs(''), refusedWith(ENOENT));
      assert.deepEqual(fs.readdirSync(folder).sort(), ['root', 'secret']);
    });

    it('makes the directories that a link leads to and that are missing, inside the root', () => {
      fs.mkdirSync(join(inside, 'var'));
      const links = {
        'var/run': '/run',
        last: '/made/at/the/end',
        relative: 'dir/new/./deeper/',
        upwards: '../../../../up/../upper',
        'to-outside': join(folder, 'canary'),
        second: 'first-of-two',
        'first-of-two': 'two',
        dots: 'gone/../kept',
      };
      for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, join(inside, name));
      makes('/var/run/lock', 'run/lock');
      makes('last', 'made/at/the/end');
      makes('relative/x', 'dir/new/deeper/x');
      makes('upwards/x', 'upper/x');
      makes('to-outside/x', join(folder, 'canary/x'));
      makes('second', 'two');
      makes('dots', 'kept');
      for (const [name, target] of Object.entries(links)) assert.equal(fs.readlinkSync(join(inside, name)), target);
      assert.deepEqual(fs.readdirSync(folder).sort(), ['root', 'secret']);
    });

    it('makes nothing through links without end, or through those of procfs', () => {
      fs.symlinkSync('loop/x', join(inside, 'loop'));
      fs.symlinkSync('ping', join(inside, 'pong'));
      fs.symlinkSync('pong', join(inside, 'ping'));
      for (const path of ['loop', 'loop/below', 'ping/x'])
        assert.throws(() => tree.mkdirs(path), { code: 'UNSAFE_PATH', errno: ELOOP }, path);
      const proc = openRoot('/proc', { walk });
      try {
        for (const path of ['self/cwd/made', 'self/root/tmp/made', 'thread-self/cwd/made'])
          assert.throws(() => proc.mkdirs(path), { code: 'UNSAFE_PATH', errno: ELOOP }, path);
        assert.throws(() => proc.mkdirs('made/here'), { name: 'DrydockError' });
      } finally {
        proc.close();
      }
      assert.deepEqual(fs.readdirSync(folder).sort(), ['root', 'secret']);
    });

    it('keeps names that are not UTF-8 from end to end', () => {
      const name = Buffer.from([0x66, 0xff, 0xfe, 0x20, 0x0a]);
      const path = Buffer.concat([Buffer.from('dir/'), name]);
      fs.closeSync(tree.createFile(path));
      assert.ok(tree.list('dir').some((found) => found.equals(name)));
      tree.symlink(name, 'dir/to-odd');
      assert.ok(tree.readlink('dir/to-odd').equals(name));
      tree.utimes(path, { mtime: -1_500_000_000n });
      assert.equal(tree.stat('dir/to-odd').mtime, -1_500_000_000n);
      tree.rename(path, Buffer.from([0xc3]));
      tree.remove(Buffer.from([0xc3]));
      assert.ok(!tree.list('/').some((found) => found.equals(Buffer.from([0xc3]))));
    });

    it('changes a link itself and not what it leads to', () => {
      fs.symlinkSync('file', join(inside, 'dir/link'));
      tree.lchown('dir/link', 12, 34);
      tree.utimes('dir/link', { atime: 5n, mtime: 6n });
      assert.deepEqual([tree.lstat('dir/link').uid, tree.lstat('dir/link').gid], [12, 34]);
      assert.equal(tree.lstat('dir/link').mtime, 6n);
      assert.ok(isLink(tree.lstat('dir/link').mode));
      assert.equal(tree.stat('dir/link').uid, 0);
      assert.throws(() => tree.chmod('dir/link', 0o777), refusedWith(EOPNOTSUPP));
      tree.setxattr('dir/link', 'trusted.test', Buffer.from('x'));
      assert.deepEqual(tree.listxattr('dir/file'), []);
      tree.removexattr('dir/link', 'trusted.test');
      tree.chmod('dir/file', 0o4711);
      assert.equal(tree.stat('dir/file').mode & 0o7777, 0o4711);
    });

    it('makes device nodes, hard links and attributes', () => {
      tree.mknod('dir/null', k.S_IFCHR | 0o666, k.makedev(1, 3));
      assert.equal(tree.lstat('dir/null').rdev, k.makedev(1, 3));
      tree.link('dir/file', 'second');
      assert.equal(tree.lstat('second').inode, tree.lstat('dir/file').inode);
      const value = Buffer.from([0, 1, 0xff]);
      tree.setxattr('dir/file', 'trusted.test', value);
      assert.deepEqual(tree.listxattr('second').map(String), ['trusted.test']);
      assert.ok(tree.getxattr('dir/file', 'trusted.test').equals(value));
      tree.removexattr('dir/file', 'trusted.test');
      assert.deepEqual(tree.listxattr('dir/file'), []);
    });

    it('refuses to act on what is no name', () => {
      for (const path of ['', '/', '.', 'dir/..', 'dir/.']) {
        assert.throws(() => tree.symlink('x', path), { code: 'UNSAFE_PATH' }, path);
      }
      assert.throws(() => native.unlinkAt(tree.fd, 'dir/file', 0), TypeError);
      assert.throws(() => native.openAt(tree.fd, '..', k.O_PATH), TypeError);
      assert.throws(() => tree.open('a\0b', k.O_RDONLY), TypeError);
    });

    it('removes a tree without following its links, and however deep it is', function () {
      fs.symlinkSync(folder, join(inside, 'dir/out'));
      let fd = tree.open('dir/deep', k.O_PATH | k.O_DIRECTORY);
      for (let i = 0; i < 2500; i++) {
        native.mkdirAt(fd, 'd', 0o700);
        const next = native.openAt(fd, 'd', k.O_PATH | k.O_DIRECTORY);
        fs.closeSync(fd);
        fd = next;
      }
      fs.closeSync(fd);
      tree.remove('dir');
      tree.remove('dir');
      assert.deepEqual(tree.list('/'), []);
      assert.ok(fs.existsSync(join(folder, 'secret')));
    });

    it('leaves a mount inside a tree that it removes alone', () => {
      native.mount('tmpfs', join(inside, 'dir/deep'), 'tmpfs', 0, null);
      try {
        fs.writeFileSync(join(inside, 'dir/deep/precious'), '');
        assert.throws(() => tree.remove('dir'), refusedWith(EBUSY));
        assert.ok(fs.existsSync(join(inside, 'dir/deep/precious')));
      } finally {
        native.umount2(join(inside, 'dir/deep'), k.MNT_DETACH);
      }
    });

    it('never leaves the root while another process swaps a directory and a link 2000 times', async function () {
      fs.mkdirSync(join(folder, 'canary'));
      fs.writeFileSync(join(folder, 'canary/file'), 'outside');
      fs.mkdirSync(join(inside, 'swap'));
      fs.writeFileSync(join(inside, 'swap/file'), 'inside');
      fs.symlinkSync('../../../../../../../../../../' + join(folder, 'canary'), join(inside, 'link'));
      const swapper = await swapping(join(inside, 'swap'), join(inside, 'link'));
      try {
        const seen = { inside: 0, refused: 0 };
        for (let i = 0; i < 2000; i++) {
          try {
            assert.equal(read('dir/../swap/../swap/file'), 'inside');
            seen.inside++;
          } catch (error) {
            if (error instanceof assert.AssertionError) throw error;
            seen.refused++;
          }
          try {
            fs.closeSync(tree.mkdirs(`swap/made-${i}/below`));
          } catch (error) {
            assert.ok(
              refusedWith(ENOENT, EEXIST, ENOTDIR)(error) || (error as { code: string }).code === 'UNSAFE_PATH',
            );
          }
        }
        assert.ok(seen.inside > 0 && seen.refused > 0, `the race was not run: ${JSON.stringify(seen)}`);
      } finally {
        await ended(swapper);
      }
      assert.deepEqual(fs.readdirSync(join(folder, 'canary')), ['file']);
    });

    it('makes nothing outside while a link that leads nowhere and a directory change places', async function () {
      fs.mkdirSync(join(folder, 'canary'));
      fs.mkdirSync(join(inside, 'swap/a'), { recursive: true });
      fs.mkdirSync(join(inside, 'links'));
      fs.symlinkSync(`../../../../../../../../../..${join(folder, 'canary')}/made`, join(inside, 'links/a'));
      const swapper = await swapping(join(inside, 'swap'), join(inside, 'links'));
      try {
        let made = 0;
        for (let i = 0; i < 2000; i++) {
          try {
            fs.closeSync(tree.mkdirs(`swap/a/${i}/../${i}/below`));
            made++;
          } catch (error) {
            const { code } = error as { code: string };
            assert.ok(refusedWith(ENOENT, EEXIST, ENOTDIR)(error) || code === 'UNSAFE_PATH', String(error));
          }
        }
        assert.ok(made > 0);
      } finally {
        await ended(swapper);
      }
      const places = ['swap/a', 'links/a'].map((name) => join(inside, name));
      const directory = places.find((path) => fs.lstatSync(path).isDirectory())!;
      const target = join(inside, folder, 'canary/made');
      assert.ok(fs.readdirSync(directory).length && fs.readdirSync(target).length, 'the race was run both ways');
      assert.deepEqual(fs.readdirSync(join(folder, 'canary')), []);
    });

    it('never climbs out while the directory that it stands in is moved up', async function () {
      fs.mkdirSync(join(inside, 'a/b/c'), { recursive: true });
      fs.mkdirSync(join(inside, 'up'));
      const swapper = await swapping(join(inside, 'a/b/c'), join(inside, 'up'));
      try {
        // From `up`, two steps up are outside, where `secret` is.
        for (let i = 0; i < 20_000; i++) assert.throws(() => read('a/b/c/../../secret'), { name: 'DrydockError' });
      } finally {
        await ended(swapper);
      }
    });
  });
}

async function swapping(first: string, second: string): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'swap.ts'), [first, second], { execArgv: ['--import', 'tsx'] });
  await once(child, 'message');
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describe('splitPath', () => {
  it('parts the last name from its folder', () => {
    const split = (path: string) => Object.values(splitPath(path)).map(String);
    assert.deepEqual(split('a/b/c//'), ['a/b', 'c']);
    assert.deepEqual(split('c'), ['.', 'c']);
    assert.deepEqual(split('/c'), ['/', 'c']);
    assert.deepEqual(split('/'), ['.', '']);
  });
});
