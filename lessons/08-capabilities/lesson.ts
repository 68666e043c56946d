/** Lesson capabilities: root in pieces, the five sets of a process, and the one order around the change of user. */
import type { Lesson } from '../../src/learn/lesson.ts';

const source = 'src/runtime/isolators/capabilities.ts';
const file = 'isolators/capabilities.ts';

export const lesson: Lesson = {
  name: 'capabilities',
  number: 8,
  title: 'root without its powers',
  minutes: 60,
  question: 'What can root in a container still do to your machine?',
  requires: ['process', 'mounts', 'user'],
  slots: [
    {
      name: 'isolators/capabilities.ts#setsOf',
      source,
      file,
      title: 'five sets out of the config’s names',
      minutes: 10,
      todo: [
        'a number for each of the five sets that `sets` lists: bit n is capability n.',
        'process.capabilities has a list of names for each of them, and may lack any list, or be missing as a whole.',
        'What was not asked for is empty. capabilityNumber(NAME) is undefined for a name that this kernel does not know:',
        'that one is left out. capabilitySet(NUMBERS) makes the number of a set.',
      ],
      body: ['return { bounding: 0, effective: 0, permitted: 0, inheritable: 0, ambient: 0 };'],
    },
    {
      name: 'isolators/capabilities.ts#steps',
      source,
      file,
      title: 'the sets, in their order around the change of user',
      minutes: 25,
      todo: [
        'record the steps by which the process gives its powers away. They happen in the order in which you record them.',
        'changeUser(plan, context) records the change from root to the user: afterwards its rights are gone.',
        'plan.cap_bounding(SET): at most these, for ever; needs SETPCAP in the effective set.',
        'plan.keep_caps(): the permitted set outlives the change of user, the effective one does not.',
        'plan.capset(EFFECTIVE, PERMITTED, INHERITABLE): exactly these from here on; also no SETUID, SETGID, SETPCAP',
        'if they are not among them. plan.cap_ambient(SET): what is permitted and inheritable already; a change of user',
        'clears it. plan.no_new_privs(): if the process asks for noNewPrivileges.',
        'Kernels before 4.3 have no ambient set: throw noAmbient() if one is asked for and features lacks it.',
        'End each with .because(WHY): `try --mine --explain` prints it.',
      ],
      body: ['changeUser(plan, context);'],
    },
  ],
  task: [
    'A process has five sets of capabilities, and every program that it starts gets new ones, computed from them.',
    'First, in ten minutes, `setsOf`: config.json has names, the kernel has bits. Then `steps`: seven calls that give',
    'root’s powers away. Each of them needs something that another one takes, so there are not many orders in which',
    'they work, and one mistake works very well as long as the user is root.',
  ],
  hints: [
    'Look at a process that has given them away: `./drydock try grep Cap /proc/self/status`, then with `-u 1000`.',
    'capabilities(7), "Effect of user ID changes on capabilities", says what setresuid(2) clears, and what keeps it.',
    'The bounding set and keep_caps before the change of user; capset, then ambient, after it.',
  ],
};
