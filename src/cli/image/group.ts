/** `drydock image …`: verbs of images as Docker groups them. */
import { find, run } from '../dispatch.ts';
import { imageGroup } from '../verbs.ts';

export async function runImage([first, ...rest]: readonly string[]): Promise<void> {
  if (first === undefined || ['help', '--help', '-h'].includes(first)) {
    if (rest[0] !== undefined) return runImage([rest[0], '--help']);
    const { imageOverview } = await import('../help.ts');
    return void process.stdout.write(imageOverview());
  }
  await run(find(imageGroup, first), rest, `drydock image ${first}`);
}
