/** Which server is meant, through which proxy, how long to wait. */
import assert from 'node:assert/strict';
import { endpointOf, mirrorsOf } from '../../../src/registry/endpoint.ts';
import { lineFailure, Passing, printable } from '../../../src/registry/failure.ts';
import { proxyFor } from '../../../src/registry/proxy.ts';
import { pause, retryAfterIn, waitFor } from '../../../src/registry/retry.ts';

describe('a domain', () => {
  it('is its own address, but for the hub', () => {
    assert.equal(endpointOf('docker.io').url.origin, 'https://registry-1.docker.io');
    assert.equal(endpointOf('docker.io').registry, 'docker.io');
    assert.equal(endpointOf('registry.example:5000').url.origin, 'https://registry.example:5000');
  });

  it('may be spoken to in the clear on this machine, or where a person says so', () => {
    const plain = (domain: string, ...insecure: string[]): boolean => endpointOf(domain, insecure).mayBePlain;
    for (const domain of ['localhost:5000', 'localhost', '127.0.0.1', '127.9.8.7:1', '[::1]:5000'])
      assert.ok(plain(domain), domain);
    for (const domain of ['registry.example', '10.0.0.1:5000', 'localhost.example', '128.0.0.1', '[::2]:5000'])
      assert.ok(!plain(domain), domain);
    assert.ok(plain('10.1.2.3:5000', '10.0.0.0/8'));
    assert.ok(plain('registry.lan:5000', 'registry.lan:5000'));
    assert.ok(!plain('registry.lan:5001', 'registry.lan:5000'));
    assert.ok(!plain('11.0.0.1', '10.0.0.0/8', '10.0.0.0/99', 'rubbish/8'));
  });

  it('has a certificate that is checked unless a person says otherwise', () => {
    assert.ok(endpointOf('localhost:5000').isCertificateChecked);
    assert.ok(!endpointOf('localhost:5000', ['127.0.0.0/8', 'localhost:5000']).isCertificateChecked);
  });

  it('is refused when no address can be made of it', () => {
    for (const domain of ['x:99999', '[:::]', 'user@host'])
      assert.throws(() => endpointOf(domain), { code: 'REFERENCE_INVALID' }, domain);
  });

  it('has mirrors, which are not asked in the clear', () => {
    const mirrors = { 'docker.io': ['https://mirror.example/', 'http://127.0.0.1:5000'] };
    assert.deepEqual(
      mirrorsOf('docker.io', mirrors).map(({ url, registry }) => [url.origin, registry]),
      [
        ['https://mirror.example', 'mirror.example'],
        ['http://127.0.0.1:5000', '127.0.0.1:5000'],
      ],
    );
    assert.deepEqual(mirrorsOf('other.example', mirrors), []);
    assert.throws(() => mirrorsOf('x', { x: ['http://mirror.example'] }), {
      code: 'REGISTRY',
      message: /in the clear/,
    });
  });
});

describe('a proxy', () => {
  const proxy = (url: string, environment: Record<string, string>): string | undefined =>
    proxyFor(new URL(url), environment)?.href;

  it('is chosen by the scheme of what is asked for', () => {
    const environment = { HTTPS_PROXY: 'http://secure:1', http_proxy: 'plain:2' };
    assert.equal(proxy('https://registry.example/', environment), 'http://secure:1/');
    assert.equal(proxy('http://registry.example/', environment), 'http://plain:2/');
    assert.equal(proxy('http://registry.example/', {}), undefined);
  });

  it('is left out for what NO_PROXY names, and for this machine', () => {
    const through = (host: string, NO_PROXY = ''): boolean =>
      proxy(`https://${host}/`, { HTTPS_PROXY: 'http://p', NO_PROXY }) !== undefined;
    assert.ok(through('registry.example'));
    for (const host of ['localhost', '127.0.0.1', '[::1]:5000']) assert.ok(!through(host), host);
    assert.ok(!through('registry.example', 'other, example'));
    assert.ok(!through('a.registry.example', 'registry.example'));
    assert.ok(through('aregistry.example', 'registry.example'));
    assert.ok(!through('a.example', '.example'));
    assert.ok(through('example', '.example'));
    assert.ok(!through('a.example', '*.example'));
    assert.ok(!through('10.1.1.1', '10.0.0.0/8'));
    assert.ok(!through('x.example:5000', 'x.example:5000'));
    assert.ok(through('x.example:5001', 'x.example:5000'));
    assert.ok(!through('x.example', 'x.example:443'));
    assert.ok(!through('[fd00::1]', 'fd00::1'));
    assert.ok(!through('anything', '*'));
  });

  it('that is no address is told', () => {
    assert.throws(() => proxy('https://x/', { HTTPS_PROXY: 'socks5://x' }), {
      code: 'REGISTRY',
      message: /HTTPS_PROXY/,
    });
  });
});

describe('waiting', () => {
  it('doubles, is spread by chance, and has an end', () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((failures) => waitFor(failures, undefined, 1)),
      [500, 1000, 2000, 4000],
    );
    assert.equal(waitFor(1, undefined, 0), 250);
    assert.equal(waitFor(50, undefined, 1), 20_000);
    assert.equal(waitFor(3, 7), 7);
  });

  it('is as long as the registry says, in seconds or as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    assert.equal(retryAfterIn('3', now), 3000);
    assert.equal(retryAfterIn('Thu, 01 Jan 2026 00:00:05 GMT', now), 5000);
    assert.equal(retryAfterIn('Wed, 31 Dec 2025 00:00:00 GMT', now), 0);
    assert.equal(retryAfterIn('soon', now), undefined);
    assert.equal(retryAfterIn(undefined, now), undefined);
  });

  it('is not done for what cannot pass, nor too often, nor too long', async () => {
    const never = { sleep: async (): Promise<void> => assert.fail('it should not wait') };
    const other = new TypeError('other');
    await assert.rejects(pause(other, 1, never), other);
    await assert.rejects(pause(new Passing('busy'), 3, { ...never, attempts: 3 }), {
      code: 'REGISTRY',
      message: 'busy (tried 3 times)',
    });
    await assert.rejects(pause(new Passing('busy', 7_200_000), 1, never), { hint: 'it asks to come back in 2 hours' });
    await pause(new Passing('busy'), 1, { sleep: async () => undefined });
  });
});

describe('a failure of the line', () => {
  it('can pass when the line broke, and cannot when nobody is there', () => {
    const failure = (code: string): Error => lineFailure(Object.assign(new Error('x'), { code }), 'GET x');
    for (const code of ['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT', 'EAI_AGAIN', 'HPE_INVALID_CONSTANT'])
      assert.ok(failure(code) instanceof Passing, code);
    for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED', 'EPROTO'])
      assert.equal((failure(code) as { code?: string }).code, 'REGISTRY', code);
  });

  it('says what to do where no name server answers, when it was tried often enough', async () => {
    const failure = lineFailure(Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' }), 'HEAD x');
    await assert.rejects(pause(failure, 6, {}), {
      message: 'HEAD x: getaddrinfo EAI_AGAIN (tried 6 times)',
      hint: /^no name server answers.* HTTPS_PROXY.*`lab`, which needs none, and `drydock load`/,
    });
  });

  it('is told in words that cannot move a cursor', () => {
    assert.equal(printable('a\u001b[2Jb\r\nc\u202ed\u0000'), 'a [2Jb c d');
    assert.equal(printable('x'.repeat(999)).length, 301);
  });
});
