/** The lists of verbs that `drydock --help` and `drydock oci --help` print. */
import type { Verb } from './dispatch.ts';
import { engineOverview } from './docker/overview.ts';
import { learn, local, oci, vm } from './verbs.ts';

const line = ({ name, summary }: Verb): string => `  ${name.padEnd(11)}${summary}`;

/** Everything, in the order in which a newcomer needs it. */
export function overview(): string {
  return [
    'Drydock: a container engine that people can read.',
    '',
    'usage: drydock VERB [OPTIONS] [WORDS]        drydock VERB --help tells more',
    '',
    'The course:',
    ...learn.map(line),
    '',
    engineOverview(),
    '',
    'This machine:',
    ...local.map(line),
    `  ${'oci'.padEnd(11)}the low-level runtime, with runc's verbs: drydock oci --help`,
    `  ${'vm'.padEnd(11)}a machine of its own to learn on: drydock vm --help`,
    '',
    'start with:  drydock demo process',
    '             drydock try',
    '',
  ].join('\n');
}

/** The verbs of `drydock vm`. */
export function vmOverview(): string {
  return [
    'usage: drydock vm VERB [OPTIONS] [WORDS]     drydock vm VERB --help tells more',
    '',
    'A machine of its own to learn on: Debian under qemu, with this project in it.',
    ...vm.map(line),
    '',
    'start with:  drydock vm up && drydock vm shell',
    '',
  ].join('\n');
}

/** The verbs of `drydock oci`, and the options that may stand before them. */
export function ociOverview(): string {
  return [
    'usage: drydock oci [OPTIONS] VERB …          drydock oci VERB --help tells more',
    '',
    "The runtime of one OCI bundle, with runc's verbs and options:",
    ...oci.map(line),
    '',
    '  --root DIR            folder of states [$DRYDOCK_RUN/oci, /run/drydock/oci]',
    '  --log FILE            file that errors are appended to',
    '  --log-format FORMAT   text or json                                     [text]',
    '  --rootless true       as an ordinary user, who is root inside; also by',
    '                        DRYDOCK_ROOTLESS=1',
    '  --cgroup-manager NAME cgroupfs, or disabled: no cgroups at all     [cgroupfs]',
    '  --debug               errors say where in the source they were thrown',
    '  --version             of this runtime, and of the spec that it follows',
    '',
    'example: drydock oci spec && drydock oci run box',
    '',
  ].join('\n');
}
