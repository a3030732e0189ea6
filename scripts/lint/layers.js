// ESLint rule: imports inside src/ point down, and a few doors have one key each.

import { dirname, join, relative, sep } from 'node:path';

/**
 * The layers from the bottom up. A file may import files of its own layer and of those below.
 * The first pattern that fits a path gives its layer.
 */
export const LAYERS = [
  { name: 'ground', files: /^(errors|dtype|shape|print|warn)\.ts$|^runtime\/(abi|features)\.ts$/ },
  { name: 'runtime', files: /^(runtime|program)\// },
  {
    name: 'tensor',
    files: /^(tensor|convert|constant|memory|tree)\.ts$|^tape\/(record|ids)\.ts$|^ops\/(define|apply|clone)\.ts$/,
  },
  { name: 'ops', files: /^ops\/|^variable\.ts$/ },
  { name: 'tape', files: /^(tape|compile)\/|^(compile)\.ts$/ },
  { name: 'libraries', files: /^(nn|optim|data|io|testing|chain|bundle)\// },
  { name: 'entry', files: /^[^/]+\.ts$/ },
];

/** Modules that only some may import. */
const DOORS = [
  {
    door: /^runtime\/(kernels|launch)\.ts$/,
    keys: /^(ops|runtime|compile)\//,
    why: 'only ops/ launches kernels, and compile/ listens',
  },
  {
    door: /^ops\/(?!define|apply|clone)/,
    keys: /^(?!tape\/(?!cotangent)|tensor\.ts|ops\/(define|apply|clone)\.ts)/,
    why: 'the tape knows no op by name, but for the algebra of cotangents in tape/cotangent.ts',
  },
];

/** Host modules, by name. */
const HOST = /^(node:|fs$|path$|url$|os$|worker_threads$)/;
const HOST_HOMES = /^(runtime\/load-[^/]*|io\/.*|bundle\/.*|data\/read-[^/]*)\.ts$/;

const layerOf = (path) => LAYERS.findIndex((layer) => layer.files.test(path));

/** @type {import('eslint').Rule.RuleModule} */
export const layers = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const root = join(context.cwd, 'src');
    const from = relative(root, context.filename).split(sep).join('/');
    if (from.startsWith('..')) return {};
    const check = (node) => {
      const source = node.source?.value;
      if (typeof source !== 'string') return;
      if (HOST.test(source) && !HOST_HOMES.test(from))
        context.report({
          node,
          message: `${source}: host APIs stand only in runtime/load-*.ts, bundle/, io/ and data/read-*.ts.`,
        });
      if (!source.startsWith('.')) return;
      const to = relative(root, join(dirname(context.filename), source))
        .split(sep)
        .join('/')
        .replace(/\.js$/, '.ts');
      // A type leaves no import behind.
      if (layerOf(to) > layerOf(from) && node.importKind !== 'type')
        context.report({
          node,
          message: `${from} (${LAYERS[layerOf(from)]?.name}) imports ${to} (${LAYERS[layerOf(to)]?.name}): imports point down.`,
        });
      for (const { door, keys, why } of DOORS)
        if (door.test(to) && !keys.test(from) && node.importKind !== 'type')
          context.report({ node, message: `${from} imports ${to}: ${why}.` });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};
