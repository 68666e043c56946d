/** The options of a stack, as data: their order, what is escaped in them, and whether they fit in a page. */
import assert from 'node:assert/strict';
import { aufsKnown, branchMounts } from '../../../src/snapshots/aufs.ts';
import { fitted, OPTION_PAGE } from '../../../src/snapshots/option-page.ts';
import { stackOptions } from '../../../src/snapshots/overlay.ts';
import { chainFrom, checkName, type Place } from '../../../src/snapshots/record.ts';

const many = (count: number, path: (number: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => path(i));

describe('the options of an overlay', () => {
  it('name the lower directories from the nearest to the base, and what is written to', () => {
    assert.deepEqual(stackOptions(['/l/c', '/l/b', '/l/a'], '/u', '/w'), [
      'lowerdir=/l/c:/l/b:/l/a',
      'upperdir=/u',
      'workdir=/w',
    ]);
    assert.deepEqual(stackOptions(['/l/b', '/l/a']), ['lowerdir=/l/b:/l/a']);
  });

  it('have a backslash before what would part them', () => {
    assert.deepEqual(stackOptions(['/a:b,c\\d'], '/u:v,w', '/x'), [
      'lowerdir=/a\\:b\\,c\\\\d',
      'upperdir=/u:v\\,w',
      'workdir=/x',
    ]);
  });

  it('are left as they are while they fit in a page', () => {
    const options = stackOptions(['/l/a'], '/u', '/w');
    assert.deepEqual(fitted(options), { data: options.join(',') });
  });

  it('become relative to the folder of the links when they do not', () => {
    const root = `/some:where/${'x'.repeat(100)}/l`;
    const { data, cwd } = fitted(
      stackOptions(
        many(128, (i) => `${root}/k${i}`),
        '/u',
        '/w',
      ),
    );
    assert.equal(cwd, root);
    assert(data.startsWith('lowerdir=k0:k1:'), data);
    assert(data.endsWith(':k127,upperdir=/u,workdir=/w'), data);
    assert(data.length < OPTION_PAGE);
  });

  it('stay as they are when the directories have no folder in common, for the kernel to refuse', () => {
    const options = stackOptions(many(128, (i) => `/${'x'.repeat(50)}/${i}/fs`));
    assert.deepEqual(fitted(options), { data: options.join(',') });
  });
});

describe('the branches of aufs', () => {
  it('are one mount while they fit in a page: the writable one first, then the nearest', () => {
    assert.deepEqual(branchMounts('/l/w', ['/l/b', '/l/a']), [
      { type: 'aufs', source: 'none', options: ['br:/l/w=rw:/l/b=ro+wh:/l/a=ro+wh', 'dio', 'xino=/dev/shm/aufs.xino'] },
    ]);
  });

  it('are appended by remounts when they do not, each once and in order', () => {
    const lower = many(128, (i) => `/${'x'.repeat(60)}/${i}`);
    const [first, ...rest] = branchMounts('/l/w', lower);
    assert(first!.options.join(',').length <= OPTION_PAGE);
    const [, ...fitting] = first!.options[0]!.split(':').slice(1);
    const appended = rest.map(({ options }) => {
      assert.equal(options[0], 'remount');
      return options[1]!.replace(/^append:/, '');
    });
    assert(appended.length > 0);
    assert.deepEqual(
      [...fitting, ...appended],
      lower.map((path) => `${path}=ro+wh`),
    );
  });

  it('are all read-only in a view', () => {
    const { options } = branchMounts(undefined, ['/l/b', '/l/a'])[0]!;
    assert.equal(options[0], 'br:/l/b=ro+wh:/l/a=ro+wh');
    assert.equal(options.at(-1), 'ro');
  });

  it('can be mounted where /proc/filesystems names it', () => {
    assert(aufsKnown('nodev\tproc\nnodev\taufs\n\text4\n'));
    assert(!aufsKnown('nodev\tproc\nnodev\toverlay\n\text4\n'));
  });
});

describe('the chain of a snapshot', () => {
  const place = (name: string, parent?: string, kind: 'committed' | 'active' = 'committed'): Place => ({
    folder: `/s/${name}`,
    record: { name, kind, parent, created: '' },
  });
  const all = [place('base'), place('middle', 'base'), place('top', 'middle'), place('box', 'top', 'active')];
  const find = (name: string): Place => all.find(({ record }) => record.name === name)!;

  it('begins with the parent itself and ends with the base', () => {
    assert.deepEqual(
      chainFrom('top', find).map(({ record }) => record.name),
      ['top', 'middle', 'base'],
    );
  });

  it('is refused for what is not committed', () => {
    assert.throws(() => chainFrom('box', find), { code: 'SNAPSHOT_MISSING' });
  });
});

describe('the name of a snapshot', () => {
  it('is a chain ID or the name of a container', () => {
    for (const name of [`sha256:${'0'.repeat(64)}`, 'box', '4e07408562be-init', 'a.b_c']) checkName(name);
  });

  it('is nothing that could be another path', () => {
    for (const name of [
      '',
      '.',
      '..',
      'l',
      '.new-1',
      'a/b',
      'a\0b',
      'a:b',
      `sha256:${'0'.repeat(63)}`,
      `SHA256:${'0'.repeat(64)}`,
    ])
      assert.throws(() => checkName(name), { code: 'ID_INVALID' }, JSON.stringify(name));
  });
});
