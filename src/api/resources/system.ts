/** `/_ping`, and what the engine and its machine are. */
import { route, type Route } from '../api.ts';
import { text } from '../reply.ts';

/** Nobody may keep an answer for the next time: it tells whether the engine is there now. */
const UNKEPT = { 'Cache-Control': 'no-cache, no-store, must-revalidate', Pragma: 'no-cache' };

export const system: readonly Route[] = [route('GET /_ping', () => text('OK', UNKEPT))];
