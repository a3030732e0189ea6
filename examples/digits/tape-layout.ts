// Where the ops of a tape stand on paper: forward ops run down the left, the gradient comes back up beside them.

/** An op that ran: which tensors it took and made. */
export interface TapeOp {
  op: string;
  inputs: readonly number[];
  outputs: readonly number[];
  /** For an op of the backward sweep: the place in `ops` of the op whose rule ran it. Guessed where it is missing. */
  of?: number;
}

/** A tensor of a tape. */
export interface TapeTensor {
  id: number;
  dtype: string;
  shape: readonly number[];
  /** What the user calls it: a variable's name, or `images`. */
  name?: string;
  /** Says that a tensor which no op made is to be shown. */
  kind?: 'variable' | 'input';
}

/** What there is to know of a tape for a picture of it. */
export interface TapeGraph {
  /** In the order they ran; those behind the one that made `target` are the backward sweep's. */
  ops: readonly TapeOp[];
  tensors: readonly TapeTensor[];
  /** The tensor whose gradient was taken. */
  target: number;
  /** Its own gradient, with which the backward sweep begins; `target` stands for it when there is none. */
  seed?: number;
  /** Pairs of a source and its gradient, by tensor. */
  gradients: readonly (readonly [source: number, gradient: number])[];
}

/** A thing to draw, and the cell it stands in. */
export interface Node {
  look: 'forward' | 'gradient' | 'variable' | 'input' | 'result';
  title: string;
  detail: string;
  hover: string;
  column: number;
  row: number;
}

/** A tensor on its way from node to node. */
export interface Edge {
  from: Node;
  to: Node;
  look: 'forward' | 'gradient' | 'saved' | 'result';
  hover: string;
}

/** Part of the backward sweep that an op has: on the way up, ending in a parameter's gradient, or made of saved tensors only. */
type Part = 'trunk' | 'leaf' | 'helper';

