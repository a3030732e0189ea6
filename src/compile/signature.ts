// What a program was traced for: the structure of its arguments, shapes and dtypes of tensors, all other values as they are.

import type { DType } from '../dtype.js';
import { sameShape, type Shape } from '../shape.js';
import { Tensor } from '../tensor.js';
import { isRecord, mapTree } from '../tree.js';
import { Variable } from '../variable.js';

/** What another tensor in an argument's place must be. */
class TensorForm {
  readonly shape: Shape;
  readonly dtype: DType;
  /** The first of the tensors that has its memory: one that was given twice was traced as one. */
  readonly first: number;

  constructor({ shape, dtype }: Tensor, first: number) {
    this.shape = shape;
    this.dtype = dtype;
    this.first = first;
  }
}

/** The arguments of one call, as later calls are compared with them. */
export class Signature {
  /** The tensors among them, variables too, in order. */
  readonly tensors: readonly Tensor[];
  /** The arguments: forms in place of tensors, copies in place of typed arrays. A variable stands for itself. */
  private readonly form: unknown;

  constructor(args: readonly unknown[]) {
    const tensors: Tensor[] = [];
    this.form = mapTree(args, (leaf) => {
      if (ArrayBuffer.isView(leaf)) return structuredClone(leaf);
      if (!(leaf instanceof Tensor)) return leaf;
      tensors.push(leaf);
      return leaf instanceof Variable ? leaf : new TensorForm(leaf, firstWith(leaf._block, tensors));
    });
    this.tensors = tensors;
  }

  /** The tensors among other arguments, when a program for these takes them; null when it does not. */
  match(args: readonly unknown[]): Tensor[] | null {
    const tensors: Tensor[] = [];
    return matches(this.form, args, tensors) ? tensors : null;
  }
}

/** Whether a value may stand where a form does; the tensors in it are added to those before it. */
function matches(form: unknown, value: unknown, tensors: Tensor[]): boolean {
  if (value instanceof Tensor) {
    tensors.push(value);
    if (!(form instanceof TensorForm) || value instanceof Variable) return form === value;
    const { shape, dtype, first } = form;
    return dtype === value.dtype && sameShape(shape, value.shape) && first === firstWith(value._block, tensors);
  }
  if (Array.isArray(form)) return Array.isArray(value) && matchesAll(form, value, tensors);
  if (form instanceof Map) return value instanceof Map && matchesAll([...form], [...value], tensors);
  if (isRecord(form)) {
    if (!isRecord(value)) return false;
    const keys = Object.keys(form);
    return (
      keys.length === Object.keys(value).length &&
      keys.every((key) => key in value && matches(form[key], value[key], tensors))
    );
  }
  // Both as plain numbers.
  if (ArrayBuffer.isView(form))
    return ArrayBuffer.isView(value) && form.constructor === value.constructor && String(form) === String(value);
  return Object.is(form, value);
}

function matchesAll(forms: readonly unknown[], values: readonly unknown[], tensors: Tensor[]): boolean {
  if (forms.length !== values.length) return false;
  for (let i = 0; i < forms.length; i++) if (!matches(forms[i], values[i], tensors)) return false;
  return true;
}

/** The place of the first tensor that has a block. */
function firstWith(block: number, tensors: readonly Tensor[]): number {
  let i = 0;
  while (tensors[i]!._block !== block) i++;
  return i;
}
