/** `drydock vm …`: the machine to learn on. A mistake in it costs a reboot, and nothing of this machine. */
import { find, run } from '../../dispatch.ts';
import { vm } from '../../verbs.ts';

export async function runVm([first, ...rest]: readonly string[]): Promise<void> {
  if (first === undefined || ['help', '--help', '-h'].includes(first)) {
    if (rest[0] !== undefined) return runVm([rest[0], '--help']);
    const [{ vmOverview }, { printHelp }] = await Promise.all([import('../../help.ts'), import('../../narrow.ts')]);
    return printHelp(vmOverview());
  }
  await run(find(vm, first), rest, `drydock vm ${first}`);
}
