/** `stats` of several containers, against a server that answers nobody before all have asked. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectHome } from '../../../../src/linux/native.ts';

describe('stats of several containers', () => {
  it('asks for all of them at once: each answer takes a second', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dd-stats-'));
    const waiting: ServerResponse[] = [];
    const server = createServer((_request, response) => {
      waiting.push(response);
      if (waiting.length === 3) for (const one of waiting) one.writeHead(404).end('{"message":"no such container"}');
    }).listen(join(folder, 's'));
    try {
      await once(server, 'listening');
      const line = ['--import', 'tsx', 'src/cli/index.ts', '-H', `unix://${folder}/s`, 'stats', '--no-stream'];
      const asked = promisify(execFile)(process.execPath, [...line, 'a', 'b', 'c'], {
        cwd: projectHome(),
        timeout: 30_000,
      });
      await assert.rejects(asked, { code: 1, stderr: 'Error response from daemon: no such container\n'.repeat(3) });
    } finally {
      server.close().closeAllConnections();
      rmSync(folder, { recursive: true });
    }
  }).timeout(40_000);
});
