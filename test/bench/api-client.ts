/** A client of Docker's API that keeps its connections: what is measured is the engine. */
import { Agent, request } from 'node:http';

export interface WarmClient {
  importImage(name: string, archive: Buffer): Promise<void>;
  create(body: object): Promise<string>;
  start(id: string): Promise<void>;
  wait(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Throws when the command fails. */
  exec(id: string, Cmd: readonly string[]): Promise<void>;
  /** PID on the host. */
  pid(id: string): Promise<number>;
  close(): void;
}

export function warmClient(socketPath: string): WarmClient {
  const agent = new Agent({ keepAlive: true });
  const ask = (method: string, path: string, body?: object | Buffer, isLast = false): Promise<string> =>
    new Promise((resolve, reject) => {
      const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      const type = Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json';
      const headers = bytes ? { 'content-type': type, 'content-length': bytes.length } : {};
      // The answer of an exec ends with its connection.
      const options = { socketPath, method, path: `/v1.41${path}`, headers, agent: isLast ? false : agent } as const;
      const asked = request(options, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (more: string) => (text += more));
        answer.on('error', reject).on('end', () => {
          if (answer.statusCode! < 400) return resolve(text);
          reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
        });
      });
      asked.on('error', reject).end(bytes);
    });
  const askJson = async <T>(method: string, path: string, body?: object): Promise<T> =>
    JSON.parse(await ask(method, path, body)) as T;
  return {
    importImage: async (name, archive) => void (await ask('POST', `/images/create?fromSrc=-&repo=${name}`, archive)),
    create: async (body) => (await askJson<{ Id: string }>('POST', '/containers/create', body)).Id,
    start: async (id) => void (await ask('POST', `/containers/${id}/start`)),
    wait: async (id) => void (await ask('POST', `/containers/${id}/wait`)),
    remove: async (id) => void (await ask('DELETE', `/containers/${id}?force=1`)),
    async exec(id, Cmd) {
      const body = { AttachStdout: true, AttachStderr: true, Cmd };
      const { Id } = await askJson<{ Id: string }>('POST', `/containers/${id}/exec`, body);
      await ask('POST', `/exec/${Id}/start`, { Detach: false }, true);
      const { ExitCode } = await askJson<{ ExitCode: number }>('GET', `/exec/${Id}/json`);
      if (ExitCode !== 0) throw new Error(`${socketPath}: ${Cmd.join(' ')}: exit code ${ExitCode}`);
    },
    pid: async (id) => (await askJson<{ State: { Pid: number } }>('GET', `/containers/${id}/json`)).State.Pid,
    close: () => agent.destroy(),
  };
}
