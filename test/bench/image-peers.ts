/**
 * Who is measured with images. Each can pull (and unpack), save, push and load; what has to be made ready for an act is not
 * counted. Peaks are the kernel's: of a command what time(1) says, of a daemon VmHWM, which clear_refs begins anew
 * (proc(5)); dockerd's containerd and its unpackers are not in it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { forgetPeak, peakOf, startDockerd, startDrydock, type Daemon, type Words } from './daemons.ts';

export const kinds = ['drydock', 'dockerd', 'skopeo+umoci'] as const;
export const acts = ['pull', 'save', 'push', 'load'] as const;
export type Act = (typeof acts)[number];

export interface Cost {
  readonly ms: number;
  /** Kilobytes. */
  readonly peak: number;
}

/** A peer with nothing yet, in a folder of its own. The acts are run in their order. */
export interface Peer {
  run(act: Act, image: string): Promise<Cost>;
  end(): Promise<void>;
}

/** Where images come from, and where they are pushed to: an empty registry. */
export interface Hosts {
  readonly from: string;
  readonly to: string;
}

/** Runs commands to their ends. Throws what one said that fails. */
async function timed(commands: readonly Words[], env: NodeJS.ProcessEnv = {}): Promise<Cost> {
  const began = performance.now();
  let peak = 0;
  for (const words of commands) {
    const child = spawn('/usr/bin/time', ['-f', 'peak %M', ...words], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${said}`);
    peak = Math.max(peak, Number(/^peak (\d+)$/m.exec(said)![1]));
  }
  return { ms: performance.now() - began, peak };
}

/** What Docker and Drydock have in common: their words. */
function verbs(program: Words, { from, to }: Hosts, archive: string, image: string): Record<Act, Words> {
  const [name, pushed] = [`${from}/${image}:1`, `${to}/${image}:1`];
  return {
    pull: [...program, 'pull', '-q', name],
    save: [...program, 'save', '-o', archive, name],
    push: [...program, 'push', '-q', pushed],
    load: [...program, 'load', '-q', '-i', archive],
  };
}

/** What comes before the act. */
function ready(program: Words, { from, to }: Hosts, act: Act, image: string): Words[] {
  const [name, pushed] = [`${from}/${image}:1`, `${to}/${image}:1`];
  if (act === 'push') return [[...program, 'tag', name, pushed]];
  return act === 'load' ? [[...program, 'rmi', name, pushed]] : [];
}

async function daemon(starting: Promise<Daemon>, folder: string, hosts: Hosts): Promise<Peer> {
  const { pid, client, env, end } = await starting;
  await timed([[...client, 'version']], env);
  return {
    async run(act, image) {
      await timed(ready(client, hosts, act, image), env);
      forgetPeak(pid);
      const { ms } = await timed([verbs(client, hosts, join(folder, `${image}.tar`), image)[act]], env);
      return { ms, peak: peakOf(pid) };
    },
    end,
  };
}

/** An OCI layout by skopeo, and umoci's tree of it; save and load are copies from and to an archive. */
function skopeoAndUmoci(folder: string, { from, to }: Hosts): Peer {
  const copy = (...words: string[]): Words => ['skopeo', 'copy', '-q', ...words];
  const commands: Record<Act, (image: string) => Words[]> = {
    pull: (image) => [
      copy('--src-tls-verify=false', `docker://${from}/${image}:1`, `oci:${join(folder, 'layout')}:${image}`),
      ['umoci', 'unpack', '--image', `${join(folder, 'layout')}:${image}`, join(folder, `tree-${image}`)],
    ],
    save: (image) => [
      copy(`oci:${join(folder, 'layout')}:${image}`, `docker-archive:${join(folder, image)}.tar:${image}:1`),
    ],
    push: (image) => [
      copy('--dest-tls-verify=false', `oci:${join(folder, 'layout')}:${image}`, `docker://${to}/${image}:1`),
    ],
    load: (image) => [
      copy(`docker-archive:${join(folder, image)}.tar`, `oci:${join(folder, 'loaded')}:${image}`),
      ['umoci', 'unpack', '--image', `${join(folder, 'loaded')}:${image}`, join(folder, `loaded-${image}`)],
    ],
  };
  return { run: (act, image) => timed(commands[act](image)), end: async () => undefined };
}

export async function startPeer(kind: (typeof kinds)[number], folder: string, hosts: Hosts): Promise<Peer> {
  if (kind === 'dockerd') return daemon(startDockerd(folder), folder, hosts);
  return kind === 'drydock' ? daemon(startDrydock(folder), folder, hosts) : skopeoAndUmoci(folder, hosts);
}