/** Every forward op has a band of rows, which it shares with the backward ops of its rule. */
export function layout(tape: TapeGraph): { nodes: Node[]; edges: Edge[] } {
  const { ops } = tape;
  const tensors = new Map(tape.tensors.map((t) => [t.id, t]));
  const maker = new Map(ops.flatMap((o, i) => o.outputs.map((id) => [id, i] as const)));
  const last = maker.get(tape.target) ?? ops.length - 1;
  const owner = owners(tape, last);
  const parts = partsOf(tape, owner, maker);
  const shape = (id: number | undefined): string =>
    `[${(id === undefined ? undefined : tensors.get(id))?.shape.join(', ') ?? ''}]`;
  const text = (id: number): string => {
    const t = tensors.get(id);
    return t === undefined ? `tensor ${id}` : `${t.name ?? `tensor ${id}`}: ${t.dtype} ${shape(id)}`;
  };

  const band = depths(ops, [...ops.keys()].slice(0, last + 1), () => true);
  const bandOf = (i: number): number => band.get(owner.get(i)!)!;
  const level = levels(ops, owner, parts);
  const heights = new Array<number>(1 + Math.max(0, ...band.values())).fill(1);
  for (const [i, l] of level) heights[bandOf(i)] = Math.max(heights[bandOf(i)]!, l + 1);
  const bottoms: number[] = []; // row 0 is for the data that flows in
  for (const h of heights) bottoms.push((bottoms.at(-1) ?? 0) + h);

  const nodes: Node[] = [];
  const edges: Edge[] = [];
  const taken = new Set<string>();
  const place = (node: Node, search: 'column' | 'row'): Node => {
    while (taken.has(`${node.column},${node.row}`)) node[search]++;
    taken.add(`${node.column},${node.row}`);
    nodes.push(node);
    return node;
  };
  const nodeOf = new Map<number, Node>();
  const placeOp = (i: number, look: 'forward' | 'gradient', column: number, row: number): void => {
    const { op, inputs, outputs } = ops[i]!;
    const hover = [op, ...inputs.map((id) => `takes ${text(id)}`), ...outputs.map((id) => `makes ${text(id)}`)].join(
      '\n',
    );
    nodeOf.set(i, place({ look, title: op, detail: shape(outputs[0]), hover, column, row }, 'column'));
  };
  for (const [i, b] of band) placeOp(i, 'forward', 1, bottoms[b]!);
  for (const part of ['helper', 'trunk', 'leaf'] as const) {
    const members = [...level].filter(([i]) => parts.get(i) === part);
    const column = 1 + Math.max(1, ...nodes.map((n) => n.column));
    for (const [i, l] of members) placeOp(i, 'gradient', column, bottoms[bandOf(i)]! - l);
  }

  // Tensors that no op made stand left of the first op that takes them; above it, when it is the first of all.
  const outside = new Map<number, Node>();
  const nodeOfTensor = (id: number, user: Node): Node | undefined => {
    const made = maker.get(id === tape.seed ? tape.target : id);
    if (made !== undefined) return nodeOf.get(made);
    const t = tensors.get(id);
    if (outside.has(id) || t?.kind === undefined) return outside.get(id);
    const above = t.kind === 'input' && user.row === bottoms[0];
    const cell = above ? { column: user.column, row: 0 } : { column: 0, row: user.row };
    outside.set(
      id,
      place(
        { look: t.kind, title: t.name ?? t.kind, detail: shape(id), hover: text(id), ...cell },
        above ? 'column' : 'row',
      ),
    );
    return outside.get(id);
  };
  ops.forEach((op, i) => {
    const to = nodeOf.get(i)!;
    for (const id of new Set(op.inputs)) {
      const from = nodeOfTensor(id, to);
      const look =
        i <= last
          ? 'forward'
          : id === tape.target || id === tape.seed || (maker.get(id) ?? -1) > last
            ? 'gradient'
            : 'saved';
      if (from !== undefined) edges.push({ from, to, look, hover: text(id) });
    }
  });

  const right = 1 + Math.max(...nodes.map((n) => n.column));
  for (const [source, gradient] of tape.gradients) {
    const from = nodeOf.get(maker.get(gradient) ?? -1);
    if (from === undefined) continue;
    const title = `∂ ${tensors.get(source)?.name ?? source}`;
    const hover = `gradient of ${text(source)}`;
    const to = place({ look: 'result', title, detail: shape(gradient), hover, column: right, row: from.row }, 'row');
    edges.push({ from, to, look: 'result', hover: text(gradient) });
  }
  return { nodes, edges };
}

/** Longest way to each of the given ops from any of them, along tensors from one to the other that `counts` admits. */
function depths(
  ops: readonly TapeOp[],
  members: number[],
  counts: (from: number, to: number) => boolean,
): Map<number, number> {
  const made = new Map<number, number>();
  const depth = new Map<number, number>();
  for (const i of members) {
    const before = ops[i]!.inputs.map((id) => made.get(id)).filter((j): j is number => j !== undefined && counts(j, i));
    depth.set(i, Math.max(0, ...before.map((j) => depth.get(j)! + 1)));
    for (const id of ops[i]!.outputs) made.set(id, i);
  }
  return depth;
}

/** Rows above the bottom of its band that each backward op stands. */
function levels(ops: readonly TapeOp[], owner: Map<number, number>, parts: Map<number, Part>): Map<number, number> {
  const carries = (i: number): boolean => parts.get(i) !== 'helper';
  const level = depths(ops, [...owner.keys()].filter(carries), (from, to) => owner.get(from) === owner.get(to));
  const helpers = [...owner.keys()].filter((i) => !carries(i)).reverse();
  const taken = new Set<string>();
  for (const i of helpers) {
    // Beside the op that takes it, or above: a chain of helpers comes down to it.
    const user = ops.findIndex((o, j) => level.has(j) && o.inputs.some((id) => ops[i]!.outputs.includes(id)));
    let l = level.get(user) ?? 0;
    while (taken.has(`${owner.get(i)},${l}`)) l++;
    taken.add(`${owner.get(i)},${l}`);
    level.set(i, l);
  }
  return level;
}

