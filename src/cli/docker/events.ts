/** `events`: what happens in the engine, as it happens, or what happened between two moments. */
import { lines, parsed } from '../../client/messages.ts';
import type { EventMessage } from '../../client/types.ts';
import { shaped } from '../format/template/values.ts';
import { template } from '../format/template.ts';
import { parsed as valueOf } from './absent-fields.ts';
import { command, none } from './command.ts';
import { CommandFailure } from './failure.ts';
import { text } from './flags.ts';
import { print } from './print.ts';
import { filter, filtersOf } from './shared-flags.ts';
import { told } from './template-failure.ts';
import { moment } from '../../moment.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Shows what happens in the engine, as it happens.',
  words: none,
  onlyPrints: true,
  flags: {
    filter: filter('f'),
    format: text("json, or a template as in '{{.Type}} {{.Action}}'"),
    since: text('from then on: 2015-03-02T10:00:00, or 10m for ten minutes ago'),
    until: text('until then'),
  },
  async run({ client, flags }) {
    const show = shower(flags.format);
    const query = { since: momentOf(flags.since), until: momentOf(flags.until), ...filtersOf(flags.filter) };
    const stream = await client.stream('GET', '/events', { query });
    for await (const line of lines(stream)) print(`${show(line)}\n`);
  },
});

function momentOf(typed: string): string | undefined {
  if (typed === '') return undefined;
  try {
    return moment(typed);
  } catch (error) {
    throw new CommandFailure((error as Error).message, 1, error);
  }
}

const BLAME = 'Error parsing format: ';

function shower(format: string): (line: string) => string {
  if (format === 'json') return (line) => line;
  if (format === '') return asLine;
  const fill = told(() => template(format), BLAME, 64);
  return (line) => {
    const event = valueOf(line) as EventMessage;
    const {
      status: Status = '',
      id: ID = '',
      from: From = '',
      time: Time,
      timeNano: TimeNano,
      scope: Scope = '',
    } = event;
    const value = shaped(
      { ...event, Status, ID, From, Time, TimeNano, Scope },
      { kind: 'struct', type: '*events.Message' },
    );
    return told(() => fill(value), BLAME, 64);
  };
}

/** `2015-03-02T10:00:00.123456789Z container start 3f2a… (image=lab, name=web)`. */
function asLine(line: string): string {
  const { time, Type, Action, Actor } = parsed<EventMessage>(line);
  // A number of JavaScript has not digits enough.
  const [, nanoseconds = '0'] = /"timeNano":\d*?(\d{9})\b/.exec(line) ?? [];
  const attributes = Object.entries(Actor.Attributes ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const more = attributes.length > 0 ? ` (${attributes.join(', ')})` : '';
  return `${stamp(time, nanoseconds)} ${Type} ${Action} ${Actor.ID}${more}`;
}

/** A time in the zone of this machine. */
function stamp(time: number, nanoseconds: string): string {
  const offset = -new Date(time * 1000).getTimezoneOffset();
  const local = new Date((time + offset * 60) * 1000).toISOString().slice(0, 19);
  const two = (number: number): string => String(Math.trunc(Math.abs(number))).padStart(2, '0');
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`;
  return `${local}.${nanoseconds.padStart(9, '0')}${zone}`;
}
