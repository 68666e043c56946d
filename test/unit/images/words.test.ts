import assert from 'node:assert/strict';
import { applyChanges } from '../../../src/images/changes.ts';
import { fitsPattern, flagOf, hasLabels, parseFilters } from '../../../src/images/filters.ts';

describe('--change', () => {
  const cases: [change: string, config: object][] = [
    ['CMD ["sh", "-c", "date"]', { Cmd: ['sh', '-c', 'date'] }],
    ['cmd date -u', { Cmd: ['/bin/sh', '-c', 'date -u'] }],
    ['CMD [ -f x ]', { Cmd: ['/bin/sh', '-c', '[ -f x ]'] }],
    ['ENV A=1 B="two words" C=\\$x', { Env: ['A=1', 'B=two words', 'C=$x'] }],
    ['ENV A one two', { Env: ['A=one two'] }],
    ['LABEL "a b"=c', { Labels: { 'a b': 'c' } }],
    ['EXPOSE 80 53/udp', { ExposedPorts: { '80/tcp': {}, '53/udp': {} } }],
    ['EXPOSE 80-81 8080:90', { ExposedPorts: { '80/tcp': {}, '81/tcp': {}, '90/tcp': {} } }],
    ['# words\n\nENV A=1\nUSER \\\nann', { Env: ['A=1'], User: 'ann' }],
    ['CMD', { Cmd: ['/bin/sh', '-c'] }],
    ['ENTRYPOINT', {}],
    ['VOLUME ["/a", "/b"]', { Volumes: { '/a': {}, '/b': {} } }],
    ['WORKDIR srv', { WorkingDir: '/srv' }],
    ['USER ann:staff', { User: 'ann:staff' }],
    ['HEALTHCHECK CMD date  -u', { Healthcheck: { Test: ['CMD-SHELL', 'date  -u'] } }],
    ['healthcheck --timeout=5s none', { Healthcheck: { Test: ['NONE'] } }],
    [
      'HEALTHCHECK --interval=1m30s --retries="3" CMD ["date"]',
      { Healthcheck: { Test: ['CMD', 'date'], Interval: 90e9, Retries: 3 } },
    ],
    ['CMD -- date', { Cmd: ['/bin/sh', '-c', 'date'] }],
  ];
  for (const [change, config] of cases)
    it(`understands ${JSON.stringify(change)}`, () => assert.deepEqual(applyChanges({}, [change]), config));

  it('takes them in their order, over what is there', () => {
    const changed = applyChanges({ Env: ['A=0', 'Z=1'], WorkingDir: '/a' }, ['ENV A=1', 'ENV A=2', 'WORKDIR b']);
    assert.deepEqual(changed, { Env: ['A=2', 'Z=1'], WorkingDir: '/a/b' });
  });

  it('names each port once, in how many ranges it may be, over those that are there', () => {
    const words = ['7-9', '1-3', '2-5/TCP', '5', '1-2/udp', '1-1', '8'];
    const names = ['1', '2', '3', '4', '5', '7', '8', '9'].map((port) => `${port}/tcp`);
    const ports = Object.fromEntries([...names, '1/udp', '2/udp', '99/tcp'].map((name) => [name, {}]));
    const ExposedPorts = { '99/tcp': {} };
    const lines = words.map((word) => `EXPOSE ${word}`);
    for (const changes of [[`EXPOSE ${words.join(' ')}`], lines])
      assert.deepEqual(applyChanges({ ExposedPorts }, changes), { ExposedPorts: ports });
  });

  it('has room for all ports, said as often as a request can', () => {
    const { ExposedPorts } = applyChanges({}, [`EXPOSE ${'1-65535 '.repeat(2000)}`]);
    assert.equal(Object.keys(ExposedPorts!).length, 65_535);
  });

  it('gives a new entrypoint no words that were meant for the old one', () => {
    const changed = applyChanges({ Entrypoint: ['/old'], Cmd: ['x'] }, ['ENTRYPOINT ["/new"]']);
    assert.deepEqual([changed.Entrypoint, changed.Cmd], [['/new'], undefined]);
  });

  it('keeps of a health check what no change says; the last one that speaks of it counts', () => {
    const Healthcheck = { Test: ['CMD', 'old'], Interval: 1e9, Retries: 9 };
    const changes = ['HEALTHCHECK --timeout=2s CMD x', 'HEALTHCHECK --interval=3s CMD y'];
    const Test = ['CMD-SHELL', 'y'];
    assert.deepEqual(applyChanges({ Healthcheck }, changes), { Healthcheck: { Test, Interval: 3e9, Retries: 9 } });
    assert.deepEqual(applyChanges({ Healthcheck }, ['USER x']), { Healthcheck, User: 'x' });
  });

  it('refuses what changes files, what is nothing, and STOPSIGNAL, as Docker does', () => {
    for (const change of ['RUN make', 'STOPSIGNAL SIGINT', '', 'COPY a b', 'ENV =x', 'constructor x'])
      assert.throws(() => applyChanges({}, [change]), { code: 'BAD_USAGE' }, change);
  });
});

describe('--filter', () => {
  it('is KEY=VALUE with a key that exists', () => {
    assert.deepEqual(parseFilters(['label=a=b', 'label=c', 'dangling=1'], ['label', 'dangling']), {
      label: ['a=b', 'c'],
      dangling: ['1'],
    });
    assert.throws(() => parseFilters(['label'], ['label']), { code: 'BAD_USAGE' });
    assert.throws(() => parseFilters(['colour=red'], ['label']), { message: "invalid filter 'colour'" });
    assert.equal(flagOf({ dangling: ['false'] }, 'dangling'), false);
    assert.throws(() => flagOf({ dangling: ['maybe'] }, 'dangling'), { code: 'BAD_USAGE' });
  });

  it('finds labels by name and by name and value', () => {
    assert(hasLabels({ a: 'b=c', d: '' }, ['a=b=c', 'd']));
    assert(!hasLabels({ a: 'b' }, ['a=']));
    assert(!hasLabels({}, ['constructor']));
  });

  it('finds names by pattern, whose stars mean no slash', () => {
    const name = 'docker.io/library/busybox:1.36';
    for (const pattern of ['busybox', 'busy*', 'busybox:1.*', 'b?sybox', 'bus[xy]box', 'docker.io/library/busybox'])
      assert(fitsPattern(name, pattern), pattern);
    for (const pattern of ['box', '*:2', 'localhost:5000/*', 'bus[^y]box', 'busybox.1.36'])
      assert(!fitsPattern(name, pattern), pattern);
    assert(fitsPattern('localhost:5000/team/app:1', 'localhost:5000/*/app'));
    assert(!fitsPattern('localhost:5000/team/app:1', 'localhost:5000/*'));
  });
});
