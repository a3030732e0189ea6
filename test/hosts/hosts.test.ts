// The same programs in every host this machine has: all pass, and the bits of their results are equal.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as gradtape from '../../src/index.js';
import { functions, NOT_OPS } from '../package/exported.js';
import { HOSTS } from './hosts.js';
import type { SuiteResult } from './suite.js';

/** Hosts that must be there: GRADTAPE_REQUIRE_HOSTS=node,chromium,workerd. */
const required = (process.env['GRADTAPE_REQUIRE_HOSTS'] ?? '').split(',').filter((name) => name !== '');
const results = new Map<string, SuiteResult>();

for (const host of HOSTS) {
  const found = host.find();
  describe(host.name, () => {
    if (found === null && !required.includes(host.name)) {
      test.skip(`not on this machine: ${host.howToGet}`, () => {});
      return;
    }
    let result: SuiteResult;
    beforeAll(async () => {
      if (found === null) throw new Error(`${host.name} is required and not on this machine: ${host.howToGet}.`);
      result = await host.run(found);
      results.set(host.name, result);
      console.log(`${host.name}: ${result.host}, ${result.programs.length} programs, hash ${result.hash}`);
    }, 120_000);

    test('every program passes', () => {
      expect(result.programs.filter((p) => p.problem !== null)).toEqual([]);
      expect(result.programs.length).toBeGreaterThan(0);
    });

    test('every program gives the bits it gives in Node', () => {
      expect(result.programs).toEqual(results.get('node')?.programs);
      expect(result.hash).toBe(results.get('node')?.hash);
    });
  });
}

test('every host that is required is one that this suite knows', () => {
  const names = HOSTS.map((host) => host.name);
  expect(required.filter((name) => !names.includes(name))).toEqual([]);
  const absent = HOSTS.filter((host) => host.find() === null).map((host) => host.name);
  if (absent.length > 0) console.log(`hosts not on this machine: ${absent.join(', ')}`);
});

test('the programs run every op', () => {
  const programs = readFileSync(join(import.meta.dirname, 'programs.ts'), 'utf8');
  const ops = functions(gradtape).filter((name) => !(name in NOT_OPS));
  expect(ops.filter((name) => !new RegExp(`\\bgt\\.${name}\\b`).test(programs))).toEqual([]);
});
