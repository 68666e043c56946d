import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { withReader } from './support.ts';

/** Numbers of the steps that can be seen. */
const seen = (page: Page): Promise<number[]> =>
  page
    .locator('.step')
    .evaluateAll((steps) =>
      steps.flatMap((step) => ((step as HTMLElement).hidden ? [] : [Number(step.id.replace('demo-', ''))])),
    );
const slider = '.controls input';

describe('a recorded demo in the book', function () {
  this.timeout(60_000);
  const reader = withReader();

  it('begins with its question and a guess, before anything is revealed', async () => {
    const { page } = await reader.open('pid.html');
    assert.deepEqual(await seen(page), [1]);
    assert.match((await page.locator('#demo-1').textContent())!, /^1\/4 WITHOUT pid\s*Your guess: /);
    await page.locator('#guess-1').fill('3');
    await page.keyboard.press('Enter');
    assert.deepEqual(await seen(page), [1, 2]);
    assert.equal(await page.locator('#guess-1').inputValue(), '3');
  });

  it('moves by the arrow keys, to the end and back to the start', async () => {
    const { page } = await reader.open('pid.html');
    await page.locator(slider).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.deepEqual(await seen(page), [1, 2, 3]);
    assert.match(
      (await page.locator(slider).getAttribute('aria-valuetext'))!,
      /^Step 3 of \d+: inside # ps \| wc -l \d+$/,
    );
    await page.keyboard.press('End');
    const last = await page.locator('.step').count();
    assert.equal((await seen(page)).at(-1), last);
    assert.ok(await page.locator('[data-go="next"]').isDisabled());
    await page.keyboard.press('Home');
    assert.deepEqual(await seen(page), [1]);
  });

  it('moves by its buttons, and shows only the scene that it is in', async () => {
    const { page } = await reader.open('pid.html');
    const second = Number(
      await page
        .locator('.step.title')
        .nth(1)
        .evaluate(({ id }) => id.replace('demo-', '')),
    );
    for (let step = 1; step < second; step++) await page.locator('[data-go="next"]').click();
    assert.deepEqual(await seen(page), [second]);
    await page.locator('[data-go="back"]').click();
    assert.equal((await seen(page)).at(-1), second - 1);
    await page.locator('[data-go="all"]').click();
    assert.equal((await seen(page)).length, await page.locator('.step').count());
    assert.equal(await page.locator('[data-go="all"]').getAttribute('aria-pressed'), 'true');
  });

  it('has an address for each step', async () => {
    const { page } = await reader.open('pid.html#demo-3');
    assert.deepEqual(await seen(page), [1, 2, 3]);
    assert.ok(await page.locator('#demo-3').evaluate((one) => one.getBoundingClientRect().bottom <= innerHeight));
    await page.evaluate(() => (location.hash = '#demo-5'));
    await page.locator('#demo-5:visible').waitFor();
    assert.deepEqual(await seen(page), [1, 2, 3, 4, 5]);
    await page.goBack();
    await page.locator('#demo-5').waitFor({ state: 'hidden' });
    assert.deepEqual(await seen(page), [1, 2, 3]);
  });

  it('plays by itself when asked, can be paused, and waits at a guess', async () => {
    const { page } = await reader.open('index.html');
    await page.clock.install();
    await page.goto(page.url().replace('index.html', 'pid.html'));
    await page.locator('[data-go="play"]').click();
    assert.deepEqual(await seen(page), [1, 2]);
    assert.equal(await page.locator('[data-go="play"]').textContent(), 'Pause');
    await page.locator('[data-go="play"]').click();
    await page.clock.runFor(60_000);
    assert.deepEqual(await seen(page), [1, 2]);
    await page.locator('[data-go="play"]').click();
    await page.clock.runFor(60_000);
    const second = Number(
      await page
        .locator('.step.title')
        .nth(1)
        .evaluate(({ id }) => id.replace('demo-', '')),
    );
    assert.deepEqual(await seen(page), [second]);
    assert.equal(await page.locator('[data-go="play"]').textContent(), 'Play');
  });

  it('moves nothing for a reader who wants less motion', async () => {
    for (const [reducedMotion, animation] of [
      ['reduce', 'none'],
      ['no-preference', 'appear'],
    ] as const) {
      const { page } = await reader.open('pid.html', { reducedMotion });
      assert.equal(await page.locator('.step.new').evaluate((one) => getComputedStyle(one).animationName), animation);
    }
  });

  it('tells a screen reader what is new', async () => {
    const { page } = await reader.open('pid.html');
    assert.equal(await page.locator('.reel ol').getAttribute('aria-live'), 'polite');
    assert.equal(await page.locator('.reel ol > li').count(), await page.locator('.step').count());
  });
});
