/**
 * Progress as Docker shows it. On a terminal each layer has a line of its own, which is written over while it moves on;
 * elsewhere a line is written for each new state, and bars are left out. `plain`: so it is on a terminal, too.
 *
 *     3f2a91c07b1e: Downloading [=====>                       ]  4.2MB/21.3MB
 */
import type { Progress } from '../../client/types.ts';
import { humanSize } from './units.ts';

interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Shows messages on a stream as they come. */
export function progressOn(screen: Screen, { quiet = false, plain = false } = {}): (message: Progress) => void {
  if (quiet) return () => undefined;
  return screen.isTTY && !plain ? onTerminal(screen) : onPaper(screen);
}

/** A bar says nothing that a file wants to know; a state is told once. */
function onPaper(screen: Screen): (message: Progress) => void {
  const last = new Map<string, string>();
  return (message) => {
    const { id, status, stream, progressDetail } = message;
    if (stream !== undefined) return void screen.write(stream);
    if (status === undefined || progressDetail) return;
    if (id !== undefined && last.get(id) === status) return;
    if (id !== undefined) last.set(id, status);
    screen.write(`${progressText(message, 0)}\n`);
  };
}

/** A message of the same kind comes with every piece of a blob; nobody sees more than ten a second. */
const PAUSE_MS = 100;

function onTerminal(screen: Screen): (message: Progress) => void {
  const rows: string[] = [];
  const drawn = new Map<string, { status: string; at: number }>();
  return (message) => {
    const { id, status, stream, progressDetail } = message;
    if (stream !== undefined) return void screen.write(stream);
    if (status === undefined) return;
    if (id === undefined) {
      rows.length = 0;
      return void screen.write(`${progressText(message, 0)}\n`);
    }
    const before = drawn.get(id);
    const isMore = progressDetail !== undefined && before?.status === status;
    if (isMore && Date.now() - before.at < PAUSE_MS && progressDetail.current !== progressDetail.total) return;
    drawn.set(id, { status, at: Date.now() });
    let row = rows.indexOf(id);
    if (row === -1) {
      row = rows.push(id) - 1;
      screen.write('\n');
    }
    const up = rows.length - row;
    screen.write(`\x1b[${up}A\x1b[2K\r${progressText(message, screen.columns ?? 80)}\r\x1b[${up}B`);
  };
}

/** One line. A bar gets what is left of so many columns. */
export function progressText({ id, status, progressDetail }: Progress, columns: number): string {
  const text = id === undefined ? status! : `${id}: ${status}`;
  return progressDetail ? `${text} ${barOf(progressDetail, columns - text.length - 2)}` : text;
}

/** As many signs as there is room for, 50 at most. */
function barOf({ current = 0, total = 0 }: NonNullable<Progress['progressDetail']>, room: number): string {
  if (total <= 0) return humanSize(current, 4);
  const numbers = `${humanSize(current, 4).padStart(8)}/${humanSize(total, 4)}`;
  const width = Math.min(50, room - numbers.length - 3);
  if (width < 5) return numbers.trimStart();
  const done = Math.min(width, Math.floor((current / total) * width));
  return `[${'='.repeat(done)}${done < width ? '>' : ''}${' '.repeat(Math.max(0, width - done - 1))}] ${numbers}`;
}
