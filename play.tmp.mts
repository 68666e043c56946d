import { play } from '/work/wt/l-process/src/learn/demo/player.ts';
import { lookOf } from '/work/wt/l-process/src/cli/output.ts';
const { demo } = await import(process.argv[2]);
const t = Date.now();
await play(demo, { look: { ...lookOf(process.stdout, {plain: true}), columns: 80 }, write: (x) => void process.stdout.write(x), command: './drydock demo' });
console.log(Date.now() - t, 'ms');
