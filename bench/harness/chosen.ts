// What `--only` of a benchmark means: suites by name, cases by parts of their names, or both.

/** The suites to run, and which of their cases. */
export interface Chosen {
  readonly suites: readonly string[];
  /** Parts of cases' names in lower case, with | between; '' is all cases. */
  readonly only: string;
}

/** What is wrong when nothing ran. */
export function noneChosen(text: string, families: readonly string[]): Error {
  return new Error(`--only: no suite and no case is called '${text}'. Suites are ${families.join(', ')}.`);
}

/**
 * Reads `gemm,norm` as two suites, `512` as the cases of all suites with 512 in their names, and `gemm,512` as those of one suite.
 *
 * @param text names with commas between; '' is everything.
 * @param families the names of all suites.
 */
export function chosen(text: string, families: readonly string[]): Chosen {
  const names = text
    .toLowerCase()
    .split(/[,|]/)
    .map((name) => name.trim());
  const suites = families.filter((family) => names.includes(family));
  const parts = names.filter((name) => !families.includes(name));
  return { suites: suites.length > 0 ? suites : families, only: parts.join('|') };
}
