/** What `try --mine` says before the start. */
import { whose } from '../../learn/whose.ts';
import { labelled, narrowLook } from '../output.ts';

/** Says on standard error whose functions a container with these isolators is made of. */
export async function tellWhose(isolators: readonly { readonly name: string }[]): Promise<void> {
  const { columns } = narrowLook(process.stderr);
  const text = await whose(isolators.map(({ name }) => name));
  process.stderr.write(`${labelled('drydock:', text, { indent: 0, label: 9, columns })}\n`);
}
