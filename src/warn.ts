// Warnings: what TensorFlow would log. They go through one hook, each text once.

const said = new Set<string>();
// eslint-disable-next-line no-console -- the default place, which onWarning replaces
let hook: (message: string) => void = (message) => console.warn(message);

/** Sets where warnings go; the console when never called. */
export function onWarning(listener: (message: string) => void): void {
  hook = listener;
}

/** Warns, once for each text. */
export function warn(op: string, text: string): void {
  const message = `${op}: ${text}`;
  if (said.has(message)) return;
  said.add(message);
  hook(message);
}
