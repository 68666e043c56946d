/**
 * A real terminal with a person before it: tmux holds the screen, we type keys and read what is there.
 */
import { execFileSync } from 'node:child_process';
import { eventually, environment, folder, fresh } from './support.ts';
import { join } from 'node:path';

export class Terminal {
  private readonly socket = join(folder, fresh('tmux'));

  /** A terminal of 80 by 24 with a shell in it, whose prompt is `outside$ `. */
  constructor(more: NodeJS.ProcessEnv = {}) {
    const variables = Object.entries({ ...environment, ...more }).map(([name, value]) => `${name}=${value}`);
    this.tmux(
      'new-session',
      '-d',
      '-x',
      '80',
      '-y',
      '24',
      'env',
      '-i',
      ...variables,
      'TERM=screen',
      'PS1=outside$ ',
      'sh',
    );
  }

  /** Types a line and Enter. */
  line(text: string): void {
    this.type(text);
    this.press('Enter');
  }

  type(text: string): void {
    this.tmux('send-keys', '-l', text);
  }

  /** Presses keys by tmux' names: `C-c`, `Escape`, `Enter`. */
  press(...keys: string[]): void {
    this.tmux('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What is on the screen. */
  screen(): string {
    return this.tmux('capture-pane', '-p').trimEnd();
  }

  /** Whether a person sees where the next letter will stand. */
  get hasCursor(): boolean {
    return this.tmux('display-message', '-p', '#{cursor_flag}').trim() === '1';
  }

  /** Its lines as they were printed: what the terminal had to break is one again. */
  lines(): string[] {
    return this.tmux('capture-pane', '-p', '-J')
      .split('\n')
      .map((line) => line.trimEnd());
  }

  /** Everything that has been on it. */
  history(): string {
    return this.tmux('capture-pane', '-p', '-S', '-2000').trimEnd();
  }

  /** Waits until the screen shows it. */
  async shows(text: RegExp, deadline = 30_000): Promise<void> {
    await eventually(
      () => text.test(this.screen()),
      () => `no ${text} on the screen:\n${this.screen()}`,
      deadline,
    );
  }

  /** The terminal goes away, with whatever runs in it. */
  close(): void {
    try {
      this.tmux('kill-server');
    } catch {
      // Its last shell has ended, and it with that.
    }
  }

  private tmux(...words: string[]): string {
    return execFileSync('tmux', ['-S', this.socket, '-f', '/dev/null', ...words], { encoding: 'utf8', stdio: 'pipe' });
  }
}
