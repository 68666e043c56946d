/** What people get wrong about the two smallest namespaces. */
import type { Mistake } from '../../src/learn/mistake.ts';

const UTS = 'isolators/uts.ts#namespaces';
const STEPS = 'isolators/uts.ts#steps';
const IPC = 'isolators/ipc.ts#namespaces';
const CLAIM = 'isolators/uts.ts#claim';
const JOINED_UTS = 'a UTS namespace that config.json names is joined, not made';
const REFUSED = 'a name without a namespace for it is refused before anything happens';

const always = (type: string): string => `return [{ type: '${type}', how: 'clone' }];`;
const refuse = "throw new DrydockError('SPEC_INVALID', 'a name, and no UTS namespace for it');";

export const mistakes: readonly Mistake[] = [
  {
    title: 'the namespace is left out, and the host is renamed',
    slot: UTS,
    body: ['return [];'],
    fails: 'the container has its own UTS namespace',
    hint: /has no NEWUTS in it/,
  },
  {
    title: 'the path of the namespace is overlooked',
    slot: UTS,
    body: [always('uts')],
    fails: JOINED_UTS,
    hint: /how: 'join', path/,
  },
  {
    title: 'an exec renames the container again',
    slot: STEPS,
    body: [
      'if (spec.hostname) plan.sethostname(spec.hostname);',
      'if (spec.domainname) plan.setdomainname(spec.domainname);',
      'void mode;',
    ],
    fails: 'an exec leaves the name as it finds it',
    hint: /the names belong to the container/,
  },
  {
    title: 'an exec sets the NIS domain again',
    slot: STEPS,
    body: [
      "if (mode !== 'exec' && spec.hostname) plan.sethostname(spec.hostname);",
      'if (spec.domainname) plan.setdomainname(spec.domainname);',
    ],
    fails: 'an exec leaves the name as it finds it',
    hint: /its domain to "elsewhere"/,
  },
  {
    title: 'a namespace is made that nobody has asked for',
    slot: UTS,
    body: [
      "const asked = spec.linux?.namespaces?.find(({ type }) => type === 'uts');",
      "return asked?.path ? [{ type: 'uts', how: 'join', path: asked.path }] : [{ type: 'uts', how: 'clone' }];",
    ],
    fails: JOINED_UTS,
    hint: /Without this type in the list, return \[\]/,
  },
  {
    title: 'the NIS domain is forgotten',
    slot: STEPS,
    body: ["if (mode === 'create' && spec.hostname) plan.sethostname(spec.hostname);"],
    fails: 'it has the names of config.json, and the host keeps its own',
    hint: /config\.json says domainname harbour/,
  },
  {
    title: 'a name that is missing is set',
    slot: STEPS,
    body: [
      "if (mode === 'exec') return;",
      'plan.sethostname(spec.hostname!);',
      'if (spec.domainname) plan.setdomainname(spec.domainname);',
    ],
    fails: 'a config without names changes none',
    hint: /recorded with nothing in the place/,
  },
  {
    title: 'the other namespace is returned',
    slot: IPC,
    body: ["return wanted(spec, 'uts');"],
    fails: 'the container has its own IPC namespace',
    hint: /has no NEWIPC in it/,
  },
  {
    title: 'a pod cannot share its queues',
    slot: IPC,
    body: [always('ipc')],
    fails: 'an IPC namespace that config.json names is joined, not made',
    hint: /how: 'join', path/,
  },
  {
    title: 'the NIS domain may rename the host',
    slot: CLAIM,
    body: [`if (spec.hostname && wanted(spec, 'uts').length === 0) ${refuse}`, 'return null;'],
    fails: REFUSED,
    hint: /A config with domainname and no UTS namespace/,
  },
  {
    title: 'a joined namespace is taken for none',
    slot: CLAIM,
    body: [
      "const isNew = wanted(spec, 'uts').some(({ how }) => how === 'clone');",
      `if ((spec.hostname || spec.domainname) && !isNew) ${refuse}`,
      'return null;',
    ],
    fails: REFUSED,
    hint: /A config with hostname and a UTS namespace by path/,
  },
];
