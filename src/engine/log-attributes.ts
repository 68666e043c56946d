/**
 * What `logs --details` puts in front of each line: labels and variables of the container that its log options name.
 *
 *     --log-opt labels=com.example.team,stage    --log-opt labels-regex=^com\\.example\\.
 *     --log-opt env=MODE                         --log-opt env-regex=^APP_        --log-opt tag={{.Name}}
 *
 * Docker writes them into each line of the log. They never change in a container's life, so here they are read from its
 * record when somebody asks (moby, daemon/logger/loginfo.go and jsonfilelog.go).
 */
import { DrydockError } from '../errors.ts';
import type { ContainerRecord, LogConfig } from './types.ts';

type Attributes = Readonly<Record<string, string>>;

/** `env=x,name=a+b`: in the order of the names, each word as in a query (moby, api/server/httputils, write_log_stream.go). */
export function logDetails(record: ContainerRecord): string {
  return Object.entries(attributesOf(record))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.map(escaped).join('='))
    .join(',');
}

/** Throws BAD_USAGE for a pattern that is none, and for a tag that nobody can fill in. */
export function checkLogAttributes({ Config = {} }: LogConfig): void {
  for (const name of ['labels-regex', 'env-regex']) patternOf(name, Config[name]);
  const [unknown] = [...(Config.tag ?? '').matchAll(/{{.*?(?:}}|$)/g)]
    .map(([field]) => field)
    .filter((field) => !Object.hasOwn(fields, nameIn(field)));
  if (unknown !== undefined)
    throw new DrydockError('BAD_USAGE', `the log option tag has ${unknown}, which nothing is known of`, {
      hint: `there are ${Object.keys(fields)
        .map((name) => `{{.${name}}}`)
        .join(', ')}`,
    });
}

function attributesOf(record: ContainerRecord): Attributes {
  const { Labels = {}, Env = [] } = record.Config;
  const { Config = {} } = record.HostConfig.LogConfig ?? {};
  const variables = Object.fromEntries(
    Env.filter((one) => one.includes('=')).map((one) => [
      one.slice(0, one.indexOf('=')),
      one.slice(one.indexOf('=') + 1),
    ]),
  );
  return {
    ...picked('labels', Labels, Config),
    ...picked('env', variables, Config),
    ...(Config.tag && { tag: Config.tag.replace(/{{.*?}}/g, (field) => fields[nameIn(field)]?.(record) ?? field) }),
  };
}

/** Those of `all` that the option names, or that its pattern fits. */
function picked(option: string, all: Attributes, config: Attributes): Attributes {
  const names = (config[option] ?? '').split(',');
  const pattern = patternOf(`${option}-regex`, config[`${option}-regex`]);
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name) || pattern?.test(name)));
}

function patternOf(option: string, text: string | undefined): RegExp | undefined {
  if (!text) return undefined;
  try {
    // Go's flags stand in front, JavaScript's behind (regexp/syntax).
    const [, flags, body] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(text)!;
    return new RegExp(body!, flags);
  } catch (cause) {
    throw new DrydockError('BAD_USAGE', `the log option ${option} is no regular expression: ${text}`, {
      cause,
      hint: '( and [ are closed, or stand behind a backslash',
    });
  }
}

const SHORT = 12;

/** What a tag may have of its container (docs.docker.com/engine/logging/log_tags). */
const fields: Readonly<Record<string, (record: ContainerRecord) => string>> = {
  ID: ({ Id }) => Id.slice(0, SHORT),
  FullID: ({ Id }) => Id,
  Name: ({ Name }) => Name,
  ImageID: ({ Image }) => Image.slice(0, SHORT),
  ImageFullID: ({ Image }) => Image,
  ImageName: ({ Config }) => Config.Image,
  DaemonName: () => 'docker',
};

const nameIn = (field: string): string => /^{{ *\.(\w+) *}}$/.exec(field)?.[1] ?? '';

/** As Go's url.QueryEscape does it. */
const escaped = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
