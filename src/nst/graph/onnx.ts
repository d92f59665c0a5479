import { OnnxWriter } from './onnx-writer.ts';
import { type Tensor, topologicalOrder } from './tensor.ts';

/**
 * Encodes a graph as an ONNX model.
 *
 * @param outputs - the tensors to compute, by the name under which the model returns them.
 * @returns the serialised ModelProto. Its inputs are the graph's `input` tensors.
 */
export function encodeModel(outputs: Readonly<Record<string, Tensor>>): Uint8Array {
  const writer = new OnnxWriter();
  const names = new Map<Tensor, string>();
  for (const tensor of topologicalOrder(Object.values(outputs))) {
    const operands = tensor.inputs.map((input) => names.get(input) as string);
    names.set(tensor, write(writer, tensor, operands));
  }
  for (const [name, tensor] of Object.entries(outputs))
    writer.output(name, tensor.shape, names.get(tensor) as string);
  return writer.model();
}

function write(writer: OnnxWriter, tensor: Tensor, operands: readonly string[]): string {
  const { op, data, name, shape } = tensor;
  if (op) return op.onnx(writer, operands, tensor);
  return data ? writer.constant(data, shape) : writer.input(name as string, shape);
}
