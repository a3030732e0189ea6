// The suite in a worker on workerd: answers each request with its result. Nothing is compiled: core.wasm is an imported module.

import { init } from 'gradtape';
import { runSuite } from '../suite.js';

export default {
  async fetch(): Promise<Response> {
    try {
      await init();
      return Response.json(await runSuite('workerd'));
    } catch (error) {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return Response.json({ host: 'workerd', programs: [{ name: 'init', problem, hash: '' }], hash: '' });
    }
  },
};
