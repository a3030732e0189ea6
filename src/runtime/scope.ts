// Who gives memory back: scopes for what is made inside tidy(), finalizers for what is made outside.

import { releaseBlock } from './core.js';

/** What a scope disposes of at its end: tensors, and the tapes begun inside it. */
export interface Scoped {
  dispose(): void;
  /** keep() was called: scopes leave it alone. @internal */
  _kept: boolean;
  /** Puts it in the care of a finalizer, when no scope is open. @internal */
  _settle(): void;
}

/** What was made since a scope was opened. */
export interface Scope {
  readonly parent: Scope | null;
  readonly members: Scoped[];
}

let scope: Scope | null = null;

/** Puts a new object in the care of the innermost scope, or of a finalizer. */
export function adopt(x: Scoped): void {
  if (scope !== null) scope.members.push(x);
  else x._settle();
}

/** Opens a scope; what is made from here on belongs to it. */
export function openScope(): Scope {
  scope = { parent: scope, members: [] };
  return scope;
}

/**
 * Closes a scope, and disposes of what was made in it.
 *
 * @param escaping what outlives it: it moves to the scope around, or into the care of a finalizer.
 */
export function closeScope(opened: Scope, escaping: ReadonlySet<Scoped> | null): void {
  scope = opened.parent;
  for (const member of opened.members) {
    if (member._kept) continue;
    if (escaping !== null && escaping.has(member)) adopt(member);
    else member.dispose();
  }
}

/** Closes a scope and hands over what was made in it, in place of disposing of it. */
export function detachScope(opened: Scope): Scoped[] {
  scope = opened.parent;
  return opened.members.filter((member) => !member._kept);
}

/** Where the innermost scope stands, for undoTo(); -1 when none is open. */
export function markScope(): number {
  return scope === null ? -1 : scope.members.length;
}

/** Disposes of what was made in the innermost scope since a mark. */
export function undoTo(mark: number): void {
  if (scope === null) return;
  for (const member of scope.members.splice(mark)) member.dispose();
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
