// Structures: any nesting of arrays, records, maps and sets with tensors (or other leaves) in them.

import type { Scoped } from './runtime/scope.js';

/** Whether a value is an object that a scope or dispose() can look after. */
function isScoped(value: object): value is Scoped {
  return typeof (value as Partial<Scoped>)._settle === 'function';
}

/** Every tensor and tape in a structure, each once, in order. */
export function leaves(structure: unknown): Scoped[] {
  const found: Scoped[] = [];
  const seen = new Set<object>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (isScoped(value)) found.push(value);
    else if (Array.isArray(value)) value.forEach(visit);
    else if (value instanceof Map || value instanceof Set) for (const v of value.values()) visit(v);
    else if (!ArrayBuffer.isView(value)) Object.values(value).forEach(visit);
  };
  visit(structure);
  return found;
}

/** A structure of the same form, with `fn` of each leaf: whatever is not an array, a plain record or a map. */
export function mapTree<R>(structure: unknown, fn: (leaf: unknown, path: string) => R, path = ''): unknown {
  if (Array.isArray(structure)) return structure.map((v, i) => mapTree(v, fn, `${path}[${i}]`));
  if (structure instanceof Map)
    return new Map([...structure].map(([k, v]) => [k, mapTree(v, fn, `${path}.get(${String(k)})`)]));
  if (isRecord(structure))
    return Object.fromEntries(Object.entries(structure).map(([k, v]) => [k, mapTree(v, fn, `${path}.${k}`)]));
  return fn(structure, path);
}

/** The leaves of a structure, in mapTree's order. */
export function flatten(structure: unknown): unknown[] {
  const out: unknown[] = [];
  mapTree(structure, (leaf) => out.push(leaf));
  return out;
}

/** Whether a value is a plain record: its values are parts of a structure. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const proto: unknown = Object.getPrototypeOf(value);
  return proto === Object.prototype || proto === null;
}
