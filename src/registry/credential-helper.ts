/**
 * Programs that keep passwords better than a file does: `docker-credential-NAME get`, `store`, `erase`.
 *
 * A server's address goes in through standard input, an answer comes as JSON; nothing secret stands in a command line, which all of
 * a machine can read. The name comes from a file of the person's own and becomes part of a program's: it is letters, digits and dashes
 * or it is refused.
 */
import { DrydockError } from '../errors.ts';

export interface Secret {
  readonly username: string;
  readonly secret: string;
}

const LIMIT = 1024 * 1024;
/** It may ask a person for a PIN. */
const PATIENCE_MS = 120_000;

/** undefined: it does not know this server. */
export async function get(helper: string, server: string): Promise<Secret | undefined> {
  const { code, output } = await run(helper, 'get', server);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw failed(helper, 'get', output);
  }
  const { Username: username, Secret: secret } = parse(helper, output);
  return typeof username === 'string' && typeof secret === 'string' && secret !== '' ? { username, secret } : undefined;
}

export async function store(helper: string, server: string, { username, secret }: Secret): Promise<void> {
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: secret });
  const { code, output } = await run(helper, 'store', input);
  if (code !== 0) throw failed(helper, 'store', output);
}

export async function erase(helper: string, server: string): Promise<void> {
  const { code, output } = await run(helper, 'erase', server);
  if (code !== 0 && !/credentials not found/i.test(output)) throw failed(helper, 'erase', output);
}

async function run(helper: string, verb: string, input: string): Promise<{ code: number | null; output: string }> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper))
    throw new DrydockError('UNAUTHORIZED', `'${helper}' is no name of a credential helper`);
  const { spawn } = await import('node:child_process'); // which few who talk to a registry need
  return new Promise((resolve, reject) => {
    const program = `docker-credential-${helper}`;
    const child = spawn(program, [verb], { stdio: ['pipe', 'pipe', 'inherit'], timeout: PATIENCE_MS });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LIMIT) child.kill();
      else chunks.push(chunk);
    });
    child.on('error', (cause) =>
      reject(
        new DrydockError('UNAUTHORIZED', `${program} cannot be started: ${cause.message}`, {
          hint: 'install it, or take it out of credsStore and credHelpers in ~/.docker/config.json',
          cause,
        }),
      ),
    );
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
    child.stdin.on('error', () => undefined); // it has ended without reading; its code tells
    child.stdin.end(input);
  });
}

function parse(helper: string, output: string): Record<string, unknown> {
  try {
    return JSON.parse(output) as Record<string, unknown>;
  } catch {
    throw failed(helper, 'get', 'it answers with no JSON'); // and not with the answer: it may be half a password
  }
}

function failed(helper: string, verb: string, output: string): DrydockError {
  const [line = ''] = output.trim().split('\n', 1);
  return new DrydockError('UNAUTHORIZED', `docker-credential-${helper} ${verb}: ${line || 'it failed without a word'}`);
}
