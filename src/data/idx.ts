// IDX files, the format of MNIST and its relatives, plain or gzip.
//
//   ┌ 0 0 ┬ type ┬ rank ┐┌ sizes, u32 each ┐┌ elements, row-major ┐   all big-endian
//
// Source of the format: yann.lecun.com/exdb/mnist, "the IDX file format".

import { ArgumentError, DataError } from '../errors.js';

/** Where bytes may come from; `fetch(url)` gives a Response, an `<input type=file>` a File, which is a Blob. */
export type ByteSource = Uint8Array | ArrayBuffer | Blob | Response | ReadableStream<Uint8Array>;

/** Element types of the format. */
export type IdxType = 'uint8' | 'int8' | 'int16' | 'int32' | 'float32' | 'float64';

/** An array that holds elements of an IDX file. */
export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** The content of an IDX file. */
export interface IdxArray {
  readonly type: IdxType;
  readonly shape: readonly number[];
  readonly data: IdxData;
}

interface Layout {
  code: number;
  bytes: number;
  make: (n: number) => IdxData;
  read: (view: DataView, at: number) => number;
  write: (view: DataView, at: number, value: number) => void;
}

// prettier-ignore
const LAYOUTS: Record<IdxType, Layout> = {
  uint8:   { code: 0x08, bytes: 1, make: (n) => new Uint8Array(n),   read: (v, at) => v.getUint8(at),   write: (v, at, x) => v.setUint8(at, x) },
  int8:    { code: 0x09, bytes: 1, make: (n) => new Int8Array(n),    read: (v, at) => v.getInt8(at),    write: (v, at, x) => v.setInt8(at, x) },
  int16:   { code: 0x0b, bytes: 2, make: (n) => new Int16Array(n),   read: (v, at) => v.getInt16(at),   write: (v, at, x) => v.setInt16(at, x) },
  int32:   { code: 0x0c, bytes: 4, make: (n) => new Int32Array(n),   read: (v, at) => v.getInt32(at),   write: (v, at, x) => v.setInt32(at, x) },
  float32: { code: 0x0d, bytes: 4, make: (n) => new Float32Array(n), read: (v, at) => v.getFloat32(at), write: (v, at, x) => v.setFloat32(at, x) },
  float64: { code: 0x0e, bytes: 8, make: (n) => new Float64Array(n), read: (v, at) => v.getFloat64(at), write: (v, at, x) => v.setFloat64(at, x) },
};
const KINDS = '8 (uint8), 9 (int8), 11 (int16), 12 (int32), 13 (float32) or 14 (float64)';

/**
 * Reads an IDX file, plain or gzip.
 *
 * @param source the bytes, or what gives them.
 * @param name what messages call it: a file's name, say.
 * @returns its element type, its shape, and its elements in row-major order.
 * @throws {DataError} when the file is empty, of another format, cut short, longer than its header says, or a broken gzip.
 * @example (await readIdx(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 5, 6]))).data; // Uint8Array [5, 6]
 */
export async function readIdx(source: ByteSource, name = 'the file'): Promise<IdxArray> {
  const bytes = await readBytes(source, name);
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return parse(zipped ? await gunzip(bytes, name) : bytes, name);
}

/**
 * Writes an IDX file, the inverse of `readIdx`.
 *
 * @throws {ArgumentError} when the shape does not have as many elements as there are.
 * @example writeIdx({ type: 'uint8', shape: [2], data: new Uint8Array([5, 6]) }); // Uint8Array [0, 0, 8, 1, 0, 0, 0, 2, 5, 6]
 */
export function writeIdx({ type, shape, data }: IdxArray): Uint8Array<ArrayBuffer> {
  const size = shape.reduce((a, b) => a * b, 1);
  if (size !== data.length || shape.length > 255)
    throw new ArgumentError('writeIdx', `shape [${shape.join(', ')}] does not hold ${data.length} elements`);
  const { code, bytes, write } = LAYOUTS[type];
  const start = 4 + 4 * shape.length;
  const file = new Uint8Array(start + bytes * size);
  const view = new DataView(file.buffer);
  view.setUint32(0, (code << 8) | shape.length);
  shape.forEach((n, i) => view.setUint32(4 + 4 * i, n));
  for (let i = 0; i < size; i++) write(view, start + bytes * i, data[i]!);
  return file;
}

async function readBytes(source: ByteSource, name: string): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Response && !source.ok)
    throw new DataError(
      'readIdx',
      `the server has no ${name}: it answered ${source.status} ${source.statusText}`.trimEnd(),
    );
  const body = source instanceof Response ? source : new Response(source);
  return new Uint8Array(await body.arrayBuffer());
}

async function gunzip(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  let plain: Uint8Array;
  try {
    const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    plain = new Uint8Array(await new Response(packed.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
  } catch (cause) {
    const reason = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
    throw new DataError(
      'readIdx',
      `${name} is a broken gzip file of ${bytes.length} bytes${reason}`,
      'Fetch it again.',
    );
  }
  // A gzip file ends with its plain length. Hosts differ in what they say of bytes behind the end; this says it on all.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(bytes.length - 4, true);
  if (length !== plain.length % 2 ** 32)
    throw new DataError(
      'readIdx',
      `${name} is a broken gzip file: it ends with the length ${length}, unpacked it has ${plain.length} bytes`,
      'Fetch it again.',
    );
  return plain;
}

function parse(bytes: Uint8Array, name: string): IdxArray {
  if (bytes.length === 0) throw new DataError('readIdx', `${name} is empty`, 'Fetch it again.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = [...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, '0')).join(' ');
  const known = Object.entries(LAYOUTS).find(([, layout]) => layout.code === bytes[2]);
  if (bytes.length >= 4 && (view.getUint16(0) !== 0 || known === undefined))
    throw new DataError(
      'readIdx',
      `${name} is not an IDX file: it starts with the bytes ${magic}${looksLike(bytes)}`,
      `An IDX file starts with 00 00, a type ${KINDS}, and its rank.`,
    );
  const rank = bytes[3] ?? 0;
  const start = 4 + 4 * rank;
  if (bytes.length < start)
    throw new DataError(
      'readIdx',
      `${name} is truncated: its header takes ${start} bytes, it has ${bytes.length}`,
      'Fetch it again.',
    );

  const [type, layout] = known as [IdxType, Layout];
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((a, b) => a * b, 1);
  const end = start + layout.bytes * size;
  if (bytes.length !== end)
    throw new DataError(
      'readIdx',
      `${name} ${bytes.length < end ? 'is truncated' : 'goes on behind its end'}: ${type} [${shape.join(', ')}] takes ${end} bytes, it has ${bytes.length}`,
      'Fetch it again.',
    );
  if (type === 'uint8') return { type, shape, data: new Uint8Array(bytes.subarray(start)) };
  const data = layout.make(size);
  for (let i = 0; i < size; i++) data[i] = layout.read(view, start + layout.bytes * i);
  return { type, shape, data };
}

/** A guess at what a file is that is not IDX. */
function looksLike(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) return ', as a web page does';
  if (text.startsWith('PK')) return ', as a zip archive does';
  if (text.startsWith('\x93NUMPY')) return ', as an npy file does';
  return '';
}
