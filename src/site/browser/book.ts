/**
 * What a page can do besides being read: search, a switch of colours, buttons that copy commands, the slider of the
 * demo. Each part reveals its own controls, so that a page without scripts shows none that do nothing.
 */
import { switchColours } from './colours.ts';
import { copyButtons } from './copy.ts';
import { playDemo } from './demo.ts';
import { unfoldForPrint } from './print.ts';
import { searchBox } from './search-box.ts';

switchColours(document.querySelector('[data-theme-switch]'));
searchBox(document.querySelector('[data-search]'), document.querySelector('dialog.search'));
for (const block of document.querySelectorAll<HTMLElement>('div.console')) copyButtons(block);
playDemo(document.querySelector('.demo .reel'));
unfoldForPrint();
