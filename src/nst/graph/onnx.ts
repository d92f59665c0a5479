import onnxProto, { type onnx } from 'onnx-proto';
import { type Tensor, topologicalOrder } from './tensor.ts';

const { AttributeProto, ModelProto, TensorProto } = onnxProto.onnx;
const { FLOAT, INT64 } = TensorProto.DataType;
const { INT, INTS, STRING, FLOAT: FLOAT_ATTRIBUTE } = AttributeProto.AttributeType;
/** The newest operator set whose operators are all used here in a form that ONNX Runtime 1.30 implements. */
const OPSET = 17;
/** ONNX 1.10; newer runtimes read it. */
const IR_VERSION = 8;

/**
 * Encodes a graph as an ONNX model.
 *
 * @param outputs - the tensors to compute, by the name under which the model returns them.
 * @returns the serialised ModelProto. Its inputs are the graph's `input` tensors.
 */
export function encodeModel(outputs: Readonly<Record<string, Tensor>>): Uint8Array {
  const emitter = new Emitter();
  const names = new Map<Tensor, string>();
  for (const tensor of topologicalOrder(Object.values(outputs))) {
    const inputs = tensor.inputs.map((i) => names.get(i) as string);
    names.set(tensor, emitter.emit(tensor, inputs));
  }
  for (const [name, tensor] of Object.entries(outputs))
    emitter.output(name, tensor, names.get(tensor) as string);
  return emitter.model();
}

class Emitter {
  readonly #nodes: onnx.INodeProto[] = [];
  readonly #initializers: onnx.ITensorProto[] = [];
  readonly #inputs: onnx.IValueInfoProto[] = [];
  readonly #outputs: onnx.IValueInfoProto[] = [];
  readonly #shared = new Map<string, string>();
  #count = 0;

  emit(tensor: Tensor, inputs: readonly string[]): string {
    const { op, shape } = tensor;
    const [x, y, z] = inputs as [string, string, string];
    switch (op.type) {
      case 'input':
        this.#inputs.push(valueInfo(op.name, tensor));
        return op.name;
      case 'constant':
        return this.#floats(op.data, shape);
      case 'conv2d': {
        const size = tensor.inputs[1]?.shape[2] as number;
        const margin = (size - 1) / 2;
        return this.#node('Conv', [x, y, z], {
          kernel_shape: [size, size],
          pads: [margin, margin, margin, margin],
        });
      }
      case 'relu':
        return this.#node('Relu', [x]);
      case 'gate':
        return this.#node('Where', [this.#node('Greater', [y, this.#scalar(0)]), x, this.#scalar(0)]);
      case 'averagePool':
        return this.#node('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
      case 'maxPool':
        return this.#node('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
      case 'upsample':
        return this.#node('Resize', [x, '', this.#once('scales', () => this.#floats([1, 1, 2, 2], [4]))], {
          coordinate_transformation_mode: 'asymmetric',
          mode: 'nearest',
          nearest_mode: 'floor',
        });
      case 'equal':
        return this.#node('Cast', [this.#node('Equal', [x, y])], { to: FLOAT });
      case 'divide':
        return this.#node('Div', [x, y]);
      case 'matmul': {
        const attributes = { transA: Number(op.transposeA), transB: Number(op.transposeB) };
        return this.#node('Gemm', [x, y], attributes, { alpha: op.factor });
      }
      case 'gram':
        return this.#node('Gemm', [x, x], { transB: 1 }, { alpha: op.factor });
      case 'transpose':
        return this.#node('Transpose', [x], { perm: [1, 0] });
      case 'add':
        return this.#node('Add', [x, y]);
      case 'sub':
        return this.#node('Sub', [x, y]);
      case 'mul':
        return this.#node('Mul', [x, y]);
      case 'scale':
        return this.#node('Mul', [x, this.#scalar(op.factor)]);
      case 'sumOfSquares':
        return this.#node('ReduceSumSquare', [x], { keepdims: 0 });
      case 'slice':
        return this.#node('Slice', [
          x,
          this.#integers([op.start]),
          this.#integers([op.end]),
          this.#integers([op.axis]),
        ]);
      case 'pad': {
        const rank = shape.length;
        const pads = new Array<number>(2 * rank).fill(0);
        pads[op.axis] = op.before;
        pads[op.axis + rank] = op.after;
        return this.#node('Pad', [x, this.#integers(pads)]);
      }
      case 'reshape':
        return this.#node('Reshape', [x, this.#integers(shape)]);
    }
  }

  output(name: string, tensor: Tensor, source: string): void {
    this.#nodes.push({ opType: 'Identity', input: [source], output: [name] });
    this.#outputs.push(valueInfo(name, tensor));
  }

  model(): Uint8Array {
    return ModelProto.encode({
      irVersion: IR_VERSION,
      opsetImport: [{ domain: '', version: OPSET }],
      graph: {
        name: 'impasto',
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
    }).finish();
  }

  #node(
    opType: string,
    input: string[],
    attributes: Record<string, number | string | number[]> = {},
    floats: Record<string, number> = {},
  ): string {
    const output = this.#fresh(opType);
    const attribute = [
      ...Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
      ...Object.entries(floats).map(([name, f]) => ({
        name,
        type: FLOAT_ATTRIBUTE,
        f,
      })),
    ];
    this.#nodes.push({ opType, input, output: [output], attribute });
    return output;
  }

  #floats(values: ArrayLike<number>, dims: readonly number[]): string {
    const data = values instanceof Float32Array ? values : Float32Array.from(values);
    return this.#initializer(FLOAT, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dims);
  }

  #scalar(value: number): string {
    return this.#once(`scalar ${value}`, () => this.#floats([value], []));
  }

  #integers(values: readonly number[]): string {
    return this.#once(`integers ${values}`, () => {
      const data = BigInt64Array.from(values, BigInt);
      return this.#initializer(INT64, new Uint8Array(data.buffer), [values.length]);
    });
  }

  #initializer(dataType: number, rawData: Uint8Array, dims: readonly number[]): string {
    const name = this.#fresh('constant');
    this.#initializers.push({ name, dataType, dims: [...dims], rawData });
    return name;
  }

  #once(key: string, make: () => string): string {
    const name = this.#shared.get(key) ?? make();
    this.#shared.set(key, name);
    return name;
  }

  #fresh(prefix: string): string {
    return `${prefix}_${this.#count++}`;
  }
}

function encodeAttribute(name: string, value: number | string | number[]): onnx.IAttributeProto {
  if (typeof value === 'number') return { name, type: INT, i: value };
  if (typeof value === 'string') return { name, type: STRING, s: new TextEncoder().encode(value) };
  return { name, type: INTS, ints: value };
}

function valueInfo(name: string, { shape }: Tensor): onnx.IValueInfoProto {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}
