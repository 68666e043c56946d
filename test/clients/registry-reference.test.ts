/** Names of images, as docker's own command line reads and prints them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { parseReference, printReference, withDefaultTag } from '../../src/registry/reference.ts';
import { chance } from './registry-cases.ts';
import { scratch } from './registry-support.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const typed = [
  ...[
    'busybox',
    'busybox:1',
    'team/app',
    'docker.io/busybox',
    'index.docker.io/x',
    'library/x',
    'library/a/b',
    'a/b/c/d',
  ],
  ...[
    'localhost/x',
    'localhost:5000/x:y',
    '127.0.0.1:5000/x',
    'registry.example/library/x',
    'localhost',
    'a.b',
    'x:5000',
  ],
  ...[
    'a__b',
    'a___b',
    'a--b',
    'a..b',
    'a.-b',
    '_a',
    'a_',
    'A',
    'library/A',
    'x:A',
    'a/',
    '/a',
    'a//b',
    ':1',
    'x:',
    'x@',
    '',
  ],
  ...[
    `x@${digest}`,
    `x:1@${digest}`,
    `x@${digest.toUpperCase()}`,
    `x@${digest.slice(0, -1)}`,
    'x@md5:00',
    digest.slice(7),
  ],
  ...[
    'x:.a',
    `x:${'a'.repeat(128)}`,
    `x:${'a'.repeat(129)}`,
    'x y',
    'http://x/y',
    'x.example:/y',
    'x.example:1',
    '-.x/y',
  ],
];
const SEEDED = 40;

describe('a name of an image, for docker and for us', function () {
  this.timeout(120_000);
  const socket = join(scratch(), 'docker.sock');
  let daemon: Server;

  before(async () => {
    // A daemon that finds everything: docker prints the name it has asked for, whole.
    daemon = createServer((request, response) => {
      response.setHeader('api-version', '1.41');
      response.end(request.url?.includes('_ping') ? 'OK' : '{}');
    });
    await new Promise<void>((resolve) => daemon.listen(socket, resolve));
  });
  after(() => {
    daemon?.closeAllConnections();
    daemon?.close();
  });

  /** What docker makes of it; undefined: it refuses. */
  function asDocker(text: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const child = spawn('docker', ['-H', `unix://${socket}`, 'pull', '--', text], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [output, errors] = ['', ''];
      child.stdout.on('data', (chunk) => (output += String(chunk)));
      child.stderr.on('data', (chunk) => (errors += String(chunk)));
      child.on('error', reject);
      child.on('close', (code) => {
        if (code === 0) resolve(output.trim().split('\n').at(-1));
        else if (/invalid (reference|repository|checksum)|unsupported digest/.test(errors)) resolve(undefined);
        else reject(new Error(`docker pull ${text}: ${errors}`));
      });
    });
  }

  function asWe(text: string): string | undefined {
    try {
      return printReference(withDefaultTag(parseReference(text)));
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'REFERENCE_INVALID');
      return undefined;
    }
  }

  for (const text of typed)
    it(`'${text.slice(0, 40)}'`, async () => {
      assert.equal(asWe(text), await asDocker(text));
    });

  it('made by chance of letters that matter', async () => {
    const random = chance(13);
    const letters = ['a', 'b', '0', '.', '-', '_', '__', '/', ':', 'localhost', 'docker.io/', ':80/', 'library/'];
    for (let count = 0; count < SEEDED; count++) {
      const text = Array.from({ length: 2 + random(5) }, () => letters[random(letters.length)]!).join('');
      assert.equal(asWe(text), await asDocker(text), text);
    }
  });
});
