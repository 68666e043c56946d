/**
 * The recorded demo on a chapter's page: an ordered list, each step a line that the demo has shown.
 *
 * The list is all there is to it. Whoever has no scripts, reads with a screen reader or prints has every step; the
 * script (browser/demo.ts) hides what is still to come and gives a slider. Each step has an anchor, `#demo-3`.
 */
import { escape } from '../book/html.ts';
import type { Verdict } from '../learn/demo/demo.ts';
import type { Line, RecordedScene, Recording } from '../learn/demo/recording.ts';

/** Where `isolators/pid.ts:21` can be read. */
export type PlaceOf = (place: string) => string | undefined;

/** The section of a chapter's page. Without a recording it says how to get one. */
export function renderDemo(lesson: string, recording: Recording | undefined, placeOf: PlaceOf): string {
  return `<section class="demo" aria-labelledby="demo">
<h2 id="demo">The demo, recorded<a class="anchor" href="#demo" aria-label="Link to this section">#</a></h2>
${recording ? renderRecording(recording, placeOf) : renderAbsence(lesson)}
</section>`;
}

function renderAbsence(lesson: string): string {
  return `<p class="absent">This copy of the book was made without recordings. <code>sudo ./drydock demo ${escape(lesson)}</code> plays the demo on real containers; <code>npm run record</code>, as root, records it for the next <code>npm run book</code>.</p>`;
}

function renderRecording({ lesson, machine, question, scenes, left, turn }: Recording, placeOf: PlaceOf): string {
  const steps = [
    ...scenes.flatMap((scene, i) => [
      { scene: i, kind: 'title', html: renderTitle(scene, i, scenes.length) },
      ...scene.lines.map((line) => ({ scene: i, kind: line.kind, html: renderLine(line, placeOf) })),
    ]),
    {
      scene: scenes.length - 1,
      kind: 'left',
      html: `<b>Left behind</b> processes ${left.processes} · mounts ${left.mounts} · cgroups ${left.cgroups}`,
    },
  ];
  const items = steps.map(({ scene, kind, html }, i) => {
    const anchor = `<a class="anchor" href="#demo-${i + 1}" aria-label="Link to step ${i + 1}">${i + 1}</a>`;
    return `<li id="demo-${i + 1}" class="step ${kind}" data-scene="${scene}">${html}${anchor}</li>`;
  });
  return `<p>${escape(question)}</p>
<p class="about">What <code>./drydock demo ${escape(lesson)}</code> said on ${escape(machine)}. Nothing runs in your browser. Your turn: <code>${escape(turn[0])}</code>, ${escape(turn[1])}.</p>
<div class="reel">
<ol>${items.join('\n')}</ol>
<div class="controls" role="group" aria-label="Demo" hidden>
<button type="button" data-go="back">Back</button>
<button type="button" data-go="play">Play</button>
<button type="button" data-go="next">Next</button>
<input type="range" min="1" max="${steps.length}" value="1" aria-label="Step of the demo">
<output>1 of ${steps.length}</output>
<button type="button" data-go="all" aria-pressed="false">All steps</button>
</div>
</div>`;
}

function renderTitle({ title, guess }: RecordedScene, at: number, of: number): string {
  const id = `guess-${at + 1}`;
  const ask = guess
    ? `<p class="guess"><label for="${id}">Your guess: ${escape(guess)}</label> <input id="${id}" autocomplete="off"></p>`
    : '';
  return `<h3>${at + 1}/${of} ${escape(title)}</h3>${ask}`;
}

function renderLine(line: Line, placeOf: PlaceOf): string {
  switch (line.kind) {
    case 'why':
      return `<b>Why</b> ${escape(line.text)}`;
    case 'plus': {
      const href = placeOf(line.place);
      const place = href ? `<a href="${escape(href)}">${escape(line.place)}</a>` : escape(line.place);
      return `<code>+ ${escape(line.text)}</code> <span class="place">${place}</span>`;
    }
    case 'fact':
      return renderAnswer(renderLabel(line.label.trim()), line.text, line.verdict);
    default:
      return renderAnswer(
        renderCommand(line.kind, line.kind === 'outside' ? '$' : '#', line.command),
        line.answer,
        line.verdict,
      );
  }
}

/** A scene that starts something itself labels it as the command that would do it. */
function renderLabel(label: string): string {
  const [, side, prompt, command] = /^(outside|inside) +([$#]) (.*)$/.exec(label) ?? [];
  return side && prompt && command ? renderCommand(side, prompt, command) : escape(label);
}

function renderCommand(side: string, prompt: string, command: string): string {
  return `<span class="side">${side}</span> <code>${prompt} ${escape(command)}</code>`;
}

function renderAnswer(asked: string, answer: string, verdict?: Verdict): string {
  return `<span class="asked">${asked}</span> <samp>${escape(answer)}</samp>${verdict ? ` ${renderVerdict(verdict)}` : ''}`;
}

function renderVerdict([word, why]: Verdict): string {
  return `<strong class="${word.toLowerCase()}">${word}${why ? `: ${escape(why)}` : ''}</strong>`;
}
