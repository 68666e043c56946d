/** `drydock next`: what to do now. */
import type { CommandModule } from 'yargs';
import { existsSync } from 'node:fs';
import { placeInCourse } from '../../learn/lessons.ts';
import { nextLesson, readProgress } from '../../learn/progress.ts';
import { lessonFolder, workspace } from '../../learn/workspace.ts';
import { lookOf } from '../output.ts';

export const verb: CommandModule<object, { json?: boolean; plain?: boolean }> = {
  command: 'next',
  describe: 'what to do now',
  builder: (yargs) =>
    yargs.option('json', { type: 'boolean', describe: 'as JSON' }).example('$0 next', 'the first lesson that is open'),
  async handler({ json, plain }) {
    const work = workspace();
    const entry = nextLesson(work);
    if (json) return void process.stdout.write(`${JSON.stringify(entry ? { lesson: entry.name } : {})}\n`);
    if (!entry) return void process.stdout.write('you have passed every lesson\n./drydock progress shows the map\n');
    const { name, minutes, parts } = entry;
    const { title, question } = await parts.lesson();
    const best = readProgress(work)[name];
    const isBegun = existsSync(lessonFolder(work, { name }));
    const { style } = lookOf(process.stdout, { plain });
    const ways = isBegun
      ? [
          ['check', 'ask the kernel'],
          ['watch', 'the same at every save'],
          ['hint', 'a little help'],
        ]
      : [
          ['demo', `watch it, about ${(await parts.demo()).seconds} s`],
          ['read', `the chapter, with the exercise about ${minutes} min`],
          ['begin', 'the exercise'],
        ];
    const lines = [
      style.bold(`${placeInCourse(name)}: ${title}`),
      question,
      ...(best ? [`${best.best} of ${best.of} checks have held`] : []),
      '',
      ...ways.map(([verb, what]) => `    ./drydock ${`${verb} ${name}`.padEnd(20)} ${what}`),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  },
};
