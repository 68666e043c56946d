/**
 * The reader's colours, set before anything is drawn: this script is small and comes before the body.
 *
 * `data-theme` is absent for "as the system has it". A browser that forbids storage forgets the choice with the page.
 */
const KEY = 'drydock-colours';

export type Theme = 'system' | 'light' | 'dark';

export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system'; // storage is forbidden here
  }
}

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function keepTheme(theme: Theme): void {
  setTheme(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // storage is forbidden here: it lasts as long as the page
  }
}

setTheme(readTheme());
