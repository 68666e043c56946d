/** Who we are, for Debian's docker-registry: with a password over TLS, and with a token of another server. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { person, startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { IDENTITY_TOKEN, startTokenServer, type TokenServer } from '../../src/learn/registry/token-server.ts';
import { dockerConfig } from '../../src/registry/docker-config.ts';
import { login, logout } from '../../src/registry/login.ts';
import { parseReference } from '../../src/registry/reference.ts';
import type { Exchange, RegistryOptions, Repository } from '../../src/registry/registry.ts';
import { openRepository } from '../../src/registry/repository.ts';
import { bare, certificates, image, refused, scratch, trusting } from './registry-support.ts';

const folder = scratch();
const opened: Repository[] = [];
after(async () => {
  for (const one of opened) await one.close();
});

function open(text: string, options: RegistryOptions): Repository {
  const one = openRepository(parseReference(text), { ...bare, ...options });
  opened.push(one);
  return one;
}

async function pushTo(repository: Repository): Promise<ReturnType<typeof image>> {
  const made = image(1000);
  for (const { descriptor, source } of made.blobs) await repository.push(descriptor, source);
  await repository.put('latest', made.manifest);
  return made;
}

describe('a registry with TLS and a password', function () {
  this.timeout(60_000);
  const pem = certificates(folder);
  let registry: LocalRegistry;
  let trusted: RegistryOptions;

  before(async () => {
    registry = await startRegistry({ tls: pem, password: true });
    trusted = { certificates: [trusting(folder, registry.host, pem.authority)] };
  });
  after(() => registry?.stop());

  it('is not spoken to while nobody vouches for it, and not in the clear instead', async () => {
    const exchanges: Exchange[] = [];
    const stranger = open(`${registry.host}/x`, { onExchange: (exchange) => exchanges.push(exchange) });
    await assert.rejects(stranger.resolve(), refused('REGISTRY', /unable to verify|self.signed/i));
    assert.deepEqual(exchanges, []);
  });

  it('is spoken to when its authority lies in certs.d', async () => {
    await assert.rejects(
      open(`${registry.host}/x`, trusted).resolve(),
      refused('UNAUTHORIZED', /401: authentication required, as nobody/),
    );
  });

  it('is spoken to without an authority when it is named as insecure', async () => {
    const credentials = async (): Promise<typeof person> => person;
    const made = await pushTo(open(`${registry.host}/insecure`, { insecure: [registry.host], credentials }));
    assert.deepEqual(
      await open(`${registry.host}/insecure`, { insecure: ['127.0.0.0/8'], credentials }).resolve(),
      made.manifest,
    );
  });

  it('lets in whoever has logged in, and nobody who has logged out', async () => {
    const config = dockerConfig(join(folder, 'docker'));
    const as: RegistryOptions = { ...trusted, credentials: (name) => config.credential(name) };
    await assert.rejects(
      login(registry.host, { ...person, password: 'wrong' }, { ...bare, ...trusted }, config),
      refused('UNAUTHORIZED', /401: .*as ada/),
    );
    await assert.rejects(login(registry.host, { ...person, password: 'wrong' }, { ...bare, ...trusted }, config), {
      hint: /the name or the password/,
    });
    assert.equal(await config.credential(registry.host), undefined, 'what does not work is not kept');
    const where = await login(registry.host, person, { ...bare, ...trusted }, config);
    assert.deepEqual(where, { where: config.path, isPlain: true });
    const made = await pushTo(open(`${registry.host}/private`, as));
    assert.deepEqual(await open(`${registry.host}/private`, as).resolve(), made.manifest);
    assert.equal(await logout(registry.host, config), true);
    assert.equal(await logout(registry.host, config), false);
    await assert.rejects(open(`${registry.host}/private`, as).resolve(), refused('UNAUTHORIZED'));
  });

  it('sends no password that it was not asked for', async () => {
    const exchanges: Exchange[] = [];
    const credentials = async (): Promise<typeof person> => person;
    const from = open(`${registry.host}/x`, {
      ...trusted,
      credentials,
      onExchange: (exchange) => exchanges.push(exchange),
    });
    await assert.rejects(from.resolve(), refused('REGISTRY', /404/));
    assert.deepEqual(
      exchanges.map(({ status, authorization }) => [status, authorization]),
      [
        [401, undefined],
        [404, 'Basic'],
      ],
    );
  });
});

describe('a registry with a token server', function () {
  this.timeout(60_000);
  let tokens: TokenServer;
  let registry: LocalRegistry;

  before(async () => {
    const own = join(folder, 'tokens');
    mkdirSync(own);
    const { certificate, key } = signer(own);
    tokens = await startTokenServer({ ...person, certificate, key, isPublic: (name) => name.startsWith('public/') });
    registry = await startRegistry({ token: { ...tokens, certificate } });
  });
  after(async () => {
    await registry?.stop();
    await tokens?.stop();
  });
  beforeEach(() => (tokens.asked as unknown[]).splice(0));

  const as = async (): Promise<typeof person> => person;
  const scopes = (): string[] => tokens.asked.flatMap(({ query }) => query.getAll('scope'));

  it('gets a token for what is to be done, once, and the password goes to the token server alone', async () => {
    const exchanges: Exchange[] = [];
    const to = open(`${registry.host}/team/app`, {
      credentials: as,
      onExchange: (exchange) => exchanges.push(exchange),
    });
    await pushTo(to);
    assert.deepEqual(scopes(), ['repository:team/app:pull,push']);
    assert.equal(tokens.asked[0]?.query.get('service'), tokens.service);
    const said = exchanges.filter(({ authorization }) => authorization === 'Basic').map(({ url }) => url);
    assert.deepEqual(said, [tokens.realm]);
    assert.ok(!registry.log().includes('lovelace'));
  });

  it('gives everybody a token for what is public', async () => {
    await pushTo(open(`${registry.host}/public/app`, { credentials: as }));
    (tokens.asked as unknown[]).splice(0);
    await open(`${registry.host}/public/app`, {}).resolve();
    assert.equal(tokens.asked[0]?.authorization, undefined);
    await assert.rejects(open(`${registry.host}/team/app`, {}).resolve(), refused('UNAUTHORIZED', /401: .*as nobody/));
  });

  it('asks for both repositories when a blob is to be mounted', async () => {
    const { blobs } = await pushTo(open(`${registry.host}/team/base`, { credentials: as }));
    const to = open(`${registry.host}/team/mounted`, { credentials: as });
    const [{ descriptor, source }] = blobs as [(typeof blobs)[0]];
    assert.deepEqual(await to.push(descriptor, source, { mountFrom: ['team/base'] }), {
      how: 'mounted',
      from: 'team/base',
    });
    assert.ok(scopes().includes('repository:team/base:pull'));
  });

  it('shares one token between requests that run at the same time', async () => {
    const { blobs, manifest } = await pushTo(open(`${registry.host}/team/shared`, { credentials: as }));
    (tokens.asked as unknown[]).splice(0);
    const from = open(`${registry.host}/team/shared`, { credentials: as });
    const reads = blobs.map(({ descriptor }) => from.read(descriptor, 1e6));
    await Promise.all([...reads, from.resolve(manifest.descriptor.digest)]);
    assert.equal(tokens.asked.length, 1);
  });

  it('says whose password is wrong', async () => {
    const wrong = async () => ({ ...person, password: 'wrong' });
    await assert.rejects(
      open(`${registry.host}/team/app`, { credentials: wrong }).resolve(),
      refused('UNAUTHORIZED', /token: 401: incorrect username or password, as ada/),
    );
  });

  it('keeps an identity token instead of the password when it is given one', async () => {
    const config = dockerConfig(join(folder, 'docker-tokens'));
    await login(registry.host, person, bare, config);
    assert.deepEqual(await config.credential(registry.host), {
      identityToken: IDENTITY_TOKEN,
      username: person.username,
    });
    assert.ok(!readFileSync(config.path, 'utf8').includes(Buffer.from('ada:lovelace').toString('base64')));
    (tokens.asked as unknown[]).splice(0);
    await pushTo(open(`${registry.host}/team/identity`, { credentials: (name) => config.credential(name) }));
    assert.deepEqual(
      tokens.asked.map(({ method, granted }) => [method, granted]),
      [['POST', true]],
    );
  });
});

describe('a proxy', function () {
  this.timeout(60_000);
  let registry: LocalRegistry;
  let proxy: Server;
  const seen: string[] = [];

  before(async () => {
    registry = await startRegistry();
    // Whatever name it is asked for, it leads to the one registry: names are the proxy's business.
    proxy = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.statusCode = 404;
      response.end('{"errors":[{"message":"through the proxy"}]}');
    });
    proxy.on('connect', (request, socket) => {
      seen.push(`CONNECT ${request.url}`);
      const [host, port] = registry.host.split(':') as [string, string];
      const other = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        other.pipe(socket).pipe(other);
      });
      other.on('error', () => socket.destroy());
      socket.on('error', () => other.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    proxy?.closeAllConnections();
    proxy?.close();
    await registry?.stop();
  });
  beforeEach(() => seen.splice(0));
  const address = (): string => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  it('is asked for a tunnel to what speaks TLS, and for the thing itself in the clear', async () => {
    const environment = { HTTPS_PROXY: address(), HTTP_PROXY: address() };
    const from = open('registry.example:5000/x', { environment, insecure: ['registry.example:5000'] });
    await assert.rejects(from.resolve(), refused('REGISTRY', /404: through the proxy/));
    assert.equal(seen[0], 'CONNECT registry.example:5000');
    assert.equal(seen.at(-1), 'GET http://registry.example:5000/v2/x/manifests/latest');
  });

  it('is not asked for what is exempt, nor for this machine', async () => {
    const environment = { HTTPS_PROXY: address(), HTTP_PROXY: address(), NO_PROXY: 'invalid' };
    await assert.rejects(
      open(`${registry.host}/x`, { environment }).resolve(),
      refused('REGISTRY', /404: manifest unknown/),
    );
    await assert.rejects(open('registry.invalid/x', { environment }).resolve(), refused('REGISTRY', /ENOTFOUND/));
    assert.deepEqual(seen, []);
  });
});

/** A key and a certificate that vouches for itself. */
function signer(folder: string): { certificate: string; key: string } {
  const { authority } = certificates(folder);
  return { certificate: authority, key: authority.replace('.crt', '.key') };
}

