/**
 * Says how much earlier than it was issued a certificate is valid, in milliseconds: some clocks run
 * behind.
 */
export const clockSkew = 60 * 60 * 1000;
