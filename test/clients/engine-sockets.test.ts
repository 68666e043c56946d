/** The sockets of an engine that cannot open all of them: none is left open, and none that is somebody else's is removed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isAnswered } from '../../src/linux/answered.ts';
import { projectHome } from '../../src/linux/native.ts';
import { freshFolder } from './support.ts';

const bundle = join(projectHome(), 'dist/drydock.cjs');

describe('an engine that cannot open all its sockets', function () {
  this.timeout(60_000);
  let run: string;
  let own: string;
  let others: Server[];

  beforeEach(() => {
    run = freshFolder(`sockets/${process.hrtime.bigint()}`);
    own = join(run, 'drydock.sock');
    others = [];
  });
  afterEach(() => {
    for (const other of others) other.close();
  });

  const somebody = async (...where: [string] | [number, string]): Promise<Server> => {
    const server = createServer((client) => client.destroy());
    others.push(server);
    await once(where.length === 1 ? server.listen(where[0]) : server.listen(...where), 'listening');
    return server;
  };

  /** It has to end by itself: a signal would only show that it had not. */
  async function refused(
    words: readonly string[],
    { before = [], fds = [], exitCode = 1 }: { before?: string[]; fds?: number[]; exitCode?: number } = {},
  ): Promise<string> {
    const all = [...before, process.execPath, bundle, 'daemon', ...words, '--data-root', join(run, 'root')];
    const child = spawn(all[0]!, [...all.slice(1), '--exec-root', run], { stdio: ['ignore', 'pipe', 'pipe', ...fds] });
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const [[code], stderr] = await Promise.all([once(child, 'exit'), text(child.stderr!)]);
    clearTimeout(late);
    assert.equal(code, exitCode, stderr);
    assert.equal(existsSync(own), false, 'its own socket is gone');
    return stderr.replace(/\s+/g, ' ');
  }

  it('says which group cannot have it, and ends', async () => {
    const [, group] = /^(\w+):[^:]*:[1-9]/m.exec(readFileSync('/etc/group', 'utf8'))!;
    // In a user namespace of root alone no other group is known.
    const before = ['unshare', '--map-root-user', '--mount', '--net'];
    const said = await refused(['--group', group!], { before });
    assert.match(said, /drydock\.sock cannot be given to group \d+: EINVAL.* --group/);
  });

  it('leaves the socket and the pidfile alone of one that answers', async () => {
    const theirs = join(freshFolder('theirs'), 'their.sock');
    await somebody(theirs);
    const pidfile = join(freshFolder('theirs'), 'pid');
    writeFileSync(pidfile, '1\n');
    const words = ['-H', 'unix://', '-H', `unix://${theirs}`, '--pidfile', pidfile];
    assert.match(await refused(words), /somebody already listens at/);
    assert.equal(await isAnswered(theirs), true);
    assert(existsSync(pidfile), 'and so is their pidfile');
  });

  it('ends when the second port is taken', async () => {
    const { port } = (await somebody(0, '127.0.0.1')).address() as { port: number };
    const said = await refused(['-H', 'unix://', '-H', `tcp://127.0.0.1:${port}`]);
    assert.match(said, /cannot listen at tcp:.*EADDRINUSE/);
  });

  it('takes all the sockets of a service manager, or none', async () => {
    const passed = [await somebody(join(freshFolder('passed'), 'a.sock')), await somebody(0, '127.0.0.1')];
    const fds = passed.map((server) => (server as unknown as { _handle: { fd: number } })._handle.fd);
    const before = ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=2 exec "$@"', 'sh'];
    const said = await refused(['-H', 'fd://'], { before, fds, exitCode: 125 });
    assert.match(said, /fd:\/\/4 is a socket of the network/);
  });
});
