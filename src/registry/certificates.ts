/**
 * Certificates for a registry that no public authority vouches for, where Docker has them:
 *
 *     /etc/docker/certs.d/registry.example:5000/
 *       *.crt                 authorities that vouch for it, beside those of the system
 *       NAME.cert, NAME.key   who we are, for a registry that asks for a certificate of ours
 *
 * and the same below /etc/drydock/certs.d. They count for this one host and port alone. A file that is there and cannot
 * be used is an error: going on without it would end in one that says less.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { DrydockError } from '../errors.ts';

export const certificateFolders: readonly string[] = ['/etc/docker/certs.d', '/etc/drydock/certs.d'];
/**
 * What the administrator of this machine trusts besides what everybody does. Node has everybody's list built in and does
 * not look here. The bundle that is made of both is not read: parsing it takes longer than a handshake.
 */
const anchors: readonly string[] = ['/usr/local/share/ca-certificates', '/etc/pki/ca-trust/source/anchors'];

/** What TLS with this host needs. */
export function secureContextFor(host: string, folders = certificateFolders, administrators = anchors): SecureContext {
  const ours = folders.map((folder) => join(folder, host)).flatMap(filesIn);
  const authorities = [...administrators.flatMap(filesIn), ...ours].filter((file) => file.endsWith('.crt'));
  const clients = ours.filter((file) => file.endsWith('.cert'));
  try {
    const cert = clients.map((file) => readFileSync(file));
    const key = clients.map(readKey);
    const secure = createSecureContext(cert.length > 0 ? { cert, key } : {});
    // The option `ca` would stand in place of everybody's list; this adds to it.
    const context = secure.context as { addCACert(pem: Buffer): void };
    for (const file of authorities) context.addCACert(readAuthority(file));
    return secure;
  } catch (cause) {
    if (cause instanceof DrydockError) throw cause;
    throw new DrydockError('REGISTRY', `the certificates for ${host} cannot be used: ${(cause as Error).message}`, {
      hint: `look at ${folders.map((folder) => join(folder, host)).join(' and ')}`,
      cause,
    });
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function readAuthority(file: string): Buffer {
  const bytes = readFileSync(file);
  if (bytes.includes('-----BEGIN')) return bytes;
  throw new DrydockError('REGISTRY', `${file} has no certificate in it`, {
    hint: 'it begins with -----BEGIN CERTIFICATE-----',
  });
}

function readKey(cert: string): Buffer {
  const file = cert.replace(/cert$/, 'key');
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new DrydockError('REGISTRY', `${cert} has no key beside it: ${file} cannot be read`, { cause });
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
