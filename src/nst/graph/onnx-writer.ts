import onnxProto, { type onnx } from 'onnx-proto';

const { AttributeProto, ModelProto, TensorProto } = onnxProto.onnx;
const { FLOAT, INT32, INT64 } = TensorProto.DataType;
const { INT, INTS, STRING, FLOAT: FLOAT_ATTRIBUTE } = AttributeProto.AttributeType;
/** The newest operator set whose operators are all used here in a form that ONNX Runtime 1.30 implements. */
const OPSET = 17;
/** ONNX 1.10; newer runtimes read it. */
const IR_VERSION = 8;

/** Writes an ONNX model, node by node. Names of values are made up here. */
export class OnnxWriter {
  readonly #nodes: onnx.INodeProto[] = [];
  readonly #initializers: onnx.ITensorProto[] = [];
  readonly #inputs: onnx.IValueInfoProto[] = [];
  readonly #outputs: onnx.IValueInfoProto[] = [];
  readonly #shared = new Map<string, string>();
  #count = 0;

  /** Declares a float input. */
  input(name: string, shape: readonly number[]): string {
    this.#inputs.push(valueInfo(name, shape));
    return name;
  }

  /** Declares a float output that has the value of a node. */
  output(name: string, shape: readonly number[], source: string): void {
    this.#nodes.push({ opType: 'Identity', input: [source], output: [name] });
    this.#outputs.push(valueInfo(name, shape));
  }

  /** Adds a node of ONNX's default operator set; returns the name of its first output. */
  node(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, number | string | readonly number[]>> = {},
    floats: Readonly<Record<string, number>> = {},
  ): string {
    const output = this.#fresh(opType);
    const attribute = [
      ...Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
      ...Object.entries(floats).map(([name, f]) => ({ name, type: FLOAT_ATTRIBUTE, f })),
    ];
    this.#nodes.push({ opType, input: [...input], output: [output], attribute });
    return output;
  }

  /** Adds a conversion. */
  cast(value: string, to: 'float' | 'int32'): string {
    return this.node('Cast', [value], { to: to === 'float' ? FLOAT : INT32 });
  }

  /** A float constant, row-major. */
  constant(data: Float32Array, dims: readonly number[]): string {
    return this.#initializer(FLOAT, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dims);
  }

  /** A few floats, of one axis; written once for equal values. */
  floats(values: readonly number[]): string {
    return this.#once(`floats ${values}`, () => this.constant(Float32Array.from(values), [values.length]));
  }

  /** A float of no axis; written once for equal values. */
  scalar(value: number): string {
    return this.#once(`scalar ${value}`, () => this.constant(Float32Array.of(value), []));
  }

  /** Whole numbers, of one axis; written once for equal values. */
  integers(values: readonly number[]): string {
    return this.#once(`integers ${values}`, () => {
      const data = BigInt64Array.from(values, BigInt);
      return this.#initializer(INT64, new Uint8Array(data.buffer), [values.length]);
    });
  }

  /** The serialised ModelProto. */
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

function encodeAttribute(name: string, value: number | string | readonly number[]): onnx.IAttributeProto {
  if (typeof value === 'number') return { name, type: INT, i: value };
  if (typeof value === 'string') return { name, type: STRING, s: new TextEncoder().encode(value) };
  return { name, type: INTS, ints: [...value] };
}

function valueInfo(name: string, shape: readonly number[]): onnx.IValueInfoProto {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}
