/** The part of WebAssembly that is used. The types of Node 20 do not include it. */
declare global {
  namespace WebAssembly {
    type Imports = Record<string, Record<string, unknown>>
    type Exports = Record<string, unknown>
    class Module {}
    class Instance {
      constructor(module: Module, imports: Imports)
      readonly exports: Exports
    }
    function compile(bytes: Uint8Array): Promise<Module>
  }
}

/** Creates a callback for Emscripten's `instantiateWasm`, which takes the exports from the result or the callback. */
export function instantiateWasm(module: WebAssembly.Module) {
  return (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
    const instance = new WebAssembly.Instance(module, imports)
    done(instance)
    return instance.exports
  }
}
