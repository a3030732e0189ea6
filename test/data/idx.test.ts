// IDX files: every element type, plain and gzip, and every way a file can be broken.

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readIdx, writeIdx, type IdxArray } from '../../src/data/index.js';
import { DataError } from '../../src/errors.js';

const digits: IdxArray = {
  type: 'uint8',
  shape: [2, 2, 3],
  data: new Uint8Array([0, 1, 2, 3, 4, 255, 7, 8, 9, 10, 11, 12]),
};

const kinds: IdxArray[] = [
  digits,
  { type: 'int8', shape: [3], data: new Int8Array([-128, 0, 127]) },
  { type: 'int16', shape: [3], data: new Int16Array([-32768, 258, 32767]) },
  { type: 'int32', shape: [1, 2], data: new Int32Array([-2147483648, 16909060]) },
  { type: 'float32', shape: [2, 1], data: new Float32Array([1.5, -3.4e38]) },
  { type: 'float64', shape: [3], data: new Float64Array([Math.PI, -1e300, 5e-324]) },
  { type: 'uint8', shape: [0, 28, 28], data: new Uint8Array(0) },
  { type: 'int32', shape: [], data: new Int32Array([7]) },
];

describe('readIdx', () => {
  it.each(kinds)('reads back what writeIdx wrote: $type $shape', async (array) => {
    expect(await readIdx(writeIdx(array))).toEqual(array);
    expect(await readIdx(new Uint8Array(gzipSync(writeIdx(array))))).toEqual(array);
  });

  it('reads the bytes of the format itself, big-endian', async () => {
    const file = new Uint8Array([0, 0, 0x0b, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 255, 254]);
    expect(await readIdx(file)).toEqual({ type: 'int16', shape: [1, 2], data: new Int16Array([258, -2]) });
  });

  it('takes an ArrayBuffer, a Blob, a Response, a stream and a part of a buffer', async () => {
    const bytes = writeIdx(digits);
    const around = new Uint8Array(bytes.length + 10);
    around.set(bytes, 3);
    for (const source of [
      bytes.buffer,
      new Blob([bytes]),
      new Response(bytes),
      new Blob([bytes]).stream(),
      around.subarray(3, 3 + bytes.length),
    ])
      expect(await readIdx(source)).toEqual(digits);
  });

  it('does not share memory with its source, a Buffer neither', async () => {
    const bytes = writeIdx(digits);
    for (const source of [bytes, Buffer.from(bytes)]) {
      const read = await readIdx(source);
      source.fill(9);
      expect(read).toEqual(digits);
    }
  });
});

describe('readIdx refuses', () => {
  const good = writeIdx(digits);
  const zip = new Uint8Array(gzipSync(good));
  const text = (s: string) => new TextEncoder().encode(s);
  const cases: [string, Uint8Array | Response, RegExp][] = [
    ['an empty file', new Uint8Array(0), /^readIdx: train is empty\. Fetch it again\.$/],
    ['two bytes', good.slice(0, 2), /train is truncated: its header takes 4 bytes, it has 2/],
    ['a header cut short', good.slice(0, 9), /train is truncated: its header takes 16 bytes, it has 9/],
    ['data cut short', good.slice(0, -1), /truncated: uint8 \[2, 2, 3\] takes 28 bytes, it has 27/],
    [
      'bytes behind the end',
      new Uint8Array([...good, 0]),
      /goes on behind its end: uint8 \[2, 2, 3\] takes 28 bytes, it has 29/,
    ],
    [
      'an unknown element type',
      new Uint8Array([0, 0, 10, 0, 0]),
      /not an IDX file: it starts with the bytes 00 00 0a 00\. An IDX file starts/,
    ],
    [
      'a wrong magic',
      new Uint8Array([0, 1, 8, 1, 0, 0, 0, 0]),
      /not an IDX file: it starts with the bytes 00 01 08 01/,
    ],
    ['a web page', text('<!DOCTYPE html><html>'), /not an IDX file: .*, as a web page does/],
    ['a zip archive', text('PK\x03\x04....'), /as a zip archive does/],
    ['a size no memory holds', new Uint8Array([0, 0, 8, 3, ...Array<number>(12).fill(255)]), /truncated/],
    ['a gzip file cut short', zip.slice(0, -9), /train is a broken gzip file of \d+ bytes/],
    ['a gzip file cut within its header', zip.slice(0, 3), /broken gzip file of 3 bytes/],
    ['a gzip file with bytes behind its end', new Uint8Array([...zip, 1, 2, 3, 4]), /broken gzip file/],
    ['a gzip file with a flipped bit', zip.map((b, i) => (i === 14 ? b ^ 64 : b)), /broken gzip file/],
    [
      'a gzip file of something else',
      new Uint8Array(gzipSync(text('hello, world'))),
      /not an IDX file: it starts with the bytes 68 65 6c 6c/,
    ],
    [
      'an answer that is an error',
      new Response('no', { status: 404, statusText: 'Not Found' }),
      /the server has no train: it answered 404 Not Found/,
    ],
  ];
  it.each(cases)('%s', async (_, source, message) => {
    const refusal = await readIdx(source, 'train').catch((e: unknown) => e);
    expect(refusal).toBeInstanceOf(DataError);
    expect((refusal as DataError).message).toMatch(message);
    expect((refusal as DataError).code).toBe('data');
  });

  it('every proper prefix of a file, plain or gzip', async () => {
    for (const whole of [good, zip])
      for (let n = 0; n < whole.length; n++)
        await expect(readIdx(whole.slice(0, n)), `${n} bytes`).rejects.toBeInstanceOf(DataError);
  });
});

it('writeIdx refuses a shape that does not fit the data', () => {
  expect(() => writeIdx({ ...digits, shape: [5] })).toThrow('shape [5] does not hold 12 elements');
});
