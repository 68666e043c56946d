/**
 * A real registry on this machine, for as long as somebody needs it: Debian's docker-registry (distribution 2.8), with a
 * configuration, a free port and a folder of its own.
 *
 * Tests and lesson registry use it. It listens on loopback alone, and ends with us: also when we are killed, because its
 * standard input is a pipe of ours that a shell waits for.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DrydockError } from '../../errors.ts';

export interface RegistrySetup {
  /** PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Lets in `person` alone, with a password. */
  readonly password?: true;
  /** Who hands out tokens (token-server.ts). */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly certificate: string;
  };
}

export interface LocalRegistry {
  /** `127.0.0.1:41893` */
  readonly host: string;
  readonly pid: number;
  /** What it has written so far: its log, a line a request. */
  log(): string;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** Whom a registry with a password lets in, and the line for it that htpasswd would write. */
export const person = { username: 'ada', password: 'lovelace' } as const;
const HTPASSWD = 'ada:$2b$04$y42m.pCK0Tt/W6xWMPqSTeUxJuxdSX6dLDdWCvCicOQAIPJ07yWR6';

/** Starts one and waits until it listens. Throws UNSUPPORTED where there is no docker-registry. */
export async function startRegistry(setup: RegistrySetup = {}): Promise<LocalRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-registry-'));
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify(configOf(setup, folder)), { mode: 0o600 });
  if (setup.password) writeFileSync(join(folder, 'htpasswd'), `${HTPASSWD}\n`, { mode: 0o600 });
  // The shell ends it when our end of the pipe closes, whatever became of us.
  const script = 'docker-registry serve "$1" </dev/null & read -r _; kill $! 2>/dev/null; wait $!';
  const child = spawn('sh', ['-c', script, 'sh', config], { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin.on('error', () => undefined); // it has ended before us
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  const host = await new Promise<string | undefined>((resolve) => {
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line);
      const [, address] = /"msg":"listening on ([0-9.:]+)/.exec(line) ?? [];
      if (address) resolve(address);
      if (/not found/.test(line)) child.stdin.end();
    });
    void ended.then(() => resolve(undefined));
  });
  if (host !== undefined) return { host, pid: child.pid!, log: () => lines.join('\n'), stop };
  await stop();
  throw new DrydockError('UNSUPPORTED', `no registry could be started: ${lines.at(-1) ?? 'it ended without a word'}`, {
    hint: 'apt-get install docker-registry',
  });
}

function configOf({ tls, password, token }: RegistrySetup, folder: string): object {
  const auth = {
    ...(password && { htpasswd: { realm: 'drydock', path: join(folder, 'htpasswd') } }),
    ...(token && { token: { ...token, certificate: undefined, rootcertbundle: token.certificate } }),
  };
  return {
    version: '0.1',
    log: { level: 'info', formatter: 'json' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: {
      addr: '127.0.0.1:0',
      secret: 'for one run',
      ...(tls && { tls }),
    },
    ...(Object.keys(auth).length > 0 && { auth }),
  };
}
