/** What a template is made of, once it has been read (parser.ts, pipeline.ts). */

/** Where it stands, and its words as Go writes them again: errors name both. */
export interface Place {
  readonly pos: number;
  readonly text: string;
}

/** What a command is made of. The first may be called with the others. */
export type Operand = Place &
  (
    | { readonly kind: 'constant'; readonly value: unknown }
    | { readonly kind: 'nil' }
    | { readonly kind: 'dot' }
    | { readonly kind: 'field'; readonly path: readonly string[] }
    | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
    | { readonly kind: 'chain'; readonly of: Operand; readonly path: readonly string[] }
    | { readonly kind: 'function'; readonly name: string }
    | Pipeline
  );

export interface Command extends Place {
  readonly operands: readonly Operand[];
}

/** Commands of which each has the value of the one before it for its last argument. */
export interface Pipeline extends Place {
  readonly kind: 'pipeline';
  /** `$i, $e := …`, or `$x = …`. */
  readonly variables: readonly string[];
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

/** What ends a round of `range` before its time. */
export type Leaving = 'break' | 'continue';

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly value: Pipeline }
  | { readonly kind: 'leave'; readonly how: Leaving }
  | (Place & { readonly kind: 'template'; readonly name: string; readonly value?: Pipeline })
  | Control;

/** A body that is for some values, and what is for the others. */
export interface Control {
  readonly kind: 'if' | 'with' | 'range';
  readonly value: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** A template, and those that are defined within it, by name. Its own name is among them. */
export type Templates = ReadonlyMap<string, readonly Node[]>;
