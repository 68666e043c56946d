/**
 * What the tests of the site share: the site itself, made once, and Debian's Chromium to look at it.
 *
 * The recordings are those that CI has made, if there are any; the one in recordings/ stands in where nobody is root.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { makeSite } from '../../src/site/site.ts';

export const home = join(__dirname, '../..');
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const quiet =
  '--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

const folder = mkdtempSync(join(tmpdir(), 'drydock-book-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
export const site = join(folder, 'site');
let made: Promise<unknown> | undefined;

/** Makes the site in `site`, once. */
export function siteIsMade(): Promise<unknown> {
  return (made ??= make());
}

async function make(): Promise<void> {
  const recordings = join(folder, 'recordings');
  for (const from of [join(__dirname, 'recordings'), join(home, 'dist/recordings')])
    if (existsSync(from)) cpSync(from, recordings, { recursive: true });
  await makeSite({ home, out: site, recordings });
}

/** File names of all pages. */
export function pageNames(): string[] {
  return readdirSync(site).filter((name) => name.endsWith('.html'));
}

/** The address of a page on the disk. */
export function addressOf(page: string): string {
  const [file = '', anchor] = page.split('#');
  return pathToFileURL(join(site, file)).href + (anchor ? `#${anchor}` : '');
}

export interface Opened {
  readonly page: Page;
  /** What the browser complained about, and what was asked of somebody else. */
  readonly complaints: string[];
}

export interface Reader {
  /** A page in a browser of its own: nothing is remembered from another one. */
  open(name: string, options?: BrowserContextOptions): Promise<Opened>;
  /** Another page in the same browser. */
  go(opened: Opened, name: string): Promise<void>;
}

/** A browser for the tests of a suite. Skips them, by name, where there is none. */
export function withReader(): Reader {
  let browser: Browser | undefined;
  const close: (() => Promise<void>)[] = [];

  before(async function () {
    this.timeout(120_000);
    if (!existsSync(executablePath)) {
      this.test!.parent!.title += ' [skipped: Chromium is not installed]';
      return this.skip();
    }
    await siteIsMade();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...quiet.split(' ')] });
  });
  afterEach(async () => {
    for (const one of close.splice(0)) await one();
  });
  after(() => browser?.close());

  return {
    async open(name, options) {
      const context = await browser!.newContext(options);
      close.push(() => context.close());
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => /error|warning/.test(message.type()) && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      // Whoever leaves a page before its icon has come has aborted that request.
      page.on('requestfailed', (request) => {
        const why = request.failure()?.errorText;
        if (why !== 'net::ERR_ABORTED') complaints.push(`${why}: ${request.url()}`);
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(pathToFileURL(site).href)) complaints.push(`asked for ${request.url()}`);
      });
      await page.goto(addressOf(name));
      return { page, complaints };
    },
    async go({ page }, name) {
      await page.goto(addressOf(name));
    },
  };
}
