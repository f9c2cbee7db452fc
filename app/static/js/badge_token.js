// The badge's signed code, read in the device: the twin of app/badge_token.py, which describes the layout.

const PREFIX = new TextEncoder().encode("FAIR1");
const LAYOUTS = { 193: { version: 1, size: 16 }, 196: { version: 2, size: 17 } };
const SIGNATURE = 64;
const EXAMPLE = { // RFC 8032, 7.1, test 1: an empty message
  key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
};
const keys = new Map();
let check = null;

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

// Whether the fair's key (32 bytes as hex) signed it; rejects where this browser has no means to tell.
export async function isGenuine(token, publicKey) {
  const verify = await loadCheck();
  return verify(token.signature, new Uint8Array([...PREFIX, ...token.signed]), publicKey);
}

// How this browser checks signatures, found out once: the page asks when it opens, since the library needs the network.
export function loadCheck() {
  check ??= ownCheck().catch(libraryCheck).catch((error) => {
    check = null;
    throw error;
  });
  return check;
}

// 20 digits whose check digits hold (ISO 7064, MOD 97-10).
export const isNumber = (text) => /^[0-9]{20}$/.test(text) && BigInt(text) % 97n === 1n;

// What a snapshot calls a number: it holds no numbers that could be printed on a badge.
export async function numberKey(fair, number) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${fair}:${number}`));
  return toHex(new Uint8Array(digest).slice(0, 10));
}

// The browser's own. Some know the name and not the curve: it must say yes to the standard's example.
async function ownCheck() {
  const verify = async (signature, message, publicKey) => crypto.subtle.verify("Ed25519", await imported(publicKey), signature, message);
  if (!(await verify(fromHex(EXAMPLE.signature), new Uint8Array(), EXAMPLE.key))) throw new Error("no Ed25519 here");
  return verify;
}

async function libraryCheck() {
  const { verifyAsync } = await import("../vendor/ed25519.js");
  return (signature, message, publicKey) => verifyAsync(signature, message, fromHex(publicKey));
}

function imported(hex) {
  if (!keys.has(hex)) keys.set(hex, crypto.subtle.importKey("raw", fromHex(hex), "Ed25519", false, ["verify"]));
  return keys.get(hex);
}

const fromHex = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
