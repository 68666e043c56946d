import assert from 'node:assert/strict';
import { MS_NODEV, MS_RDONLY } from '../../../src/linux/constants.ts';
import { linux316 } from '../../../src/linux/features.ts';
import { checkMount, mountRequests, type MountRequest } from '../../../src/runtime/mount-request.ts';
import type { Mount, Spec } from '../../../src/runtime/spec.ts';

const mappings = [{ containerID: 0, hostID: 1000, size: 1 }];
const able = { ...linux316, mountSetattr: true };

function requestOf(mount: Partial<Mount>, linux: Spec['linux'] = {}): [MountRequest, Spec] {
  const spec: Spec = {
    ociVersion: '1.2.0',
    process: { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 } },
    root: { path: 'rootfs' },
    mounts: [{ destination: '/data', ...mount }],
    linux,
  };
  return [mountRequests(spec, '/bundle')[0]!, spec];
}

const bind = (...options: string[]): Partial<Mount> => ({ source: '/src', options: ['bind', ...options] });

const refused = (mount: Partial<Mount>, message: RegExp, code = 'SPEC_INVALID'): void =>
  assert.throws(() => checkMount(...requestOf(mount), able), { code, message }, String(message));

const accepted = (mount: Partial<Mount>, linux?: Spec['linux']): void => checkMount(...requestOf(mount, linux), able);

describe('an entry of mounts', () => {
  it('is refused as a bind with a word that the kernel would never see', () => {
    for (const word of ['foo', 'size=64k', 'constructor', 'toString', '__proto__', 'hasOwnProperty', 'ro,nosuid', ''])
      refused(bind(word), new RegExp(`^mounts\\.0 \\(/data\\): '${word}' is no option of a bind`));
    refused({ type: 'bind', source: '/src', options: ['bar'] }, /'bar'/);
  });

  it('says which word was meant', () => {
    for (const [word, meant] of Object.entries({
      rrro: 'rro',
      nosiud: 'nosuid',
      'no-exec': 'noexec',
      rprivat: 'rprivate',
    }))
      assert.throws(() => checkMount(...requestOf(bind(word)), able), { hint: `did you mean '${meant}'?` }, word);
  });

  it('leaves the words of a file system to it, also those that objects have', () => {
    accepted({ type: 'tmpfs', options: ['size=64k', 'constructor', 'foo'] });
    assert.deepEqual(requestOf({ type: 'tmpfs', options: ['toString', 'mode=755'] })[0].options.rest, [
      'toString',
      'mode=755',
    ]);
  });

  it('copies up into a tmpfs only', () => {
    accepted({ type: 'tmpfs', options: ['tmpcopyup'] });
    refused({ type: 'proc', options: ['tmpcopyup'] }, /tmpcopyup/);
    refused(bind('tmpcopyup'), /tmpcopyup/);
  });

  it('is refused as a bind with what only a file system can do', () => {
    for (const word of ['sync', 'dirsync', 'mand', 'iversion', 'lazytime']) refused(bind(word), new RegExp(word));
    for (const word of ['async', 'loud', 'silent', 'defaults']) accepted(bind(word));
    accepted(bind('sync', 'async'));
  });

  it('is refused when it is neither a bind nor of a type, or a bind of nothing', () => {
    refused({ source: '/src' }, /neither a type nor a bind/);
    refused({ options: ['rbind'] }, /a bind without a source/);
    accepted({ options: ['remount', 'ro'] });
  });

  it('takes a relative source of a bind from the bundle, and of nothing else', () => {
    const sourceOf = (mount: Partial<Mount>): string | null => requestOf(mount)[0].source;
    assert.equal(sourceOf({ source: 'src/../link', options: ['rbind'] }), '/bundle/src/../link');
    assert.equal(sourceOf({ source: '.', type: 'bind' }), '/bundle/.');
    assert.equal(sourceOf({ source: '/src', type: 'bind' }), '/src');
    assert.equal(sourceOf({ source: 'tmpfs', type: 'tmpfs' }), 'tmpfs');
  });

  it('has its owners translated because of its mappings, its options, or both', () => {
    const own = { uidMappings: mappings, gidMappings: mappings };
    const cases: [Partial<Mount>, wanted: MountRequest['options']['idmap']][] = [
      [{ ...bind(), ...own }, 'top'],
      [{ ...bind('idmap'), ...own }, 'top'],
      [{ ...bind('ridmap'), ...own }, 'all'],
      [{ ...bind(), uidMappings: [], gidMappings: [] }, undefined],
    ];
    for (const [mount, wanted] of cases) {
      accepted(mount);
      assert.equal(requestOf(mount)[0].options.idmap, wanted);
    }
    accepted(bind('idmap'), { namespaces: [{ type: 'user' }] });
    accepted(bind('ridmap'), { namespaces: [{ type: 'user', path: '/proc/1/ns/user' }] });
  });

  it('is refused with owners that nobody can translate', () => {
    refused(bind('idmap'), /idmap without mappings/);
    refused({ ...bind(), uidMappings: mappings }, /uidMappings without gidMappings/);
    refused({ ...bind('idmap'), gidMappings: mappings }, /gidMappings without uidMappings/);
    refused({ type: 'tmpfs', options: ['idmap'] }, /only a bind/);
    refused({ type: 'tmpfs', uidMappings: mappings, gidMappings: mappings }, /only a bind/);
  });

  it('is refused with what this kernel would leave out', () => {
    for (const word of ['rro', 'rnosuid', 'nosymfollow'])
      assert.throws(() => checkMount(...requestOf(bind(word)), linux316), { code: 'UNSUPPORTED' }, word);
    checkMount(...requestOf(bind('ro', 'nodev')), linux316);
  });

  it('keeps what the words say of its top apart from what they say of the tree', () => {
    const { mount, recursive } = requestOf(bind('ro', 'rnodev', 'rrw', 'dev'))[0].options;
    assert.deepEqual(mount, { set: 0, clear: MS_NODEV });
    assert.deepEqual(recursive, { set: MS_NODEV, clear: MS_RDONLY });
  });
});
