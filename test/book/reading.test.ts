import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { site, withReader } from './support.ts';

const colourOf = (page: Page, selector: string, property: string): Promise<string> =>
  page
    .locator(selector)
    .first()
    .evaluate((one, name) => getComputedStyle(one).getPropertyValue(name), property);

describe('reading the book', function () {
  this.timeout(60_000);
  const reader = withReader();

  describe('by keyboard', () => {
    it('leads past the header first', async () => {
      const { page } = await reader.open('pid.html');
      await page.keyboard.press('Tab');
      assert.equal(await page.locator(':focus').textContent(), 'Skip to the text');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      assert.ok(await page.locator('main :focus').count());
    });

    it('reaches every control that can be seen', async () => {
      const { page } = await reader.open('pid.html');
      const wanted = await page.locator('a:visible, button:visible:enabled, input:visible, summary:visible').count();
      const reached = new Set<string>();
      for (let i = 0; i < wanted * 2; i++) {
        await page.keyboard.press('Tab');
        const [name, isControl] = await page.evaluate(() => {
          const one = document.activeElement!;
          const all = [...document.querySelectorAll('*')];
          return [String(all.indexOf(one)), one.matches('a, button, input, summary')] as const;
        });
        if (isControl) reached.add(name);
      }
      assert.equal(reached.size, wanted);
    });
  });

  describe('the search', () => {
    it('opens with a slash, finds a section, and leads to it', async () => {
      const { page, complaints } = await reader.open('index.html');
      await page.keyboard.press('/');
      await page.keyboard.type('zombies held number');
      await page.keyboard.press('Control+A');
      await page.keyboard.type('NSpid');
      await page.locator('.hits li').first().waitFor();
      assert.match((await page.locator('#search-count').textContent())!, /^\d+ places?$/);
      assert.ok(await page.locator('.hits mark').count());
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowUp');
      const href = await page.locator(':focus').getAttribute('href');
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/${href}`);
      assert.deepEqual(complaints, []);
    });

    it('takes Enter for the first hit, also when it is on the same page', async () => {
      const { page } = await reader.open('pid.html');
      await page.locator('[data-search]').click();
      await page.keyboard.type('die politely');
      await page.locator('.hits li').first().waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL('**/pid.html#number-1-does-not-die-politely');
      assert.equal(await page.locator('dialog[open]').count(), 0);
    });

    it('closes with Escape, and gives the focus back', async () => {
      const { page } = await reader.open('pid.html');
      await page.locator('[data-search]').click();
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('dialog[open]').count(), 0);
      assert.match((await page.locator(':focus').textContent())!, /^Search/);
    });

    it('guesses what a mistyped word was meant to be', async () => {
      const { page } = await reader.open('pid.html');
      await page.keyboard.press('/');
      await page.keyboard.type('namesapces');
      await page.getByText('did you mean “namespaces”?').waitFor();
    });

    it('leaves a slash alone that is typed into a guess', async () => {
      const { page } = await reader.open('pid.html');
      await page.locator('#guess-1').click();
      await page.keyboard.type('a/b');
      assert.equal(await page.locator('#guess-1').inputValue(), 'a/b');
    });
  });

  describe('the colours', () => {
    it('follow the system until the reader says otherwise, and are remembered', async () => {
      const opened = await reader.open('pid.html', { colorScheme: 'dark' });
      const { page } = opened;
      const [paper, ink] = ['background-color', 'fill'];
      const dark = [await colourOf(page, 'body', paper), await colourOf(page, '.pid-ink', ink)];
      await page.locator('[data-theme-switch]').click();
      assert.equal(await page.locator('[data-theme-switch]').textContent(), 'Colours: light');
      const light = [await colourOf(page, 'body', paper), await colourOf(page, '.pid-ink', ink)];
      assert.notEqual(light[0], dark[0]);
      assert.notEqual(light[1], dark[1]);
      await reader.go(opened, 'index.html');
      assert.equal(await colourOf(page, 'body', paper), light[0]);
      await page.locator('[data-theme-switch]').click();
      await page.emulateMedia({ colorScheme: 'light' });
      assert.equal(await colourOf(page, 'body', paper), dark[0]);
      await reader.go(opened, 'pid.html');
      assert.equal(await colourOf(page, '.pid-ink', ink), dark[1]);
      await page.locator('[data-theme-switch]').click();
      assert.equal(await page.locator('[data-theme-switch]').textContent(), 'Colours: system');
      assert.equal(await colourOf(page, 'body', paper), light[0]);
    });
  });

  describe('a block of commands', () => {
    it('is copied without prompts and answers', async () => {
      const { page } = await reader.open('pid.html', { permissions: ['clipboard-read', 'clipboard-write'] });
      await page.locator('.console', { hasText: 'echo $?' }).locator('.copy').click();
      await page.getByText('Copied').waitFor();
      assert.equal(
        await page.evaluate(() => navigator.clipboard.readText()),
        "unshare -fp --mount-proc sh -c 'sleep 7001 & sleep 7002 & exit 3'\necho $?\npgrep -fc 'sleep 700[12]'",
      );
    });
  });

  describe('on paper', () => {
    it('has several pages, which break where nothing is torn', async () => {
      const { page } = await reader.open('pid.html');
      const pdf = (await page.pdf()).toString('latin1');
      const pages = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
      assert.ok(pages >= 6, `${pages} pages`);
      await page.emulateMedia({ media: 'print' });
      for (const selector of ['pre', 'figure.picture', 'details'])
        assert.equal(await colourOf(page, selector, 'break-inside'), 'avoid');
      assert.equal(await colourOf(page, '.demo', 'break-before'), 'page');
      assert.equal(await colourOf(page, 'h2', 'break-after'), 'avoid');
    });

    it('is black on white whatever the screen shows, with answers and every step of the demo', async () => {
      const { page } = await reader.open('pid.html', { colorScheme: 'dark' });
      await page.locator('[data-theme-switch]').click();
      await page.locator('[data-theme-switch]').click();
      assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      await page.emulateMedia({ media: 'print' });
      assert.equal(await colourOf(page, 'body', 'background-color'), 'rgb(255, 255, 255)');
      assert.equal(await colourOf(page, '.pid-ink', 'fill'), 'rgb(0, 0, 0)');
      assert.equal(await page.locator('main details:not(figure details):not([open])').count(), 0);
      assert.equal(await page.locator('.step:visible').count(), await page.locator('.step').count());
      assert.equal(await page.locator('.top:visible, .controls:visible, .copy:visible').count(), 0);
    });
  });

  it('works without scripts: everything can be read, and no control shows that does nothing', async () => {
    const { page } = await reader.open('pid.html', { javaScriptEnabled: false });
    assert.equal(await page.locator('button:visible').count(), 0);
    assert.equal(await page.locator('.step:visible').count(), await page.locator('.step').count());
  });

  it('works from a server as from the disk', async () => {
    const server = await served();
    try {
      const opened = await reader.open('index.html');
      opened.complaints.length = 0;
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await opened.page.goto(`${origin}/pid.html`);
      await opened.page.keyboard.press('/');
      await opened.page.keyboard.type('NSpid');
      await opened.page.locator('.hits li').first().waitFor();
      assert.deepEqual(
        opened.complaints.filter((what) => !what.startsWith(`asked for ${origin}/`)),
        [],
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

async function served(): Promise<Server> {
  const types: Record<string, string> = {
    html: 'text/html',
    js: 'text/javascript',
    css: 'text/css',
    svg: 'image/svg+xml',
  };
  const server = createServer(({ url = '' }, response) => {
    const file = join(site, url.slice(1));
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[file.split('.').at(-1)!] }).end(readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
