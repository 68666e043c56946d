/**
 * Which words of which instruction are expanded, once the variables are known.
 *
 * RUN, CMD, ENTRYPOINT, HEALTHCHECK and SHELL are not: a shell, if there is one, does that in the container. An ONBUILD is
 * expanded when it is triggered. COPY's `--from` names a stage, and the stages were known before any variable.
 */
import { DrydockError } from '../../errors.ts';
import type { AnyInstruction, Escape, Pair, Source } from './dockerfile.ts';
import { expand, expandBody, expandWords, type Variables } from './expand.ts';
import { readMount } from './mount.ts';

/** The instruction with its words expanded, as far as its kind expands them. Throws DOCKERFILE_INVALID with its line. */
export function expandInstruction<I extends AnyInstruction>(
  instruction: I,
  variables: Variables,
  escape: Escape = '\\',
): I {
  try {
    return { ...instruction, ...expanded(instruction, variables, escape) };
  } catch (error) {
    if (!(error instanceof DrydockError)) throw error;
    const { message, hint } = error;
    throw new DrydockError('DOCKERFILE_INVALID', `line ${instruction.line}: ${message}`, { hint, cause: error });
  }
}

function expanded(instruction: AnyInstruction, variables: Variables, escape: Escape): Partial<AnyInstruction> {
  const word = (text: string): string => expand(text, variables, escape);
  const maybe = (text: string | undefined): string | undefined => (text === undefined ? undefined : word(text));
  const pairs = (list: readonly Pair[]): Pair[] =>
    list.map(({ name, value }) => ({ name: word(name), value: word(value) }));
  const source = (from: Source): Source => {
    if ('path' in from) return { path: word(from.path) };
    const { inline } = from;
    return inline.expands ? { inline: { ...inline, content: expandBody(inline.content, variables, escape) } } : from;
  };
  switch (instruction.kind) {
    case 'add':
    case 'copy':
      return {
        sources: instruction.sources.map(source),
        destination: word(instruction.destination),
        chown: maybe(instruction.chown),
        chmod: maybe(instruction.chmod),
        excludes: instruction.excludes.map(word),
        ...(instruction.kind === 'add' && { checksum: maybe(instruction.checksum) }),
      };
    case 'arg':
      return { args: instruction.args.map(({ name, value }) => ({ name: word(name), value: maybe(value) })) };
    case 'label':
      return instruction.isLiteral ? {} : { pairs: pairs(instruction.pairs) };
    case 'env':
      return { pairs: pairs(instruction.pairs) };
    case 'expose':
      return { ports: instruction.ports.flatMap((port) => expandWords(port, variables, escape)) };
    case 'from':
      return { base: word(instruction.base), platform: maybe(instruction.platform) };
    case 'run':
      return { mounts: instruction.mounts.map(({ written }) => readMount(written, word)) };
    case 'stopsignal':
      return { signal: word(instruction.signal) };
    case 'user':
      return { user: word(instruction.user) };
    case 'volume':
      return { paths: instruction.paths.map(word) };
    case 'workdir':
      return { path: word(instruction.path) };
    default:
      return {};
  }
}
