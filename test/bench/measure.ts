/**
 * Measuring in rounds that are interleaved, so that whatever else the machine does hits everybody alike; medians are compared,
 * never single times.
 */
export interface Case {
  name: string;
  /** Name of the case that this one is compared with. */
  against?: string;
  run(): Promise<void>;
}

export interface Row {
  name: string;
  medianMs: number;
  minMs: number;
  maxMs: number;
  /** Against the case named in `against`. */
  ratio?: number;
  against?: string;
}

export async function measure(all: readonly Case[], rounds: number): Promise<Row[]> {
  const times = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++)
    for (const { name, run } of all) {
      const began = performance.now();
      await run();
      // The first round warms caches and is not counted.
      if (round >= 0) times.get(name)!.push(performance.now() - began);
    }
  const median = (name: string): number => sorted(times.get(name)!)[rounds >> 1]!;
  return all.map(({ name, against }) => {
    const list = sorted(times.get(name)!);
    const row: Row = { name, medianMs: median(name), minMs: list[0]!, maxMs: list.at(-1)! };
    return against && times.has(against) ? { ...row, ratio: row.medianMs / median(against), against } : row;
  });
}

function sorted(list: readonly number[]): number[] {
  return [...list].sort((a, b) => a - b);
}

export function table(rows: readonly Row[], rounds: number): string {
  const ms = (value: number): string => value.toFixed(1).padStart(7);
  const lines = rows.map(({ name, medianMs, minMs, maxMs, ratio, against }) => {
    const compared = ratio === undefined ? '' : `  ${ratio.toFixed(2)} of ${against}`;
    return `${name.padEnd(34)}${ms(medianMs)}${ms(minMs)}${ms(maxMs)}${compared}`;
  });
  return [`${`medians of ${rounds} rounds, ms`.padEnd(34)} median    min    max`, ...lines].join('\n');
}
