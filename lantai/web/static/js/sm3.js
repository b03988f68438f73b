// SM3 (GB/T 32905-2016) of bytes, in hex: browsers have no digest of their own for records of the commercial suite.
// Slow beside SHA-256 (tens of megabytes a second), so only asked for where an archive's key is of that suite.

const BLOCK = 64;
const PART = 4 * 1024 * 1024;
const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];
const turned = (value, by) => (value << by) | (value >>> (32 - by));
const ROUND = Uint32Array.from({ length: 64 }, (_, at) => turned(at < 16 ? 0x79cc4519 : 0x7a879d8a, at % 32));

function expand(words, view, start) {
  for (let at = 0; at < 16; at++) words[at] = view.getUint32(start + 4 * at);
  for (let at = 16; at < 68; at++) {
    const mixed = words[at - 16] ^ words[at - 9] ^ turned(words[at - 3], 15);
    words[at] = mixed ^ turned(mixed, 15) ^ turned(mixed, 23) ^ turned(words[at - 13], 7) ^ words[at - 6];
  }
}

function compress(state, words) {
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 64; at++) {
    const high = turned(a, 12);
    const one = turned((high + e + ROUND[at]) | 0, 7);
    const two = one ^ high;
    const first = at < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const second = at < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const left = (first + d + two + (words[at] ^ words[at + 4])) | 0;
    const right = (second + h + one + words[at]) | 0;
    d = c;
    c = turned(b, 9);
    b = a;
    a = left;
    h = g;
    g = turned(f, 19);
    f = e;
    e = right ^ turned(right, 9) ^ turned(right, 17);
  }
  [a, b, c, d, e, f, g, h].forEach((value, at) => (state[at] ^= value));
}

/** The digest of a file, which is read a part at a time: neither memory nor the page has all of it at once. */
export async function sm3(file) {
  const state = Uint32Array.from(START);
  const words = new Uint32Array(68);
  const taken = (buffer) => {
    const view = new DataView(buffer);
    for (let start = 0; start < buffer.byteLength; start += BLOCK) {
      expand(words, view, start);
      compress(state, words);
    }
  };
  const rest = file.size % BLOCK;
  const whole = file.size - rest;
  for (let at = 0; at < whole; at += PART) taken(await file.slice(at, Math.min(whole, at + PART)).arrayBuffer());
  const last = new Uint8Array(rest < BLOCK - 8 ? BLOCK : 2 * BLOCK);
  last.set(new Uint8Array(await file.slice(whole).arrayBuffer()));
  last[rest] = 0x80;
  const ending = new DataView(last.buffer);
  ending.setUint32(last.length - 8, Math.floor(file.size / 0x20000000));
  ending.setUint32(last.length - 4, (file.size * 8) >>> 0);
  taken(last.buffer);
  return [...state].map((value) => value.toString(16).padStart(8, "0")).join("");
}
