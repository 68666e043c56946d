/**
 * `--format`: Go's templates with Docker's functions (pkg.go.dev/text/template of Go 1.24; docker/cli, templates).
 *
 *     {{.Repository}}:{{.Tag}}          fields, and fields of fields
 *     {{json .Config}}                  functions: json join split upper lower title pad truncate len index printf …
 *     {{.Name | printf "%-10s"}}        a pipe puts the value last
 *     {{range $i, $e := .X}}…{{else}}…{{end}}   {{if eq .A "b"}}…{{else if …}}…{{end}}   {{with .X}}…{{end}}
 *     {{break}}  {{continue}}           leave a range, or a round of it; comments say nothing
 *     {{define "x"}}…{{end}}  {{template "x" .}}  {{block "x" .}}…{{end}}     templates within the template
 *     {{- …  -}}                        takes the white space beside it away
 *
 * Constants are Go's, but for numbers with an exponent of two (`0x1p4`) and imaginary ones (`2i`), which are refused. Go has a
 * stack for a hundred thousand templates within each other, and for any depth of parentheses and of `{{if}}`; JavaScript has less
 * (some hundreds of templates, a thousand of `{{if}}`), and what goes deeper is an error of the template.
 *
 * A template is read once (lexer, parser, pipeline) and filled many times (runner, evaluation). Values are JSON; they are
 * printed as Go prints them (`map[a:b]`, `[a b]`). Field names that do not exist are an error, as in Docker: a script must not
 * take nothing for an answer. A value says what it is, and which of its fields may be absent (`shape`).
 */
import { Evaluation } from './template/evaluation.ts';
import { TemplateError } from './template/errors.ts';
import { functions } from './template/functions.ts';
import { headingFunctions } from './template/docker-functions.ts';
import { parse } from './template/parser.ts';
import { Runner } from './template/runner.ts';
import { isFields, shape } from './template/values.ts';

export interface Template {
  /** Fills it with a value. Throws TemplateError with the place that does not fit the value. */
  (value: unknown): string;
  /** The line of a table's headings: what has no heading is left out, and so is all that follows a mistake. */
  headings(value: unknown): string;
}

/** Reads a template; errors call it by its name. Throws TemplateError with the line that is wrong. */
export function template(text: string, name = ''): Template {
  const templates = parse(text, name);
  const runner = (value: unknown, known = functions): Runner => {
    const isRaw = isFields(value) && value[shape]?.kind === 'strict';
    return new Runner(templates, new Evaluation(text, name, isRaw, known));
  };
  const fill = (value: unknown): string => {
    const filling = runner(value);
    try {
      filling.fill(name, value);
    } catch (error) {
      if (error instanceof TemplateError) error.soFar = filling.out;
      throw error;
    }
    return filling.out;
  };
  const headings = (value: unknown): string => {
    const filling = runner(value, { ...functions, ...headingFunctions });
    try {
      filling.fill(name, value);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
    }
    return filling.out;
  };
  return Object.assign(fill, { headings });
}