describe('mirrors', function () {
  this.timeout(60_000);
  let own: LocalRegistry;
  let mirror: LocalRegistry;
  before(async () => {
    [own, mirror] = await Promise.all([startRegistry(), startRegistry({ password: true })]);
  });
  after(async () => {
    await own?.stop();
    await mirror?.stop();
  });

  it('are asked first, with credentials of their own', async () => {
    const asked: string[] = [];
    const credentials = async (name: string): Promise<typeof person | undefined> => {
      asked.push(name);
      return name === mirror.host ? person : undefined;
    };
    const made = await pushTo(open(`${mirror.host}/both`, { credentials }));
    asked.splice(0);
    const failed: string[] = [];
    const from = open(`${own.host}/both`, {
      credentials,
      mirrors: { [own.host]: [`http://${mirror.host}`] },
      onMirrorFailed: (name) => failed.push(name),
    });
    assert.deepEqual(await from.resolve(), made.manifest);
    assert.deepEqual(await from.read(made.blobs[1]!.descriptor, 1000), made.blobs[1]!.bytes);
    assert.deepEqual([asked, failed], [[mirror.host], []]);
  });

  it('are left when they fail', async () => {
    const made = await pushTo(open(`${own.host}/own`, {}));
    const failed: string[] = [];
    const from = open(`${own.host}/own`, {
      mirrors: { [own.host]: [`http://${mirror.host}`, 'http://127.0.0.1:1'] },
      onMirrorFailed: (name) => failed.push(name),
    });
    assert.deepEqual(await from.resolve(), made.manifest);
    assert.deepEqual(failed, [mirror.host, '127.0.0.1:1']);
    assert.deepEqual(await from.read(made.blobs[1]!.descriptor, 1000), made.blobs[1]!.bytes);
  });
});

it('a config that cannot be read is told, not taken for nobody', async () => {
  const broken = join(folder, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'config.json'), '{');
  await assert.rejects(dockerConfig(broken).credential('x'), refused('UNAUTHORIZED', /config[.]json cannot be read/));
});
