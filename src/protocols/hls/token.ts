const BYTES = 15;
/** Characters of what {@link randomToken} gives. */
export const TOKEN_LENGTH = 20;
/** What {@link randomToken} gives. */
export const TOKEN = /^[A-Za-z0-9_-]{20}$/;

/** 120 random bits, as a URL can hold them. */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}
