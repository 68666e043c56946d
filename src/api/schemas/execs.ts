/** `POST /containers/{c}/exec`, and `POST /exec/{id}/start`. */
import * as v from 'valibot';
import type { ExecRequest } from '../../engine/types.ts';
import { flag, object, text, texts, words } from './parts.ts';

/** Rows and columns; older clients send none, or zeros. */
const consoleSize = v.optional(v.tuple([v.number(), v.number()]));

export const execRequest: v.GenericSchema<unknown, ExecRequest> = object({
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ConsoleSize: consoleSize,
  DetachKeys: text,
  Tty: flag,
  Env: texts,
  Cmd: words,
  Privileged: flag,
  User: text,
  WorkingDir: text,
});

export const execStart = object({
  Detach: flag,
  Tty: flag,
  ConsoleSize: consoleSize,
});
