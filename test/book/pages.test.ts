import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { lessons } from '../../src/learn/lessons.ts';
import { home, pageNames, site, siteIsMade, withReader, type Opened } from './support.ts';

const axe = readFileSync(join(home, 'node_modules/axe-core/axe.min.js'), 'utf8');

describe('the site', function () {
  this.timeout(300_000);
  before(siteIsMade);

  it('names no folder of the machine that it was made on', () => {
    for (const name of readdirSync(site)) {
      const text = readFileSync(join(site, name), 'utf8');
      for (const folder of [home, dirname(site)]) assert.ok(!text.includes(folder), `${name} names ${folder}`);
    }
  });

  it('has a policy on every page that allows no code but its own files', () => {
    for (const name of pageNames()) {
      const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page(name)) ?? [];
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'/, name);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/, name);
    }
  });

  it('leads from lesson to lesson and back', () => {
    const chapters = lessons.map(({ name }) => `${name}.html`).filter((name) => pageNames().includes(name));
    for (const [i, name] of chapters.entries()) {
      const [before, after] = [chapters[i - 1], chapters[i + 1]];
      if (before) assert.match(page(name), new RegExp(`rel="prev" href="${before}"`), name);
      if (after) assert.match(page(name), new RegExp(`rel="next" href="${after}"`), name);
    }
  });

  const page = (name: string): string => readFileSync(join(site, name), 'utf8');
});

/** In CI all pages but notes on decisions and files of the source, which look alike, and a few of those. */
function sample(): string[] {
  if (!process.env.CI) return pageNames();
  let alike = 0;
  return pageNames().filter((name) => !/^(decision|source)-/.test(name) || alike++ % 8 === 0);
}

describe('each page in a browser', function () {
  this.timeout(600_000);
  const reader = withReader();

  /** Does it on every page; what is wrong is gathered, so that one round shows all. */
  async function everywhere(
    opened: Opened,
    look: (page: Page, name: string) => Promise<string[]>,
    names = pageNames(),
  ): Promise<void> {
    const wrong: string[] = [];
    for (const name of names) {
      await reader.go(opened, name);
      wrong.push(...(await look(opened.page, name)).map((what) => `${name}: ${what}`));
      wrong.push(...opened.complaints.splice(0).map((what) => `${name}: ${what}`));
    }
    assert.deepEqual(wrong, []);
  }

  for (const colorScheme of ['light', 'dark'] as const)
    it(`has no fault that axe-core knows, no complaint and no foreign request, in ${colorScheme}`, async () => {
      // A step that fades in has no colour of its own yet.
      const opened = await reader.open('index.html', { colorScheme, reducedMotion: 'reduce' });
      await everywhere(
        opened,
        async (page) => {
          await page.evaluate(axe);
          return page.evaluate(async () => {
            type Axe = {
              run(options: object): Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }>;
            };
            const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run({ preload: false }); // which the policy forbids
            return violations.map(
              ({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
            );
          });
        },
        sample(),
      );
    });

  for (const width of [320, 375])
    it(`is not wider than a screen of ${width} pixels`, async () => {
      const opened = await reader.open('index.html', { viewport: { width, height: 700 } });
      await everywhere(
        opened,
        async (page) => {
          const found = await page.evaluate(() => document.scrollingElement!.scrollWidth);
          return found > width ? [`${found} pixels wide`] : [];
        },
        sample(),
      );
    });

  it('has only links that lead somewhere', async () => {
    const ids = new Map<string, string[]>();
    const links: [page: string, href: string][] = [];
    await everywhere(await reader.open('index.html'), async (page, name) => {
      ids.set(name, await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id)));
      const hrefs = await page.evaluate(() => [...document.querySelectorAll('a')].map((a) => a.getAttribute('href')));
      links.push(...hrefs.map((href) => [name, href ?? ''] as [string, string]));
      return [];
    });
    const isDead = ([from, href]: [string, string]): boolean => {
      if (/^https:\/\//.test(href)) return false;
      const [to, anchor] = href.split('#');
      const there = ids.get(to === '' ? from : to!);
      return !there || (anchor !== undefined && !there.includes(anchor));
    };
    assert.ok(links.length > 100);
    assert.deepEqual(links.filter(isDead), []);
  });
});
