/**
 * The ambient set holds only what is permitted and inheritable; the kernel refuses the rest with EPERM (capabilities(7)).
 * The config that `runc spec` 1.1 proposes asks for more, and runc does not say that it gets nothing: such configs are
 * everywhere, and so what is in vain is left out, with a warning.
 */
import type { Process } from './spec.ts';
import { warn } from './warning.ts';

/** The process, asking for no ambient capability that it cannot have. */
export function withoutVainAmbient(process: Process): Process {
  const { ambient = [], permitted = [], inheritable = [] } = process.capabilities ?? {};
  const isVain = (name: string): boolean => !permitted.includes(name) || !inheritable.includes(name);
  const vain = ambient.filter(isVain);
  if (vain.length === 0) return process;
  warn(`process.capabilities.ambient: ${vain.join(', ')} must be permitted and inheritable too; left out`);
  const capabilities = { ...process.capabilities, ambient: ambient.filter((name) => !isVain(name)) };
  return { ...process, capabilities };
}
