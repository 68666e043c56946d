/** The options that stand before a verb: where the engine is. */
import { list, text, toggle } from './flags.ts';

export const globals = {
  config: text('folder of config.json and of the TLS files'),
  context: text('name of a context; there is one, default', { short: 'c' }),
  debug: toggle('errors with the place where they came from', { short: 'D' }),
  host: list('address of the engine: unix://PATH or tcp://HOST:PORT', { short: 'H' }),
  'log-level': text('taken for the sake of scripts', { short: 'l', fallback: 'info' }),
  tls: toggle('TLS with whoever answers'),
  tlscacert: text('file of the authority that signs engines'),
  tlscert: text('file of our certificate'),
  tlskey: text('file of our key'),
  tlsverify: toggle('TLS, and only with an engine that the authority has signed'),
};
