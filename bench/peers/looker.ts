// A thread that looks at its processor whenever it gets a message: see look.ts.

import { parentPort } from 'node:worker_threads';
import { instructionsPerCycle } from '../harness/probe.js';

parentPort!.on('message', () => parentPort!.postMessage(instructionsPerCycle()));