function partsOf(
  { ops, target, seed }: TapeGraph,
  owner: Map<number, number>,
  maker: Map<number, number>,
): Map<number, Part> {
  const parts = new Map<number, Part>();
  for (const i of owner.keys()) {
    const carries = ops[i]!.inputs.some(
      (id) => id === target || id === seed || (parts.get(maker.get(id)!) ?? 'helper') !== 'helper',
    );
    parts.set(i, carries || ops[i]!.inputs.length === 0 ? 'leaf' : 'helper');
  }
  const wanted = new Set<number>(); // tensors that another band or the trunk takes
  for (const i of [...owner.keys()].reverse()) {
    if (parts.get(i) === 'leaf' && ops[i]!.outputs.some((id) => wanted.has(id))) parts.set(i, 'trunk');
    for (const id of ops[i]!.inputs)
      if (parts.get(i) === 'trunk' || owner.get(maker.get(id)!) !== owner.get(i)) wanted.add(id);
  }
  return parts;
}

/**
 * The forward op whose rule ran each backward op, told from the tensors: an op that takes the gradient of a tensor belongs to the op
 * that made the tensor, and what it makes is the gradient of that op's input of the same shape. A rule may pass a gradient on as it is
 * (that of `add` does), so the op before comes into question too; the tensors that the rule saved decide. An op that takes
 * no gradient belongs to the op that takes what it makes.
 */
function owners({ ops, tensors, target, seed }: TapeGraph, last: number): Map<number, number> {
  const shape = new Map(tensors.map((t) => [t.id, t.shape.join()]));
  const sameShape = (ids: readonly number[], id: number): number[] => ids.filter((i) => shape.get(i) === shape.get(id));
  const maker = new Map(ops.slice(0, last + 1).flatMap((o, i) => o.outputs.map((id) => [id, i] as const)));
  const gradientOf = new Map<number, number[]>([[seed ?? target, [target]]]); // gradient → tensors it may be the gradient of
  const made = new Map<number, number>();
  const owner = new Map<number, number>();

  /** Ops whose output's gradient a tensor may be, the last first. */
  const candidates = (gradient: number): number[] => {
    const found = new Set<number>();
    const visit = (id: number): void => {
      const op = maker.get(id);
      if (op === undefined || found.has(op)) return;
      found.add(op);
      sameShape(ops[op]!.inputs, id).forEach(visit);
    };
    gradientOf.get(gradient)?.forEach(visit);
    const through = owner.get(made.get(gradient) ?? -1);
    if (found.size === 0 && through !== undefined) found.add(through);
    return [...found].sort((a, b) => b - a);
  };
  for (let i = last + 1; i < ops.length; i++) {
    const { inputs, outputs, of } = ops[i]!;
    const saved = inputs.filter((id) => !made.has(id) && !gradientOf.has(id) && shape.has(id));
    const choices = inputs.flatMap(candidates);
    const knows = (op: number): boolean =>
      saved.every((id) => ops[op]!.inputs.includes(id) || ops[op]!.outputs.includes(id));
    const own = of ?? choices.find(knows) ?? choices[0];
    for (const id of outputs) {
      made.set(id, i);
      const sources = own === undefined ? [] : sameShape(ops[own]!.inputs, id);
      if (sources.length > 0) gradientOf.set(id, sources);
    }
    if (own !== undefined) owner.set(i, own);
  }
  for (let i = ops.length - 1; i > last; i--) {
    if (owner.has(i)) continue;
    const user = ops.findIndex((o, j) => owner.has(j) && o.inputs.some((id) => ops[i]!.outputs.includes(id)));
    owner.set(i, owner.get(user) ?? last);
  }
  return new Map([...owner].sort((a, b) => a[0] - b[0]));
}
