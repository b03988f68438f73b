// SM3 (GB/T 32905-2016) of bytes, in hex: browsers have no digest of their own for records of the commercial suite.
// Slow beside SHA-256 (tens of megabytes a second), so only asked for where an archive's key is of that suite.

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

export function sm3(buffer) {
  const length = buffer.byteLength;
  const state = Uint32Array.from(START);
  const words = new Uint32Array(68);
  const rest = length % 64;
  const view = new DataView(buffer);
  for (let start = 0; start + 64 <= length; start += 64) {
    expand(words, view, start);
    compress(state, words);
  }
  const last = new Uint8Array(rest < 56 ? 64 : 128);
  last.set(new Uint8Array(buffer, length - rest));
  last[rest] = 0x80;
  const ending = new DataView(last.buffer);
  ending.setUint32(last.length - 8, Math.floor(length / 0x20000000));
  ending.setUint32(last.length - 4, (length * 8) >>> 0);
  for (let start = 0; start < last.length; start += 64) {
    expand(words, ending, start);
    compress(state, words);
  }
  return [...state].map((value) => value.toString(16).padStart(8, "0")).join("");
}
