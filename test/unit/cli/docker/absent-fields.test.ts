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
