// The badge's signed code, read in the device: the twin of app/badge_token.py, which describes the layout.

const PREFIX = new TextEncoder().encode("FAIR1");
const LAYOUTS = { 193: { version: 1, size: 16 }, 196: { version: 2, size: 17 } };
const SIGNATURE = 64;
const keys = new Map();

// {payload, signed, signature}, or null for what is not a badge code.
export function decode(code) {
  const layout = LAYOUTS[code.length];
  if (!layout || !/^[0-9]+$/.test(code)) return null;
  const size = layout.size + SIGNATURE;
  const hex = BigInt(code).toString(16).padStart(size * 2, "0");
  if (hex.length > size * 2) return null;
  const bytes = fromHex(hex);
  if (bytes[0] >> 4 !== layout.version) return null;
  const at = layout.version === 1 ? 14 : 15;
  const mask = layout.version === 1 ? bytes[13] : (bytes[13] << 8) | bytes[14];
  const payload = {
    key: bytes[0] & 15, fair: (bytes[1] << 8) | bytes[2], code_id: hex.slice(6, 22),
    category: bytes[11], first_day: bytes[12], days_mask: mask, reissue: bytes[at], flags: bytes[at + 1],
  };
  return { payload, signed: bytes.slice(0, layout.size), signature: bytes.slice(layout.size) };
}

// Whether the fair's key (32 bytes as hex) signed it.
export async function isGenuine(token, publicKey) {
  const message = new Uint8Array([...PREFIX, ...token.signed]);
  try {
    const key = await importKey(publicKey);
    if (key) return await crypto.subtle.verify("Ed25519", key, token.signature, message);
  } catch { /* a browser that knows the name but not the curve: the library below decides */ }
  const { verifyAsync } = await import("../vendor/ed25519.js");
  return verifyAsync(token.signature, message, fromHex(publicKey));
}

// 20 digits whose check digits hold (ISO 7064, MOD 97-10).
export const isNumber = (text) => /^[0-9]{20}$/.test(text) && BigInt(text) % 97n === 1n;

// What a snapshot calls a number: it holds no numbers that could be printed on a badge.
export async function numberKey(fair, number) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${fair}:${number}`));
  return toHex(new Uint8Array(digest).slice(0, 10));
}

async function importKey(hex) {
  if (!keys.has(hex)) {
    const imported = globalThis.crypto?.subtle?.importKey("raw", fromHex(hex), "Ed25519", false, ["verify"]);
    keys.set(hex, Promise.resolve(imported).catch(() => null));
  }
  return keys.get(hex);
}

const fromHex = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
