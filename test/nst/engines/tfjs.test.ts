import { tfjsEngine } from '../../../src/nst/engines/tfjs.ts';
import { describeAgreement } from './agreement.ts';
import { describeEngine, type OpenEngine } from './contract.ts';

const open: OpenEngine = (options) => tfjsEngine({ ...options, backend: 'wasm' });

describeEngine('tfjs/wasm', open);
describeAgreement('tfjs/wasm', open);
