// A wasm file imported as a module, as workerd and its bundlers do.

declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
