// ESLint rule: a caption on the first line, an issue number on what is left to do, a reason on each switched-off rule.

/** @type {import('eslint').Rule.RuleModule} */
export const comments = {
  meta: { type: 'suggestion', schema: [] },
  create(context) {
    return {
      Program(node) {
        const first = context.sourceCode.getAllComments()[0];
        if (first?.type !== 'Line' || first.loc.start.line > 2 || !/\w.*\w/.test(first.value))
          context.report({ node, message: 'The first line is a // comment that says what this file is.' });
        for (const comment of context.sourceCode.getAllComments()) {
          if (/\b(TODO|FIXME|XXX)\b/.test(comment.value) && !/#\d+/.test(comment.value))
            context.report({ loc: comment.loc, message: 'A TODO names its issue: TODO(#12).' });
          if (/^\s*eslint-disable/.test(comment.value) && !/\s--\s+\S/.test(comment.value))
            context.report({
              loc: comment.loc,
              message: 'A switched-off rule has a reason: eslint-disable-next-line rule -- why.',
            });
          if (/@ts-(ignore|nocheck)/.test(comment.value))
            context.report({ loc: comment.loc, message: '@ts-ignore and @ts-nocheck hide errors: mend the type.' });
        }
      },
    };
  },
};
