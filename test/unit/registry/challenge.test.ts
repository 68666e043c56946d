import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseChallenges } from '../../../src/registry/challenge.ts';
import { parseToken, tokenRequest } from '../../../src/registry/token.ts';

const bearer = 'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push"';
const plain = (challenges: ReturnType<typeof parseChallenges>): Record<string, string>[] =>
  challenges.map(({ scheme, parameters }) => ({ scheme, ...parameters }));

describe('a challenge', () => {
  it('is read with its parameters, commas in quotes included', () => {
    assert.deepEqual(plain(parseChallenges(bearer)), [
      {
        scheme: 'bearer',
        realm: 'https://auth.example/token',
        service: 'registry.example',
        scope: 'repository:a/b:pull,push',
      },
    ]);
  });

  it('may be one of several in one header', () => {
    assert.deepEqual(
      plain(parseChallenges(`Basic realm="a, b", ${bearer}, Negotiate`)).map(({ scheme }) => scheme),
      ['basic', 'bearer', 'negotiate'],
    );
  });

  it('is written in many ways', () => {
    const same = [{ scheme: 'bearer', realm: 'x', service: 'y "z"' }];
    for (const text of [
      'BEARER Realm=x,SERVICE="y \\"z\\""',
      'bearer  realm = "x" ,, service="y \\"z\\""',
      ' , Bearer realm=x, service="y \\"z\\"",',
    ])
      assert.deepEqual(plain(parseChallenges(text)), same, text);
  });

  it('does not take a name of JavaScript for a parameter', () => {
    const [challenge] = parseChallenges('Bearer __proto__="x", constructor="y"');
    assert.equal(challenge?.parameters.realm, undefined);
    assert.equal(Object.getPrototypeOf(challenge?.parameters), null);
  });

  it('that is rubbish is no challenge, and no reason to wait', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => Array.isArray(parseChallenges(text))));
    assert.deepEqual(parseChallenges(`"${'\\'.repeat(50_000)}`), []);
    assert.deepEqual(parseChallenges(''), []);
  });
});

describe('a request for a token', () => {
  const [challenge] = parseChallenges(bearer);
  const scopes = ['repository:a/b:pull', 'repository:c:pull'];

  it('asks the server of the challenge for the scopes, as nobody', () => {
    const { method, url, headers, body } = tokenRequest(challenge!, scopes);
    assert.deepEqual([method, headers, body], ['GET', {}, undefined]);
    assert.equal(
      url.href,
      'https://auth.example/token?service=registry.example&scope=repository%3Aa%2Fb%3Apull&scope=repository%3Ac%3Apull',
    );
  });

  it('has the password in a header and not in the address', () => {
    const { url, headers } = tokenRequest(challenge!, scopes, { username: 'ada', password: 'l:ö' });
    assert.equal(Buffer.from(headers.authorization!.slice(6), 'base64').toString(), 'ada:l:ö');
    assert.equal(url.searchParams.get('account'), 'ada');
    assert.ok(!url.href.includes('l%3A'));
  });

  it('has an identity token in its body', () => {
    const { method, url, headers, body } = tokenRequest(challenge!, scopes, { identityToken: 'secret&' });
    assert.equal(method, 'POST');
    assert.equal(url.href, 'https://auth.example/token');
    assert.equal(headers.authorization, undefined);
    const form = new URLSearchParams(body);
    assert.deepEqual(
      ['grant_type', 'refresh_token', 'service', 'scope'].map((name) => form.get(name)),
      ['refresh_token', 'secret&', 'registry.example', scopes.join(' ')],
    );
  });

  it('keeps what the server has in its address already', () => {
    const { url } = tokenRequest({ scheme: 'bearer', parameters: { realm: 'https://a.example/t?x=1' } }, ['s']);
    assert.equal(url.search, '?x=1&scope=s');
  });

  it('cannot be made of a challenge without a server', () => {
    for (const realm of ['', 'token', '/token'])
      assert.throws(() => tokenRequest({ scheme: 'bearer', parameters: { realm } }, []), { code: 'REGISTRY' });
  });
});

describe('a token', () => {
  const url = new URL('https://auth.example/token?secret');
  it('has two names and lives a minute at least', () => {
    assert.deepEqual(parseToken('{"token":"t"}', url), { text: 't', lifetime: 60_000 });
    assert.deepEqual(parseToken('{"access_token":"t","expires_in":300,"refresh_token":"r"}', url), {
      text: 't',
      lifetime: 300_000,
      identityToken: 'r',
    });
    assert.equal(parseToken('{"token":"t","expires_in":-5}', url).lifetime, 60_000);
  });

  it('is none when it could become another header, or is not there', () => {
    for (const text of ['{"token":"a\\r\\nX: y"}', '{"token":""}', '{"token":1}', '[]', 'null', 'no json'])
      assert.throws(() => parseToken(text, url), {
        code: 'REGISTRY',
        message: 'https://auth.example/token answers without a token',
      });
  });
});
