/** Sizes and ages as Docker prints them (docker/go-units). */

const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in decimal units with `digits` significant ones: `4.26MB`. */
export function humanSize(bytes: number, digits = 3): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < decimal.length - 1; unit++) value /= 1000;
  return `${significant(value, digits)}${decimal[unit]}`;
}

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in binary units with four significant digits: `23.54GiB`. */
export function binarySize(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1024 && unit < binary.length - 1; unit++) value /= 1024;
  return `${significant(value, 4)}${binary[unit]}`;
}

/** As Go's %.Ng: so many digits, no zeros at the end. */
function significant(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  return String(text.includes('e') ? Number(text) : text.includes('.') ? text.replace(/\.?0+$/, '') : text);
}

/** A time as Go prints it, in the zone of this machine: `2015-03-02 10:00:00 +0100 CET`. */
export function goTime(seconds: number): string {
  const time = new Date(seconds * 1000);
  const two = (number: number): string => String(Math.abs(number)).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const hour = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const ahead = -time.getTimezoneOffset();
  const offset = `${ahead < 0 ? '-' : '+'}${two(Math.trunc(ahead / 60))}${two(ahead % 60)}`;
  return `${day} ${hour} ${offset} ${zoneOf(time)}`;
}

function zoneOf(time: Date): string {
  if (time.getTimezoneOffset() === 0) return 'UTC';
  const [, name = ''] = /\b([A-Z]{2,5})$/.exec(time.toLocaleTimeString('en-US', { timeZoneName: 'short' })) ?? [];
  return name;
}

/** How long ago, in the largest unit: `3 weeks ago`; nothing for a time that nobody has told. */
export function ago(seconds: number, now = Date.now() / 1000): string {
  return seconds <= 0 ? 'N/A' : `${duration(Math.max(0, now - seconds))} ago`;
}

export function duration(seconds: number): string {
  const whole = Math.floor;
  if (seconds < 1) return 'Less than a second';
  if (seconds < 2) return '1 second';
  if (seconds < 60) return `${whole(seconds)} seconds`;
  const minutes = whole(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(seconds / 3600);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${whole(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${whole(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${whole(hours / 24 / 30)} months`;
  return `${whole(seconds / 3600 / 24 / 365)} years`;
}

/** A time of UTC as Go prints one (time.Time.String): a fraction ends with its last digit that is none of 0. */
export const goMoment = (time: string): string =>
  time.replace('T', ' ').replace(/(\.\d+)?Z$/, (_, part = '') => `${(part as string).replace(/\.?0+$/, '')} +0000 UTC`);
