/**
 * The messages of the shim: 64 bytes each, drawn in addon/shim/conversation.h.
 */

/** What a message says; the names are those of `enum class Say`. */
export const say = { born: 1, sync: 2, fd: 3, failed: 4, created: 5, before: 6, executing: 7 } as const;

/** The step index of failures outside the plan, in the outer half. */
export const OUTER = -1;

/** What the parent answers; any byte would do. */
export const GO_ON = Buffer.from([1]);

export interface Message {
  kind: number;
  step: number;
  value: number;
  flag: number;
  name: string;
}

/** Bytes of a message. */
export const MESSAGE_SIZE = 64;

/** Reads one message. */
export function parse(data: Buffer): Message {
  const end = data.indexOf(0, 16);
  return {
    kind: data.readUInt32LE(0),
    step: data.readInt32LE(4),
    value: data.readInt32LE(8),
    flag: data.readInt32LE(12),
    name: data.toString('utf8', 16, end < 0 ? data.length : end),
  };
}
