// Runs once before all tests: builds core.wasm when it is missing or older than assembly/.

import { freshenCore } from '../scripts/core.js';

export default async function setup(): Promise<void> {
  await freshenCore();
}
