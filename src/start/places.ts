/** Where an engine and those who look for one meet, below DRYDOCK_RUN. */

/** Its unix socket. */
export const SOCKET = 'drydock.sock';
/** Locked by the engine; its log when it was started on demand. */
export const ENGINE_FOLDER = 'engine';
export const LOG = 'log';
