/**
 * Something that a person should know and that stops nothing.
 *
 * It goes the way of Node's own warnings (`process.on('warning')`), so that whoever uses the runtime decides where it
 * is shown; the command line prints it beside its errors.
 */

/** Says a warning. `cause` is what was thrown and is not passed on. */
export function warn(message: string, cause?: Error): void {
  process.emitWarning(cause ? `${message}: ${cause.message}` : message, 'DrydockWarning');
}
