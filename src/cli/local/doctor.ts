/**
 * `drydock doctor`: what this machine can do, what it lacks, and what is left over from containers that crashed.
 *
 * Every finding has the same shape, so that the table, --json and the exit code come from one list. `bad` findings keep
 * Drydock from working and make the exit code 1; `weak` ones take something away, and say what stands in.
 */
import type { CommandModule } from 'yargs';
import { exitWith } from '../exit.ts';
import { rootFolder, runFolder } from '../folders.ts';
import { labelled, lookOf, type Look } from '../output.ts';
import { kernelFindings } from './doctor/kernel.ts';
import { leftovers, repair, type Repaired } from './doctor/leftovers.ts';
import { machineFindings } from './doctor/machine.ts';
import type { Finding } from './doctor/finding.ts';

interface Options {
  json?: boolean;
  plain?: boolean;
  repair?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'doctor',
  describe: 'Shows what this kernel and this machine can do, what lacks, and what is left over.',
  builder: (yargs) =>
    yargs
      .options({
        repair: { type: 'boolean', describe: 'remove what crashed containers have left behind' },
        json: { type: 'boolean', describe: 'the findings as JSON' },
      })
      .example('$0 doctor', 'look, change nothing')
      .example('$0 doctor --repair', 'also remove leftovers'),
  handler: async (argv) => {
    const [root, run] = [rootFolder(), runFolder()];
    const repaired = argv.repair ? await repair(root, run) : [];
    const findings = [...machineFindings(root, run), ...(await kernelFindings()), ...leftovers(root, run)];
    const isWell = findings.every(({ grade }) => grade !== 'bad') && repaired.every(({ error }) => error === undefined);
    if (argv.json) process.stdout.write(`${JSON.stringify({ ok: isWell, findings, repaired }, null, 1)}\n`);
    else process.stdout.write(report(findings, repaired, lookOf(process.stdout, argv)));
    exitWith(isWell ? 0 : 1);
  },
};

function report(findings: readonly Finding[], repaired: readonly Repaired[], look: Look): string {
  const lines: string[] = [];
  for (const group of new Set(findings.map((finding) => finding.group))) {
    lines.push(look.style.bold(group));
    for (const finding of findings) if (finding.group === group) lines.push(findingText(finding, look));
    lines.push('');
  }
  for (const { what, error } of repaired) lines.push(error ? `not removed  ${what}: ${error}` : `removed      ${what}`);
  const bad = findings.filter(({ grade }) => grade === 'bad').length;
  const weak = findings.filter(({ grade }) => grade === 'weak').length;
  lines.push(`${bad || 'nothing'} to mend, ${weak || 'nothing'} weaker than it could be`);
  return `${lines.join('\n')}\n`;
}

function findingText({ grade, name, value, without, instead, advice }: Finding, { style, columns }: Look): string {
  const word = { ok: style.green('ok  '), weak: style.yellow('weak'), bad: style.red('BAD ') }[grade];
  const lines = [`  ${word}  ${name.padEnd(22)} ${value}`];
  const say = (label: string, text?: string): void => {
    if (text && grade !== 'ok')
      lines.push(labelled(label, text, { indent: 8, label: 9, columns: Math.min(columns, 80) }));
  };
  say('without', without);
  say('instead', instead);
  say('do', advice);
  return lines.join('\n');
}
