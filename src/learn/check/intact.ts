/**
 * Whether the tools by which checks ask the kernel are still the same.
 *
 * A learner's code runs in the checker's process, and whoever wants to deceive the checker from there can. But a
 * `readlinkSync` that was replaced, be it only to see what is read, must not pass for an answer of the kernel. So the
 * common tools are compared with what they were before that code was loaded.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';

const kinds = [Object, Array, String, Number, RegExp, Promise, Map, Set, Function, Error, Buffer] as const;

const tools: readonly (readonly [name: string, tool: object])[] = [
  ['fs', fs],
  ['child_process', childProcess],
  ['JSON', JSON],
  ...kinds.flatMap((kind) => [
    [kind.name, kind] as const,
    [`${kind.name}.prototype`, kind.prototype as object] as const,
  ]),
];

// By names of our own: these, too, can be replaced.
const { getOwnPropertyDescriptor, is } = Object;
const { ownKeys } = Reflect;

/** Remembers them. The answer names the first one that is another by then. */
export function intact(): () => string | undefined {
  const before = tools.flatMap(([name, tool]) =>
    ownKeys(tool).flatMap((key) => {
      const was = getOwnPropertyDescriptor(tool, key);
      // Node fills in some functions when they are asked for the first time (opendirSync).
      return was?.get ? [] : { name: `${name}.${String(key)}`, tool, key, was: was?.value as unknown };
    }),
  );
  return () => {
    for (const { name, tool, key, was } of before)
      if (!is(getOwnPropertyDescriptor(tool, key)?.value, was)) return name;
    return undefined;
  };
}
