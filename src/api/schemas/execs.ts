/** `POST /containers/{c}/exec`, and `POST /exec/{id}/start`. */
import * as v from 'valibot';
import type { ExecRequest } from '../../engine/types.ts';
import { flag, text, texts, words } from './parts.ts';

export const execRequest: v.GenericSchema<unknown, ExecRequest> = v.object({
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  DetachKeys: text,
  Tty: flag,
  Env: texts,
  Cmd: words,
  Privileged: flag,
  User: text,
  WorkingDir: text,
});

export const execStart = v.object({
  Detach: flag,
  Tty: flag,
  /** Rows and columns; older clients send none, or zeros. */
  ConsoleSize: v.optional(v.tuple([v.number(), v.number()])),
});
