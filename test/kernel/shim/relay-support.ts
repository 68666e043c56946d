/** A relay in the hands of a test, from ::1 to 127.0.0.1 of this machine. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { native, projectHome } from '../../../src/linux/native.ts';
import { waitFor } from '../../../src/runtime/wait.ts';
import { folder, fresh, until } from '../support.ts';

export const types = { tcp: 1, udp: 2 } as const;
/** 0, 1, 2, its folder, one socket, an epoll and its signals. */
export const QUIET = 7;
const program = process.env.DRYDOCK_SHIM ?? join(projectHome(), 'build/Release/drydock-shim');

/** One at a time; `afterEach(() => relay.kill())`. */
export class Relay {
  pid = 0;
  /** How it has ended, or will. */
  ended = Promise.resolve(0);
  /** Our end of the conversation. */
  conversation = -1;

  /** One that waits for its go; `words` in place of those that fit the sockets. */
  spawn(sockets: readonly number[], words: readonly string[]): void {
    const place = join(folder, fresh('relay'));
    mkdirSync(place);
    const [ours, theirs] = native.seqpacketPair();
    const folderOf = openSync(place, 'r');
    const all = [[theirs, 2], [theirs, 3], [folderOf, 4], ...sockets.map((socket, i) => [socket, 5 + i] as const)];
    const argv = ['drydock-shim', 'relay', ...words];
    this.pid = native.spawn({ exec: program, argv, env: [], fds: all as [number, number][], session: true });
    [theirs, folderOf, ...sockets].forEach((fd) => closeSync(fd));
    this.ended = waitFor(this.pid).then((code) => {
      this.pid = 0;
      return code;
    });
    this.conversation = ours;
  }

  /** One at work, which leads ::1 to a port of 127.0.0.1; at which port of ::1. */
  async begin(protocol: keyof typeof types, to: number, ...options: string[]): Promise<number> {
    const port = await freePort(protocol);
    const socket = native.boundSocket(types[protocol], '::1', port);
    this.spawn([socket], [...options, '127.0.0.1', `[::1]:${port}:${to}/${protocol}`]);
    try {
      assert.equal(await this.said(), 'ready');
      native.send(this.conversation, 'go');
    } finally {
      closeSync(this.conversation);
    }
    await until('it has closed its end', () => this.descriptors() === QUIET);
    return port;
  }

  /** What it says first. */
  async said(): Promise<string> {
    const message = await until('a word', () => native.receive(this.conversation) ?? undefined);
    return message.data.toString();
  }

  descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Kilobytes that are resident. */
  memory(): number {
    return Number(/^Rss: +(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/smaps_rollup`, 'utf8'))![1]);
  }

  /** Asks it to end, and sees that it does. */
  async stop(): Promise<void> {
    process.kill(this.pid, 'SIGTERM');
    await this.end();
  }

  /** Awaits its end. */
  async end(code = 0): Promise<void> {
    assert.equal(await this.ended, code);
  }

  async kill(): Promise<void> {
    if (!this.pid) return;
    process.kill(this.pid, 'SIGKILL');
    await this.ended;
  }
}

/** One of ::1 that is nobody's now. */
export async function freePort(protocol: keyof typeof types): Promise<number> {
  const taken = protocol === 'tcp' ? createServer().listen(0, '::1') : createSocket('udp6').bind(0, '::1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await new Promise<void>((resolve) => taken.close(() => resolve()));
  return port;
}
