/** Keys and certificates of the server's, as Docker's options name them: `--tlscert`, `--tlskey`, `--tlscacert`. */
import { readFileSync } from 'node:fs';
import { DrydockError } from '../errors.ts';

export interface TlsOptions {
  readonly certificate: string;
  readonly key: string;
  /** Whose certificates clients have to show; absent: nobody is asked for one. */
  readonly authority?: string;
}

/** What node:https takes. */
export interface ServerKeys {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly minVersion: 'TLSv1.2';
}

/** Throws ENGINE where a file cannot be read. */
export function serverKeys({ certificate, key, authority }: TlsOptions): ServerKeys {
  return {
    cert: read('--tlscert', certificate),
    key: read('--tlskey', key),
    ...(authority !== undefined && { ca: read('--tlscacert', authority) }),
    requestCert: authority !== undefined,
    rejectUnauthorized: authority !== undefined,
    minVersion: 'TLSv1.2',
  };
}

function read(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new DrydockError('ENGINE', `${option} ${path}: ${(cause as Error).message}`, {
      hint: 'the option has to name a PEM file that root can read',
      cause,
    });
  }
}
