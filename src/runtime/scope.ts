// Who gives memory back: scopes for what is made inside tidy(), finalizers for what is made outside.

import { releaseBlock } from './core.js';

/** What a scope disposes of at its end: tensors, and the tapes begun inside it. */
export interface Scoped {
  dispose(): void;
  /** keep() was called: scopes leave it alone. @internal */
  _kept: boolean;
  /** What its scope took care of before it. @internal */
  _before: Scoped | null;
  /** Puts it in the care of a finalizer, when no scope is open. @internal */
  _settle(): void;
}

/** What was made since a scope was opened: a list through the members themselves, newest first. */
export interface Scope {
  readonly parent: Scope | null;
  last: Scoped | null;
}

let scope: Scope | null = null;

/** Puts a new object in the care of the innermost scope, or of a finalizer. */
export function adopt(x: Scoped): void {
  if (scope === null) x._settle();
  else {
    x._before = scope.last;
    scope.last = x;
  }
}

/** Takes what the innermost scope got last out of its care; false when that is something else. */
export function disown(x: Scoped): boolean {
  if (scope === null || scope.last !== x || x._kept) return false;
  scope.last = x._before;
  x._before = null;
  return true;
}

/** Opens a scope; what is made from here on belongs to it. */
export function openScope(): Scope {
  scope = { parent: scope, last: null };
  return scope;
}

/**
 * Closes a scope, and disposes of what was made in it.
 *
 * @param escaping what outlives it: it moves to the scope around, or into the care of a finalizer.
 */
export function closeScope(opened: Scope, escaping: ReadonlySet<Scoped> | null): void {
  scope = opened.parent;
  let member = opened.last;
  opened.last = null;
  while (member !== null) {
    const before = member._before;
    member._before = null;
    if (!member._kept) {
      if (escaping !== null && escaping.has(member)) adopt(member);
      else member.dispose();
    }
    member = before;
  }
}

/** Disposes of what was made in the innermost scope, which stays open. */
export function emptyScope(opened: Scope): void {
  closeScope(opened, null);
  scope = opened;
}

/** Closes a scope and hands over what was made in it, in place of disposing of it. */
export function detachScope(opened: Scope): Scoped[] {
  scope = opened.parent;
  const members: Scoped[] = [];
  let member = opened.last;
  while (member !== null) {
    const before = member._before;
    member._before = null;
    if (!member._kept) members.push(member);
    member = before;
  }
  return members;
}

/** The innermost scope; null when none is open. */
export function openedScope(): Scope | null {
  return scope;
}

/** Disposes of what was made in a scope since `last` was its last. */
export function undoTo(opened: Scope, last: Scoped | null): void {
  while (opened.last !== last && opened.last !== null) {
    const member = opened.last;
    opened.last = member._before;
    member._before = null;
    member.dispose();
  }
}

/** What a finalizer gives back for a tensor that can no longer be reached. */
export interface Lease {
  /** Block descriptor; 0 once it was given back by other means. */
  block: number;
}

/** Tensors whose memory is held, of whatever kind. Kept here because finalizers count down too. */
export const live = { tensors: 0 };

const finalizers =
  typeof FinalizationRegistry === 'undefined'
    ? null
    : new FinalizationRegistry<Lease>((lease) => {
        if (lease.block === 0) return;
        releaseBlock(lease.block);
        lease.block = 0;
        live.tensors--;
      });

/** Has a finalizer release a block when its tensor can no longer be reached, unless the lease is voided before. */
export function finalize(owner: object, block: number): Lease {
  const lease = { block };
  finalizers?.register(owner, lease);
  return lease;
}
