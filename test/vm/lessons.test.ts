/**
 * On each kernel of the matrix (scripts/vm.ts): what the lessons' checks ask of the kernel, our own source answers. Of all
 * lessons, or of those in DRYDOCK_LESSONS, with a comma between.
 */
import assert from 'node:assert/strict';
import { checkReference } from '../../src/learn/author/author.ts';
import { findLesson, lessons } from '../../src/learn/lessons.ts';
import { features } from '../../src/linux/features.ts';
import { skip } from '../kernel/support.ts';
import '../lessons/support.ts';

const chosen = (process.env.DRYDOCK_LESSONS ?? '').split(',').filter(Boolean);

for (const entry of chosen.length > 0 ? chosen.map(findLesson) : lessons)
  it(`the reference of lesson ${entry.name} passes its check`, async function () {
    if (entry.name === 'world' && !features().landlock) skip(this, 'it is about Landlock, which came with Linux 5.13');
    for await (const { title, wrong } of checkReference(entry)) assert.equal(wrong, undefined, title);
  });
