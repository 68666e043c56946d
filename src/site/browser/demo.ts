/**
 * The slider of a recorded demo. One step at a time is new, and only its scene is shown: what a person would have on
 * the screen. A guess is a step of its own before anything is revealed, and stops a demo that plays by itself.
 *
 * `#demo-3` is the address of the third step. Nothing moves by itself until Play is pressed; whoever wants less motion
 * (system setting) gets the steps without a transition (demo.css).
 */
const READING = { pause: 900, letter: 28 };

export function playDemo(reel: HTMLElement | null): void {
  if (!reel) return;
  const steps = [...reel.querySelectorAll<HTMLLIElement>('.step')];
  const controls = reel.querySelector<HTMLElement>('.controls')!;
  const slider = controls.querySelector('input')!;
  const said = controls.querySelector('output')!;
  const button = (name: string): HTMLButtonElement => controls.querySelector(`[data-go="${name}"]`)!;
  let at = 0;
  let timer: number | undefined;

  const show = (step: number): void => {
    at = Math.min(Math.max(step, 0), steps.length - 1);
    const isAll = button('all').ariaPressed === 'true';
    const { scene } = steps[at]!.dataset;
    steps.forEach((one, i) => {
      one.hidden = !isAll && (i > at || one.dataset.scene !== scene);
      one.classList.toggle('new', i === at);
    });
    slider.value = String(at + 1);
    said.textContent = `${at + 1} of ${steps.length}`;
    slider.setAttribute('aria-valuetext', `Step ${at + 1} of ${steps.length}: ${textOf(steps[at]!)}`);
    button('back').disabled = at === 0;
    button('next').disabled = at === steps.length - 1;
  };
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
    button('play').textContent = 'Play';
  };
  const goOn = (): void => {
    const isGuess = steps[at]!.querySelector('input') !== null;
    if (at === steps.length - 1 || isGuess) return stop();
    timer = setTimeout(
      () => {
        show(at + 1);
        goOn();
      },
      READING.pause + READING.letter * textOf(steps[at]!).length,
    );
  };
  const play = (): void => {
    if (timer !== undefined) return stop();
    show(at === steps.length - 1 ? 0 : at + 1);
    button('play').textContent = 'Pause';
    goOn();
  };
  const goTo = (step: number): void => {
    stop();
    show(step);
  };
  const followAddress = (): void => {
    const [, number] = /^#demo-(\d+)$/.exec(location.hash) ?? [];
    if (!number) return;
    goTo(Number(number) - 1);
    reel.scrollIntoView({ block: 'nearest' });
  };

  button('back').addEventListener('click', () => goTo(at - 1));
  button('next').addEventListener('click', () => goTo(at + 1));
  button('play').addEventListener('click', play);
  button('all').addEventListener('click', () => {
    button('all').ariaPressed = String(button('all').ariaPressed !== 'true');
    goTo(at);
  });
  slider.addEventListener('input', () => goTo(Number(slider.value) - 1));
  reel.addEventListener('keydown', (event) => {
    // Enter ends a guess, as it does in the terminal.
    if (event.key === 'Enter' && (event.target as HTMLElement).closest('.guess')) goTo(at + 1);
  });
  addEventListener('hashchange', followAddress);
  reel.querySelector('ol')!.setAttribute('aria-live', 'polite');
  reel.classList.add('live');
  controls.hidden = false;
  show(0);
  followAddress();
}

function textOf(step: HTMLElement): string {
  const copy = step.cloneNode(true) as HTMLElement;
  for (const anchor of copy.querySelectorAll('.anchor')) anchor.remove();
  return copy.textContent.replace(/\s+/g, ' ').trim();
}
