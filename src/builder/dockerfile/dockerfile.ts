/**
 * What a Dockerfile says, as data.
 *
 * A Dockerfile is a list of instructions, cut into stages by FROM. Its text has a grammar for lines (comments, continuation,
 * heredocs), one for each instruction (flags, shell and JSON form, pairs), and one for words (`${x:-y}`, quotes, escapes).
 * The first two are done with when these types exist: every flag is known and has a value that it may have. The third is
 * not: what a variable holds is known only when the instructions before it have run, so every word is here as it was
 * written, and `expandInstruction` is asked once the variables are known.
 *
 * The text is not trusted: it comes from a context that anybody may have sent. Whatever it holds, parsing ends, and what is
 * wrong with it is named with its line, its column and its word (DOCKERFILE_INVALID).
 *
 * https://docs.docker.com/reference/dockerfile/
 */

export type Escape = '\\' | '`';

export interface Dockerfile {
  /** What continues a line and takes the meaning from the next character: `# escape=`. */
  readonly escape: Escape;
  /** `# syntax=`: the front end that the author had in mind. Nothing is loaded for it. */
  readonly syntax?: string;
  /** Before the first FROM; only FROM sees them, and a stage's own `ARG name` without a value inherits from them. */
  readonly args: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
  readonly warnings: readonly Warning[];
}

export interface Warning {
  readonly line: number;
  readonly message: string;
}

export interface Stage {
  /** From 0. */
  readonly index: number;
  /** `AS name`, in lower case. */
  readonly name?: string;
  /** An image, an earlier stage's name, or `scratch`; not expanded. */
  readonly base: string;
  /** `--platform=`; not expanded. */
  readonly platform?: string;
  readonly from: FromInstruction;
  /** What follows the FROM. */
  readonly instructions: readonly Instruction[];
}

export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopsignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction;

/** Also FROM, which is no instruction of a stage but its beginning. */
export type AnyInstruction = Instruction | FromInstruction;

interface Written<Kind extends string> {
  readonly kind: Kind;
  /** Where it begins and ends in the file, from 1; a heredoc belongs to it. */
  readonly line: number;
  readonly lastLine: number;
  /** Continuation joined, comments gone: as `Step 1/3 : …` and messages show it. */
  readonly original: string;
}

/**
 * What is to be run. In shell form the text is handed to the stage's SHELL as one argument, or as none when it is empty
 * (`CMD` alone is `["/bin/sh", "-c"]`); in exec form no shell is asked.
 * A script is a heredoc that begins with `#!`: it is written to a file, and the file is run.
 */
export type Command =
  | { readonly form: 'shell'; readonly text: string }
  | { readonly form: 'exec'; readonly words: readonly string[] }
  | { readonly form: 'script'; readonly text: string };

/** `<<NAME … NAME`. */
export interface Heredoc {
  readonly name: string;
  /** With its last line feed; tabs at the beginning of lines are gone where it was `<<-`. */
  readonly content: string;
  /** False for `<<'NAME'`. */
  readonly expands: boolean;
  /** `<<-`. */
  readonly chomps: boolean;
  /** Line of its first line. */
  readonly line: number;
}

export interface Pair {
  readonly name: string;
  readonly value: string;
}

/** What COPY and ADD take: a path, a glob or a URL in the context or stage, or the text of a heredoc as a file. */
export type Source = { readonly path: string } | { readonly inline: Heredoc };

export interface FromInstruction extends Written<'from'> {
  readonly base: string;
  readonly name?: string;
  readonly platform?: string;
}

export interface RunInstruction extends Written<'run'> {
  readonly command: Command;
  readonly mounts: readonly RunMount[];
  /** `--network=`. */
  readonly network?: 'default' | 'none' | 'host';
  /** `--security=`. */
  readonly security?: 'sandbox' | 'insecure';
  /** What the shell or the script is given is in `command` already; these are for showing. */
  readonly heredocs: readonly Heredoc[];
}

/** `RUN --mount=type=…`: there while the command runs, and in no layer. */
export interface RunMount {
  /** As it was written: what a variable makes of it is read from here. */
  readonly written: string;
  readonly type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  /** In the container; a secret without one is at `/run/secrets/<id>`, or only in its variable. */
  readonly target?: string;
  /** Path in `from`, or the context. */
  readonly source?: string;
  /** Stage or image. */
  readonly from?: string;
  readonly readonly: boolean;
  /** Of a cache (its target when there is none), a secret or an agent. */
  readonly id?: string;
  readonly sharing?: 'shared' | 'private' | 'locked';
  /** A missing secret is an error. */
  readonly required: boolean;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** In bytes, of a tmpfs. */
  readonly size?: number;
  /** Variable that a secret is put into. */
  readonly env?: string;
}

interface Copying {
  readonly sources: readonly Source[];
  readonly destination: string;
  /** `user:group`, names or numbers. */
  readonly chown?: string;
  /** Octal digits, or what chmod(1) calls symbolic. */
  readonly chmod?: string;
  readonly link: boolean;
  /** Globs that are left out. */
  readonly excludes: readonly string[];
}

export interface CopyInstruction extends Written<'copy'>, Copying {
  /** A stage's name or number, or an image. */
  readonly from?: string;
  readonly parents: boolean;
}

export interface AddInstruction extends Written<'add'>, Copying {
  /** Of what a URL has. */
  readonly checksum?: string;
  /** Whether `.git` stays when a git repository is added. */
  readonly keepGitDir: boolean;
  /** Whether archives are unpacked; when not said, local ones are and those of URLs are not. */
  readonly unpack?: boolean;
}

export interface CmdInstruction extends Written<'cmd'> {
  readonly command: Command;
}

export interface EntrypointInstruction extends Written<'entrypoint'> {
  readonly command: Command;
}

export interface EnvInstruction extends Written<'env'> {
  readonly pairs: readonly Pair[];
}

export interface LabelInstruction extends Written<'label'> {
  readonly pairs: readonly Pair[];
  /** It is no line of a Dockerfile, and nothing in it is expanded (`--label`). */
  readonly isLiteral?: boolean;
}

export interface ArgInstruction extends Written<'arg'> {
  readonly args: readonly { readonly name: string; readonly value?: string }[];
}

export interface ExposeInstruction extends Written<'expose'> {
  /** `80`, `80/udp`, `8000-8010`, or a variable that holds several. */
  readonly ports: readonly string[];
}

export interface HealthcheckInstruction extends Written<'healthcheck'> {
  /** Undefined is NONE: the base image's check is taken away. */
  readonly command?: Command;
  /** In nanoseconds, as the image's config has them. */
  readonly interval?: number;
  readonly timeout?: number;
  readonly startPeriod?: number;
  readonly startInterval?: number;
  readonly retries?: number;
}

export interface MaintainerInstruction extends Written<'maintainer'> {
  readonly maintainer: string;
}

export interface OnbuildInstruction extends Written<'onbuild'> {
  /** The instruction as text: what the image's config keeps. It has been parsed once, so it can be parsed again. */
  readonly trigger: string;
}

export interface ShellInstruction extends Written<'shell'> {
  readonly words: readonly string[];
}

export interface StopsignalInstruction extends Written<'stopsignal'> {
  readonly signal: string;
}

export interface UserInstruction extends Written<'user'> {
  readonly user: string;
}

export interface VolumeInstruction extends Written<'volume'> {
  readonly paths: readonly string[];
}

export interface WorkdirInstruction extends Written<'workdir'> {
  readonly path: string;
}
