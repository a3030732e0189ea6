// The training workloads on gradtape, by name.

import type { Float, Training } from './training.js';
import { w4 } from './w4.js';
import { w4t } from './w4t.js';
import { w5 } from './w5.js';

export const WORKLOADS = { W4: w4, W4T: w4t, W5: w5 } satisfies Record<string, (dtype?: Float) => Training>;
