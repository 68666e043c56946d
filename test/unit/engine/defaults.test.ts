/** What a request leaves out. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { configOf, hostConfigOf } from '../../../src/engine/defaults.ts';
import type { EngineOptions } from '../../../src/engine/engine.ts';
import type { HostConfig, LogConfig, Ulimit } from '../../../src/engine/types.ts';

describe('the log of a container', () => {
  const cases: [title: string, engine: LogConfig | undefined, asked: LogConfig | undefined, found: LogConfig][] = [
    ['is json-file where nobody says', undefined, undefined, { Type: 'json-file', Config: {} }],
    [
      'has the options that were given, though no driver was named',
      undefined,
      { Type: '', Config: { 'max-size': '1m' } },
      { Type: 'json-file', Config: { 'max-size': '1m' } },
    ],
    [
      'has the engine’s options where it says nothing of them',
      { Config: { 'max-size': '1m', 'max-file': '2' } },
      { Type: 'json-file', Config: { 'max-size': '5m' } },
      { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
    ],
    [
      'has none of the engine’s options where it has another driver',
      { Type: 'json-file', Config: { 'max-size': '1m' } },
      { Type: 'none' },
      { Type: 'none', Config: {} },
    ],
    ['is none where the engine says so', { Type: 'none' }, { Type: '' }, { Type: 'none', Config: {} }],
  ];
  for (const [title, logConfig, LogConfig, found] of cases)
    it(title, () => {
      const options = { logConfig } as EngineOptions;
      assert.deepEqual(hostConfigOf(options, LogConfig ? { LogConfig } : {}).LogConfig, found);
    });
});

describe('the limits of a container’s processes', () => {
  const limit = (Name: string, Soft: number): Ulimit => ({ Name, Soft, Hard: 100 });
  const limits = (ulimits?: Ulimit[], Ulimits?: Ulimit[]): unknown =>
    hostConfigOf({ ulimits } as EngineOptions, { Ulimits }).Ulimits;

  it('are its own, and the engine’s for what it does not name', () => {
    assert.equal(limits(), undefined);
    assert.deepEqual(limits(undefined, [limit('core', 1)]), [limit('core', 1)]);
    assert.deepEqual(limits([limit('core', 2), limit('nofile', 3)], [limit('core', 1)]), [
      limit('core', 1),
      limit('nofile', 3),
    ]);
  });
});

describe('the name of a container', () => {
  const id = '0123456789abcdef';
  const nameIn = (host: HostConfig, Hostname?: string): string | undefined =>
    configOf({}, { Image: 'lab', Hostname }, host, id).Hostname;

  it('is the beginning of its id, also where the machine’s own name holds or another container’s will', () => {
    for (const host of [{}, { UTSMode: 'host' }, { NetworkMode: 'container:other' }])
      assert.equal(nameIn(host), '0123456789ab', JSON.stringify(host));
  });

  it('is the machine’s in the network of the machine, and else what was asked for', () => {
    assert.equal(nameIn({ NetworkMode: 'host' }), hostname());
    assert.equal(nameIn({ NetworkMode: 'host', UTSMode: 'host' }), hostname());
    assert.equal(nameIn({}, 'box'), 'box');
  });
});
