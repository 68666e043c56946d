/** Texts for other languages (text/template of Go: HTMLEscapeString, JSEscapeString; net/url: QueryEscape). */
import { isPrinted } from './quote.ts';

const entities: Readonly<Record<string, string>> = {
  ...{ "'": '&#39;', '"': '&#34;', '&': '&amp;', '<': '&lt;', '>': '&gt;', '\0': '\uFFFD' },
};

export const forHtml = (text: string): string => text.replace(/['"&<>\0]/g, (sign) => entities[sign]!);

export const forJavaScript = (text: string): string =>
  text.replace(/[\\'"<>&=]|[^ -\x7f]/gu, (sign) => {
    if (/[\\'"]/.test(sign)) return `\\${sign}`;
    if (sign > '\x7f' && isPrinted(sign)) return sign;
    return `\\u${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  });

export const forQuery = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
