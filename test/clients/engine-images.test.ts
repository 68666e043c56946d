/**
 * Images over the engine's API, with the real `docker`: each command is given to our engine and to a dockerd, and both must
 * answer the same, to the exit code.
 */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { both, lacks, startDockerd, startEngine, type Server } from './engine-support.ts';
import { layoutOf, treeOfEveryKind } from './images-support.ts';
import { command, folder, freshFolder, labArchive, said, skipAll } from './support.ts';

describe('images, by the real docker', function () {
  this.timeout(180_000);
  let ours: Server;
  let theirs: Server;
  let registry: LocalRegistry;
  let name = '';

  /** Ours counts the bytes of the archives, Docker's driver those of the files; its newer daemons write filters small. */
  const alike = (text: string): string =>
    text.replace(/\b[\d.]+ ?[kMG]B\b/g, 'SIZE').replace('Invalid filter', 'invalid filter');
  const same = (words: readonly string[], given: Parameters<typeof both>[3] = {}) =>
    both(ours, theirs, words, { same: alike, ...given });

  before('a registry, an engine, and a dockerd', async function () {
    const reason = lacks('skopeo', 'docker-registry');
    if (reason) skipAll(this, reason);
    registry = await startRegistry();
    const tree = treeOfEveryKind(freshFolder('tree'));
    const layout = layoutOf(freshFolder('layout'), [tree], { Cmd: ['sh'], Env: ['PATH=/bin'], Labels: { a: 'b' } });
    name = `${registry.host}/team/kinds:1`;
    await said(['skopeo', 'copy', '--dest-tls-verify=false', `oci:${layout}`, `docker://${name}`]);
    [ours, theirs] = await Promise.all([startEngine(), startDockerd()]);
  });
  after(async () => {
    await ours?.end();
    await theirs?.end();
    await registry?.stop();
  });

  it('pulls, and says so in the same words, and the second time that nothing is to do', async () => {
    // A small layer is checked before Docker comes to say that it checks it.
    const { stdout } = await same(['pull', name], { same: (text) => text.replace('ID: Verifying Checksum\n', '') });
    assert.match(stdout, /Pull complete[\s\S]*Downloaded newer image/);
    assert.match((await same(['pull', name])).stdout, /Image is up to date/);
    assert.equal((await same(['pull', '-q', name])).stdout, `${name}\n`);
  });

  it('lists, filters, formats and inspects', async () => {
    await same(['images', '--no-trunc', '--digests']);
    await same(['images', '-q', '--filter', 'label=a=b']);
    await same(['images', '--filter', 'dangling=true']);
    await same(['images', registry.host + '/team/*']);
    await same(['images', '--filter', 'colour=red']);
    await same([
      'inspect',
      '--type',
      'image',
      '-f',
      '{{.Id}} {{.Os}}/{{.Architecture}} {{json .Config.Cmd}} {{json .RootFS}}',
      name,
    ]);
    await same(['history', '--no-trunc', '--format', '{{.CreatedBy}} {{.Size}}', name]);
  });

  it('tags, untags and removes, with the same messages where it cannot be', async () => {
    await same(['tag', name, 'again:2']);
    await same(['tag', name, 'UPPER']);
    await same(['tag', 'missing', 'again:3']);
    await same(['images', '--format', '{{.Repository}}:{{.Tag}}'], {
      same: (text) => text.split('\n').sort().join('\n'),
    });
    await same(['rmi', 'again:2']);
    await same(['rmi', 'missing:1']);
    // Docker 20.10 says the name twice; today's says what ours says.
    const { stderr } = await command(ours.docker('image', 'inspect', 'missing'));
    assert.equal(stderr, 'Error response from daemon: No such image: missing:latest\n');
    await same(['history', 'missing']);
  });

  it('imports an archive, saves it, and loads what it has saved', async () => {
    const archive = await labArchive();
    await same(['import', '-m', 'the lab', '-c', 'CMD ["sh"]', archive, 'lab:1'], { same: () => '' });
    await same(['image', 'inspect', '-f', '{{json .Config.Cmd}} {{.Comment}} {{json .RootFS}}', 'lab:1']);
    for (const server of [ours, theirs]) {
      const file = join(folder, `saved-${server === ours ? 'ours' : 'theirs'}.tar`);
      await said(server.docker('save', '-o', file, 'lab:1'));
      assert(statSync(file).size > 1_000_000);
    }
    await same(['save', '-o', join(folder, 'none.tar'), 'missing'], { same: (text) => text.replace(':latest', '') });
    assert(!existsSync(join(folder, 'none.tar')));
    // Each reads what the other has written.
    const [mine, other] = ['ours', 'theirs'].map((who) => join(folder, `saved-${who}.tar`));
    // Docker tells, too, that the name has left another image.
    const loaded = /^(The image lab:1 already exists, .*\n)?Loaded image: lab:1$/;
    assert.match(await said(theirs.docker('load', '-q', '-i', mine!)), loaded);
    assert.match(await said(ours.docker('load', '-q', '-i', other!)), loaded);
    // Docker's words are those of the program that it starts to read it.
    await same(['load'], { input: 'no archive', same: () => '' });
    assert.match(
      (await command(ours.docker('load'), { input: 'no archive' })).stderr,
      /ends in the middle of its headers/,
    );
  });

  it('pushes, and the registry has it', async () => {
    await same(['tag', 'lab:1', `${registry.host}/team/lab:1`]);
    const { stdout } = await command(ours.docker('push', `${registry.host}/team/lab:1`));
    assert.match(
      stdout,
      /^The push refers to repository \[[^\]]*team\/lab\]\n[\s\S]*Pushed[\s\S]*1: digest: sha256:\w{64} size: \d+\n$/,
    );
    await same(['push', `${registry.host}/team/missing:1`]);
    await same(['pull', `${registry.host}/team/missing:1`]);
  });

  it('prunes what has no name', async () => {
    await same(['tag', name, 'lab:1']);
    await same(['images', '-q', '--filter', 'dangling=true'], { same: (text) => String(text.split('\n').length) });
    await same(['image', 'prune', '-f', '--filter', 'colour=red']);
    const { stdout } = await command(ours.docker('image', 'prune', '-f'));
    assert.match(stdout, /^(Deleted Images:\n[\s\S]*\n\n)?Total reclaimed space: /);
  });
});
