import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DrydockError } from '../../../src/errors.ts';
import {
  familiar,
  familiarRepository,
  parseReference,
  printReference,
  withDefaultTag,
  withDigest,
  withTag,
} from '../../../src/registry/reference.ts';
import { parseDigest } from '../../../src/content/digest.ts';

const digest = parseDigest(`sha256:${'a1'.repeat(32)}`);

describe('a name of an image', () => {
  const whole: [typed: string, whole: string, familiar: string][] = [
    ['busybox', 'docker.io/library/busybox', 'busybox'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
    ['team/app', 'docker.io/team/app', 'team/app'],
    ['docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
    ['index.docker.io/library/busybox', 'docker.io/library/busybox', 'busybox'],
    ['library/a/b', 'docker.io/library/a/b', 'library/a/b'],
    ['localhost/x', 'localhost/x', 'localhost/x'],
    ['localhost:5000/x', 'localhost:5000/x', 'localhost:5000/x'],
    ['127.0.0.1:5000/a/b:c', '127.0.0.1:5000/a/b:c', '127.0.0.1:5000/a/b:c'],
    ['[::1]:5000/x', '[::1]:5000/x', '[::1]:5000/x'],
    ['registry.example/library/x', 'registry.example/library/x', 'registry.example/library/x'],
    ['Team/app', 'Team/app', 'Team/app'],
    ['localhost', 'docker.io/library/localhost', 'localhost'],
    ['a.b', 'docker.io/library/a.b', 'a.b'],
    ['a__b/c--d', 'docker.io/a__b/c--d', 'a__b/c--d'],
    ['x:A_tag.', 'docker.io/library/x:A_tag.', 'x:A_tag.'],
    [`x@${digest}`, `docker.io/library/x@${digest}`, `x@${digest}`],
    [`x:1@${digest}`, `docker.io/library/x:1@${digest}`, `x:1@${digest}`],
  ];
  for (const [typed, printed, short] of whole)
    it(`${typed} is ${printed}`, () => {
      const reference = parseReference(typed);
      assert.equal(printReference(reference), printed);
      assert.equal(familiar(reference), short);
    });

  const wrong: [typed: string, reason: RegExp][] = [
    ['', /it is empty/],
    ['Busybox', /repository name \(library\/Busybox\) must be lowercase/],
    ['team/App:1', /repository name \(team\/App\) must be lowercase/],
    ['registry.example/App', /repository name \(App\) must be lowercase/],
    ['a..b', /'library\/a\.\.b' is no repository name/],
    ['a___b', /is no repository name/],
    ['-a', /is no repository name/],
    ['a//b', /is no repository name/],
    ['a/', /is no repository name/],
    ['../x', /is no host name/],
    ['registry.example:/x', /'registry.example:' is no host name/],
    ['x:', /no tag follows the ':'/],
    ['x:.', /neither :tag nor @digest/],
    [`x:${'a'.repeat(129)}`, /neither :tag nor @digest/],
    ['x@sha256:abc', /neither :tag nor @digest/],
    [`x@sha256:${'A1'.repeat(32)}`, /digest is not sha256/],
    [`x@sha512:${'a1'.repeat(64)}`, /digest is not sha256/],
    ['a1'.repeat(32), /64-byte hexadecimal/],
    ['x y', /is no repository name/],
    ['x\n', /is no repository name/],
    [`${'a'.repeat(256)}`, /more than 255/],
    ['a'.repeat(2000), /longer than/],
    ['https://registry.example/x', /is no host name/],
  ];
  for (const [typed, reason] of wrong)
    it(`'${typed.slice(0, 30).replace('\n', '\\n')}' is refused: ${reason.source.slice(0, 40)}`, () => {
      assert.throws(() => parseReference(typed), { code: 'REFERENCE_INVALID', message: reason });
    });

  it('with capital letters is answered with the name that was meant', () => {
    assert.throws(() => parseReference('team/App:1'), { hint: 'did you mean team/app:1?' });
    assert.throws(() => parseReference('Busybox'), { hint: 'did you mean busybox?' });
  });

  it('means latest when it says nothing, and nothing else when it says something', () => {
    assert.equal(printReference(withDefaultTag(parseReference('x'))), 'docker.io/library/x:latest');
    assert.equal(printReference(withDefaultTag(parseReference('x:1'))), 'docker.io/library/x:1');
    assert.equal(printReference(withDefaultTag(parseReference(`x@${digest}`))), `docker.io/library/x@${digest}`);
  });

  it('leads to the same repository at another tag or digest', () => {
    const reference = parseReference('localhost:5000/x:1');
    assert.equal(familiar(withTag(reference, '2')), 'localhost:5000/x:2');
    assert.equal(familiar(withDigest(reference, digest)), `localhost:5000/x@${digest}`);
    assert.equal(familiarRepository(reference), 'localhost:5000/x');
    assert.throws(() => withTag(reference, 'a/b'), { code: 'REFERENCE_INVALID' });
  });
});

describe('any text', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,6}(?:(?:[._]|__|-{1,3})[a-z0-9]{1,6}){0,2}$/);
  const domain = fc.oneof(
    fc.constantFrom('localhost', 'docker.io', 'index.docker.io', '[::1]', '10.0.0.1', 'REGISTRY'),
    fc.stringMatching(/^[a-zA-Z0-9]{1,5}[.][a-z0-9]{1,5}$/),
  );
  const name = fc
    .record({
      domain: fc.option(
        fc.tuple(domain, fc.option(fc.nat(65_535))).map(([host, port]) => host + (port === null ? '' : `:${port}`)),
      ),
      path: fc.array(part, { minLength: 1, maxLength: 4 }),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,10}$/)),
      digest: fc.option(fc.constant(digest)),
    })
    .map(({ domain, path: [first = '', ...others], tag, digest }) => {
      // Without a domain the first of several parts must not look like one.
      const begin = domain ? `${domain}/${first}` : others.length > 0 ? first.replace(/[.]/g, '') : first;
      return [begin, ...others].join('/') + (tag ? `:${tag}` : '') + (digest ? `@${digest}` : '');
    });

  it('that is made by the grammar is read, and is the same when it is printed and read again, long or short', () => {
    fc.assert(
      fc.property(name, (text) => {
        const reference = parseReference(text);
        assert.deepEqual(parseReference(printReference(reference)), reference);
        assert.deepEqual(parseReference(familiar(reference)), reference);
      }),
    );
  });

  it('is read or refused, and what is read is the same when it is printed and read again', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'aB0._-/:@[]'), maxLength: 24 });
    fc.assert(
      fc.property(fc.oneof(letters, fc.string()), (text) => {
        try {
          const reference = parseReference(text);
          assert.deepEqual(parseReference(familiar(reference)), reference);
          assert.doesNotMatch(reference.path, /(^|\/)[.]{1,2}(\/|$)/, 'a path of it stays below a folder');
        } catch (error) {
          assert.ok(error instanceof DrydockError && error.code === 'REFERENCE_INVALID', String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
