// The same programs in every host this machine has: all pass, and the bits of their results are equal. On the relaxed build they are near.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as gradtape from '../../src/index.js';
import { functions, NOT_OPS } from '../package/exported.js';
import { farthest } from './difference.js';
import { HOSTS } from './hosts.js';
import type { SuiteResult } from './suite.js';

/** Hosts that must be there: GRADTAPE_REQUIRE_HOSTS=node,chromium,workerd. */
const required = (process.env['GRADTAPE_REQUIRE_HOSTS'] ?? '').split(',').filter((name) => name !== '');
const results = new Map<string, SuiteResult>();

/** Hosts that always have relaxed SIMD. Others may fall back. */
const RELAXED = ['node', 'chromium', 'workerd'];

for (const host of HOSTS) {
  const found = host.find();
  describe.each(['deterministic', 'relaxed'] as const)(`${host.name}, %s`, (simd) => {
    if (found === null && !required.includes(host.name)) {
      test.skip(`not on this machine: ${host.howToGet}`, () => {});
      return;
    }
    let result: SuiteResult;
    beforeAll(async () => {
      if (found === null) throw new Error(`${host.name} is required and not on this machine: ${host.howToGet}.`);
      result = await host.run(found, simd);
      if (simd === 'deterministic') results.set(host.name, result);
      const { programs, build, hash } = result;
      console.log(`${host.name}: ${result.host}, ${build.simd}, ${programs.length} programs, hash ${hash}`);
    }, 120_000);

    test('every program passes', () => {
      const problems = result.programs.filter((p) => p.problem !== null);
      expect(problems.map(({ name, problem }) => `${name}: ${problem}`)).toEqual([]);
      expect(result.programs.length).toBeGreaterThan(0);
    });

    test('the build that is asked for runs, or the deterministic one where the host has no other', () => {
      expect(RELAXED.includes(host.name) ? [simd] : [simd, 'deterministic']).toContain(result.build.simd);
    });

    test('every program gives the bits it gives in Node, or results near them', () => {
      const exact = results.get('node')!;
      if (result.build.simd === 'relaxed') expect(farthest(exact.programs, result.programs)).toEqual([]);
      else {
        expect(result.programs.map(({ name, hash }) => [name, hash])).toEqual(
          exact.programs.map(({ name, hash }) => [name, hash]),
        );
        expect(result.hash).toBe(exact.hash);
      }
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
