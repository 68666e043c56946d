/** Templates over what an engine has left out of its JSON. */
import assert from 'node:assert/strict';
import { parsed } from '../../../../src/cli/docker/absent-fields.ts';
import { template } from '../../../../src/cli/format/template.ts';

describe('a field that an engine has left out', () => {
  const container = {
    State: { Status: 'running' },
    Config: { Labels: { a: 'b', Config: 'c' }, StopSignal: 'SIGINT' },
    NetworkSettings: { Networks: { bridge: { IPAddress: '10.0.0.2' } } },
  };
  const filled = (text: string): string => template(text)(parsed(JSON.stringify(container)));

  for (const [text, expected] of [
    ['{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}', 'none'],
    ['{{with .State}}{{with .Health}}{{.Status}}{{end}}{{end}}', ''],
    ['{{.Config.StopSignal}}{{.Config.Shell}}', 'SIGINT[]'],
    ['{{.Config.Labels.a}} {{.Config.Labels.stage}}', 'b <no value>'],
    ['{{with .Config.Labels.stage}}{{.}}{{end}}', ''],
    ['{{.NetworkSettings.Networks.other.IPAddress}}', '<no value>'],
    ['{{json .State}}{{json .Config.Labels}}', '{"Status":"running"}{"a":"b","Config":"c"}'],
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
      assert.throws(() => filled(text), /can't evaluate field/));
});
