/**
 * Images that go from under their containers, with the real `docker`: each command is given to our engine and to a dockerd,
 * and both must answer the same, to the exit code.
 */
import { both, lacks, startDockerd, startEngine, type Server } from './engine-support.ts';
import { command, labArchive, said, skipAll } from './support.ts';

describe('an image that a container stands on', function () {
  this.timeout(180_000);
  let ours: Server;
  let theirs: Server;

  /** Ours counts blocks of the disk, theirs the bytes of files; and an archive of a layer is not named as theirs. */
  const alike = (text: string): string =>
    text.replace(/\b[\d.]+ ?[kM]?B\b/g, 'SIZE').replaceAll('sha256:ID64', 'DIGEST');
  const same = (...words: string[]): Promise<unknown> => both(ours, theirs, words, { same: alike });
  /** Images come by the second of their making, changes as the disk has them: of the rest, the order is anybody's. */
  const inAnyOrder = (...words: string[]): Promise<unknown> =>
    both(ours, theirs, words, { same: (text) => alike(text).split('\n').sort().join('\n') });
  /** With the id of a container's image in place of `IMAGE`. */
  async function sameById(container: string, ...words: string[]): Promise<void> {
    const of = async (server: Server): Promise<Server> => {
      const id = await said(server.docker('inspect', '-f', '{{.Image}}', container));
      return { ...server, docker: (...all) => server.docker(...all.map((word) => (word === 'IMAGE' ? id : word))) };
    };
    await both(await of(ours), await of(theirs), words, { same: alike });
  }

  before('an engine, and a dockerd', async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    [ours, theirs] = await Promise.all([startEngine(), startDockerd()]);
    for (const server of [ours, theirs])
      for (const name of ['runs:1', 'ended:1'])
        await said(server.docker('import', '-m', name, await labArchive(), name));
  });
  after(async () => {
    for (const server of [ours, theirs]) await command(server?.docker('rm', '-f', 'up', 'down') ?? ['true']);
    await ours?.end();
    await theirs?.end();
  });

  it('that runs loses its name by force and stays; everything can be asked and made of the container', async () => {
    const script = 'echo x > /new; echo ready; exec sleep 1000';
    for (const server of [ours, theirs]) {
      await said(
        server.docker('run', '-d', '--init', '--network', 'none', '--name', 'up', 'runs:1', 'sh', '-c', script),
      );
      await said(['sh', '-c', `until ${server.docker('logs', 'up').join(' ')} | grep -q ready; do sleep 0.1; done`]);
    }
    await same('rmi', 'runs:1');
    await same('rmi', '-f', 'runs:1');
    await inAnyOrder('images', '--format', '{{.Repository}}:{{.Tag}}');
    await same('ps', '--format', '{{.Names}} {{.Image}}');
    await same('ps', '--size', '--format', '{{.Names}} {{.Size}}');
    await same('inspect', '-f', '{{.Config.Image}}', 'up');
    await inAnyOrder('diff', 'up');
    await same('commit', 'up', 'made:1');
    await same('run', '--rm', '--network', 'none', 'made:1', 'cat', '/new');
    for (const force of [[], ['-f']]) await sameById('up', 'rmi', ...force, 'IMAGE');
    await same('tag', 'made:1', 'made:2');
    await same('rmi', 'made:1');
    await same('run', '-d', '--network', 'none', '--name', 'down', 'made:2', 'true');
    await same('wait', 'down');
    await same('rmi', '-f', 'made:2');
    await same('rm', 'down');
    await sameById('up', 'rmi', '-f', 'IMAGE');
    await same('tag', 'ended:1', 'runs:1');
    await same('ps', '--format', '{{.Names}} {{.Image}}');
    await same('rmi', 'runs:1');
    await same('rm', '-f', 'up');
    // A layer of an image that went by force goes with the next collection, theirs with its last container.
    for (const server of [ours, theirs]) await said(server.docker('image', 'prune', '-f'));
    await inAnyOrder('images', '-a', '--format', '{{.Repository}}:{{.Tag}}');
  });

  it('that does not run goes by force, and the container keeps its files and its size', async () => {
    await same('run', '--network', 'none', '--name', 'down', 'ended:1', 'sh', '-c', 'echo x > /new');
    await same('rmi', 'ended:1');
    await sameById('down', 'rmi', 'IMAGE');
    await same('rmi', '-f', 'ended:1');
    await same('ps', '-a', '--format', '{{.Names}} {{.Image}}');
    await same('ps', '-as', '--format', '{{.Names}} {{.Size}}');
    await same('inspect', '-s', '-f', '{{.Name}}', 'down');
    await same('system', 'df', '--format', '{{.Type}} {{.TotalCount}} {{.Active}}');
    await inAnyOrder('diff', 'down');
    await same('start', '-a', 'down');
    await same('rm', 'down');
    await inAnyOrder('images', '-aq');
  });
});
