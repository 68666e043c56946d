// Loaded into an engine before all else (`node --import`): its time of day can be set. SIGUSR2 sets it by as many
// milliseconds as the file CLOCK says. What is measured by performance.now goes on as if nothing had been, as in the kernel.
import { readFileSync } from 'node:fs';

const Real = Date;
let offset = 0;
process.on('SIGUSR2', () => (offset = Number(readFileSync(process.env.CLOCK, 'utf8'))));
globalThis.Date = class extends Real {
  constructor(...given) {
    super(...(given.length > 0 ? given : [Real.now() + offset]));
  }
  static now() {
    return Real.now() + offset;
  }
};
