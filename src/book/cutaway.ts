/**
 * The picture that grows through the book: a container cut open, with one organ more in each lesson.
 *
 * One generator draws all of them, so that a ship never changes its shape from page to page: what has been learned is
 * filled, what this lesson brings is marked, what is still to come is a faint outline. The same list in words is the
 * picture for whoever does not see it; a terminal has the ship in letters besides (cutaway-text.ts). Colours are classes (cutaway.css).
 */
import { hold, organs, type Organ } from './organs.ts';

export type State = 'filled' | 'current' | 'later';

/** How an organ is drawn when the lesson is `lesson`; unknown names have no picture. */
export function stateOf(organ: number, current: number): State {
  return organ === current ? 'current' : organ < current ? 'filled' : 'later';
}

/** The place of a lesson in the picture; undefined for what is none. */
export function organOf(lesson: string): number | undefined {
  const at = organs.findIndex(({ name }) => name === lesson);
  return at < 0 ? undefined : at;
}

/** The picture with all organs up to `current`, which is marked; `organs.length` fills all and marks none. */
export function drawCutaway(current: number): string {
  return `<svg class="cutaway" xmlns="http://www.w3.org/2000/svg" viewBox="0 26 900 554" role="img" aria-labelledby="cutaway-title cutaway-desc">
<title id="cutaway-title">${titleOf(current)}</title>
<desc id="cutaway-desc">${describe(current)}</desc>
<defs>
<clipPath id="cutaway-hold"><path d="${hold}"/></clipPath>
<pattern id="cutaway-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="saw" d="M0 0V7"/></pattern>
<pattern id="cutaway-rock" width="11" height="11" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><path class="hatch" d="M0 0V11"/></pattern>
</defs>
${drawOrgans(current, (organ) => organ.name === 'world')}
${dock}
${drawOrgans(current, (organ) => organ.name !== 'world')}
${organs.map((organ, i) => drawLabel(organ, i, stateOf(i, current))).join('\n')}
</svg>`;
}

const ground = 'M0 230H150V300H166V380H182V500H742V380H758V300H774V230H900V580H0Z';
const dock = `<g class="dock">
<path class="ground" d="${ground}"/><path class="rock" d="${ground}"/>
${[290, 360, 430, 500, 570].map((x) => `<path class="block" d="M${x} 500l4-23h22l4 23z"/>`).join('')}
<text class="kernel" x="462" y="556" text-anchor="middle">THE KERNEL, ONE FOR ALL</text>
</g>`;

/** What is marked is drawn last: nothing lies over it. */
function drawOrgans(current: number, which: (organ: Organ) => boolean): string {
  const drawn = organs
    .map((organ, i) => ({ organ, i, state: stateOf(i, current) }))
    .filter(({ organ }) => which(organ));
  const order: State[] = ['later', 'filled', 'current'];
  return order
    .flatMap((state) => drawn.filter((one) => one.state === state))
    .map(({ organ: { name, body, detail }, state }) => {
      return `<g class="organ ${state}" data-organ="${name}">${body}${state === 'later' ? '' : detail}</g>`;
    })
    .join('\n');
}

function drawLabel({ name, at: [x, y] }: Organ, number: number, state: State): string {
  return `<g class="label ${state}"><circle cx="${x}" cy="${y}" r="11"/><text class="number" x="${x}" y="${y}" text-anchor="middle" dominant-baseline="central">${number}</text><text class="name" x="${x + 15}" y="${y}" dominant-baseline="central">${name}</text></g>`;
}

function titleOf(current: number): string {
  const organ = organs[current];
  return organ ? `The container so far: lesson ${current}, ${organ.name}` : 'The whole container, cut open';
}

function describe(current: number): string {
  const there = organs.slice(0, Math.min(current + 1, organs.length));
  const rest = organs.length - there.length;
  return [
    'A ship stands in a dry dock, cut open. The ground below it is the kernel.',
    `It has ${there.map(({ name, is }) => `${name}, ${is}`).join('; ')}.`,
    rest > 0
      ? `${rest} more organs are faint outlines: ${organs
          .slice(-rest)
          .map(({ name }) => name)
          .join(', ')}.`
      : '',
  ]
    .join(' ')
    .trim();
}
