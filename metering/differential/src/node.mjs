// Makes the calls of a job file and prints one line for each: outcome, gauge, hash of the state.
import { readFileSync } from 'node:fs';

const [modulePath, jobPath] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(modulePath));
const lines = readFileSync(jobPath, 'utf8').split('\n').filter((line) => line);
const FRAME_WORDS = 4096;
const stop = new Error('stopped');
// What imported functions return: a line "import <module> <name> <zero>" for each that returns an i64.
const wide = new Set(lines.filter((l) => l.startsWith('wide ')).map((l) => l.slice(5)));
// Which exported globals are floats: a line "float <export> <bytes>" for each.
const floats = new Map(lines.filter((l) => l.startsWith('float ')).map((l) => l.slice(6).split(' ')));
// Which exported functions return an i32: a line "result <export>" for each.
const returning = new Set(lines.filter((l) => l.startsWith('result ')).map((l) => l.slice(7)));

function imports() {
    const found = {};
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
        if (kind !== 'function') throw new Error(`imports a ${kind}`);
        const zero = wide.has(`${from} ${name}`) ? 0n : 0;
        const ends = from === '__peristyle_meter';
        (found[from] ??= {})[name] = () => { if (ends) throw stop; return zero; };
    }
    return found;
}

function frameWords(address) {
    const words = new Uint32Array(FRAME_WORDS);
    for (let index = 0; index < FRAME_WORDS; index++) {
        let mixed = Math.imul(index, 0x9e3779b9);
        mixed = ((mixed << 13) | (mixed >>> 19)) >>> 0;
        words[index] = mixed % 3 === 0 ? mixed % 61 : address + ((mixed >>> 8) % FRAME_WORDS) * 4;
    }
    return words;
}

for (const line of lines) {
    if (!line.startsWith('call ')) continue;
    const [, gauge, name, ...given] = line.split(' ');
    const { exports } = new WebAssembly.Instance(module, imports());
    const memory = Object.keys(exports).filter((name) => !name.startsWith('__peristyle_'))
        .map((name) => exports[name]).find((item) => item instanceof WebAssembly.Memory);
    let frame = 0;
    if (memory) {
        try {
            frame = memory.grow(1) * 65536;
            new Uint32Array(memory.buffer).set(frameWords(frame), frame / 4);
        } catch { /* it is at its maximum */ }
    }
    exports.__peristyle_fuel.value = BigInt(gauge);
    let outcome = 'finished', result;
    try {
        result = exports[name](...given.map((value) => value === 'frame' ? frame : Number(value)));
    } catch (error) {
        outcome = error === stop ? 'stopped' : 'trapped';
        if (!(error === stop || error instanceof WebAssembly.RuntimeError)) outcome = `broken:${error}`;
    }
    let low = 0x811c9dc5, high = 0x12345678;
    const word = (value) => {
        low = Math.imul(low ^ value, 0x01000193);
        high = Math.imul(high ^ value, 0x85ebca6b);
        high = (high << 7) | (high >>> 25);
    };
    if (memory) {
        const words = new Int32Array(memory.buffer);
        for (let index = 0; index < words.length; index++) word(words[index]);
    }
    const view = new DataView(new ArrayBuffer(8));
    const globals = Object.keys(exports)
        .filter((key) => key.startsWith('__peristyle_global_'))
        .sort((a, b) => Number(a.slice(19)) - Number(b.slice(19)));
    for (const key of globals) {
        view.setBigInt64(0, 0n, true);
        let value = 0;
        try { value = exports[key].value; } catch { /* v128 */ }
        if (floats.get(key) === '4') view.setFloat32(0, value, true);
        else if (floats.get(key) === '8') view.setFloat64(0, value, true);
        else if (typeof value === 'bigint') view.setBigInt64(0, value, true);
        else if (Number.isInteger(value)) view.setInt32(0, value, true);
        word(view.getInt32(0, true));
        word(view.getInt32(4, true));
    }
    if (outcome === 'finished' && returning.has(name)) word(result);
    const state = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    console.log(`${outcome} ${exports.__peristyle_fuel.value} ${state}`);
}
