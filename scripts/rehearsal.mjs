// An engine for the rehearsal of the client's verbs (bundle.mjs): it says what an engine says when all goes well, and does
// nothing. What the client compiles to read that is then in its code cache, where a start finds it.
import { createServer } from 'node:http';

const id = 'c'.repeat(64);
const container = {
  ...{ Id: id, Names: ['/c'], Image: 'lab', ImageID: `sha256:${id}`, Command: 'sh', Created: 1, Labels: {} },
  ...{
    State: 'running',
    Status: 'Up 1 second',
    Ports: [{ IP: '0.0.0.0', PrivatePort: 1, PublicPort: 1, Type: 'tcp' }],
  },
};
const image = {
  ...{ Id: `sha256:${id}`, RepoTags: ['lab:latest'], RepoDigests: [], ParentId: '', Labels: null },
  ...{ Created: 1, Size: 1, VirtualSize: 1, SharedSize: -1, Containers: -1 },
};
const builds = [{ stream: 'Step 1/1 : FROM lab\n' }, { aux: { ID: image.Id } }, { stream: 'Successfully tagged x\n' }];

// By the end of the path.
const answers = {
  '/containers/json': [200, container],
  '/images/json': [200, image],
  '/containers/create': [201, { Id: id, Warnings: [] }],
  '/json': [200, { Id: id, Name: '/c', Config: {}, HostConfig: {}, State: { Running: true } }],
  '/exec': [201, { Id: id }],
  '/exec/json': [200, { ID: id, Running: false, ExitCode: 0 }],
  '/start': [204],
  '/wait': [200, { StatusCode: 0 }],
};

/** Listens on a unix socket. */
export async function pretendEngine(path) {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const [where] = request.url.replace(/^\/v[\d.]+/, '').split('?');
      if (where === '/build') return response.end(builds.map((line) => `${JSON.stringify(line)}\r\n`).join(''));
      const name = where.replace(/^\/(containers|exec)\/[^/]+/, where.startsWith('/exec/') ? '/exec' : '');
      const [status, body] = answers[where] ?? answers[name] ?? [404, { message: `nothing is rehearsed for ${where}` }];
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(body && JSON.stringify(where.endsWith('s/json') ? [body] : body));
    });
  });
  // Attached, and at its end at once: one frame of output, as the engine sends them.
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    socket.end(Buffer.from('\u0001\0\0\0\0\0\0\u0001x', 'latin1'));
  });
  await new Promise((resolve) => server.listen(path, resolve));
  return server;
}
