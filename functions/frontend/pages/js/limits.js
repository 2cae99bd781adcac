// The limits of what people type: those of shared/fields, which a test holds them against.
export const TITLE = 128; // characters
export const NAME = 100; // characters
export const SIGNER_EMAIL = 100; // characters
export const ACCOUNT_EMAIL = 254; // characters
export const REASON = 500; // characters
export const SIGNERS = 10; // people
export const PASSWORD_LEAST = 12; // characters
export const SECRET = 256; // bytes
export const PHONE = "\\+[1-9][0-9]{6,14}"; // ITU-T E.164
