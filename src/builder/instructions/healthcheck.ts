/** `HEALTHCHECK CMD …` or `NONE`: what is run every now and then to see whether a container is well. */
import type { HealthcheckInstruction } from '../dockerfile/index.ts';
import { goList, nop, type Perform } from '../change.ts';

export const healthcheck: Perform<HealthcheckInstruction> = ({ config }, instruction) => {
  const { command, interval = 0, timeout = 0, startPeriod = 0, startInterval, retries = 0 } = instruction;
  const Test = !command ? ['NONE'] : command.form === 'exec' ? ['CMD', ...command.words] : ['CMD-SHELL', command.text];
  const Healthcheck = {
    // What it does not say stays as it was, as with Docker.
    ...(config.Healthcheck as object | undefined),
    Test,
    ...(interval && { Interval: interval }),
    ...(timeout && { Timeout: timeout }),
    ...(startPeriod && { StartPeriod: startPeriod }),
    ...(startInterval && { StartInterval: startInterval }),
    ...(retries && { Retries: retries }),
  };
  const times = [interval, timeout, startPeriod].map((time) => `"${goDuration(time)}"`).join(' ');
  return {
    config: { ...config, Healthcheck },
    says: nop(config, ` HEALTHCHECK &{${goList(Test)} ${times} ${goRune(retries)}}`),
    // Docker's line is older than it.
    also: startInterval,
  };
};

/** Go's way to write nanoseconds: 1m30s, 1.5s, 0s. */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const [hours, minutes] = [Math.floor(nanoseconds / 3600e9), Math.floor((nanoseconds % 3600e9) / 60e9)];
  const seconds = `${(nanoseconds % 60e9) / 1e9}s`;
  return hours > 0 ? `${hours}h${minutes}m${seconds}` : minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

const escapes: Readonly<Record<number, string>> = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r' };

/** The number as Docker's history has it: Go's %q takes it for a character. */
function goRune(number: number): string {
  if (escapes[number]) return `'\\${escapes[number]}'`;
  if (number < 32 || number === 127) return `'\\x${number.toString(16).padStart(2, '0')}'`;
  const character = String.fromCodePoint(number);
  return `'${character === "'" || character === '\\' ? `\\${character}` : character}'`;
}
