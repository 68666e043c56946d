/** What people get wrong about bytes and tokens from elsewhere. */
import type { Mistake } from '../../src/learn/mistake.ts';

const VERIFIED = 'registry/verify.ts#verified';
const TOKEN = 'registry/token.ts#tokenRequest';

/** The reference of `verified` with one of its parts done wrong. */
const verified = ({
  tooMany = 'if (size > blob.size) throw mismatch(blob, `more than the ${blob.size} bytes come that were promised`);',
  order = ['hasher.update(piece);', 'yield piece;'],
  end = 'if (hasher.digest() !== blob.digest) throw mismatch(blob, `what came is something else`);',
}): string[] => [
  'const hasher = new Hasher();',
  'let size = 0;',
  'for await (const piece of pieces) {',
  '  size += piece.length;',
  ...(tooMany ? [`  ${tooMany}`] : []),
  ...order.map((line) => `  ${line}`),
  '}',
  end,
];

/** The reference of `tokenRequest` with one of its parts done wrong. */
const tokenRequest = ({
  address = "if (!url) throw new DrydockError('REGISTRY', 'the registry names no token server');",
  token = [
    "if (credential && 'identityToken' in credential) {",
    "  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: credential.identityToken });",
    "  if (service) form.append('service', service);",
    "  form.append('scope', scopes.join(' '));",
    "  const headers = { 'content-type': 'application/x-www-form-urlencoded' };",
    "  return { method: 'POST', url, headers, body: form.toString() };",
    '}',
  ],
  service = "if (service) url.searchParams.append('service', service);",
  scope = "for (const scope of scopes) url.searchParams.append('scope', scope);",
  nobody = "if (!credential) return { method: 'GET', url, headers: {} };",
  account = "url.searchParams.append('account', credential.username);",
  answer = "return { method: 'GET', url, headers: { authorization: basic(credential) } };",
}): string[] => [
  "const { realm = '', service } = challenge.parameters;",
  address.startsWith('if')
    ? 'const url = URL.canParse(realm) ? new URL(realm) : undefined;'
    : 'const url = new URL(realm);',
  ...(address.startsWith('if') ? [address] : []),
  ...token,
  service,
  scope,
  nobody,
  account,
  answer,
];

export const mistakes: readonly Mistake[] = [
  {
    title: 'the bytes are counted and not hashed',
    slot: VERIFIED,
    body: verified({ end: 'if (size !== blob.size) throw mismatch(blob, `${size} bytes came`);' }),
    fails: 'one bit that differs is refused',
    hint: /compare hasher[.]digest\(\) with blob[.]digest/,
  },
  {
    title: 'everything is collected before anything is handed on',
    slot: VERIFIED,
    body: [
      'const all: Buffer[] = [];',
      'for await (const piece of pieces) all.push(piece);',
      'const bytes = Buffer.concat(all);',
      'if (new Hasher().update(bytes).digest() !== blob.digest) throw mismatch(blob, `what came is something else`);',
      'yield bytes;',
    ],
    fails: 'every piece is handed on when it comes, and not later',
    hint: /collected first/,
  },
  {
    title: 'the end is waited for before the size is looked at',
    slot: VERIFIED,
    body: verified({ tooMany: '' }),
    fails: 'more bytes than were promised are not waited for',
    hint: /as soon as that is more than blob[.]size/,
  },
  {
    title: 'an end without bytes is taken for a blob',
    slot: VERIFIED,
    body: verified({
      end: 'if (size > 0 && hasher.digest() !== blob.digest) throw mismatch(blob, `what came is something else`);',
    }),
    fails: 'bytes that are missing at the end are missed',
    hint: /also when nothing came at all/,
  },
  {
    title: 'the scope is forgotten',
    slot: TOKEN,
    body: tokenRequest({ scope: '' }),
    fails: 'the token server is asked for what the request needs',
    hint: /scopes \(none\)/,
  },
  {
    title: 'one scope takes the place of the other',
    slot: TOKEN,
    body: tokenRequest({ scope: "for (const scope of scopes) url.searchParams.set('scope', scope);" }),
    fails: 'each scope is a parameter of its own, and what stands in the address stays',
    hint: /append and not set/,
  },
  {
    title: 'the password is written into the address',
    slot: TOKEN,
    body: tokenRequest({
      answer: "url.searchParams.append('password', credential.password); return { method: 'GET', url, headers: {} };",
    }),
    fails: 'the password goes to the token server, in a header, and nowhere else',
    hint: /stands in the address/,
  },
  {
    title: 'nobody has an empty name',
    slot: TOKEN,
    body: tokenRequest({
      token: ['const known = credential as { username: string; password: string } | undefined;'],
      nobody: '',
      account: "url.searchParams.append('account', known?.username ?? '');",
      answer: "return { method: 'GET', url, headers: known ? { authorization: basic(known) } : {} };",
    }),
    fails: 'whoever is nobody says nothing of himself',
    hint: /A name that is empty is a name/,
  },
  {
    title: 'the address in the challenge is believed',
    slot: TOKEN,
    body: tokenRequest({ address: '' }),
    fails: 'a challenge that names no server is told as such',
    hint: /URL[.]canParse\(realm\) first/,
  },
  {
    title: 'an identity token is used as a password',
    slot: TOKEN,
    body: tokenRequest({
      token: [],
      account:
        "if ('username' in credential && credential.username) url.searchParams.append('account', credential.username);",
      answer:
        "return { method: 'GET', url, headers: { authorization: basic({ username: '<token>', ...credential, password: 'identityToken' in credential ? credential.identityToken : credential.password }) } };",
    }),
    fails: 'further: an identity token is posted, and stands in no address and in no header',
    hint: /grant_type: 'refresh_token'/,
  },
];
