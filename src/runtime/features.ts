// What an engine may lack: asked by validating a few bytes, which every host allows and which compiles nothing.

/** Whether the engine knows relaxed SIMD: from Chromium 114, Firefox 146 and Node 21 on, Node 20 when asked by a flag, and not yet Safari. */
export function hasRelaxedSimd(): boolean {
  // A module of one function, f32x4.relaxed_madd(x, x, x).
  return WebAssembly.validate(
    // prettier-ignore
    Uint8Array.of(
      0, 97, 115, 109, 1, 0, 0, 0, // magic number and version
      1, 6, 1, 96, 1, 123, 1, 123, // a type: v128 to v128
      3, 2, 1, 0, // a function of it
      10, 13, 1, 11, 0, 32, 0, 32, 0, 32, 0, 253, 133, 2, 11, // its code
    ),
  );
}
