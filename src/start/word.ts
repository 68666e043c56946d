/** What an engine says to whoever has started it: that it answers, or why it does not. One line of JSON. */
export type Word =
  { readonly ready: true } | { readonly ready: false; readonly message: string; readonly hint?: string };
