import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerConfig } from '../../../src/registry/docker-config.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('~/.docker/config.json', () => {
  let folder: string;
  let path: string;
  const environment = { ...process.env };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drydock-config-'));
    path = join(folder, 'config.json');
  });
  afterEach(() => {
    process.env.PATH = environment.PATH;
    rmSync(folder, { recursive: true, force: true });
  });
  const has = (document: object): void => writeFileSync(path, JSON.stringify(document));
  const now = (): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const credential = (registry: string): Promise<unknown> => dockerConfig(folder).credential(registry);

  it('that is not there knows nobody', async () => {
    assert.equal(await credential('docker.io'), undefined);
  });

  it('knows the hub by its first address, and others as they were ever written', async () => {
    const auth = base64('ada:love:lace');
    has({
      auths: {
        'https://index.docker.io/v1/': { auth },
        'https://old.example/v1/': { auth },
        'new.example:5000': { auth },
      },
    });
    const ada = { username: 'ada', password: 'love:lace' };
    for (const registry of ['docker.io', 'old.example', 'new.example:5000'])
      assert.deepEqual(await credential(registry), ada, registry);
    for (const registry of ['new.example', 'example', 'evil.docker.io'])
      assert.equal(await credential(registry), undefined);
  });

  it('may have an identity token, or nothing but a mark', async () => {
    has({ auths: { a: { auth: base64('ada:'), identitytoken: 't' }, b: {}, c: { username: 'u', password: 'p' } } });
    assert.deepEqual(await credential('a'), { identityToken: 't', username: 'ada' });
    assert.equal(await credential('b'), undefined);
    assert.deepEqual(await credential('c'), { username: 'u', password: 'p' });
  });

  it('keeps what else is in it, the link that it is, and its mode', async () => {
    const real = join(folder, 'real.json');
    writeFileSync(
      real,
      JSON.stringify({ psFormat: 'x', auths: { 'https://a.example/v1/': {}, b: { auth: 'eA==' } } }),
      { mode: 0o644 },
    );
    symlinkSync('real.json', path);
    const config = dockerConfig(folder);
    assert.deepEqual(await config.save('a.example', { username: 'ada', password: 'x' }), {
      where: path,
      isPlain: true,
    });
    assert.deepEqual(now(), { psFormat: 'x', auths: { b: { auth: 'eA==' }, 'a.example': { auth: base64('ada:x') } } });
    assert.equal(statSync(real).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder).sort(), ['config.json', 'real.json']);
    assert.equal(await config.remove('a.example'), true);
    assert.deepEqual(now(), { psFormat: 'x', auths: { b: { auth: 'eA==' } } });
  });

  it('is made with its folder for a first login', async () => {
    const config = dockerConfig(join(folder, 'new'));
    await config.save('docker.io', { identityToken: 't', username: 'ada' });
    assert.equal(statSync(join(folder, 'new')).mode & 0o777, 0o700);
    assert.deepEqual(await config.credential('docker.io'), { identityToken: 't', username: 'ada' });
  });

  it('belongs to whom the folder around it belongs, when root logs somebody in', async function () {
    if (process.getuid?.() !== 0) this.skip(); // only root can write for others
    const home = join(folder, 'home');
    mkdirSync(home);
    chownSync(home, 4242, 4243);
    await dockerConfig(join(home, '.docker')).save('a', { username: 'ada', password: 'x' });
    for (const path of ['.docker', '.docker/config.json']) {
      const { uid, gid } = statSync(join(home, path));
      assert.deepEqual([uid, gid], [4242, 4243], path);
    }
  });

  it('with an entry that is no name and password is told, without the entry', async () => {
    has({ auths: { a: { auth: base64('secretwithoutcolon') } } });
    await assert.rejects(credential('a'), (error: Error & { code: string }) => {
      assert.equal(error.code, 'UNAUTHORIZED');
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

  describe('with a helper', () => {
    beforeEach(() => {
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      // Keeps one file a server, as docker-credential-pass does with its own means.
      const helper = `#!/bin/sh
read -r input || true
at() { printf %s "$1" | tr -c 'a-zA-Z0-9\\n' _; }
case $1 in
  get) cat "${folder}/$(at "$input")" 2>/dev/null || { echo credentials not found in native keychain; exit 1; } ;;
  store) url=$(printf %s "$input" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/'); printf %s "$input" > "${folder}/$(at "$url")" ;;
  erase) rm "${folder}/$(at "$input")" ;;
esac
`;
      for (const name of ['test', 'broken']) {
        const program = join(bin, `docker-credential-${name}`);
        writeFileSync(program, name === 'test' ? helper : '#!/bin/sh\necho locked; exit 1\n');
        chmodSync(program, 0o755);
      }
      process.env.PATH = `${bin}:${environment.PATH}`;
    });

    it('leaves passwords to it, and asks it again', async () => {
      has({ credsStore: 'test' });
      const config = dockerConfig(folder);
      const ada = { username: 'ada', password: 'lovelace' };
      assert.equal(await config.credential('docker.io'), undefined);
      assert.deepEqual(await config.save('docker.io', ada), { where: 'docker-credential-test', isPlain: false });
      assert.deepEqual(now(), { credsStore: 'test', auths: { 'https://index.docker.io/v1/': {} } });
      assert.deepEqual(await config.credential('docker.io'), ada);
      assert.equal(await config.remove('docker.io'), true);
      assert.equal(await config.credential('docker.io'), undefined);
      assert.equal(await config.remove('docker.io'), false);
    });

    it('takes <token> for the name of nobody', async () => {
      has({ credHelpers: { 'a.example': 'test' } });
      const config = dockerConfig(folder);
      await config.save('a.example', { identityToken: 't' });
      assert.deepEqual(await config.credential('a.example'), { identityToken: 't' });
      assert.equal(await config.credential('b.example'), undefined, 'the helper is for one registry');
    });

    it('that fails is told, and one that is not there, and one whose name is a path', async () => {
      for (const [credsStore, message] of [
        ['broken', /docker-credential-broken get: locked/],
        ['absent', /docker-credential-absent cannot be started/],
        ['../../bin/sh', /no name of a credential helper/],
      ] as const) {
        has({ credsStore });
        await assert.rejects(credential('a'), { code: 'UNAUTHORIZED', message });
      }
    });
  });
});
