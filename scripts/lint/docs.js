// ESLint rule: what src/ exports has a docstring, with a @param for each parameter of a public op.

/** @type {import('eslint').Rule.RuleModule} */
export const docs = {
  meta: { type: 'suggestion', schema: [{ enum: ['full'] }] },
  create(context) {
    const full = context.options[0] === 'full';
    return {
      'ExportNamedDeclaration > :matches(FunctionDeclaration, ClassDeclaration)'(node) {
        const before = context.sourceCode.getCommentsBefore(node.parent);
        const doc = before.findLast((c) => c.type === 'Block' && c.value.startsWith('*'))?.value;
        const name = node.id?.name ?? 'this';
        // Overloads: the first signature carries the docstring.
        const earlier = node.parent.parent.body.some(
          (n) =>
            n.range[0] < node.parent.range[0] &&
            n.type === 'ExportNamedDeclaration' &&
            n.declaration?.id?.name === name,
        );
        if (earlier) return;
        if (doc === undefined) {
          context.report({ node, message: `${name} is exported and has no docstring.` });
        } else if (full && node.type === 'FunctionDeclaration' && !doc.includes('@internal')) {
          for (const param of node.params) {
            const named =
              param.type === 'AssignmentPattern' ? param.left : param.type === 'RestElement' ? param.argument : param;
            if (named.type === 'Identifier' && !new RegExp(`@param \\[?${named.name}\\b`).test(doc))
              context.report({ node: param, message: `${name}: the docstring says nothing of ${named.name}.` });
          }
          if (!doc.includes('@returns') && !/void|never/.test(context.sourceCode.getText(node.returnType ?? node.id)))
            context.report({ node, message: `${name}: the docstring has no @returns.` });
        }
      },
    };
  },
};
