/** Set-up cannot go on; the message says what is missing, `cure` what to do about it. */
export class SetupError extends Error {
  name = "SetupError";

  /**
   * @param {string} message
   * @param {string[]} cure one line each
   * @param {string} [details] the end of the failed program's output
   */
  constructor(message, cure, details) {
    super(message);
    this.cure = cure;
    this.details = details;
  }

  /** The message as it is shown to the user. */
  toString() {
    const details =
      this.details === undefined ? [] : ["", ...this.details.split("\n").map((line) => `    ${line}`), ""];
    return [`${this.message}`, ...details, ...this.cure.map((line) => `  -> ${line}`)].join("\n");
  }
}
