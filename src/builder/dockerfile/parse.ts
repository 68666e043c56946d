/** The text of a Dockerfile as stages of instructions. */
import { DrydockError } from '../../errors.ts';
import type { AnyInstruction, ArgInstruction, Dockerfile, Instruction, Stage } from './dockerfile.ts';
import { readHeredocs } from './heredocs.ts';
import { readInstruction } from './instructions.ts';
import { Lines } from './lines.ts';
import { statementOf, type Statement } from './statement.ts';
import { wrong } from './wrong.ts';

/** `name` is what messages call the file. Throws DOCKERFILE_INVALID. */
export function parseDockerfile(text: string | Buffer, name = 'Dockerfile'): Dockerfile {
  const lines = new Lines(textOf(text, name), name);
  const args: ArgInstruction[] = [];
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructionsOf(lines)) {
    const stage = stages.at(-1);
    if (instruction.kind === 'from') stages.push({ ...stageOf(instruction), index: stages.length, instructions: [] });
    else if (stage) stage.instructions.push(instruction);
    else if (instruction.kind === 'arg') args.push(instruction);
    else {
      const place = { file: name, line: instruction.line, column: 1 };
      throw wrong(place, `${instruction.kind.toUpperCase()} before the first FROM`, 'only ARG may stand there');
    }
  }
  if (stages.length === 0)
    throw wrong({ file: name, line: Math.max(lines.count, 1), column: 1 }, 'no FROM', 'an image begins with FROM');
  const { escape, syntax, warnings } = lines;
  return { escape, syntax, args, stages, warnings };
}

/** One instruction out of a base image's `OnBuild`. Whatever escape that image's Dockerfile had, here it is `\`. */
export function parseTrigger(trigger: string): Instruction {
  const [instruction, ...more] = instructionsOf(new Lines(textOf(trigger, 'ONBUILD'), 'ONBUILD'));
  if (!instruction || more.length > 0 || instruction.kind === 'from' || instruction.kind === 'onbuild')
    throw new DrydockError('DOCKERFILE_INVALID', `ONBUILD: '${trigger.slice(0, 60)}' is no trigger`, {
      hint: 'the base image was made wrongly: a trigger is one instruction, and not FROM or ONBUILD',
    });
  return instruction;
}

function* instructionsOf(lines: Lines): Generator<AnyInstruction> {
  for (let line = lines.line(); line; line = lines.line()) {
    const statement = statementOf(line, lines.escape);
    const command = statement.kind === 'onbuild' ? statementOf(line, lines.escape, statement.rest) : statement;
    const heredocs = takesHeredocs(command) ? readHeredocs(command.quoted(), line, lines) : [];
    yield readInstruction(statement.with({ heredocs }), lines.number);
  }
}

function takesHeredocs(statement: Statement): boolean {
  return ['run', 'copy', 'add'].includes(statement.kind) && statement.rest.text.includes('<<') && !statement.list();
}

function stageOf(from: Extract<AnyInstruction, { kind: 'from' }>): Omit<Stage, 'index' | 'instructions'> {
  const { name, base, platform } = from;
  return { name, base, platform, from };
}

/** UTF-16 is what some editors of Windows write; it and every other binary have a byte 0, which no argument may have. */
function textOf(text: string | Buffer, file: string): string {
  const string = typeof text === 'string' ? text : text.toString('utf8');
  const at = string.indexOf('\0');
  if (at < 0) return string;
  const before = string.slice(0, at).split('\n');
  const place = { file, line: before.length, column: before.at(-1)!.length + 1 };
  throw wrong(place, 'a byte 0: this is no text', 'a Dockerfile is written in UTF-8');
}
