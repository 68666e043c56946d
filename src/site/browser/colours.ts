/** The button that goes round: as the system has it, light, dark. */
import { keepTheme, readTheme, type Theme } from './theme.ts';

const round: readonly Theme[] = ['system', 'light', 'dark'];

export function switchColours(button: HTMLButtonElement | null): void {
  if (!button) return;
  let theme = readTheme();
  const show = (): void => void (button.textContent = `Colours: ${theme}`);
  button.addEventListener('click', () => {
    theme = round[(round.indexOf(theme) + 1) % round.length]!;
    keepTheme(theme);
    show();
  });
  show();
  button.hidden = false;
}
