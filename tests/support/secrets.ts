/** Which names the built-in filter hides, said in another way than the filter's own. */

const ANYWHERE = new RegExp(
  "password|passwd|pwd|passphrase|passcode|secret|token|session|cookie|credential|bearer|jwt|" +
    "(api|priv|private|ssh|access|signing|encryption)[^a-z0-9]?key",
);
const WORDS = [
  "pass",
  "creds",
  "ssn",
  "card",
  "cards",
  "iban",
  "cvv",
  "cvc",
  "pan",
  "dbpass",
  "otp",
  "totp",
  "pin",
];

/** Whether values of this name are redacted. */
export function looksSecret(name: string): boolean {
  const lower = name.toLowerCase();
  if (ANYWHERE.test(lower)) return true;
  if (lower.includes("auth") && !/author(?!i)/.test(lower)) return true;
  return name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).some((word) =>
    WORDS.includes(word.toLowerCase())
  );
}
