/** What `drydock container --help` prints, and the part of `drydock --help` that is Docker's. */
import { optionTable, verbTable } from './usage.ts';
import { globals } from './globals.ts';
import { groups, verbs, type Entry } from './verbs.ts';

const subjects: Readonly<Record<keyof typeof groups, string>> = {
  builder: 'the builder',
  container: 'containers',
  image: 'images',
  volume: 'volumes',
  network: 'networks',
  system: 'the engine',
};

/** The verbs of one group. */
export function groupHelp(name: string, group: readonly Entry[]): string {
  return [
    `Usage:  drydock ${name} COMMAND`,
    '',
    `The verbs of ${subjects[name]}:`,
    verbTable(group),
    '',
    `Run 'drydock ${name} COMMAND --help' for more information on a command.`,
    '',
  ].join('\n');
}

/** All verbs that speak to an engine, for the list of everything. */
export function engineOverview(): string {
  return [
    'The engine (every verb of docker; drydock VERB --help tells more):',
    verbTable([
      ...verbs,
      ...Object.keys(groups).map((name) => ({
        name,
        summary: `the verbs of ${subjects[name]}, as docker groups them`,
      })),
    ]),
    '',
    'Before these verbs:',
    optionTable(Object.entries(globals)),
  ].join('\n');
}
