/** Templates over what an engine has left out of its JSON. */
import assert from 'node:assert/strict';
import { filled as fill } from '../../../../src/cli/docker/inspecting.ts';
import { template } from '../../../../src/cli/format/template.ts';

describe('a field that an engine has left out', () => {
  const container = {
    State: { Status: 'running' },
    Config: { Labels: { a: 'b', Config: 'c' }, StopSignal: 'SIGINT', Env: null },
    HostConfig: { Memory: 1, NanoCpus: 5 },
    NetworkSettings: { Networks: { bridge: { IPAddress: '10.0.0.2' } } },
  };
  const json = JSON.stringify(container).replace('"Memory":1', '"Memory":9223372036854775807');
  const filled = (text: string): string => fill(template(text), json);

  for (const [text, expected] of [
    ['{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}', 'none'],
    ['{{with .State}}{{with .Health}}{{.Status}}{{end}}{{end}}', ''],
    ['{{.Config.StopSignal}}{{.Config.Shell}}', 'SIGINT[]'],
    ['{{.Config.Labels.a}} {{.Config.Labels.stage}}', 'b <no value>'],
    ['{{with .Config.Labels.stage}}{{.}}{{end}}', ''],
    ['{{.NetworkSettings.Networks.other.IPAddress}}', '<no value>'],
    ['{{.Config.Env}}{{.State.Status}}', '[]running'],
    [
      '{{.HostConfig.Memory}} {{.HostConfig.NanoCPUs}} {{json .HostConfig}}',
      '9223372036854775807 5 {"Memory":9223372036854775807,"NanoCpus":5}',
    ],
    ['{{.HostConfig.NanoCpus}} {{.State}}', '5 map[Status:running]'],
    ['{{json .State}}{{json .Config.Labels}}', '{"Status":"running"}{"Config":"c","a":"b"}'],
    ['{{range $name, $value := .Config.Labels}}{{$name}}={{$value}};{{end}}{{len .State}}', 'Config=c;a=b;1'],
  ] as const)
    it(`is empty: ${text}`, () => assert.equal(filled(text), expected));

  for (const text of [
    '{{.State.Healt}}',
    '{{.State.Health.Status}}',
    '{{.NetworkSettings.Networks.bridge.IP}}',
    '{{.Labels}}',
  ])
    it(`is an error where there is none of the name: ${text}`, () =>
      assert.throws(() => filled(text), /map has no entry for key/));
});

describe('numbers that JavaScript has not', () => {
  const look = (text: string, json: string): string => fill(template(text), json);
  const long = '"Memory":9223372036854775807';

  it('are not taken from strings', () => {
    for (const label of [
      '\\u0000integer:x',
      '\\u0000integer:7',
      '\\u0000number:1,\\"x\\":2',
      '12345678901234567890',
      'a\\\\',
    ]) {
      const json = `{"Config":{"Image":"i","Labels":{"a":"${label}"}},${long}}`;
      assert.equal(look('{{.Config.Image}} {{.Memory}}', json), 'i 9223372036854775807');
      const labels = JSON.parse(look('{{json .Config.Labels}}', json)) as unknown;
      assert.deepEqual(labels, { a: JSON.parse(`"${label}"`) as unknown });
      // Asked for what is not there, the answer comes from JSON whose types nobody knows.
      assert.match(
        look('{{json .}}{{range .Config}}{{end}}', json),
        /"a":"[^,]*(?:,[^,]*)?"\}\},"Memory":9223372036854775807\}$/,
      );
    }
  });
  it('are found behind strings of any length', () => {
    for (const [piece, count] of [
      ['a', 12_000_000],
      ['\\n', 6_000_000],
    ] as const)
      assert.equal(look('{{.Memory}}', `{"Config":{"Image":"${piece.repeat(count)}"},${long}}`), '9223372036854775807');
  });
});

describe('a map that an engine has left out', () => {
  const json = '{"Config":{"Image":"i"},"HostConfig":{"Memory":1},"NetworkSettings":{"Ports":null}}';
  const look = (text: string): string => fill(template(text), json);
  it('has no fields of its own', () => {
    assert.equal(
      look('{{.HostConfig.Sysctls.of}}|{{index .HostConfig.Sysctls "of"}}|{{.HostConfig.Tmpfs}}'),
      '<no value>||map[]',
    );
    for (const text of ['{{.Config.ExposedPorts.of}}', '{{index .Config.ExposedPorts "of"}}'])
      assert.throws(() => look(text), /map has no entry for key "ExposedPorts"/);
  });
});
