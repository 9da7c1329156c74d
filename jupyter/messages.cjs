"use strict";
// Jupyter's wire protocol: how a message is read from and written to a ZeroMQ socket.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
const { createHmac, randomUUID, timingSafeEqual } = require("node:crypto");

/**
 * @typedef {object} Header
 * @property {string} msg_id
 * @property {string} msg_type
 * @property {string} [session]
 * @property {string} [username]
 *
 * @typedef {object} Message
 * @property {Buffer[]} identity routing prefix, repeated in the reply
 * @property {Header} header
 * @property {Record<string, any>} content
 */

const DELIMITER = "<IDS|MSG>";

/** @param {string} key @param {(Buffer | string)[]} parts */
function sign(key, parts) {
  if (!key) return "";
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/**
 * Reads one message; throws an Error when its delimiter or signature is wrong.
 * @param {string} key
 * @param {Buffer[]} frames
 * @returns {Message}
 */
function parseMessage(key, frames) {
  const at = frames.findIndex((frame) => frame.toString() === DELIMITER);
  if (at < 0) throw new Error("Expected a Jupyter message but found no delimiter");
  const parts = frames.slice(at + 2);
  const expected = Buffer.from(sign(key, parts));
  const found = frames[at + 1];
  if (expected.length !== found.length || !timingSafeEqual(expected, found)) {
    throw new Error("Expected a Jupyter message but its signature is wrong");
  }
  return {
    identity: frames.slice(0, at),
    header: JSON.parse(parts[0].toString()),
    content: JSON.parse(parts[3].toString()),
  };
}

/**
 * The frames of a message that answers `parent`, or that belongs to what `parent` started.
 * @param {string} key
 * @param {string} type
 * @param {object} content
 * @param {Message | null} parent
 * @param {(Buffer | string)[]} prefix the parent's identity for a reply, the topic on iopub
 */
function formatMessage(key, type, content, parent, prefix) {
  const header = {
    msg_id: randomUUID(),
    msg_type: type,
    session: parent?.header.session ?? "",
    username: parent?.header.username ?? "",
    date: new Date().toISOString(),
    version: "5.3",
  };
  const parts = [header, parent?.header ?? {}, {}, content].map((part) => JSON.stringify(part));
  return [...prefix, DELIMITER, sign(key, parts), ...parts];
}

module.exports = { parseMessage, formatMessage };
